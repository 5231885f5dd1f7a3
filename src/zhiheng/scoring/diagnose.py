"""Strengths and weaknesses: each unit against the field and against its own profile, on a ladder of words."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from zhiheng.scoring.result import Result

Floats = npt.NDArray[np.float64]
Verdict = Literal["strength", "weakness"]


@dataclass(frozen=True, slots=True)
class Ladder:
    """
    Words for score rates, and the thresholds of strengths and weaknesses; all of it is ours.

    Parameters
    ----------
    steps
        (least rate, word) from the best; the first whose rate is reached gives the word.
    strong, weak
        A rate from `strong` on can be a strength, one below `weak` a weakness.
    lead, lag
        How far above or below the mean of the field, in rate, a strength or weakness must lie.
    own
        The same against the unit's own total rate; a weakness needs the lag against the field or against itself.
    """

    steps: tuple[tuple[float, str], ...] = (
        (1.0, "满分"),
        (0.9, "接近满分"),
        (0.8, "优势明显"),
        (0.7, "较好"),
        (0.6, "需继续加强"),
        (0.5, "需积极改善"),
        (0.4, "需重点改善"),
        (0.0, "亟待提高"),
    )
    strong: float = 0.8
    weak: float = 0.6
    lead: float = 0.05
    lag: float = 0.05
    own: float = 0.1

    def word(self, rate: float) -> str:
        """Return the word for a rate in [0, 1]."""
        return next(word for least, word in self.steps if rate >= least - 1e-12)

    def verdict(self, rate: float, mean: float, own: float) -> Verdict | None:
        """
        Return whether a rate is a strength, a weakness or neither.

        Parameters
        ----------
        rate, mean, own
            Rate of the unit at the node, mean rate of the field at the node, rate of the unit's total.

        Notes
        -----
        Strength: full marks, or rate >= strong and (rate - mean >= lead or rate - own >= own-margin).
        Weakness: rate < weak and (mean - rate >= lag or own - rate >= own-margin).
        """
        if rate >= 1 - 1e-12:
            return "strength"
        if rate >= self.strong and (rate - mean >= self.lead or rate - own >= self.own):
            return "strength"
        if rate < self.weak and (mean - rate >= self.lag or own - rate >= self.own):
            return "weakness"
        return None


@dataclass(frozen=True, slots=True)
class NodeDiagnosis:
    """
    One unit at one node.

    Parameters
    ----------
    code
        Code of the node.
    score, full
        Ticks.
    rate, mean, median, best
        Rate of the unit, and of the field, in [0, 1].
    rank
        Rank of the unit at the node, ties sharing the best.
    word
        Word of the ladder.
    verdict
        Strength, weakness or None.
    recovers
        Marks of the total that full marks here would add; under a geometric mean an estimate by weights.
    """

    code: str
    score: int
    full: int
    rate: float
    mean: float
    median: float
    best: float
    rank: int
    word: str
    verdict: Verdict | None
    recovers: float

    @property
    def lost(self) -> int:
        """Marks missing to full marks, in ticks."""
        return self.full - self.score


@dataclass(frozen=True)
class Diagnosis:
    """
    The field and every unit in it.

    Parameters
    ----------
    result
        The result that is diagnosed.
    ladder
        Words and thresholds.
    """

    result: Result
    ladder: Ladder = Ladder()

    @cached_property
    def field(self) -> tuple[Floats, Floats, Floats]:
        """Mean, median and best rate at every node; see `field_statistics`."""
        return field_statistics(self.result)

    def nodes(self, unit: str, level: int) -> tuple[NodeDiagnosis, ...]:
        """Return the unit at every indicator of a level, in printed order, without those that do not apply."""
        found = (self.node(unit, self.result.nodes[column].code) for column in self.result.level(level))
        return tuple(d for d in found if d is not None)

    def node(self, unit: str, code: str) -> NodeDiagnosis | None:
        """Return the unit at a node, or None where nothing of it applies to the unit."""
        result = self.result
        row, column = result.row(unit), result.column(code)
        rate = float(result.rates[row, column])
        if np.isnan(rate):
            return None
        mean, median, best = (float(v[column]) for v in self.field)
        scored = result.rates[:, column]
        rank = 1 + int((scored > rate + 1e-12).sum())
        own = float(result.rates[row, 0])
        score, full = int(result.scores[row, column]), int(result.base[row, column])
        # Exact for a tree of sums, where a node's share of the total is its share of the marks.
        worth = result.shares[column] * int(result.base[row, 0])
        recovers = float(Fraction(full - score, full) * worth * Fraction(result.step))
        return NodeDiagnosis(
            code=code,
            score=score,
            full=full,
            rate=rate,
            mean=mean,
            median=median,
            best=best,
            rank=rank,
            word=self.ladder.word(rate),
            verdict=self.ladder.verdict(rate, mean, own),
            recovers=recovers,
        )

    def lost_points(self, unit: str) -> tuple[NodeDiagnosis, ...]:
        """Return the points where the unit misses marks, most marks first: what recovers most."""
        codes = [n.code for n in self.result.nodes if n.is_point]
        found = [d for code in codes if (d := self.node(unit, code)) is not None and d.lost > 0]
        places = {code: at for at, code in enumerate(codes)}
        return tuple(sorted(found, key=lambda d: (-d.recovers, places[d.code])))

    def weakest(self, level: int) -> tuple[tuple[str, float], ...]:
        """Return (code, mean rate of the field) of a level's indicators, weakest first."""
        means = self.field[0]
        codes = [(self.result.nodes[c].code, float(means[c])) for c in self.result.level(level)]
        return tuple(sorted(codes, key=lambda item: item[1]))


def field_statistics(result: Result) -> tuple[Floats, Floats, Floats]:
    """
    Return mean, median and best score rate of the units at every node.

    Returns
    -------
    tuple
        Three arrays of shape (nodes,), in [0, 1]; a unit to which a node does not apply is left out, never counted as
        zero; NaN where it applies to nobody.
    """
    with warnings.catch_warnings():
        # A node that applies to nobody has no mean: NaN is the answer, not a warning.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nanmean(result.rates, 0), np.nanmedian(result.rates, 0), np.nanmax(result.rates, 0)
