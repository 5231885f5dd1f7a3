"""Expert review: planning, blind marks, settlement, arbitration, and the end that makes marks decisions."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from tests.web.builders import city, objecting_round, person, province, row_of

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.closing import DecisionRefused
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.audit.models import Entry
from zhiheng_web.reviews.actions import (
    Plan,
    ReviewRefused,
    declare_conflict,
    end_conflict,
    plan_review,
    reassign,
    seat_arbiter,
)
from zhiheng_web.reviews.marking import close_review, missing, submit_mark
from zhiheng_web.reviews.models import Assignment, Conflict, Review
from zhiheng_web.reviews.queries import barred, in_conflict, loads, may_judge, plan_of
from zhiheng_web.rounds.actions import RoundRefused, Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Notice, Round

pytestmark = pytest.mark.django_db
JUDGED = 2


def expert(number: int = 1) -> User:
    return person("expert", username=f"expert-{number}")


def planned(
    folder: Path, units: int = 1, people: int = 3, *, limit: str = "0.2", points: tuple[int, ...] = (JUDGED,),
    **more: object,
) -> Round:  # fmt: skip
    """Return a round in review with its plan; the second point was verified with 2 of 2 marks."""
    made = objecting_round(folder, units, stage=Stage.EXPERT_REVIEW)
    plan = Plan(
        dict.fromkeys(points, Decimal(limit)), [expert(n).pk for n in range(1, people + 1)],
        timezone.now() + timedelta(days=3), **more,  # type: ignore[arg-type]  # settings of a plan
    )  # fmt: skip
    plan_review(person("administrator"), made, plan, version=0)
    return made


def seats(made: Round, number: int = 1, no: int = JUDGED) -> list[Assignment]:
    found = Assignment.objects.filter(review__round_unit=row_of(made, number), review__point=no)
    return list(found.select_related("expert", "review").order_by("seat"))


def mark(one: Assignment, marks: str, reason: str = "材料充分") -> Assignment:
    one.refresh_from_db()
    return submit_mark(one.expert, one, Decimal(marks), reason, version=one.version)


def review_of(made: Round, number: int = 1) -> Review:
    return Review.objects.get(round_unit=row_of(made, number), point=JUDGED)


def test_a_plan_gives_every_point_and_unit_to_two_and_tells_them(tmp_path: Path) -> None:
    made = planned(tmp_path, units=3)
    assert [one.total for one in loads(made)] == [2, 2, 2]
    assert all(len({one.expert_id for one in seats(made, n)}) == 2 for n in (1, 2, 3))
    assert Notice.objects.filter(user=expert(1), kind="review", round=made).count() == 1
    told = Entry.objects.get(act="review.plan")
    assert told.after["points"] == {"2": "0.2"}


def test_own_units_and_those_above_and_below_are_excluded(tmp_path: Path) -> None:
    local, above = person("expert", city(1), "expert-local"), person("expert", province(), "expert-above")
    made = objecting_round(tmp_path, 2, stage=Stage.EXPERT_REVIEW)
    plan = Plan(
        {JUDGED: Decimal(1)}, [local.pk, above.pk, expert(1).pk, expert(2).pk], timezone.now() + timedelta(days=1)
    )
    plan_review(person("administrator"), made, plan, version=0)
    assert local not in [one.expert for one in seats(made, 1)]
    assert not Assignment.objects.filter(expert=above).exists()
    assert may_judge(local, row_of(made, 2))


def test_who_verified_a_unit_in_an_earlier_role_does_not_judge_it(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2, stage=Stage.EXPERT_REVIEW)
    before = expert(1)
    Decision.objects.filter(round_unit=row_of(made, 1), point=1).update(by=before)
    assert not may_judge(before, row_of(made, 1))
    assert barred(made, [before, expert(2)]) == {before.pk: {row_of(made, 1).pk}, expert(2).pk: set()}


def test_too_few_experts_are_refused_with_the_names_of_the_units(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2, stage=Stage.EXPERT_REVIEW)
    declare_conflict(person("administrator"), row_of(made, 2), expert(1), "曾任职")
    plan = Plan({JUDGED: Decimal(1)}, [expert(1).pk, expert(2).pk], timezone.now() + timedelta(days=1))
    with pytest.raises(ReviewRefused, match="第2市"):
        plan_review(person("administrator"), made, plan, version=0)
    assert plan_of(made) is None
    assert not Review.objects.exists()


def test_points_that_do_not_apply_are_not_reviewed(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2, stage=Stage.EXPERT_REVIEW)
    Decision.objects.filter(round_unit=row_of(made, 1), point=JUDGED).update(act="not_applicable", mark=0)
    plan = Plan({JUDGED: Decimal(1)}, [expert(1).pk, expert(2).pk], timezone.now() + timedelta(days=1))
    plan_review(person("administrator"), made, plan, version=0)
    assert [review.round_unit.name for review in Review.objects.all()] == ["第2市"]


def test_a_plan_is_made_anew_until_the_first_mark(tmp_path: Path) -> None:
    made = planned(tmp_path)
    again = Plan({1: Decimal(1)}, [expert(1).pk, expert(2).pk], timezone.now() + timedelta(days=1))
    with pytest.raises(Stale):
        plan_review(person("administrator"), made, again, version=0)
    plan_review(person("administrator"), made, again, version=1)
    assert {review.point for review in Review.objects.all()} == {1}
    mark(seats(made, no=1)[0], "4")
    with pytest.raises(ReviewRefused, match="已有专家提交"):
        plan_review(person("administrator"), made, again, version=2)


@pytest.mark.parametrize("role", ["verifier", "leader", "expert", "filler"])
def test_only_the_administrator_plans_and_closes(role: str, tmp_path: Path) -> None:
    made = planned(tmp_path)
    other = person(role, city() if role == "filler" else None)
    plan = Plan({JUDGED: Decimal(1)}, [expert(1).pk], timezone.now() + timedelta(days=1))
    for act in (
        lambda: plan_review(other, made, plan, version=1),
        lambda: close_review(other, made),
        lambda: declare_conflict(other, row_of(made), expert(1), "曾任职"),
        lambda: reassign(other, seats(made)[0], expert(3), "出差"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_mark_is_of_its_expert_within_the_rule_and_explained(tmp_path: Path) -> None:
    made = planned(tmp_path)
    first, second = seats(made)
    with pytest.raises(NotAllowed):
        submit_mark(second.expert, first, Decimal(2), "", version=1)
    with pytest.raises(DecisionRefused):
        mark(first, "0.5")
    with pytest.raises(ReviewRefused, match="理由"):
        mark(first, "1", "")
    mark(first, "2", "")
    with pytest.raises(Stale):
        submit_mark(first.expert, first, Decimal(1), "改", version=1)
    assert mark(first, "1").version == 3


def test_hidden_marks_ask_for_a_reason_always(tmp_path: Path) -> None:
    made = planned(tmp_path, blind=True)
    with pytest.raises(ReviewRefused, match="理由"):
        mark(seats(made)[0], "2", "")


def test_the_log_holds_no_mark_before_both_are_in(tmp_path: Path) -> None:
    made = planned(tmp_path)
    first, second = seats(made)
    mark(first, "1", "第一份理由")
    assert not [e for e in Entry.objects.filter(act__startswith="review.") if "第一份理由" in str(e.after)]
    assert "mark" not in Entry.objects.get(act="review.submit").after
    mark(second, "1")
    assert Entry.objects.get(act="review.settle").after["marks"] == {
        first.expert.username: "1", second.expert.username: "1",
    }  # fmt: skip


def test_near_marks_give_their_mean_as_a_step_and_are_locked(tmp_path: Path) -> None:
    made = planned(tmp_path, limit="1")
    first, second = seats(made)
    mark(first, "1")
    assert review_of(made).state == Review.State.OPEN
    mark(second, "2")
    found = review_of(made)
    assert (found.state, found.mark) == (Review.State.SETTLED, 2)
    with pytest.raises(NotAllowed):
        mark(first, "2")


def test_distant_marks_go_to_a_third_expert_who_decides(tmp_path: Path) -> None:
    made = planned(tmp_path)
    first, second = seats(made)
    mark(first, "0")
    mark(second, "2")
    found = review_of(made)
    assert (found.state, found.mark) == (Review.State.ARBITRATION, None)
    third = seats(made)[2]
    assert third.seat == Assignment.Seat.ARBITER
    assert third.expert_id not in {first.expert_id, second.expert_id}
    with pytest.raises(ReviewRefused, match="理由"):
        mark(third, "2", "")
    mark(third, "1", "达到一半")
    found.refresh_from_db()
    assert (found.state, found.mark) == (Review.State.SETTLED, 1)


def test_a_third_expert_with_a_conflict_is_passed_over_and_the_office_names_one(tmp_path: Path) -> None:
    made = planned(tmp_path)
    office = person("administrator")
    first, second = seats(made)
    left = next(e for e in (expert(1), expert(2), expert(3)) if e.pk not in {first.expert_id, second.expert_id})
    declare_conflict(office, row_of(made), left, "亲属任职")
    mark(first, "0")
    mark(second, "2")
    assert len(seats(made)) == 2
    assert missing(made) == ("还有1项等待复议",)
    with pytest.raises(ReviewRefused, match="不能评审"):
        seat_arbiter(office, review_of(made), left, "最熟悉")
    with pytest.raises(ReviewRefused, match="已参加"):
        seat_arbiter(office, review_of(made), first.expert, "最熟悉")
    seat_arbiter(office, review_of(made), expert(4), "没有其他专家")
    mark(seats(made)[2], "1")
    assert missing(made) == ()


def test_one_expert_alone_settles_and_may_change_until_the_end(tmp_path: Path) -> None:
    made = planned(tmp_path, double=False)
    (only,) = seats(made)
    mark(only, "1")
    mark(only, "2")
    assert review_of(made).mark == 2


def test_an_expert_steps_back_and_his_work_goes_to_another(tmp_path: Path) -> None:
    made = planned(tmp_path, points=(1, 2, 3))
    office, row = person("administrator"), row_of(made)
    one = seats(made)[0]
    declare_conflict(one.expert, row, one.expert, "曾任职")
    with pytest.raises(NotAllowed, match="回避"):
        mark(one, "2")
    held = in_conflict(made).count()
    assert held
    assert reassign(office, one, expert(5), "专家回避", whole_unit=True) == held
    assert not in_conflict(made).exists()
    assert Notice.objects.filter(user=expert(5), kind="review").count() == 1


def test_marks_that_stand_stay_and_those_of_a_conflict_are_discarded(tmp_path: Path) -> None:
    made = planned(tmp_path)
    office, row = person("administrator"), row_of(made)
    first, second = seats(made)
    mark(first, "0")
    with pytest.raises(ReviewRefused, match="已经提交"):
        reassign(office, first, expert(4), "换人")
    mark(second, "2")
    mark(seats(made)[2], "1")
    declare_conflict(office, row, first.expert, "事后发现")
    assert missing(made) == ("有1份评审意见的专家须回避，须改派",)
    reassign(office, first, expert(4), "事后发现")
    assert review_of(made).state == Review.State.OPEN
    assert [one.seat for one in seats(made)] == ["1", "2"]
    mark(seats(made)[0], "2")
    assert review_of(made).mark == 2


def test_a_conflict_is_declared_once_with_a_reason_and_can_end(tmp_path: Path) -> None:
    made = planned(tmp_path)
    office, row = person("administrator"), row_of(made)
    with pytest.raises(ReviewRefused, match="理由"):
        declare_conflict(office, row, expert(1), " ")
    conflict = declare_conflict(office, row, expert(1), "曾任职")
    with pytest.raises(ReviewRefused, match="已经回避"):
        declare_conflict(office, row, expert(1), "曾任职")
    with pytest.raises(NotAllowed):
        end_conflict(expert(1), conflict, "误报")
    end_conflict(office, conflict, "误报")
    assert not Conflict.objects.exists()
    with pytest.raises(NotAllowed):
        declare_conflict(expert(2), row, expert(1), "曾任职")


def test_closing_makes_marks_decisions_and_totals_follow(tmp_path: Path) -> None:
    made = planned(tmp_path, units=2)
    for number, marks in ((1, ("0", "2", "1")), (2, ("2", "2"))):
        for place, given in enumerate(marks):
            mark(seats(made, number)[place], given, f"理由{given}")
    closed = close_review(person("administrator"), made)
    assert closed.stage == Stage.OBJECTION
    first, second = row_of(made, 1), row_of(made, 2)
    framework = 10  # a tick is a tenth of a mark
    assert (first.confirmed, second.confirmed) == (7 * framework, 8 * framework)
    lowered, kept = decisions_of(first)[JUDGED], decisions_of(second)[JUDGED]
    assert (lowered.stage, lowered.act, lowered.mark) == (Stage.EXPERT_REVIEW, "adjust", 1)
    assert "两位专家分别评0分和2分" in lowered.reason
    assert "理由1" in lowered.reason
    assert kept.act == "accept"
    assert Decision.objects.get(round_unit=first, point=JUDGED, stage=Stage.VERIFICATION).mark == 2
    with pytest.raises(NotAllowed):
        mark(seats(made)[2], "2")


def test_nothing_is_written_while_anything_is_open(tmp_path: Path) -> None:
    made = planned(tmp_path, units=2)
    for one in seats(made, 1):
        mark(one, "2")
    with pytest.raises(ReviewRefused, match="还有1项没有评审完"):
        close_review(person("administrator"), made)
    assert not Decision.objects.filter(stage=Stage.EXPERT_REVIEW).exists()
    made.refresh_from_db()
    assert made.stage == Stage.EXPERT_REVIEW


def test_an_error_in_the_middle_of_closing_leaves_nothing(tmp_path: Path) -> None:
    made = planned(tmp_path)
    for one in seats(made):
        mark(one, "1")
    before = row_of(made).confirmed
    # The same point was decided in this stage already: the database refuses a second decision.
    Decision.objects.create(
        round_unit=row_of(made), point=JUDGED, stage=Stage.EXPERT_REVIEW, act="accept", mark=2, reason_code="x",
        by=person("administrator"),
    )  # fmt: skip
    with pytest.raises(Exception, match=r"(?i)unique"):
        close_review(person("administrator"), made)

    made.refresh_from_db()
    assert (made.stage, row_of(made).confirmed) == (Stage.EXPERT_REVIEW, before)
    assert not Entry.objects.filter(act="review.close").exists()


def test_a_round_without_plan_goes_on_as_it_is(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, stage=Stage.EXPERT_REVIEW)
    before = row_of(made).confirmed
    assert close_review(person("administrator"), made).stage == Stage.OBJECTION
    assert row_of(made).confirmed == before
    with pytest.raises(RoundRefused):
        close_review(person("administrator"), made)
