"""What experts hand in, what two marks come to, who decides when they are far apart, and the end of the review."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.framework.model import Framework, Point
from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.closing import write_totals
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import legal_mark
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import clauses, site_language
from zhiheng_web.reviews.actions import ReviewRefused, in_review, keep_arbiter
from zhiheng_web.reviews.models import Assignment, PlanPoint, Review, ReviewPlan
from zhiheng_web.reviews.permissions import marks_reviews, plans_reviews
from zhiheng_web.reviews.queries import (
    all_reviews,
    barred,
    experts,
    in_conflict,
    may_judge,
    plan_of,
)
from zhiheng_web.reviews.settling import mean_mark
from zhiheng_web.rounds.actions import RoundRefused, Stale, locked_unit, move_round
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round, RoundUnit

Seat, State = Assignment.Seat, Review.State


def changeable(assignment: Assignment, plan: ReviewPlan) -> bool:
    """Return whether an expert may still change his mark: until the other one is in too; one alone until the end."""
    return assignment.seat == Seat.ARBITER or not plan.double or assignment.review.state == State.OPEN


def verified_mark(row: RoundUnit, no: int) -> Decimal | None:
    """Return the mark of verification at a point."""
    found = Decision.objects.filter(round_unit=row, point=no, stage=Stage.VERIFICATION)
    return found.values_list("mark", flat=True).first()


def needs_reason(assignment: Assignment, plan: ReviewPlan, mark: Decimal, verified: Decimal | None) -> bool:
    """Return whether a mark must be explained: where it differs, where one cannot know, and where a pair is decided."""
    return plan.blind or assignment.seat == Seat.ARBITER or mark != verified


@transaction.atomic
def submit_mark(by: User, assignment: Assignment, mark: Decimal, reason: str, *, version: int) -> Assignment:
    """
    Hand in an expert's mark; with the second one the pair is settled, or goes to a third expert.

    The log holds the marks of a pair only once both are in, so that nobody reads one before. Refused: other people and
    stages, units that he may not judge, marks that are settled (NotAllowed), marks outside the rule (DecisionRefused),
    a missing reason (ReviewRefused), a mark that he changed elsewhere meanwhile (Stale).
    """
    # The lock on the unit makes the second of two experts see the mark of the first.
    row = locked_unit(assignment.review.round_unit_id)
    found = Assignment.objects.select_related("review", "expert").get(pk=assignment.pk)
    plan = plan_of(row.round)
    if plan is None or found.expert_id != by.pk or not marks_reviews(by):
        raise NotAllowed(_("这项评审任务不是分配给您的。"))
    in_review(row.round)
    if not may_judge(by, row):
        raise NotAllowed(_("您对%(unit)s须回避，不能评审。") % {"unit": row.name})
    if not changeable(found, plan):
        raise NotAllowed(_("两份评审意见都已提交，不能再修改。"))
    if found.version != version:
        raise Stale(_("这项评审意见已在别处修改，请刷新后再改。"))
    framework = framework_of(row.round.framework)
    point = framework.point(found.review.point)
    mark = legal_mark(framework, point, mark)
    if needs_reason(found, plan, mark, verified_mark(row, point.no)) and not reason.strip():
        raise ReviewRefused(_why_reason(found, plan))
    found.mark, found.reason, found.submitted_at = mark, reason.strip(), timezone.now()
    found.version += 1
    found.save()
    record("review.submit", found, name=f"{row.name} {point.no}", after={"version": found.version})
    _settle(row, found.review, plan, framework, point)
    return found


def _why_reason(assignment: Assignment, plan: ReviewPlan) -> str:
    if assignment.seat == Seat.ARBITER or plan.blind:
        return _("请写明理由。")
    return _("得分与核定得分不同，请写明理由。")


def _settle(row: RoundUnit, review: Review, plan: ReviewPlan, framework: Framework, point: Point) -> None:
    """Write what the marks of a review come to, and seat a third expert where they are too far apart."""
    seats = {one.seat: one for one in Assignment.objects.filter(review=review).select_related("expert")}
    arbiter = seats.pop(Seat.ARBITER, None)
    marks = [one.mark for _seat, one in sorted(seats.items()) if one.mark is not None]
    if len(marks) < (2 if plan.double else 1):
        return
    limit = PlanPoint.objects.values_list("threshold", flat=True).get(plan=plan, point=point.no)
    if arbiter is not None:
        state, mark = (State.ARBITRATION, None) if arbiter.mark is None else (State.SETTLED, arbiter.mark)
    elif max(marks) - min(marks) > limit:
        state, mark = State.ARBITRATION, None
    else:
        state, mark = State.SETTLED, mean_mark(framework, point, marks)
    review.state, review.mark = state, mark
    review.save(update_fields=["state", "mark"])
    record("review.settle", review, name=f"{row.name} {point.no}", after={
        "marks": {one.expert.username: plain(one.mark) for one in seats.values() if one.mark is not None},
        "arbiter": plain(arbiter.mark) if arbiter and arbiter.mark is not None else None,
        "state": str(state), "mark": None if mark is None else plain(mark),
    })  # fmt: skip
    if state == State.ARBITRATION and arbiter is None:
        third = _third(row, plan, {one.expert_id for one in seats.values()})
        if third is not None:
            keep_arbiter(row, review, third)


def _third(row: RoundUnit, plan: ReviewPlan, pair: set[int]) -> User | None:
    """Return the expert of the plan with the fewest decisions of this kind who may judge the unit, or None."""
    people = list(experts().filter(pk__in=plan.experts.all()).exclude(pk__in=pair))
    kept_out = barred(row.round, people, [row])
    free = [one for one in people if row.pk not in kept_out[one.pk]]
    held = Assignment.objects.filter(review__round_unit__round=row.round, expert__in=free, seat=Seat.ARBITER)
    counted = dict(held.order_by().values_list("expert").annotate(count=Count("pk")))
    return min(free, key=lambda one: (counted.get(one.pk, 0), one.username), default=None)


def missing(round_: Round) -> tuple[str, ...]:
    """Return what keeps the review of a round from being closed, in words; nothing does where there is no plan."""
    open_ = all_reviews(round_).order_by().exclude(state=State.SETTLED)
    counted = dict(open_.values_list("state").annotate(count=Count("pk")))
    found = []
    if counted.get(State.OPEN):
        found.append(_("还有%(count)d项没有评审完") % {"count": counted[State.OPEN]})
    if counted.get(State.ARBITRATION):
        found.append(_("还有%(count)d项等待复议") % {"count": counted[State.ARBITRATION]})
    barred_here = in_conflict(round_).filter(submitted_at__isnull=False).count()
    if barred_here:
        found.append(_("有%(count)d份评审意见的专家须回避，须改派") % {"count": barred_here})
    return tuple(found)


def effects(round_: Round) -> tuple[str, ...]:
    """Return what closing the review of a round will do, in words."""
    count = all_reviews(round_).count()
    if not count:
        return (_("本轮次没有安排专家评审，各单位的得分保持核定结果"), _("专家评审结束，此后不能退回"))
    return (
        _("%(count)d项评审结论成为得分，各单位的总分随之重算") % {"count": count},
        _("专家不能再修改评审意见，此后不能退回"),
    )


@transaction.atomic
def close_review(by: User, round_: Round) -> Round:
    """
    Close the review: its marks become decisions, totals follow, and the round goes on to objections; all or nothing.

    A round without plan goes on as it is. Refused: other people and stages, whatever is open.
    """
    if not plans_reviews(by):
        raise NotAllowed(_("只有省级管理员可以结束专家评审。"))
    # Whoever marks now is waited for, and whoever comes later finds the stage closed.
    rows = list(round_.units.select_for_update(of=("self",)).select_related("unit"))
    round_ = Round.objects.select_related("framework").get(pk=round_.pk)
    if round_.stage != Stage.EXPERT_REVIEW:
        raise RoundRefused(_("考核轮次不在专家评审阶段。"))
    left = missing(round_)
    if left:
        raise ReviewRefused(_("不能结束专家评审：%(left)s。") % {"left": clauses(left)})
    with site_language():
        written = _write_decisions(by, round_, rows)
    if written:
        write_totals(round_, rows)
    return move_round(by, round_, Stage.OBJECTION)


def _write_decisions(by: User, round_: Round, rows: list[RoundUnit]) -> int:
    """Write the decisions of the review, record them point by point, and return how many there are."""
    codes = {row.pk: row.code for row in rows}
    now = timezone.now()
    told: dict[int, dict[str, str]] = defaultdict(dict)
    made: list[Decision] = []
    reviewed = all_reviews(round_).order_by().values("point").distinct()
    verified = {
        (one.round_unit_id, one.point): one
        for one in Decision.objects.filter(
            round_unit__round=round_, stage=Stage.VERIFICATION, point__in=reviewed
        ).defer("reason")
    }
    for review in all_reviews(round_).prefetch_related("assignments"):
        before = verified[review.round_unit_id, review.point]
        assert review.mark is not None
        made.append(
            Decision(
                round_unit_id=review.round_unit_id,
                point=review.point,
                stage=Stage.EXPERT_REVIEW,
                act=_act(before, review.mark),
                mark=review.mark,
                reason_code="review",
                reason=_reason(review),
                answer_version=before.answer_version,
                by=by,
                at=now,
            )
        )
        told[review.point][codes[review.round_unit_id]] = plain(review.mark)
    Decision.objects.bulk_create(made, batch_size=500)
    for no, marks in sorted(told.items()):
        record("review.close", round_, name=f"{round_.title} {no}", after={"marks": marks})
    return len(made)


def _act(before: Decision, mark: Decimal) -> str:
    """Return what a mark makes of the decision of verification."""
    if mark == before.mark:
        return Decision.Act.REJECT if before.act == Decision.Act.REJECT else Decision.Act.ACCEPT
    return Decision.Act.ADJUST if mark else Decision.Act.REJECT


def _reason(review: Review) -> str:
    """Return how a mark came about, with what the experts wrote and without their names."""
    seats = sorted(review.assignments.all(), key=lambda one: one.seat)
    pair = [one for one in seats if one.seat != Seat.ARBITER]
    arbiter = next((one for one in seats if one.seat == Seat.ARBITER), None)
    marks = [plain(one.mark) for one in pair if one.mark is not None]
    words = {"marks": _("和").join(_("%(mark)s分") % {"mark": mark} for mark in marks), "mark": plain(review.mark or 0)}
    if arbiter is not None:
        head = _("两位专家分别评%(marks)s，差距较大，经第三位专家复议评%(mark)s分") % words
    elif len(marks) > 1:
        head = _("两位专家分别评%(marks)s，取平均并按规则计%(mark)s分") % words
    else:
        head = _("专家评%(mark)s分") % words
    told = [one.reason for one in ([arbiter] if arbiter else pair) if one.reason]
    return clauses([head, *told])
