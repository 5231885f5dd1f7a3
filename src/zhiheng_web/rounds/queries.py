"""Reads of rounds: what a person may see, the board with its counts, deadlines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.rounds.machine import Act, Situation, Stage, State, allowed
from zhiheng_web.rounds.models import Round, RoundUnit, Window
from zhiheng_web.rounds.permissions import reads_all_units

UNFINISHED = (State.DRAFT, State.PENDING, State.RETURNED)
"""States in which the unit has something to do."""


def rounds_for(user: User) -> QuerySet[Round]:
    """Return the rounds a person may see: all for the office, those with their unit for people of a unit."""
    found = Round.objects.select_related("framework")
    if is_of_a_unit(user):
        return found.filter(units__unit=user.unit_id).exclude(stage=Stage.PREPARATION)
    return found


def units_for(user: User, round_: Round) -> QuerySet[RoundUnit]:
    """Return the units of a round that a person may read."""
    found = round_.units.select_related("unit", "round")
    if is_of_a_unit(user):
        return found.filter(unit=user.unit_id)
    return found if reads_all_units(user) else found.none()


def window(round_: Round, stage: Stage = Stage.SELF_ASSESSMENT) -> Window | None:
    """Return the window of a stage, or None."""
    return next((w for w in round_.windows.all() if w.stage == stage), None)


@dataclass(frozen=True, slots=True)
class Board:
    """
    What the board shows above its list.

    Parameters
    ----------
    states
        Units in each state.
    units
        Units in all.
    answered, points
        Points filled in and points in all, over all units.
    decided
        Points decided.
    overdue
        Units that are past their deadline with something to do.
    """

    states: Mapping[str, int]
    units: int
    answered: int
    points: int
    decided: int
    overdue: int


_NOTHING = Board(states=dict.fromkeys(State.values, 0), units=0, answered=0, points=0, decided=0, overdue=0)


def board(round_: Round, now: datetime) -> Board:
    """Return the counts of a round in one query, however many units it has."""
    return boards([round_], now)[round_.pk]


def boards(rounds: Sequence[Round], now: datetime) -> dict[int, Board]:
    """Return the counts of rounds by primary key in one query; their windows should be read already."""
    late = Q(pk__in=[])
    for each in rounds:
        late |= Q(round=each.pk) & overdue(each, now)
    counts: dict[str, object] = {f"state_{s}": Count("pk", filter=Q(state=s)) for s in State.values}
    rows = RoundUnit.objects.filter(round__in=[r.pk for r in rounds]).order_by().values("round").annotate(
        units=Count("pk"),
        answered_points=Coalesce(Sum("answered"), 0),
        all_points=Coalesce(Sum("points"), 0),
        decided_points=Coalesce(Sum("decided"), 0),
        overdue=Count("pk", filter=late),
        **counts,
    )  # fmt: skip
    found = {row["round"]: _board(row) for row in rows}
    return {each.pk: found.get(each.pk, _NOTHING) for each in rounds}


def _board(row: Mapping[str, Any]) -> Board:
    return Board(
        states={s: row[f"state_{s}"] for s in State.values},
        units=row["units"],
        answered=row["answered_points"],
        points=row["all_points"],
        decided=row["decided_points"],
        overdue=row["overdue"],
    )


def overdue(round_: Round, now: datetime) -> Q:
    """Return the condition for units that are past their deadline with something to do."""
    own = window(round_)
    unfinished = Q(state__in=[str(s) for s in UNFINISHED])
    extended = Q(extended_to__isnull=False, extended_to__gte=now)
    late_return = Q(return_due_at__isnull=False, return_due_at__lt=now)
    late_first = Q(return_due_at__isnull=True) if own is not None and own.closes_at < now else Q(pk__in=[])
    return unfinished & (late_return | late_first) & ~extended


ORDERS: Mapping[str, tuple[str, ...]] = {
    "position": ("position", "pk"),
    "name": ("name", "pk"),
    "progress": ("answered", "position"),
    "-progress": ("-answered", "position"),
    "claimed": ("-claimed", "position"),
    "confirmed": ("-confirmed", "position"),
    "risks": ("-risks", "position"),
}
"""Orders of the board by name."""


def board_rows(
    round_: Round,
    *,
    state: str = "",
    text: str = "",
    group: str = "",
    order: str = "position",
    now: datetime,
    late: bool = False,
) -> QuerySet[RoundUnit]:
    """Return the rows of the board by filter."""
    found = RoundUnit.objects.filter(round=round_).select_related("round")
    if state in State.values:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(code__startswith=text))
    if group:
        found = found.filter(group=group)
    if late:
        found = found.filter(overdue(round_, now))
    return found.order_by(*ORDERS.get(order, ORDERS["position"]))


def may(act: Act, user: User, round_unit: RoundUnit, now: datetime) -> bool:
    """Return whether a person may do something to a unit now."""
    return allowed(
        act,
        situation(round_unit),
        role=user.role,
        own_unit=user.unit_id == round_unit.unit_id,
        now=now,
    )


def situation(round_unit: RoundUnit) -> Situation:
    """
    Return where a unit stands.

    In the stage of objections their window counts, or that of the unit where it was given more time; without a window
    they are open until the stage ends.
    """
    if round_unit.round.stage != Stage.OBJECTION:
        return round_unit.situation(window(round_unit.round))
    own = window(round_unit.round, Stage.OBJECTION)
    extended = round_unit.extended_to if own is not None else None
    return replace(round_unit.situation(own), extended_to=extended, return_due_at=None)


def undecided(round_: Round) -> QuerySet[RoundUnit]:
    """Return the units that still have points without a decision."""
    return round_.units.filter(decided__lt=F("points"))


def groups(round_: Round) -> list[str]:
    """Return the groups that the units of a round belong to."""
    found = RoundUnit.objects.filter(round=round_).exclude(group="").order_by("group")
    return list(found.values_list("group", flat=True).distinct())


def unfinished(round_: Round, pks: Sequence[int] | None = None) -> QuerySet[RoundUnit]:
    """Return the units that have something to do, of all or of these."""
    found = RoundUnit.objects.filter(round=round_, state__in=[str(s) for s in UNFINISHED])
    return found if pks is None else found.filter(pk__in=pks)


def own_rows(user: User) -> QuerySet[RoundUnit]:
    """Return the rows of a person's unit in all rounds that were opened, the newest first."""
    found = RoundUnit.objects.filter(unit=user.unit_id).exclude(round__stage=Stage.PREPARATION)
    return found.select_related("round__framework").prefetch_related("round__windows").order_by("-round__made_at")


def waiting_for_verification() -> QuerySet[RoundUnit]:
    """Return the units that were handed in and wait for a verifier, the longest waiting first."""
    found = RoundUnit.objects.filter(state=State.SUBMITTED, round__stage=Stage.VERIFICATION)
    return found.select_related("round__framework").order_by("state_at", "pk")


def units_without_people(round_: Round) -> int:
    """Return how many units of a round have nobody who could fill in."""
    fillers = User.objects.filter(role=Role.FILLER, is_active=True, unit__isnull=False).values("unit")
    return RoundUnit.objects.filter(round=round_).exclude(unit__in=fillers).count()
