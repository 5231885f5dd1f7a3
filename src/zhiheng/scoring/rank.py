"""Ranks from totals, with ties declared, and the ranks that intervals still allow."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def ranks(totals: Ints, ties: Literal["best", "dense", "mean"] = "best") -> npt.NDArray[np.float64] | Ints:
    """
    Return the rank of each total, 1 = highest.

    Parameters
    ----------
    totals
        Shape (units,), ticks, none missing.
    ties
        `best` 1, 2, 2, 4; `dense` 1, 2, 2, 3; `mean` 1, 2.5, 2.5, 4.

    Returns
    -------
    array
        Shape (units,), integers, or floats with `mean`.
    """
    ordered = np.sort(totals)
    if ties == "best":
        return len(totals) - np.searchsorted(ordered, totals, "right") + 1
    if ties == "dense":
        distinct = np.unique(ordered)
        return len(distinct) - np.searchsorted(distinct, totals)
    above = len(totals) - np.searchsorted(ordered, totals, "right")
    same = np.searchsorted(ordered, totals, "right") - np.searchsorted(ordered, totals, "left")
    return above + (same + 1) / 2


def rank_bounds(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """
    Return the best and the worst rank that totals within intervals can have.

    Parameters
    ----------
    low, high
        Shape (units,), ticks; each total lies in [low, high].

    Returns
    -------
    tuple
        Best ranks (1 + units whose low is above the unit's high) and worst ranks (units whose high reaches above the
        unit's low, ties taking the best rank), each of shape (units,).
    """
    best = 1 + len(low) - np.searchsorted(np.sort(low), high, "right")
    worst = len(high) - np.searchsorted(np.sort(high), low, "right")
    # A unit whose interval has width counts itself among those above its low; one without width does not.
    return best, worst + np.where(high > low, 0, 1)
