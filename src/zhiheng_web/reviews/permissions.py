"""Who plans reviews, who marks, and which units an expert may never judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiheng_web.accounts.permissions import is_administrator, is_expert

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import Unit, User

plans_reviews = is_administrator
marks_reviews = is_expert


def own_unit(expert: User, unit: Unit) -> bool:
    """Return whether a unit is that of an expert, or stands above or below it."""
    return expert.unit is not None and (unit.within(expert.unit) or expert.unit.within(unit))
