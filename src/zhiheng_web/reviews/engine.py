"""How well the experts of a round agree, and who marks mildly or strictly, from pairs of which both marks are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from zhiheng.scoring.agreement import Leniency, krippendorff_alpha, leniency, outliers, spreads

CONFIDENT = 1.96
"""Standard errors on each side of a mean between which it lies nineteen times in twenty."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Marked:
    """
    One mark of a pair.

    Parameters
    ----------
    unit, point, expert
        Whose, of what, by whom.
    mark
        The mark.
    """

    unit: int
    point: int
    expert: int
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    How well marks of one kind agree.

    Parameters
    ----------
    pairs
        Pairs it rests on.
    alpha
        Krippendorff's alpha with distances, or None where it is not defined.
    apart
        Pairs that are further apart than the plan allows.
    """

    pairs: int
    alpha: float | None
    apart: int


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One expert beside the partners of his pairs, in shares of the full marks.

    Parameters
    ----------
    expert
        Primary key.
    pairs, apart
        Pairs he is in, and those that are further apart than the plan allows.
    mean
        Mean of own mark less that of the partner, positive is mild; None without pairs.
    low, high
        Where that mean lies nineteen times in twenty; None with fewer than two pairs.
    outlier
        Whether it is more than chance.
    """

    expert: int
    pairs: int
    apart: int
    mean: float | None
    low: float | None
    high: float | None
    outlier: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """
    All of it.

    Parameters
    ----------
    overall, points
        Agreement over all points, as shares of their full marks, and at each point.
    experts
        Standings of experts with pairs, in the order of their keys.
    """

    overall: Agreement
    points: Mapping[int, Agreement]
    experts: tuple[Standing, ...]


def statistics(marks: Sequence[Marked], full: Mapping[int, Decimal], thresholds: Mapping[int, Decimal]) -> Statistics:
    """
    Return how well experts agree.

    Parameters
    ----------
    marks
        Both marks of every pair.
    full, thresholds
        Full marks of points, and the difference that the plan allows there.
    """
    experts = sorted({one.expert for one in marks})
    items = sorted({(one.unit, one.point) for one in marks})
    rows, columns = {e: i for i, e in enumerate(experts)}, {item: i for i, item in enumerate(items)}
    table: Floats = np.full((len(experts), len(items)), np.nan)
    for one in marks:
        table[rows[one.expert], columns[one.unit, one.point]] = float(one.mark)
    apart = _apart(marks, thresholds, columns)
    whole = np.array([float(full[no]) for _unit, no in items])
    rates = table / whole if items else table
    numbers = np.array([no for _unit, no in items], np.int64)
    found = leniency(rates)
    odd = set(outliers(found))
    return Statistics(
        _agreement(rates, apart),
        {int(no): _agreement(rates[:, numbers == no], apart[numbers == no]) for no in np.unique(numbers)},
        tuple(
            _standing(expert, one, int(apart[~np.isnan(table[row])].sum()), outlier=row in odd)
            for row, (expert, one) in enumerate(zip(experts, found, strict=True))
        ),
    )


def _apart(
    marks: Sequence[Marked], thresholds: Mapping[int, Decimal], columns: Mapping[tuple[int, int], int]
) -> npt.NDArray[np.bool_]:
    """Return which items are further apart than allowed, by exact marks, as the review itself decided."""
    given: dict[tuple[int, int], list[Decimal]] = {}
    for one in marks:
        given.setdefault((one.unit, one.point), []).append(one.mark)
    found = np.zeros(len(columns), np.bool_)
    for item, column in columns.items():
        found[column] = max(given[item]) - min(given[item]) > thresholds[item[1]]
    return found


def _agreement(rates: Floats, apart: npt.NDArray[np.bool_]) -> Agreement:
    pairs = int((~np.isnan(spreads(rates))).sum())
    return Agreement(pairs, krippendorff_alpha(rates), int(apart.sum()))


def _standing(expert: int, one: Leniency, apart: int, *, outlier: bool) -> Standing:
    low = high = None
    if one.mean is not None and one.error is not None:
        low, high = one.mean - CONFIDENT * one.error, one.mean + CONFIDENT * one.error
    return Standing(expert, one.count, apart, one.mean, low, high, outlier)
