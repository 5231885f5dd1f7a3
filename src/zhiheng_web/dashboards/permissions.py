"""Who may see the result of a round, and when the people of a unit see their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiheng_web.accounts.permissions import is_leader, is_of_a_unit, is_of_the_office, works_for
from zhiheng_web.rounds.machine import STAGES, Stage

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User
    from zhiheng_web.rounds.models import Round, RoundUnit

reads_results = is_of_the_office | is_leader
reads_a_result = reads_results | is_of_a_unit


def is_public(round_: Round) -> bool:
    """Return whether the result of a round has been published."""
    return STAGES.index(Stage(round_.stage)) >= STAGES.index(Stage.PUBLICATION)


def can_read_result(user: User, row: RoundUnit) -> bool:
    """Return whether `user` may see the result of a unit: the office and leaders any, a unit its own once published."""
    if is_of_a_unit(user):
        return works_for(user, row.unit) and is_public(row.round)
    return reads_results(user)
