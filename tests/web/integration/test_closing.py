"""The end of verification of a whole round: the totals are those of the library, and nothing slips in between."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.db import connections
from tests.builders import SOURCE, framework, indicator, point
from tests.web.builders import approver, draft_round, evidence, filler, open_draft, person, row_of

from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer, submit
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import Ruling, accept_unit, decide, finish_verification
from zhiheng_web.audit.models import Entry
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import RoundRefused, change_state, move_round
from zhiheng_web.rounds.machine import Act, Stage, State
from zhiheng_web.rounds.models import Round

APPLIES_NOT = Ruling("not_applicable", "does_not_apply", reason="没有此项职能")
ACCEPT = Ruling("accept", "matches")


def accepted_round(folder: Path, policy: str = "leaves_base", units: int = 3) -> Round:
    """Return a round in verification, all accepted; the first point does not apply to the first unit."""
    measured = point(2, "relative", 5, measure="件", method="minmax", lone="0.5")
    indicators = [indicator("A", [point(1, "yes_no", 4), point(3, "yes_no", 1)], 5), indicator("B", [measured], 5)]
    rules = framework(indicators, code="comparing", not_applicable={"policy": policy, **SOURCE})
    text = yaml.safe_dump(rules.model_dump(mode="json", by_alias=True, exclude_none=True), allow_unicode=True)
    made = draft_round(units, framework=add_framework(person("administrator"), text))
    open_draft(made)
    for number in range(1, units + 1):
        proof = (GivenItem("有", files=((evidence(row_of(made, number), folder).pk, ""),)),)
        first = Given("not_applicable", note="没有此项职能") if number == 1 else Given("yes", items=proof)
        given = {1: first, 2: Given("yes", value=Decimal(10 * number), items=proof), 3: Given("no")}
        for no, one in given.items():
            save_answer(filler(number), row_of(made, number), no, one, version=0)
        hand_over(filler(number), row_of(made, number))
        submit(approver(number), row_of(made, number))
    move_round(person("administrator"), made, Stage.VERIFICATION)
    for number in range(1, units + 1):
        for no in (1, 2, 3):
            ruling = APPLIES_NOT if (number, no) == (1, 1) else ACCEPT
            decide(person("verifier"), row_of(made, number), no, ruling, version=0, answer_version=1)
        accept_unit(person("verifier"), row_of(made, number))
    return Round.objects.get(pk=made.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["leaves_base", "full", "zero"])
def test_totals_are_those_of_the_library_whatever_becomes_of_points_that_do_not_apply(
    tmp_path: Path, policy: str
) -> None:
    made = accepted_round(tmp_path, policy)
    before = row_of(made, 1).version
    # The page of a unit already counts what does not apply as the library does.
    expected = round_result(content_of(made))
    finish_verification(person("administrator"), made)
    after = round_result(content_of(made))
    assert after.settled
    for row in made.units.all():
        assert row.confirmed == row.claimed == row.possible == after.interval(row.code).confirmed
        assert row.confirmed == expected.interval(row.code).confirmed
    assert row_of(made, 1).version == before + 1
    assert Entry.objects.filter(act="round.move", after__stage="expert_review").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("policy", ["leaves_base", "full", "zero"])
def test_a_unit_in_verification_has_the_interval_of_the_library(tmp_path: Path, policy: str) -> None:
    made = accepted_round(tmp_path, policy)
    expected = round_result(content_of(made))
    row = row_of(made, 1)
    # What compares units is open for the page of one unit: 0 to full instead of what the others make of it.
    relative = expected.column("p2")
    place = next(i for i, unit in enumerate(expected.units) if unit.code == row.code)
    assert int(expected.confirmed[place, relative]) == 0
    assert row.confirmed == expected.interval(row.code).confirmed


@pytest.mark.django_db
def test_a_point_without_a_decision_undoes_everything(tmp_path: Path) -> None:
    made = accepted_round(tmp_path)
    Decision.objects.filter(round_unit__round=made, point=3).last().delete()
    with pytest.raises(Refused, match="没有最终得分"):
        finish_verification(person("administrator"), made)
    made.refresh_from_db()
    assert made.stage == Stage.VERIFICATION
    assert Decision.objects.filter(mark=None).count() == 3
    assert not Entry.objects.filter(act="decision.settle").exists()


@pytest.mark.django_db
def test_a_second_press_is_told_that_it_is_done(tmp_path: Path) -> None:
    made = accepted_round(tmp_path)
    finish_verification(person("administrator"), made)
    with pytest.raises(RoundRefused, match="已经结束"):
        finish_verification(person("administrator"), made)
    assert Entry.objects.filter(act="decision.settle").count() == 1


@pytest.mark.usefixtures("real_database")
def test_who_takes_a_unit_up_again_at_that_moment_is_refused_or_keeps_the_round_in_verification(tmp_path: Path) -> None:
    made = accepted_round(tmp_path, units=2)
    row, start, found = row_of(made), threading.Barrier(2), []

    def at_once(work: object) -> None:
        start.wait()
        try:
            work()  # type: ignore[operator]
        except Refused as error:
            found.append(error)
        finally:
            connections.close_all()

    administrator, verifier = person("administrator"), person("verifier")
    works = (
        lambda: finish_verification(administrator, made),
        lambda: change_state(verifier, row, Act.REOPEN, reason="重复申报"),
    )
    threads = [threading.Thread(target=at_once, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    made.refresh_from_db()
    closed = made.stage == Stage.EXPERT_REVIEW
    assert closed == (row_of(made).state == State.ACCEPTED)
