"""What the office decides: marks by each rule, the plan, returns, the end of verification, and two people at once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.utils import timezone
from tests.builders import framework, indicator, point
from tests.web.builders import approver, claims, draft_round, evidence, filler, open_draft, person, row_of
from tests.web.builders import running_round as running

from zhiheng.framework.model import Framework
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer, submit
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.models import Decision, Remark
from zhiheng_web.assessments.sampling import sampled_points, set_share
from zhiheng_web.assessments.verification import (
    DecisionRefused,
    Ruling,
    accept_rest,
    accept_unit,
    decide,
    finish_verification,
    return_unit,
)
from zhiheng_web.audit.models import Entry
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.rounds.actions import RoundRefused, Stale, change_state, move_round
from zhiheng_web.rounds.machine import Act, NotAllowed, Stage, State
from zhiheng_web.rounds.models import Round, RoundUnit


def handed_in(made: Round, number: int, given: dict[int, Given]) -> RoundUnit:
    row = row_of(made, number)
    for no, one in given.items():
        save_answer(filler(number), row, no, one, version=0)
    hand_over(filler(number), row)
    submit(approver(number), row)
    return row_of(made, number)


def in_verification(folder: Path, units: int = 1, **more: object) -> Round:
    made = running(units, **more)
    for number in range(1, units + 1):
        handed_in(made, number, claims(evidence(row_of(made, number), folder)))
    return move_round(person("administrator"), made, Stage.VERIFICATION)


def ruled(row: RoundUnit, no: int, ruling: Ruling, **more: object) -> Decision:
    answer = row.answers.filter(point=no).first()
    versions = {"version": 0, "answer_version": answer.version if answer else 0, **more}
    return decide(person("verifier"), row, no, ruling, **versions)  # type: ignore[arg-type]


def adjusted(marks: str, reason: str = "核减") -> Ruling:
    return Ruling("adjust", "over_claim", Decimal(marks), reason)


@pytest.mark.django_db
def test_an_accepted_point_gets_what_was_claimed(tmp_path: Path) -> None:
    row = row_of(in_verification(tmp_path))
    marks = [ruled(row, no, Ruling("accept", "matches")).mark for no in (1, 2, 3, 4)]
    assert marks == [4, 1, Decimal("0.4"), 2]
    row.refresh_from_db()
    assert (row.decided, row.confirmed, row.claimed, row.possible) == (4, 74, 74, 74)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("no", "marks", "words"),
    [
        (2, "0.5", "0、1、2分"),
        (3, "0.25", "0.1分的整数倍"),
        (3, "1.1", "0至1分"),
        (4, "-1", "0至3分"),
    ],
)
def test_an_adjustment_outside_the_rule_is_refused(tmp_path: Path, no: int, marks: str, words: str) -> None:
    row = row_of(in_verification(tmp_path))
    with pytest.raises(DecisionRefused, match=words):
        ruled(row, no, adjusted(marks))
    assert not Decision.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("act", ["adjust", "reject", "not_applicable"])
def test_whatever_takes_marks_away_needs_words(tmp_path: Path, act: str) -> None:
    row = row_of(in_verification(tmp_path))
    code = "does_not_apply" if act == "not_applicable" else "other"
    with pytest.raises(DecisionRefused, match="写明理由"):
        ruled(row, 3, Ruling(act, code, Decimal("0.2"), "  "))


@pytest.mark.django_db
def test_a_reason_code_of_another_act_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DecisionRefused):
        ruled(row_of(in_verification(tmp_path)), 1, Ruling("accept", "no_evidence"))


@pytest.mark.django_db
def test_not_applicable_leaves_the_base_and_an_accepted_no_applies_is_refused(tmp_path: Path) -> None:
    made = running(1)
    given = claims(evidence(row_of(made), tmp_path)) | {4: Given("not_applicable", note="没有该项职能")}
    row = handed_in(made, 1, given)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    row = row_of(made)
    with pytest.raises(DecisionRefused, match="不适用"):
        ruled(row, 4, Ruling("accept", "matches"))
    ruled(row, 4, Ruling("not_applicable", "does_not_apply", reason="管委会没有立法权限"))
    for no in (1, 2, 3):
        ruled(row, no, Ruling("accept", "matches"))
    row.refresh_from_db()
    # 5.4 of 7 applicable marks, scaled back to 10.
    assert row.confirmed == round(5.4 / 7 * 100)


@pytest.mark.django_db
def test_what_the_unit_changed_or_another_verifier_decided_is_not_decided_blindly(tmp_path: Path) -> None:
    row = row_of(in_verification(tmp_path))
    with pytest.raises(Stale, match="修改了这一项"):
        ruled(row, 1, Ruling("accept", "matches"), answer_version=7)
    ruled(row, 1, Ruling("accept", "matches"))
    with pytest.raises(Stale, match="核查员刚刚核定"):
        ruled(row, 1, Ruling("reject", "other", reason="不符"))
    assert Decision.objects.get().act == "accept"
    ruled(row, 1, Ruling("reject", "other", reason="不符"), version=1)
    assert Decision.objects.get().mark == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["administrator", "leader", "expert", "auditor", "system"])
def test_only_verifiers_decide(tmp_path: Path, role: str) -> None:
    row = row_of(in_verification(tmp_path))
    with pytest.raises(NotAllowed):
        decide(person(role), row, 1, Ruling("accept", "matches"), version=0, answer_version=1)
    with pytest.raises(NotAllowed):
        accept_rest(person(role), row)
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_nothing_is_decided_before_verification(tmp_path: Path) -> None:
    made = running(1)
    row = handed_in(made, 1, claims(evidence(row_of(made), tmp_path)))
    with pytest.raises(NotAllowed, match="自评"):
        ruled(row, 1, Ruling("accept", "matches"))


@pytest.mark.django_db
def test_the_rest_is_accepted_as_claimed_and_what_is_sampled_stays_open(tmp_path: Path) -> None:
    made = running(1)
    given = claims(evidence(row_of(made), tmp_path))
    given[1] = Given("yes", items=(GivenItem("很早", date="2015", files=given[1].items[0].files),))
    set_share(person("administrator"), made, 0, version=made.version)
    handed_in(made, 1, given)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    row = row_of(made)
    assert sampled_points(row) == {1}
    assert accept_rest(person("verifier"), row) == 3
    assert {d.point: d.reason_code for d in Decision.objects.all()} == dict.fromkeys((2, 3, 4), "sampled_out")
    assert accept_rest(person("verifier"), row_of(made)) == 0
    with pytest.raises(DecisionRefused, match="1项"):
        accept_unit(person("verifier"), row_of(made))


@pytest.mark.django_db
def test_the_share_is_set_before_verification_by_administrators_and_recorded() -> None:
    made = running(1)
    administrator = person("administrator")
    with pytest.raises(NotAllowed):
        set_share(person("verifier"), made, 20, version=made.version)
    changed = set_share(administrator, made, 20, version=made.version)
    entry = Entry.objects.filter(act="round.sample").get()
    assert (entry.before, entry.after) == ({"share": 100}, {"share": 20})
    with pytest.raises(Stale):
        set_share(administrator, made, 30, version=made.version)
    move_round(administrator, made, Stage.VERIFICATION)
    with pytest.raises(RoundRefused, match="已经开始"):
        set_share(administrator, made, 0, version=changed.version + 1)
    made.refresh_from_db()
    assert made.sample_share == 20


@pytest.mark.django_db
def test_a_return_carries_its_remarks_and_one_about_no_point_undoes_all(tmp_path: Path) -> None:
    made = in_verification(tmp_path)
    row, due = row_of(made), timezone.now() + timedelta(days=3)
    with pytest.raises(Exception, match="no point 99"):
        return_unit(person("verifier"), row, "请补充", due, {3: "缺签到表", 99: "没有这一项"})
    assert row_of(made).state == State.SUBMITTED
    assert not Remark.objects.exists()
    return_unit(person("verifier"), row, "请补充", due, {3: " 缺签到表 "})
    assert [(r.point, r.text) for r in Remark.objects.all()] == [(3, "缺签到表")]
    with pytest.raises(NotAllowed):
        return_unit(person("verifier"), row_of(made), "再退", due, {})


@pytest.mark.django_db
def test_a_finished_unit_is_taken_up_again_with_its_decisions(tmp_path: Path) -> None:
    row = row_of(in_verification(tmp_path))
    for no in (1, 2, 3, 4):
        ruled(row, no, Ruling("accept", "matches"))
    accept_unit(person("verifier"), row)
    with pytest.raises(NotAllowed):
        ruled(row, 1, Ruling("reject", "other", reason="不符"), version=1)
    with pytest.raises(NotAllowed, match="理由"):
        change_state(person("verifier"), row, Act.REOPEN)
    change_state(person("verifier"), row, Act.REOPEN, reason="发现重复申报")
    ruled(row, 1, Ruling("reject", "duplicate", reason="重复申报"), version=1)
    row.refresh_from_db()
    assert (row.state, row.decided, row.confirmed) == (State.SUBMITTED, 4, 34)


def comparing() -> Framework:
    """One yes/no point of 4 marks and one of 6 that compares units."""
    measured = point(2, "relative", 6, measure="件", method="minmax", lone="0.5")
    return framework([indicator("A", [point(1, "yes_no", 4)], 4), indicator("B", [measured], 6)], code="comparing")


def comparing_round(units: int) -> Round:
    text = yaml.safe_dump(comparing().model_dump(mode="json", by_alias=True, exclude_none=True), allow_unicode=True)
    made = draft_round(units)
    made.framework = add_framework(person("administrator"), text)
    made.save()
    return open_draft(made)


@pytest.mark.django_db
def test_points_that_compare_units_are_settled_at_the_end_as_the_library_has_them(tmp_path: Path) -> None:
    made = comparing_round(4)
    for number, value in ((1, "10"), (2, "25"), (3, "40"), (4, None)):
        proof = ((evidence(row_of(made, number), tmp_path).pk, ""),)
        second = (
            Given("no") if value is None else Given("yes", value=Decimal(value), items=(GivenItem("数", files=proof),))
        )
        handed_in(made, number, {1: Given("yes", items=(GivenItem("有", files=proof),)), 2: second})
    move_round(person("administrator"), made, Stage.VERIFICATION)
    for number in (1, 2, 3, 4):
        row = row_of(made, number)
        ruled(row, 1, Ruling("accept", "matches"))
        ruled(row, 2, Ruling("accept", "matches"))
        accept_unit(person("verifier"), row)
    before = round_result(content_of(made))
    finish_verification(person("administrator"), made)
    rows = {row.code: row for row in made.units.all()}
    assert {row.name: row.confirmed for row in rows.values()} == {"第1市": 40, "第2市": 70, "第3市": 100, "第4市": 40}
    assert {u.code: before.interval(u.code).confirmed for u in before.units} == {
        c: r.confirmed for c, r in rows.items()
    }
    settled = Entry.objects.filter(act="decision.settle").get().after
    assert settled == {"marks": {"220100": "0", "220200": "3", "220300": "6"}}
    after = round_result(content_of(Round.objects.get()))
    assert after.settled
    assert (after.confirmed == before.confirmed).all()


@pytest.mark.django_db
def test_verification_does_not_end_while_a_unit_is_open(tmp_path: Path) -> None:
    made = in_verification(tmp_path)
    with pytest.raises(RoundRefused, match="1个单位"):
        finish_verification(person("administrator"), made)
    with pytest.raises(NotAllowed):
        finish_verification(person("verifier"), made)
    made.refresh_from_db()
    assert made.stage == Stage.VERIFICATION
