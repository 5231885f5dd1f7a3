"""The results that the API gives out: null for marks that are open, and the bounds between which they lie."""

from __future__ import annotations

from typing import Any

from zhiheng.scoring.result import Result
from zhiheng_web.rounds.models import Round


def head_of(round_: Round, result: Result) -> dict[str, Any]:
    """Return what is told of the result of a round as a whole."""
    hashes = result.hashes
    return {
        "round": round_.code,
        "label": result.label,
        "hashes": {"framework": hashes.framework, "data": hashes.data, "method": hashes.method},
    }


def total_of(result: Result, unit: str) -> dict[str, Any]:
    """Return the total of a unit with its rank and grade."""
    found = result.units[result.row(unit)]
    return {
        "unit": found.code, "name": found.name, "rank": found.rank, "rank_best": found.rank_best,
        "rank_worst": found.rank_worst, "grade": found.grade, **_interval(result, unit, ""),
    }  # fmt: skip


def nodes_of(result: Result, unit: str) -> list[dict[str, Any]]:
    """Return the nodes of a unit with their marks."""
    return [
        {
            "code": node.code, "level": node.level, "number": node.number, "title": node.title,
            "full": float(result.scale.marks(node.full)), **_interval(result, unit, node.code),
        }
        for node in result.nodes
    ]  # fmt: skip


def _interval(result: Result, unit: str, node: str) -> dict[str, float | None]:
    interval = result.interval(unit, node)
    confirmed, claimed, possible = (
        float(result.scale.marks(ticks)) for ticks in (interval.confirmed, interval.claimed, interval.possible)
    )
    return {
        "mark": confirmed if interval.settled else None,
        "confirmed": confirmed, "claimed": claimed, "possible": possible,
    }  # fmt: skip
