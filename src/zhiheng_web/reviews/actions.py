"""What the office does to a review: plans it, keeps experts from units, gives work to somebody else; all recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.framework.model import Framework
from zhiheng.framework.rules import Judged
from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.jobs.queue import enqueue_named
from zhiheng_web.language import listed, site_language
from zhiheng_web.refusals import Refused
from zhiheng_web.reviews.models import Assignment, Conflict, PlanPoint, Review, ReviewPlan
from zhiheng_web.reviews.permissions import marks_reviews, own_unit, plans_reviews
from zhiheng_web.reviews.planning import Item, TooFew, plan_seats
from zhiheng_web.reviews.queries import barred, experts, in_conflict, may_judge, not_applicable, plan_of, started
from zhiheng_web.rounds.actions import MAIL, Stale, locked_unit
from zhiheng_web.rounds.machine import STAGES, NotAllowed, Stage
from zhiheng_web.rounds.models import Notice, Round, RoundUnit

BATCH = 500
MOST_NAMED = 10
"""Units or people that a refusal names."""
SEATS = (Assignment.Seat.FIRST, Assignment.Seat.SECOND)


class ReviewRefused(Refused):
    """A review cannot be changed as asked."""

    code = "reviews.refused"


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A plan as it comes from a form.

    Parameters
    ----------
    points
        Points to review with the difference above which a third expert decides.
    experts
        Primary keys of the experts who take part.
    double, blind
        Two experts a point and unit, or one; whether marks of earlier stages are hidden from them.
    seed
        Decides among equals.
    due_at
        Until when marks should be in.
    """

    points: Mapping[int, Decimal]
    experts: Collection[int]
    due_at: datetime
    double: bool = True
    blind: bool = False
    seed: int = 1


def judged_points(framework: Framework) -> list[int]:
    """Return the points that are reviewed where nobody chose others: those that a reviewer has to judge."""
    return [point.no for _, point in framework.points if isinstance(point.rule, Judged)]


def _planning(by: User) -> None:
    if not plans_reviews(by):
        raise NotAllowed(_("只有省级管理员可以安排专家评审。"))


def in_review(round_: Round) -> None:
    """Refuse rounds that are not in expert review."""
    if round_.stage != Stage.EXPERT_REVIEW:
        raise NotAllowed(_("考核轮次处于“%(stage)s”阶段，不在专家评审阶段。") % {"stage": Stage(round_.stage).label})


@transaction.atomic
def plan_review(by: User, round_: Round, plan: Plan, *, version: int) -> ReviewPlan:
    """
    Plan the review of a round anew, give every point of every unit to experts, and tell them.

    Points that verification found not to apply are left out. Refused: other people and stages, a plan of which somebody
    has already handed in a mark, no points or experts, a threshold outside the marks, a deadline that has passed, units
    for which exclusions leave too few experts (named), a plan that was changed meanwhile (Stale).
    """
    _planning(by)
    # Whoever hands in a mark now is waited for, and counts as the first mark.
    rows = list(round_.units.select_for_update(of=("self",)).select_related("unit"))
    round_ = Round.objects.select_related("framework").get(pk=round_.pk)
    in_review(round_)
    old = plan_of(round_)
    if (old.version if old else 0) != version:
        raise Stale(_("其他人已修改评审方案，请刷新后再改。"))
    if started(round_):
        raise ReviewRefused(_("已有专家提交评审意见，不能重新分配；需要换人的请逐项改派。"))
    _sound(round_, plan)
    people = list(experts().filter(pk__in=plan.experts))
    seats = _seated(round_, rows, people, plan)
    kept = _keep_plan(by, round_, plan, people, old)
    _keep_seats(round_, seats)
    record("review.plan", round_, after={
        "points": {str(no): plain(limit) for no, limit in plan.points.items()}, "double": plan.double,
        "blind": plan.blind, "seed": plan.seed, "due_at": plan.due_at.isoformat(),
        "people": [expert.username for expert in people], "count": len(seats),
    })  # fmt: skip
    local = timezone.localtime(plan.due_at)
    with site_language():
        words = {"round": round_.title, "until": f"{local:%Y-%m-%d %H:%M}"}
        tell(round_, people, _("您有“%(round)s”的评审任务，请在%(until)s前完成") % words)
    return kept


def _sound(round_: Round, plan: Plan) -> None:
    framework = framework_of(round_.framework)
    points = {point.no: point for _parent, point in framework.points}
    if not plan.points or not plan.points.keys() <= points.keys():
        raise ReviewRefused(_("请选择需要评审的考核要点。"))
    for no, limit in plan.points.items():
        full = framework.full(points[no])
        if not 0 <= limit <= full:
            words = {"no": no, "full": plain(full)}
            raise ReviewRefused(_("第%(no)s项的复议界限须在0至%(full)s分之间。") % words)
    if plan.due_at <= timezone.now():
        raise ReviewRefused(_("评审期限须晚于当前时间。"))


def _seated(
    round_: Round, rows: Sequence[RoundUnit], people: Sequence[User], plan: Plan
) -> dict[Item, tuple[int, ...]]:
    """Return who judges what, or refuse with the names of units that have too few."""
    left_out = not_applicable(round_)
    items = [(row.pk, no) for no in sorted(plan.points) for row in rows if (row.pk, no) not in left_out]
    if not items:
        raise ReviewRefused(_("所选考核要点在核查中均认定为不适用，没有需要评审的内容。"))
    count = len(SEATS) if plan.double else 1
    try:
        return plan_seats(
            items, [expert.pk for expert in people], barred(round_, people, rows), seats=count, seed=plan.seed
        )
    except TooFew as few:
        names = {row.pk: row.name for row in rows}
        words = {
            "names": listed(names[pk] for pk in few.units[:MOST_NAMED]), "units": len(few.units), "count": count,
        }  # fmt: skip
        raise ReviewRefused(
            _("回避以后，%(units)d个单位可用的专家不足%(count)d名：%(names)s。请增加专家或者核对回避情况。") % words
        ) from few


def _keep_plan(by: User, round_: Round, plan: Plan, people: Sequence[User], old: ReviewPlan | None) -> ReviewPlan:
    kept = old or ReviewPlan(round=round_, version=0)
    kept.double, kept.blind, kept.seed, kept.due_at = plan.double, plan.blind, plan.seed, plan.due_at
    kept.made_by, kept.made_at = by, timezone.now()
    kept.version += 1
    kept.save()
    kept.experts.set(people)
    kept.points.all().delete()
    PlanPoint.objects.bulk_create(
        PlanPoint(plan=kept, point=no, threshold=limit) for no, limit in sorted(plan.points.items())
    )
    return kept


def _keep_seats(round_: Round, seats: Mapping[Item, Sequence[int]]) -> None:
    Review.objects.filter(round_unit__round=round_).delete()
    made = Review.objects.bulk_create([Review(round_unit_id=unit, point=no) for unit, no in seats], batch_size=BATCH)
    Assignment.objects.bulk_create(
        [
            Assignment(review=review, expert_id=expert, seat=seat)
            for review, people in zip(made, seats.values(), strict=True)
            for seat, expert in zip(SEATS, people, strict=False)
        ],
        batch_size=BATCH,
    )


def tell(round_: Round, people: Collection[User], title: str, text: str = "") -> None:
    """Put a notice that leads to their tasks into the inbox of experts, and have those with an address mailed."""
    Notice.objects.bulk_create(
        Notice(user=user, round=round_, kind="review", title=title, text=text, link=f"/rounds/{round_.code}/review/")
        for user in people
    )
    if any(user.email for user in people):
        enqueue_named(MAIL)


@transaction.atomic
def declare_conflict(by: User, round_unit: RoundUnit, expert: User, reason: str) -> Conflict:
    """
    Keep an expert from judging a unit, by the office or by himself; what he has there waits for somebody else.

    Refused: other people, people who are no experts, no reason, a review that is over, what holds already.
    """
    if by.pk != expert.pk:
        _planning(by)
    row = locked_unit(round_unit.pk)
    if not marks_reviews(expert):
        raise ReviewRefused(_("只有专家需要回避。"))
    if STAGES.index(Stage(row.round.stage)) > STAGES.index(Stage.EXPERT_REVIEW):
        raise NotAllowed(_("专家评审已经结束，不能再申报回避。"))
    if not reason.strip():
        raise ReviewRefused(_("请说明回避的理由。"))
    words = {"who": expert.full_name, "unit": row.name}
    if own_unit(expert, row.unit):
        raise ReviewRefused(_("%(unit)s是%(who)s所在的单位或者其上下级，已自动回避。") % words)
    if Conflict.objects.filter(round_unit=row, expert=expert).exists():
        raise ReviewRefused(_("%(who)s对%(unit)s已经回避。") % words)
    made = Conflict.objects.create(round_unit=row, expert=expert, reason=reason.strip(), by=by)
    record("review.conflict", row, name=f"{row.name} {expert.full_name}", after={
        "by": by.username, "username": expert.username, "reason": reason.strip(),
    })  # fmt: skip
    return made


@transaction.atomic
def end_conflict(by: User, conflict: Conflict, reason: str) -> None:
    """Let an expert judge a unit again. Refused: other people, no reason, a review that is over."""
    _planning(by)
    row = locked_unit(conflict.round_unit_id)
    if STAGES.index(Stage(row.round.stage)) > STAGES.index(Stage.EXPERT_REVIEW):
        raise NotAllowed(_("专家评审已经结束，不能再撤销回避。"))
    if not reason.strip():
        raise ReviewRefused(_("请说明理由。"))
    record("review.end_conflict", row, name=f"{row.name} {conflict.expert.full_name}", before={
        "username": conflict.expert.username, "reason": conflict.reason,
    }, after={"reason": reason.strip()})  # fmt: skip
    conflict.delete()


@transaction.atomic
def reassign(by: User, assignment: Assignment, expert: User, reason: str, *, whole_unit: bool = False) -> int:
    """
    Give one expert's part to another, or all of it that waits at this unit, tell him, and return how many were given.

    A mark that was handed in is discarded only where its expert may not judge the unit; then the decision of a third
    expert about the pair falls with it. Refused: other people and stages, no reason, marks that stand, an expert who
    may not judge the unit or sits in the same review.
    """
    _planning(by)
    row = locked_unit(assignment.review.round_unit_id)
    in_review(row.round)
    _may_sit(row, expert, reason)
    before = Assignment.objects.select_related("review", "expert").get(pk=assignment.pk)
    movable = _movable(row, before)
    if before.pk not in movable:
        raise ReviewRefused(_("这位专家已经提交评审意见，不能改派。"))
    chosen = list(
        Assignment.objects.filter(pk__in=movable if whole_unit else [before.pk]).select_related("review", "expert")
    )
    taken = set(Assignment.objects.filter(review__round_unit=row, expert=expert).values_list("review", flat=True))
    given = [one for one in chosen if one.review_id not in taken]
    if not given:
        raise ReviewRefused(_("%(who)s已参加这一项的评审，请选择其他专家。") % {"who": expert.full_name})
    for one in given:
        _hand_on(row, one, expert, reason.strip())
    with site_language():
        words = {"round": row.round.title, "unit": row.name, "count": len(given)}
        tell(row.round, [expert], _("“%(round)s”的评审任务有调整：%(unit)s%(count)d项由您评审") % words)
    return len(given)


def _may_sit(row: RoundUnit, expert: User, reason: str) -> None:
    if not reason.strip():
        raise ReviewRefused(_("请说明理由。"))
    if not may_judge(expert, row):
        words = {"who": expert.full_name, "unit": row.name}
        raise ReviewRefused(_("%(who)s不能评审%(unit)s：不是专家、账号已停用或者须回避。") % words)


def _movable(row: RoundUnit, assignment: Assignment) -> set[int]:
    """Return what an expert holds at a unit and may be given to somebody else."""
    own = Assignment.objects.filter(review__round_unit=row, expert=assignment.expert_id)
    barred_here = in_conflict(row.round).filter(pk__in=own)
    return {*own.filter(submitted_at=None).values_list("pk", flat=True), *barred_here.values_list("pk", flat=True)}


def _hand_on(row: RoundUnit, one: Assignment, expert: User, reason: str) -> None:
    record("review.assign", one, name=f"{row.name} {one.review.point}", before={
        "username": one.expert.username, "mark": None if one.mark is None else plain(one.mark),
    }, after={"username": expert.username, "reason": reason})  # fmt: skip
    discarded = one.submitted_at is not None
    one.expert, one.mark, one.reason, one.submitted_at = expert, None, "", None
    one.version += 1
    one.save()
    review = one.review
    if not discarded:
        return
    if one.seat == Assignment.Seat.ARBITER:
        review.state = Review.State.ARBITRATION
    else:
        Assignment.objects.filter(review=review, seat=Assignment.Seat.ARBITER).delete()
        review.state = Review.State.OPEN
    review.mark = None
    review.save(update_fields=["state", "mark"])


@transaction.atomic
def seat_arbiter(by: User, review: Review, expert: User, reason: str) -> Assignment:
    """
    Name the third expert of a review that has none, and tell him.

    Refused: other people and stages, no reason, a review that needs none, an expert who may not judge the unit or is
    one of the two.
    """
    _planning(by)
    row = locked_unit(review.round_unit_id)
    in_review(row.round)
    _may_sit(row, expert, reason)
    review = Review.objects.get(pk=review.pk)
    sitting = list(Assignment.objects.filter(review=review))
    if review.state != Review.State.ARBITRATION or any(one.seat == Assignment.Seat.ARBITER for one in sitting):
        raise ReviewRefused(_("这一项不需要指定复议专家。"))
    if any(one.expert_id == expert.pk for one in sitting):
        raise ReviewRefused(_("%(who)s已参加这一项的评审，请选择其他专家。") % {"who": expert.full_name})
    return keep_arbiter(row, review, expert, reason.strip())


def keep_arbiter(row: RoundUnit, review: Review, expert: User, reason: str = "") -> Assignment:
    """Write who decides a review of a locked unit, and tell him."""
    made = Assignment.objects.create(review=review, expert=expert, seat=Assignment.Seat.ARBITER)
    record("review.arbiter", made, name=f"{row.name} {review.point}", after={
        "username": expert.username, "reason": reason,
    })  # fmt: skip
    with site_language():
        words = {"round": row.round.title, "unit": row.name, "no": review.point}
        tell(row.round, [expert], _("“%(round)s”%(unit)s第%(no)s项的两份评审意见差距较大，请您复议") % words)
    return made
