"""Brings rounds to their end for tests of results: verified, finalised by the real job, published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.web.builders import approver, claims, evidence, filler, person, row_of, running_round

from zhiheng_web.assessments.actions import hand_over, save_answer, submit
from zhiheng_web.assessments.verification import Ruling, accept_unit, decide, finish_verification
from zhiheng_web.results.actions import Choice, ask_finalise, finalise, publish
from zhiheng_web.results.checks import likeness_findings
from zhiheng_web.results.models import Publication, Snapshot
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

REJECTED = Ruling("reject", "no_evidence", reason="没有材料")
ACCEPTED = Ruling("accept", "matches")


def verified_round(folder: Path, units: int = 3, *, rejected: dict[int, set[int]] | None = None, **more: Any) -> Round:
    """Return a round in which every unit claims all four points and is accepted; some of its points are rejected."""
    made = running_round(units, **more)
    office, verifier = person("administrator"), person("verifier")
    for number in range(1, units + 1):
        row = row_of(made, number)
        for no, given in claims(evidence(row, folder, f"第{number}市.pdf")).items():
            save_answer(filler(number), row, no, given, version=0)
        hand_over(filler(number), row)
        submit(approver(number), row)
    move_round(office, made, Stage.VERIFICATION)
    for number in range(1, units + 1):
        row = row_of(made, number)
        lost = (rejected or {number: set(range(1, number))}).get(number, set())
        for no in (1, 2, 3, 4):
            decide(verifier, row, no, REJECTED if no in lost else ACCEPTED, version=0, answer_version=1)
        accept_unit(verifier, row)
    return finish_verification(office, Round.objects.get(pk=made.pk))


def ready_round(folder: Path, units: int = 3, **more: Any) -> Round:
    """Return a round in finalisation."""
    made = verified_round(folder, units, **more)
    move_round(person("administrator"), made, Stage.OBJECTION)
    return move_round(person("administrator"), made, Stage.FINALISATION)


def finalised_round(folder: Path, units: int = 3, **more: Any) -> Round:
    """Return a round whose result is signed."""
    made = ready_round(folder, units, **more)
    freeze(made)
    return Round.objects.select_related("framework").get(pk=made.pk)


def freeze(made: Round) -> Snapshot:
    """Do what the job does."""
    asked = ask_finalise(person("administrator"), made, [])
    finalise(asked.pk)
    asked.refresh_from_db()
    assert asked.message == ""
    return Snapshot.objects.get(round=made, superseded_at=None)


def published_round(
    folder: Path, units: int = 3, *, detail: str = "full", masks: str = "none", note: str = "", **more: Any
) -> Publication:
    """Return the publication of a round."""
    made = finalised_round(folder, units, **more)
    return publish(person("administrator"), made, Choice(detail, masks, note))


def alike(made: Round) -> int:
    """Return how many likenesses are open."""
    return len(likeness_findings(made))
