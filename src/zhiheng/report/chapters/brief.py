"""What every chapter needs at hand: the case, its result, the diagnosis, and how marks and names are written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zhiheng.assessment.case import Case, Unit
from zhiheng.scoring.diagnose import Diagnosis
from zhiheng.scoring.result import Result
from zhiheng.scoring.tree import Node


@dataclass(frozen=True)
class Brief:
    """
    A case and its result as the chapters look at them.

    Parameters
    ----------
    case, result
        The case and its result.
    diagnosis
        Strengths and weaknesses of the result.
    """

    case: Case
    result: Result
    diagnosis: Diagnosis

    @property
    def evidence(self) -> bool:
        """Whether marks are intervals, so that the report speaks of ranges instead of scores."""
        return not self.result.settled

    @property
    def subject(self) -> str:
        """What is measured: 知识产权保护水平."""
        return self.case.framework.subject or self.case.framework.title

    @property
    def area(self) -> str:
        """The whole that the units make up: 吉林省."""
        return self.case.settings.report.area

    @property
    def whole(self) -> str:
        """How running text calls the whole: 全省."""
        return self.case.settings.report.whole

    @property
    def label(self) -> str:
        """What every figure must say about the data, or ""."""
        return self.case.settings.short_label

    @cached_property
    def ranked(self) -> tuple[Unit, ...]:
        """Units by rank; those without a rank last; ties in printed order."""
        rank = {u.code: u.rank for u in self.result.units}
        places = {u.code: i for i, u in enumerate(self.case.units)}

        def order(unit: Unit) -> tuple[bool, float, int]:
            place = rank[unit.code]
            return (place is None, place or 0.0, places[unit.code])

        return tuple(sorted(self.case.units, key=order))

    def marks(self, unit: str, node: str = "") -> str:
        """Return the score of a unit at a node as text, without unit of measure."""
        return self.result.scale.text(int(self.result.scores[self.result.row(unit), self.result.column(node)]))

    def number(self, ticks: float) -> float:
        """Return ticks as marks for a figure or a sentence; a mean of ticks is rounded far below what is printed."""
        return round(float(ticks) / self._ticks_per_mark, 6)

    def worth(self, node: Node) -> float:
        """Return the marks of the total that a node can give: its full marks in a tree of sums, else by its weight."""
        share = self.result.shares[self.result.column(node.code)]
        return self.number(float(share * self.result.nodes[0].full))

    @cached_property
    def _ticks_per_mark(self) -> float:
        return float(1 / self.result.step)

    def rate(self, unit: str, node: str) -> float | None:
        """Return a score rate in [0, 1], or None where the node does not apply to the unit."""
        rate = float(self.result.rates[self.result.row(unit), self.result.column(node)])
        return None if np.isnan(rate) else rate

    def nodes(self, level: int) -> tuple[Node, ...]:
        """Return the indicators of a level, in printed order."""
        return tuple(self.result.nodes[c] for c in self.result.level(level))

    @property
    def points(self) -> tuple[Node, ...]:
        """The points, in printed order."""
        return tuple(n for n in self.result.nodes if n.is_point)

    @cached_property
    def profile_level(self) -> int:
        """Level that a unit's own figure shows: the second where there are more than three indicators on it."""
        return 2 if self.result.depth >= 2 and len(self.nodes(2)) > 3 else 1  # noqa: PLR2004 - a radar needs four axes

    @property
    def lowest_level(self) -> int:
        """Level of the indicators that hold the points."""
        return self.result.depth
