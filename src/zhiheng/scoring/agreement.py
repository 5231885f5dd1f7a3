"""How far several raters of the same items agree, who rates mildly or strictly, and which items they dispute."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]
Z = 2.5
"""From this many standard errors on a rater's leniency is more than chance; ours."""
LEAST = 5
"""Fewest shared items by which a rater is judged; ours."""
_PAIR = 2
_BLOCK = 4096
"""Items that are counted at once, so that memory does not grow with their number."""
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Leniency:
    """
    How one rater rates beside the others.

    Parameters
    ----------
    rater
        Row of the rater.
    count
        Items that the rater shares with at least one other.
    mean
        Mean of (own rating - mean of the others' ratings) over those items; positive is mild; None without such items.
    error
        Standard error of that mean, or None with fewer than two items.
    """

    rater: int
    count: int
    mean: float | None
    error: float | None

    @property
    def z(self) -> float | None:
        """Mean in standard errors; infinite where the rater differs by the same everywhere; None where not known."""
        if self.mean is None or self.error is None:
            return None
        if self.error <= _TOLERANCE:
            return 0.0 if abs(self.mean) <= _TOLERANCE else inf if self.mean > 0 else -inf
        return self.mean / self.error


def krippendorff_alpha(ratings: Floats, metric: Metric = "interval") -> float | None:
    """
    Return Krippendorff's alpha.

    Parameters
    ----------
    ratings
        Shape (raters, items), NaN where a rater did not rate an item. Items on different scales must be brought to one
        first, such as score rates.
    metric
        What differences mean: `nominal` equal or not, `ordinal` by ranks, `interval` by distance, `ratio` by distance
        relative to size.

    Returns
    -------
    float or None
        1 full agreement, 0 as by chance, below 0 worse. None where it is not defined: no item was rated twice, or all
        ratings of such items are the same, so that agreement cannot be told from chance.

    Raises
    ------
    ValueError
        If `ratings` has not two dimensions or holds infinite numbers, or numbers below 0 under `ratio`.
    """
    table = _checked(ratings)
    rated = ~np.isnan(table)
    paired = table[:, rated.sum(0) >= _PAIR]
    values = np.unique(paired[~np.isnan(paired)])
    if len(values) < _PAIR:
        return None
    if metric == "ratio" and values[0] < 0:
        msg = "The ratio metric knows no numbers below 0."
        raise ValueError(msg)
    coincidences = _coincidences(paired, values)
    counts = coincidences.sum(0)
    apart = _distances(values, counts, metric)
    observed = float((coincidences * apart).sum())
    expected = float(counts @ apart @ counts)
    return 1.0 - (float(counts.sum()) - 1.0) * observed / expected


def leniency(ratings: Floats) -> tuple[Leniency, ...]:
    """
    Return the leniency of each rater.

    Parameters
    ----------
    ratings
        Shape (raters, items), NaN where a rater did not rate an item; all on one scale.

    Raises
    ------
    ValueError
        If `ratings` has not two dimensions or holds infinite numbers.
    """
    table = _checked(ratings)
    rated = ~np.isnan(table)
    filled = np.where(rated, table, 0.0)
    counts, sums = rated.sum(0), filled.sum(0)
    found = []
    for rater in range(len(table)):
        shared = rated[rater] & (counts >= _PAIR)
        others = (sums[shared] - filled[rater, shared]) / (counts[shared] - 1)
        apart = filled[rater, shared] - others
        n = len(apart)
        mean = float(apart.mean()) if n else None
        error = float(apart.std(ddof=1)) / sqrt(n) if n >= _PAIR else None
        found.append(Leniency(rater, n, mean, error))
    return tuple(found)


def outliers(found: tuple[Leniency, ...], z: float = Z, least: int = LEAST) -> tuple[int, ...]:
    """
    Return the rows of raters whose leniency is more than chance.

    Parameters
    ----------
    found
        What `leniency` returned.
    z
        Standard errors that the mean must exceed in size.
    least
        Fewest shared items; raters with fewer are not judged.
    """
    return tuple(one.rater for one in found if one.count >= least and one.z is not None and abs(one.z) > z)


def spreads(ratings: Floats) -> Floats:
    """
    Return highest minus lowest rating of each item, shape (items,); NaN where fewer than two raters rated it.

    Parameters
    ----------
    ratings
        Shape (raters, items), NaN where a rater did not rate an item.

    Raises
    ------
    ValueError
        If `ratings` has not two dimensions or holds infinite numbers.
    """
    table = _checked(ratings)
    missing = np.isnan(table)
    top = np.where(missing, -inf, table).max(0, initial=-inf)
    bottom = np.where(missing, inf, table).min(0, initial=inf)
    enough = (~missing).sum(0) >= _PAIR
    found: Floats = np.subtract(top, bottom, out=np.full(table.shape[1], np.nan), where=enough)
    return found


def disputed(ratings: Floats, above: float) -> tuple[int, ...]:
    """
    Return the columns of items whose ratings lie further apart than allowed, widest first.

    Parameters
    ----------
    ratings
        Shape (raters, items), NaN where a rater did not rate an item.
    above
        Spread that is still allowed, on the scale of the ratings.
    """
    found = spreads(ratings)
    over = np.flatnonzero(np.nan_to_num(found, nan=-inf) > above + _TOLERANCE)
    return tuple(int(item) for item in over[np.argsort(-found[over], kind="stable")])


def _checked(ratings: Floats) -> Floats:
    table = np.asarray(ratings, np.float64)
    if table.ndim != _PAIR or np.isinf(table).any():
        msg = "Ratings are a table of raters x items with finite numbers, NaN where there is none."
        raise ValueError(msg)
    return table


def _coincidences(paired: Floats, values: Floats) -> Floats:
    """Return how often two values meet in one item, each item weighing as many pairs as it has ratings."""
    found = np.zeros((len(values), len(values)))
    for start in range(0, paired.shape[1], _BLOCK):
        block = paired[:, start : start + _BLOCK]
        raters, items = np.nonzero(~np.isnan(block))
        counts = np.zeros((block.shape[1], len(values)))
        np.add.at(counts, (items, np.searchsorted(values, block[raters, items])), 1.0)
        weighted = counts / (counts.sum(1, keepdims=True) - 1.0)
        # A rating makes no pair with itself.
        found += counts.T @ weighted - np.diag(weighted.sum(0))
    return found


def _distances(values: Floats, counts: Floats, metric: Metric) -> Floats:
    """Return the squared difference of every two values."""
    if metric == "nominal":
        return 1.0 - np.eye(len(values))
    if metric == "ordinal":
        # The middle of the ranks that the ratings of a value take up.
        values = counts.cumsum() - counts / 2
    apart = values[:, None] - values
    if metric == "ratio":
        # Only 0 beside 0 has no size, and no difference.
        size = values[:, None] + values
        apart = np.divide(apart, size, out=np.zeros_like(apart), where=size > 0)
    return np.asarray(apart**2)
