"""Complete tables of numbers scored at once: the fast path for what-if questions, simulations and large rounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from zhiheng.errors import InputError
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Bonus, Deduct, Linear, PerField, PerItem, Relative, Steps
from zhiheng.scoring.rank import ranks
from zhiheng.scoring.relative import relative_shares
from zhiheng.scoring.tree import NUDGE, Floats, Ints, Tree


@dataclass(frozen=True, slots=True)
class TableScores:
    """
    Scores of a complete table.

    Parameters
    ----------
    scores
        Shape (units, nodes), ticks; columns as `Tree.nodes`.
    ranks
        Shape (units,), 1 = highest total, ties as the framework declares.
    """

    scores: Ints
    ranks: npt.NDArray[np.float64] | Ints


class Scorer:
    """
    A framework ready to score tables of numbers.

    Parameters
    ----------
    framework
        The framework.

    Notes
    -----
    Marks are the same as those of `zhiheng.pipeline.run` for a round in which every value is verified; a test compares
    the two.
    """

    def __init__(self, framework: Framework) -> None:
        self.tree = Tree(framework)
        self.framework = framework
        tick = float(framework.precision)
        points = [p for _, p in framework.points]
        steps = np.array([float(framework.step(p)) for p in points])
        self._step_ticks = np.rint(steps / tick)
        self._full_steps = np.array([float(framework.full(p)) for p in points]) / steps
        self._minmax = self._columns(points, lambda p: isinstance(p.rule, Relative) and p.rule.method == "minmax")
        self._all_minmax = len(self._minmax) == len(points)
        lower = [c for c in self._minmax if getattr(points[c].rule, "direction", "") == "lower"]
        self._sign = np.ones(len(points))
        self._sign[lower] = -1.0
        self._lone = np.array([float(p.rule.lone) if isinstance(p.rule, Relative) else 0.0 for p in points])
        self._others = [
            (c, _share_function(points[c], framework)) for c in range(len(points)) if c not in set(self._minmax)
        ]

    @staticmethod
    def _columns(points: list[Point], wanted: Callable[[Point], bool]) -> Ints:
        return np.array([c for c, p in enumerate(points) if wanted(p)], np.int64)

    def score(self, values: Floats) -> TableScores:
        """
        Score a table.

        Parameters
        ----------
        values
            Shape (units, points), none missing: marks for yes/no and judged points, counts of items or fields for
            counted and deducting ones, the measured number for the others.

        Raises
        ------
        InputError
            If the shape does not fit the framework or a value is missing or infinite.
        """
        count = len(self._full_steps)
        if values.ndim != 2 or values.shape[1] != count or not values.size:  # noqa: PLR2004 - a table has two axes
            msg = f"The table has shape {values.shape}; {self.framework.code} needs (units, {count})."
            raise InputError(msg)
        # A missing value turns the sum into NaN, an infinite one into infinity or NaN: one test for the whole table.
        if not np.isfinite(values.sum()):
            row, column = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
            msg = f"Row {row}, point {self.framework.points[column][1].no}: the value is missing or not finite."
            raise InputError(msg)
        shares = self._shares(values)
        points = np.floor(shares * self._full_steps + (0.5 + NUDGE)) * self._step_ticks
        scores = self.tree.aggregate(points)
        return TableScores(scores, ranks(scores[:, 0], self.framework.ranking.ties))

    def _shares(self, values: Floats) -> Floats:
        """Return the share of full marks of every value."""
        if self._all_minmax:
            return self._minmax_shares(values, self._sign, self._lone)
        shares = np.empty(values.shape)
        if len(self._minmax):
            columns = self._minmax
            shares[:, columns] = self._minmax_shares(values[:, columns], self._sign[columns], self._lone[columns])
        for column, share in self._others:
            shares[:, column] = share(values[:, column])
        return shares

    @staticmethod
    def _minmax_shares(values: Floats, sign: Floats, lone: Floats) -> Floats:
        signed = values * sign
        low = signed.min(0)
        width = signed.max(0) - low
        if width.all():
            shares: Floats = (signed - low) / width
            return shares
        return np.where(width > 0, (signed - low) / np.where(width > 0, width, 1.0), lone)


def _share_function(point: Point, framework: Framework) -> Callable[[Floats], Floats]:
    """Return the function from a column of values to shares of the full marks of a point."""
    rule, full = point.rule, float(framework.full(point))
    if isinstance(rule, Linear):
        floor, width = float(rule.floor), float(rule.target - rule.floor)
        return lambda x: np.clip((x - floor) / width, 0.0, 1.0)
    if isinstance(rule, Steps):
        sign = 1.0 if rule.direction == "higher" else -1.0
        ats = sign * np.array([float(t.at) for t in rule.thresholds])
        given = np.array([0.0, *(float(t.marks) for t in rule.thresholds)]) / full
        return lambda x: given[np.searchsorted(ats, sign * x, "right")]
    if isinstance(rule, PerItem | PerField | Bonus):
        each, cap = float(rule.each), float(rule.cap)
        return lambda x: np.minimum(x * each, cap) / full
    if isinstance(rule, Deduct):
        each, most = float(rule.each), full if rule.cap is None else float(rule.cap)
        return lambda x: (full - np.minimum(x * each, most)) / full
    if isinstance(rule, Relative):
        return lambda x: _relative(rule, x)
    return lambda x: x / full


def _relative(rule: Relative, column: Floats) -> Floats:
    shares = relative_shares(rule, {str(i): Decimal(repr(float(x))) for i, x in enumerate(column)})
    return np.array([float(shares[str(i)]) for i in range(len(column))])
