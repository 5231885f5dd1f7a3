"""Reads of rectification items: the register, progress, what is to do, and what the next round is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.queries import last_decisions
from zhiheng_web.assessments.verification import REASONS
from zhiheng_web.language import headed, site_language
from zhiheng_web.objections.models import Objection
from zhiheng_web.rectification.machine import OPEN, STANDING, Act, State, allowed
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import rounds_for

ORDERS: Mapping[str, tuple[str | Any, ...]] = {
    "unit": ("round_unit__position", "round_unit", "point", "pk"),
    "due": ("due_at", "round_unit__position", "point", "pk"),
    "-lost": ("-lost", "round_unit__position", "point", "pk"),
    "point": ("point", "round_unit__position", "pk"),
    "-changed": (F("submitted_at").desc(nulls_last=True), "round_unit__position", "point", "pk"),
}
"""Orders of the register by name."""
SHORTEST_NAME = 2
"""Names of experts shorter than this are no names."""


def late(now: datetime) -> Q:
    """Return the condition for items that are past their deadline with something to do."""
    return Q(state__in=OPEN, due_at__lt=now)


def register(
    round_: Round, *, now: datetime, state: str = "", text: str = "", overdue: bool = False, order: str = "unit"
) -> QuerySet[RectificationItem]:
    """Return the items of a round by filter."""
    found = RectificationItem.objects.filter(round_unit__round=round_).select_related("round_unit")
    if state in State.values:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(round_unit__name__icontains=text) | Q(round_unit__code__startswith=text))
    if overdue:
        found = found.filter(late(now))
    return found.order_by(*ORDERS.get(order, ORDERS["unit"]))


@dataclass(frozen=True, slots=True)
class Progress:
    """
    Items counted.

    Parameters
    ----------
    issued, filed, returned, done, withdrawn
        In each state.
    overdue
        Past their deadline with something to do.
    """

    issued: int = 0
    filed: int = 0
    returned: int = 0
    done: int = 0
    withdrawn: int = 0
    overdue: int = 0

    @property
    def all(self) -> int:
        """Return how many count: withdrawn ones do not."""
        return self.issued + self.filed + self.returned + self.done

    @property
    def open(self) -> int:
        """Return in how many the unit has something to do."""
        return self.issued + self.returned


def _counts(now: datetime) -> dict[str, Count]:
    found = {state.value: Count("pk", filter=Q(state=state)) for state in State}
    return found | {"overdue": Count("pk", filter=late(now))}


def progress(round_: Round, now: datetime) -> Progress:
    """Return the items of a round counted, in one query."""
    return Progress(**RectificationItem.objects.filter(round_unit__round=round_).aggregate(**_counts(now)))


def progress_of_rounds(rounds: Collection[int], now: datetime, *, unit: int | None = None) -> dict[int, Progress]:
    """Return the items of rounds counted by primary key, of all units or of one, in one query."""
    found = RectificationItem.objects.filter(round_unit__round__in=rounds)
    if unit is not None:
        found = found.filter(round_unit__unit=unit)
    counted = found.order_by().values("round_unit__round").annotate(**_counts(now))
    rows: list[dict[str, Any]] = [dict(row) for row in counted]
    return {row.pop("round_unit__round"): Progress(**row) for row in rows}


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """The items of one unit counted, with its code and name."""

    code: str
    name: str
    counts: Progress


def progress_by_unit(round_: Round, now: datetime, *, text: str = "") -> list[UnitProgress]:
    """Return the units that have items, those with most to do first, in one query."""
    found = RectificationItem.objects.filter(round_unit__round=round_)
    if text:
        found = found.filter(Q(round_unit__name__icontains=text) | Q(round_unit__code__startswith=text))
    names = ("round_unit__position", "round_unit__code", "round_unit__name")
    rows = found.order_by().values(*names).annotate(**_counts(now))
    known = []
    for row in rows:
        position, code, name = (row.pop(key) for key in names)
        known.append((position, UnitProgress(code, name, Progress(**row))))
    known.sort(key=lambda one: (-one[1].counts.open, -one[1].counts.filed, one[0], one[1].code))
    return [one for _position, one in known]


def items_of(row: RoundUnit) -> QuerySet[RectificationItem]:
    """Return the items of a unit in a round."""
    return RectificationItem.objects.filter(round_unit=row).order_by("point", "pk")


def rounds_with_items(user: User) -> QuerySet[Round]:
    """Return the rounds in rectification that a person may see, the newest first."""
    return rounds_for(user).filter(stage=Stage.RECTIFICATION).distinct()


def to_do(user: User, now: datetime) -> tuple[int, int]:
    """Return how many items wait for a person, and how many of these are overdue; (0, 0) for who has none to do."""
    found = RectificationItem.objects.filter(round_unit__round__stage=Stage.RECTIFICATION)
    if is_of_a_unit(user):
        found = found.filter(round_unit__unit=user.unit_id, state__in=OPEN)
    elif user.role in {Role.VERIFIER, Role.ADMINISTRATOR}:
        found = found.filter(state=State.FILED)
    else:
        return (0, 0)
    counted = found.aggregate(all=Count("pk"), late=Count("pk", filter=late(now)))
    return (counted["all"], counted["late"])


def to_do_of(user: User, round_: Round) -> int:
    """Return how many items of a round wait for a person of the office; no query in another stage."""
    if round_.stage != Stage.RECTIFICATION or user.role not in {Role.VERIFIER, Role.ADMINISTRATOR}:
        return 0
    return RectificationItem.objects.filter(round_unit__round=round_, state=State.FILED).count()


def may(act: Act, user: User, item: RectificationItem, now: datetime) -> bool:
    """Return whether a person may do something to an item now; its unit and round should be read already."""
    row = item.round_unit
    return allowed(
        act, State(item.state), Stage(row.round.stage), item.due_at, role=user.role,
        own_unit=user.unit_id == row.unit_id, now=now,
    )  # fmt: skip


def carried(row: RoundUnit, points: Collection[int] | None = None) -> dict[int, RectificationItem]:
    """
    Return the items of the round before that count, by point, with their files; empty for another framework.

    They are matched as answers of the round before are: the same unit, the same framework, the same number.
    """
    before = row.round.previous
    if before is None or before.framework.code != row.round.framework.code:
        return {}
    found = RectificationItem.objects.filter(round_unit__round=before, round_unit__unit=row.unit_id, state__in=STANDING)
    if points is not None:
        found = found.filter(point__in=points)
    found = found.select_related("round_unit__round__framework").prefetch_related("shown__file")
    return {item.point: item for item in found}


def unfinished_before(row: RoundUnit) -> list[RectificationItem]:
    """Return the items of the round before that the unit has not brought to an end, by point."""
    found = carried(row)
    return [found[no] for no in sorted(found) if found[no].state != State.DONE]


def running_issue(round_: Round) -> Issuing | None:
    """Return the request to issue items that has not come to its end, or None."""
    return Issuing.objects.filter(round=round_, ended_at=None).select_related("by").first()


def taken_points(rows: Collection[int]) -> set[tuple[int, int]]:
    """Return unit and point of every item of these units, withdrawn ones among them."""
    found = RectificationItem.objects.filter(round_unit__in=rows).order_by()
    return set(found.values_list("round_unit", "point"))


def claimed_ticks_of(rows: Collection[int]) -> dict[tuple[int, int], int]:
    """Return what units claimed, in ticks, by unit and point; nothing where they claimed no marks."""
    found = Answer.objects.filter(round_unit__in=rows, stance=Answer.Stance.YES)
    return {(unit, no): ticks for unit, no, ticks in found.values_list("round_unit", "point", "claimed")}


def last_reasons(rows: Sequence[int]) -> dict[tuple[int, int], tuple[str, str]]:
    """
    Return why units have the marks they have, as (stage, words) by unit and point, in three queries.

    The answer to an objection is the last word even where it left the marks as they were. Names of experts are masked.
    """
    with site_language():
        found = _reasons(rows)
    names = User.objects.filter(role=Role.EXPERT).values_list("full_name", flat=True)
    known = sorted((name for name in names if len(name) >= SHORTEST_NAME), key=len, reverse=True)
    return {key: (stage, masked(words, known)) for key, (stage, words) in found.items()}


def _reasons(rows: Sequence[int]) -> dict[tuple[int, int], tuple[str, str]]:
    decisions: dict[int, list[Decision]] = {}
    for one in Decision.objects.filter(round_unit__in=rows):
        decisions.setdefault(one.round_unit_id, []).append(one)
    found: dict[tuple[int, int], tuple[str, str]] = {}
    for unit, made in decisions.items():
        for no, last in last_decisions(made).items():
            why = headed(str(REASONS.get(last.reason_code, "")), last.reason)
            # Marks that were claimed and accepted below the full ones are lost as well: the act tells it apart.
            found[unit, no] = (last.stage, _("，").join(part for part in (last.get_act_display(), why) if part))
    answered = Objection.objects.filter(round_unit__in=rows, state=Objection.State.ANSWERED)
    for unit, no, reason in answered.values_list("round_unit", "point", "reason"):
        found[unit, no] = (str(Stage.OBJECTION), reason)
    return found


def masked(text: str, names: Sequence[str]) -> str:
    """Return a text with names of experts replaced by their role."""
    for name in names:
        text = text.replace(name, str(Role.EXPERT.label))
    return text
