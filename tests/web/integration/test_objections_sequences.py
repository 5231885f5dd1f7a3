"""Random acts of random people on objections at random times, against a plain model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.builders import approver, filler, objecting_round, person, row_of

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.objections.actions import (
    Draft,
    Verdict,
    answer,
    close_objections,
    file_objection,
    save_draft,
    withdraw,
)
from zhiheng_web.objections.models import Objection
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
DAY = timedelta(days=1)
PEOPLE = ("filler", "approver", "stranger", "verifier", "verifier-2", "administrator", "leader")
OPEN_DAYS = 5
"""The window of the stage; acts happen on days 0 to 7."""


@dataclass
class Model:
    """What the rules say about the objections of one unit."""

    stage: str = "objection"
    states: dict[int, str] = field(default_factory=dict)
    confirmed: int = 80

    def takes(self, act: str, who: str, point: int, day: int) -> bool:
        here, in_time = self.states.get(point, "none"), day < OPEN_DAYS
        if self.stage != "objection":
            return False
        if act == "draft":
            return who == "filler" and in_time and here in {"none", "draft", "withdrawn"}
        if act == "file":
            return who == "approver" and in_time and here == "draft"
        if act == "withdraw":
            return (who == "approver" and here in {"draft", "filed"}) or (who == "filler" and here == "draft")
        if act in {"grant", "reject"}:
            # The one called verifier decided every point.
            return who in {"verifier-2", "administrator"} and here == "filed"
        return who == "administrator" and "filed" not in self.states.values()

    def do(self, act: str, point: int) -> None:
        states = {"draft": "draft", "file": "filed", "withdraw": "withdrawn", "grant": "answered", "reject": "answered"}
        if act == "close":
            self.stage = "finalisation"
        else:
            self.states[point] = states[act]
        self.confirmed += 1 if act == "grant" else 0


RIGHT = {
    "draft": ["filler"], "file": ["approver"], "withdraw": ["approver", "filler"],
    "grant": ["administrator", "verifier-2"], "reject": ["administrator", "verifier-2"], "close": ["administrator"],
}  # fmt: skip
# Most people have the right role, so that long sequences get somewhere and a missing check is found.
STEPS = st.sampled_from([*sorted(set(RIGHT) - {"close"}) * 4, "draft", "draft", "file", "file", "close"]).flatmap(
    lambda act: st.tuples(
        st.just(act), st.sampled_from([*RIGHT[act] * 6, *PEOPLE]), st.sampled_from([2, 3]),
        st.one_of(st.integers(0, 4), st.integers(0, 7)),
    )
)  # fmt: skip


class NothingThere(Refused):
    """Stands for the page that does not exist."""

    def __init__(self) -> None:
        super().__init__("nothing is there")


def who(name: str) -> User:
    people = {"filler": filler(), "approver": approver(), "stranger": approver(2)}
    return people.get(name) or person(name.partition("-")[0], username=name)


def perform(act: str, name: str, row: RoundUnit, point: int, now: datetime) -> None:
    """Do one thing as the pages do it: with the version that the person sees."""
    by = who(name)
    one = Objection.objects.filter(round_unit=row, point=point).order_by("-pk").first()
    version = one.version if one is not None else 0
    if act == "draft":
        open_ = one is not None and one.state != "withdrawn"
        save_draft(by, row, point, Draft("理由"), version=version if open_ else 0, now=now)
    elif act == "close":
        close_objections(by, row.round)
    elif one is None:
        raise NothingThere
    elif act == "file":
        file_objection(by, one, version=version, now=now)
    elif act == "withdraw":
        withdraw(by, one, version=version, now=now)
    else:
        more = Decision.objects.get(round_unit=row, point=point, stage="verification").mark + Decimal("0.1")
        verdict = Verdict("partly", "理由", more) if act == "grant" else Verdict("rejected", "理由")
        answer(by, one, verdict, version=version, now=now)


@pytest.fixture
def made(tmp_path: Path) -> Round:
    return objecting_round(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
def test_no_sequence_of_acts_leaves_the_rules(made: Round, steps: list[tuple[str, str, int, int]]) -> None:
    with transaction.atomic():
        start, model = timezone.now(), Model()
        for act, name, point, day in steps:
            row, entries = row_of(made), Entry.objects.count()
            wanted = model.takes(act, name, point, day)
            try:
                with transaction.atomic():
                    perform(act, name, row, point, start + day * DAY)
            except Refused:
                assert not wanted, f"{act} by {name} was refused although the rules allow it in {model}"
                assert Entry.objects.count() == entries
            else:
                assert wanted, f"{act} by {name} was done although the rules forbid it in {model}"
                assert Entry.objects.count() > entries
                model.do(act, point)
            row = row_of(made)
            standing = {o.point: o.state for o in Objection.objects.filter(round_unit=row).order_by("pk")}
            assert (row.round.stage, standing, row.confirmed) == (model.stage, model.states, model.confirmed)
            assert Decision.objects.filter(round_unit=row, stage=Stage.OBJECTION).count() == model.confirmed - 80
        assert list(chain_breaks()) == []
        transaction.set_rollback(True)
