"""What was rectified after the round before, as the pages of this round show it beside each point."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.rectification.queries import carried, unfinished_before
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit


@dataclass(frozen=True, slots=True)
class Carried:
    """
    An item of the round before.

    Parameters
    ----------
    item, unit, round
        The item, its unit and its round.
    lost, full
        Marks as text.
    overdue
        Whether the unit has something to do and its time is over.
    files
        How many files prove it.
    url
        Its page.
    """

    item: RectificationItem
    unit: RoundUnit
    round: Round
    lost: str
    full: str
    overdue: bool
    files: int
    url: str


def _shown(item: RectificationItem) -> Carried:
    unit = item.round_unit
    scale = framework_of(unit.round.framework).scale
    return Carried(
        item, unit, unit.round, scale.text(item.lost), scale.text(item.full), item.overdue(timezone.now()),
        len(item.shown.all()), reverse("rectification_item", args=[unit.round.code, unit.code, item.pk]),
    )  # fmt: skip


def carried_to(row: RoundUnit, points: Collection[int]) -> dict[int, Carried]:
    """Return the items of the round before at these points."""
    return {no: _shown(item) for no, item in carried(row, points).items()}


def left_open(row: RoundUnit) -> list[Carried]:
    """Return what the unit has not brought to an end since the round before, while it fills in."""
    if row.round.stage not in {Stage.SELF_ASSESSMENT, Stage.VERIFICATION}:
        return []
    return [_shown(item) for item in unfinished_before(row)]
