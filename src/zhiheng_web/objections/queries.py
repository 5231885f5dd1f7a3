"""Reads of objections: those of a unit as a person may see them, the list of the office and its progress."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import works_for
from zhiheng_web.assessments.models import Decision
from zhiheng_web.objections.models import Objection
from zhiheng_web.rounds.machine import MOVES, Act, Stage
from zhiheng_web.rounds.models import Round, RoundUnit

State = Objection.State
WITH_THE_OFFICE = (State.FILED, State.ANSWERED)
"""States in which an objection is before the office; drafts are the unit's own affair."""


def objections_of(user: User, row: RoundUnit) -> QuerySet[Objection]:
    """Return the objections of a unit that a person may see: all for its own people, what was filed for others."""
    found = row.objections.select_related("raised_by", "filed_by", "answered_by", "withdrawn_by")
    if works_for(user, row.unit):
        return found
    return found.exclude(filed_at=None)


def at_point(user: User, row: RoundUnit, point: int) -> Objection | None:
    """Return the objection at a point that counts, else the last that was withdrawn; None where there is none."""
    found = list(objections_of(user, row).filter(point=point).prefetch_related("shown__file"))
    standing = [one for one in found if one.state != State.WITHDRAWN]
    return standing[0] if standing else found[-1] if found else None


def listed(round_: Round, *, state: str = "", text: str = "") -> QuerySet[Objection]:
    """Return the objections of a round that were filed, those that wait longest first."""
    found = Objection.objects.filter(round_unit__round=round_).exclude(filed_at=None)
    found = found.select_related("round_unit", "answered_by")
    if state in State.values:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(round_unit__name__icontains=text) | Q(round_unit__code__startswith=text))
    return found.order_by("filed_at", "pk")


def unanswered(round_: Round) -> QuerySet[Objection]:
    """Return the objections that wait for an answer."""
    return Objection.objects.filter(round_unit__round=round_, state=State.FILED)


def progress(round_: Round) -> dict[str, int]:
    """Return how many objections of a round were filed, wait, have each outcome and were withdrawn, in one query."""
    outcomes = {o.value: Count("pk", filter=Q(outcome=o)) for o in Objection.Outcome}
    return (
        Objection.objects.filter(round_unit__round=round_)
        .exclude(filed_at=None)
        .aggregate(
            all=Count("pk"),
            units=Count("round_unit", distinct=True),
            filed=Count("pk", filter=Q(state=State.FILED)),
            answered=Count("pk", filter=Q(state=State.ANSWERED)),
            withdrawn=Count("pk", filter=Q(state=State.WITHDRAWN)),
            **outcomes,
        )
    )


def decided_himself(user: User, row: RoundUnit, point: int) -> bool:
    """Return whether a person gave the marks of a point; who closed the review of experts gave none."""
    return _decided(row, point).filter(by=user).exists()


def answerers(row: RoundUnit, point: int) -> QuerySet[User]:
    """Return who may answer an objection to a point: the office without those who took part in its marks."""
    office = User.objects.filter(role__in=MOVES[Act.ANSWER_OBJECTION].roles, is_active=True)
    return office.exclude(pk__in=_decided(row, point).values("by"))


def _decided(row: RoundUnit, point: int) -> QuerySet[Decision]:
    return Decision.objects.filter(round_unit=row, point=point, stage=Stage.VERIFICATION)
