"""A unit's way from the first answer to accepted marks, through the actions alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from tests.web.builders import (
    approver,
    city,
    claims,
    draft_round,
    evidence,
    filler,
    open_draft,
    person,
    row_of,
    running_round,
)

from zhiheng_web.accounts.models import Unit
from zhiheng_web.assessments.actions import Given, Incomplete, hand_over, save_answer, submit
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import (
    DecisionRefused,
    Ruling,
    accept_unit,
    decide,
    finish_verification,
    return_unit,
)
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.rounds.actions import RoundRefused, Stale, choose_units, move_round
from zhiheng_web.rounds.machine import NotAllowed, Stage, State, TooLate
from zhiheng_web.rounds.models import RoundUnit

pytestmark = pytest.mark.django_db


def filled(row: RoundUnit, folder: Path) -> RoundUnit:
    file = evidence(row, folder)
    for no, given in claims(file).items():
        save_answer(person("filler", row.unit), row, no, given, version=0)
    row.refresh_from_db()
    return row


def test_a_round_goes_from_answers_to_marks(tmp_path: Path) -> None:
    made = running_round(units=1)
    row = filled(row_of(made), tmp_path)
    assert (row.answered, row.complete, row.confirmed, row.claimed, row.possible) == (4, 4, 0, 74, 100)
    hand_over(filler(), row)
    assert submit(approver(), row).state == State.SUBMITTED
    move_round(person("administrator"), made, Stage.VERIFICATION)
    row = row_of(made)
    verifier = person("verifier")
    versions = {a.point: a.version for a in row.answers.all()}
    rulings = {
        1: Ruling("accept", "matches"),
        2: Ruling("adjust", "under_claim", Decimal(2), "材料齐全"),
        3: Ruling("reject", "outside_period", reason="不在考核期"),
        4: Ruling("accept", "matches"),
    }
    for no, ruling in rulings.items():
        decide(verifier, row, no, ruling, version=0, answer_version=versions[no])
    row.refresh_from_db()
    assert (row.decided, row.confirmed, row.claimed, row.possible) == (4, 80, 80, 80)
    assert accept_unit(verifier, row).state == State.ACCEPTED
    result = round_result(content_of(made))
    assert result.settled
    assert result.interval("第1市").confirmed == 80
    finish_verification(person("administrator"), made)
    made.refresh_from_db()
    assert made.stage == Stage.EXPERT_REVIEW
    assert list(chain_breaks()) == []


def test_a_gap_keeps_the_unit_where_it_is_and_names_the_point(tmp_path: Path) -> None:
    row = row_of(running_round(units=1))
    given = claims(evidence(row, tmp_path))
    for no in (1, 2, 4):
        save_answer(filler(), row, no, given[no], version=0)
    with pytest.raises(Incomplete) as refused:
        hand_over(filler(), row)
    assert list(refused.value.gaps) == [3]
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_the_second_of_two_people_who_saw_the_same_answer_is_told() -> None:
    row = row_of(running_round(units=1))
    save_answer(filler(), row, 1, Given("no"), version=0)
    with pytest.raises(Stale, match="填报员"):
        save_answer(filler(), row, 1, Given("yes"), version=0)
    assert row.answers.get(point=1).stance == "no"


def test_nobody_writes_after_the_deadline_and_an_extension_opens_it_again() -> None:
    made = running_round(units=1)
    row = row_of(made)
    late = timezone.now() + timedelta(days=11)
    with pytest.raises(TooLate):
        save_answer(filler(), row, 1, Given("no"), version=0, now=late)
    assert not row.answers.exists()
    RoundUnit.objects.filter(pk=row.pk).update(extended_to=late + timedelta(days=1))
    save_answer(filler(), row, 1, Given("no"), version=0, now=late)


def test_a_stranger_writes_nothing() -> None:
    made = running_round(units=2)
    row = row_of(made, 1)
    for stranger in (filler(2), approver(1), person("verifier"), person("administrator"), person("leader")):
        with pytest.raises(NotAllowed):
            save_answer(stranger, row, 1, Given("no"), version=0)
    assert not row.answers.exists()


def test_a_returned_answer_loses_its_decision_when_it_changes(tmp_path: Path) -> None:
    made = running_round(units=1)
    row = filled(row_of(made), tmp_path)
    hand_over(filler(), row)
    submit(approver(), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    row = row_of(made)
    verifier = person("verifier")
    decide(verifier, row, 1, Ruling("accept", "matches"), version=0, answer_version=1)
    decide(verifier, row, 3, Ruling("accept", "matches"), version=0, answer_version=1)
    due = timezone.now() + timedelta(days=3)
    row = return_unit(verifier, row, "第3项请补充", due, {3: "请补充签到表"})
    assert (row.state, row.remarks.get().point) == (State.RETURNED, 3)
    save_answer(filler(), row_of(made), 3, Given("no"), version=1)
    assert sorted(Decision.objects.values_list("point", flat=True)) == [1]
    row = row_of(made)
    assert (row.decided, row.confirmed) == (1, 40)
    assert row.remarks.get().settled_at is not None


def test_a_unit_with_open_points_is_not_accepted(tmp_path: Path) -> None:
    made = running_round(units=1)
    row = filled(row_of(made), tmp_path)
    hand_over(filler(), row)
    submit(approver(), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    with pytest.raises(DecisionRefused, match="4项"):
        accept_unit(person("verifier"), row_of(made))
    assert row_of(made).state == State.SUBMITTED
    with pytest.raises(RoundRefused, match="1个单位"):
        finish_verification(person("administrator"), made)


def test_units_of_one_name_cannot_be_told_apart_in_a_report() -> None:
    made = draft_round(1)
    county = Unit.objects.create(code="x1", name=city(1).name, parent=city(2), level=Unit.Level.COUNTY)
    choose_units(person("administrator"), made, [city(1), county])
    with pytest.raises(RoundRefused, match="重名"):
        open_draft(made)
    made.refresh_from_db()
    assert made.stage == Stage.PREPARATION
