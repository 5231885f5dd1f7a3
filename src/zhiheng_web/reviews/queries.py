"""Reads of reviews: what an expert has to do, who may judge whom, what stands in the way of closing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.models import Attachment, Decision
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.reviews.models import Assignment, Conflict, Review, ReviewPlan
from zhiheng_web.reviews.permissions import marks_reviews, own_unit
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

Seat, State = Assignment.Seat, Review.State


def plan_of(round_: Round) -> ReviewPlan | None:
    """Return the plan of a round, or None."""
    return ReviewPlan.objects.filter(round=round_).first()


def experts() -> QuerySet[User]:
    """Return the experts whose accounts are in use."""
    return User.objects.filter(role=Role.EXPERT, is_active=True).order_by("username")


def barred(round_: Round, people: Iterable[User], rows: Collection[RoundUnit] | None = None) -> dict[int, set[int]]:
    """
    Return the units of a round that each expert may not judge, by primary keys.

    Those are his own with those above and below, declared ones, and those that he verified in an earlier role.
    """
    units = list(round_.units.select_related("unit")) if rows is None else rows
    found = {expert.pk: {row.pk for row in units if own_unit(expert, row.unit)} for expert in people}
    declared = Conflict.objects.filter(round_unit__in=[row.pk for row in units], expert__in=list(found))
    verified = Decision.objects.filter(round_unit__in=[row.pk for row in units], by__in=list(found))
    for expert, row in (
        *declared.order_by().values_list("expert", "round_unit"),
        *verified.order_by().values_list("by", "round_unit").distinct(),
    ):
        found[expert].add(row)
    return found


def may_judge(expert: User, row: RoundUnit) -> bool:
    """Return whether an expert may judge a unit."""
    declared = Conflict.objects.filter(round_unit=row, expert=expert)
    verified = Decision.objects.filter(round_unit=row, by=expert)
    return marks_reviews(expert) and not own_unit(expert, row.unit) and not (declared.exists() or verified.exists())


def _tasks(expert: User) -> QuerySet[Assignment]:
    """Return what an expert has to mark anywhere, without what stands in conflict."""
    declared = Conflict.objects.filter(expert=expert, round_unit=OuterRef("review__round_unit"))
    return Assignment.objects.filter(~Exists(declared), expert=expert).order_by()


def tasks_of(expert: User, round_: Round) -> QuerySet[Assignment]:
    """Return what an expert has to mark in a round, point by point, without what stands in conflict."""
    found = _tasks(expert).filter(review__round_unit__round=round_).select_related("review__round_unit")
    return found.order_by("review__point", "review__round_unit__position", "pk")


@dataclass(frozen=True, slots=True)
class Tasks:
    """
    What an expert has to mark in one round.

    Parameters
    ----------
    round, due_at
        The round, and until when.
    done, total
        Marks handed in, and asked for.
    """

    round: Round
    due_at: datetime
    done: int
    total: int


def rounds_in_review(expert: User) -> list[Tasks]:
    """Return what an expert has to mark in every round that is in review, the earliest deadline first."""
    rows = (
        _tasks(expert)
        .filter(review__round_unit__round__stage=Stage.EXPERT_REVIEW)
        .values_list("review__round_unit__round")
        .annotate(done=Count("pk", filter=Q(submitted_at__isnull=False)), total=Count("pk"))
    )
    counted = {round_: (done, total) for round_, done, total in rows}
    plans = ReviewPlan.objects.filter(round__in=list(counted)).select_related("round").order_by("due_at", "pk")
    return [Tasks(plan.round, plan.due_at, *counted[plan.round_id]) for plan in plans]


def may_read_evidence(user: User, file: EvidenceFile) -> bool:
    """Return whether an expert may open a file: it supports a point of the unit that he was given to mark."""
    if not marks_reviews(user):
        return False
    given = Assignment.objects.filter(
        expert=user,
        review__round_unit=file.round_unit_id,
        review__point__in=Attachment.objects.filter(file=file).values("item__answer__point"),
    )
    return given.exists() and may_judge(user, file.round_unit)


@dataclass(frozen=True, slots=True)
class Load:
    """
    How far one expert is.

    Parameters
    ----------
    expert
        Who.
    done, total
        Marks handed in, and asked for.
    """

    expert: User
    done: int
    total: int


def loads(round_: Round) -> list[Load]:
    """Return how far the experts of a round are."""
    rows = (
        Assignment.objects.filter(review__round_unit__round=round_)
        .order_by()
        .values("expert")
        .annotate(total=Count("pk"), done=Count("pk", filter=Q(submitted_at__isnull=False)))
    )
    counted = {row["expert"]: row for row in rows}
    people = User.objects.filter(pk__in=list(counted)).order_by("username")
    return [Load(each, counted[each.pk]["done"], counted[each.pk]["total"]) for each in people]


def all_reviews(round_: Round) -> QuerySet[Review]:
    """Return the reviews of a round."""
    return Review.objects.filter(round_unit__round=round_)


def in_conflict(round_: Round) -> QuerySet[Assignment]:
    """Return the assignments of people who may no longer judge the unit."""
    declared = Conflict.objects.filter(expert=OuterRef("expert"), round_unit=OuterRef("review__round_unit"))
    gone = Q(submitted_at=None) & (Q(expert__is_active=False) | ~Q(expert__role=Role.EXPERT))
    found = Assignment.objects.filter(review__round_unit__round=round_)
    return found.filter(Exists(declared) | gone)


def without_arbiter(round_: Round) -> QuerySet[Review]:
    """Return the reviews that wait for somebody to decide and have nobody."""
    seated = Assignment.objects.filter(review=OuterRef("pk"), seat=Seat.ARBITER)
    return all_reviews(round_).filter(~Exists(seated), state=State.ARBITRATION)


def listed_reviews(round_: Round, *, state: str = "", text: str = "", expert: str = "") -> QuerySet[Review]:
    """Return reviews by filter with their seats; `state` may be `conflict` for those that need another expert."""
    seats = Assignment.objects.select_related("expert").order_by("seat")
    found = all_reviews(round_).select_related("round_unit").prefetch_related(Prefetch("assignments", queryset=seats))
    if state in State.values:
        found = found.filter(state=state)
    elif state == "conflict":
        found = found.filter(Q(assignments__in=in_conflict(round_)) | Q(pk__in=without_arbiter(round_))).distinct()
    if text:
        found = found.filter(Q(round_unit__name__icontains=text) | Q(round_unit__code__startswith=text))
    if expert:
        found = found.filter(Exists(Assignment.objects.filter(review=OuterRef("pk"), expert__username=expert)))
    return found.order_by("point", "round_unit__position", "pk")


def counts(round_: Round) -> dict[str, int]:
    """Return how many reviews are in each state, and under `conflict` how many need another expert."""
    found = dict.fromkeys(State.values, 0)
    found |= dict(all_reviews(round_).order_by().values_list("state").annotate(count=Count("pk")))
    needing = Q(assignments__in=in_conflict(round_)) | Q(pk__in=without_arbiter(round_))
    found["conflict"] = all_reviews(round_).filter(needing).distinct().count()
    return found


def started(round_: Round) -> bool:
    """Return whether anybody has handed in a mark."""
    return Assignment.objects.filter(review__round_unit__round=round_, submitted_at__isnull=False).exists()


def not_applicable(round_: Round) -> set[tuple[int, int]]:
    """Return the points that verification found not to apply, as (unit, point): there is nothing to judge."""
    found = Decision.objects.filter(round_unit__round=round_, act=Decision.Act.NOT_APPLICABLE)
    return set(found.values_list("round_unit", "point"))


def complete_pairs(round_: Round) -> list[tuple[int, int, int, Decimal]]:
    """Return the marks of the two first seats where both are in, as (unit, point, expert, mark)."""
    both = Assignment.objects.exclude(seat=Seat.ARBITER).filter(
        review__round_unit__round=round_, submitted_at__isnull=False
    )
    found: dict[int, list[tuple[int, int, int, Decimal]]] = {}
    rows = both.order_by("review__round_unit__position", "review__point", "seat")
    for review, unit, no, who, mark in rows.values_list(
        "review", "review__round_unit", "review__point", "expert", "mark"
    ):
        if mark is not None:
            found.setdefault(review, []).append((unit, no, who, mark))
    return [one for pair in found.values() if len(pair) > 1 for one in pair]
