"""How endpoints find what they are asked for, within what the caller may see, and cut lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from zhiheng_web.accounts.models import User
from zhiheng_web.api.schemas import Paging, Problem
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import rounds_for, units_for

REFUSALS: dict[Any, Any] = dict.fromkeys((400, 401, 403, 404, 409, 412, 413, 422, 428, 429, 500, 503), Problem)
"""What every endpoint may answer beside what was asked for."""
Row = TypeVar("Row")


def round_of(user: User, code: str) -> Round:
    """Return a round that a person may see; any other does not exist for him."""
    return get_object_or_404(rounds_for(user).prefetch_related("windows"), code=code)


def unit_of(user: User, code: str, unit: str) -> RoundUnit:
    """Return a unit of a round that a person may read; any other does not exist for him."""
    round_ = round_of(user, code)
    row = get_object_or_404(units_for(user, round_), code=unit)
    # The windows were read with the round.
    row.round = round_
    return row


def cut(found: QuerySet[Any] | Sequence[Row], paging: Paging, shown: Callable[[Any], object]) -> dict[str, Any]:
    """Return the part of a list that is asked for, with how many there are in all."""
    total = found.count() if isinstance(found, QuerySet) else len(found)
    part = found[paging.offset : paging.offset + paging.limit]
    return {"items": [shown(row) for row in part], "total": total, "limit": paging.limit, "offset": paging.offset}
