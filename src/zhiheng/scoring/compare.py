"""Two results of the same units: what of each change comes from scores, from weights, from the framework."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from zhiheng.scoring.result import Result


@dataclass(frozen=True, slots=True)
class Change:
    """
    The change of one unit's total between two results, in marks.

    Parameters
    ----------
    unit, name
        Code and name of the unit.
    before, after
        Totals.
    score
        From better or worse rates at points that both frameworks have.
    weight
        From changed full marks of those points.
    framework
        From points that were added or removed, and from means that do not add up (weighted or geometric nodes).
    rank_before, rank_after
        Ranks.
    """

    unit: str
    name: str
    before: Fraction
    after: Fraction
    score: Fraction
    weight: Fraction
    framework: Fraction
    rank_before: float | None
    rank_after: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Year on year.

    Parameters
    ----------
    changes
        Units that both results have, in the order of the later one.
    only_before, only_after
        Names of units that only one result has; they are never counted as zero.
    """

    changes: tuple[Change, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def compare(before: Result, after: Result, units: Collection[str] | None = None) -> Comparison:
    """
    Split the change of every unit's total.

    Parameters
    ----------
    before, after
        Two results; units and points are matched by code.
    units
        Codes of the units whose change is split, or None for all that both have.

    Returns
    -------
    Comparison
        With r the rate and f the full marks of a point in the two years, score = sum of (f0 + f1) / 2 x (r1 - r0),
        weight = sum of (r0 + r1) / 2 x (f1 - f0) over common points, framework = the rest: exact and the same
        whichever year is looked at first.
    """
    earlier = {u.code: u for u in before.units}
    later = {u.code: u for u in after.units}
    changes = tuple(
        _change(before, after, code) for code in later if code in earlier and (units is None or code in units)
    )
    return Comparison(
        changes,
        tuple(u.name for u in before.units if u.code not in later),
        tuple(u.name for u in after.units if u.code not in earlier),
    )


def _change(before: Result, after: Result, unit: str) -> Change:
    a, b = _points(before, unit), _points(after, unit)
    total_a, total_b = (
        _marks(before, int(before.scores[before.row(unit), 0])),
        _marks(after, int(after.scores[after.row(unit), 0])),
    )
    score = weight = Fraction(0)
    for code in a.keys() & b.keys():
        (rate_a, full_a), (rate_b, full_b) = a[code], b[code]
        score += (full_a + full_b) / 2 * (rate_b - rate_a)
        weight += (rate_a + rate_b) / 2 * (full_b - full_a)
    ua, ub = before.units[before.row(unit)], after.units[after.row(unit)]
    return Change(unit, ub.name, total_a, total_b, score, weight, total_b - total_a - score - weight, ua.rank, ub.rank)


def _points(result: Result, unit: str) -> dict[str, tuple[Fraction, Fraction]]:
    """Return rate and effective full marks of every point that applies to a unit, by code."""
    row, found = result.row(unit), {}
    for column, node in enumerate(result.nodes):
        full = int(result.base[row, column])
        if node.is_point and full:
            worth = result.shares[column] * _marks(result, result.nodes[0].full)
            found[node.code] = (Fraction(int(result.scores[row, column]), full), worth)
    return found


def _marks(result: Result, ticks: int) -> Fraction:
    return Fraction(result.scale.marks(ticks))
