"""Who may see and manage rounds and their units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiheng_web.accounts.permissions import (
    is_administrator,
    is_business,
    is_leader,
    is_of_a_unit,
    is_of_the_office,
    works_for,
)

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User
    from zhiheng_web.rounds.models import RoundUnit

manages_rounds = is_administrator
reads_rounds = is_business
reads_all_units = is_of_the_office | is_leader


def can_read_unit(user: User, round_unit: RoundUnit) -> bool:
    """Return whether `user` may read the self-assessment of a unit: its own people, the office and leaders."""
    if is_of_a_unit(user):
        return works_for(user, round_unit.unit)
    return reads_all_units(user)
