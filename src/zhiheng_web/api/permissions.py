"""What tokens may be made for: a scope is open to the roles that have the same right on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhiheng_web.accounts.permissions import Predicate, is_filler, is_leader, is_of_a_unit, is_of_the_office
from zhiheng_web.frameworks.permissions import reads_frameworks
from zhiheng_web.results.permissions import reads_own_results
from zhiheng_web.rounds.permissions import reads_rounds

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User

_reads_units = is_of_a_unit | is_of_the_office | is_leader
SCOPES: Mapping[str, Predicate] = {
    "read:frameworks": reads_frameworks,
    "read:rounds": reads_rounds,
    "read:submissions": _reads_units,
    "write:submissions": is_filler,
    "read:evidence": _reads_units,
    "write:evidence": is_filler,
    "read:results": reads_own_results,
}
"""Who may have each scope."""
uses_api = Predicate(lambda user: bool(scopes_of(user)), "uses_api")


def scopes_of(user: User) -> tuple[str, ...]:
    """Return the scopes that the role of a person allows."""
    return tuple(scope for scope, predicate in SCOPES.items() if predicate(user))
