"""What the sheets of marks show of each unit at each node: a value, nothing, or a formula over the rows below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Status
from zhiheng.scoring.result import STATUSES, Result
from zhiheng.scoring.tree import NUDGE

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ABSENT = "不适用"
_UNKNOWN = STATUSES.index(Status.UNKNOWN)


@dataclass(frozen=True)
class Layer:
    """
    One sheet of marks.

    Parameters
    ----------
    name, title
        Name and title of the sheet.
    scores
        Shape (units, nodes), ticks.
    shown
        Shape (units, nodes): where there is a mark to show; elsewhere nothing is known, or nothing applies.
    open
        Whether cells can be empty because nothing is known.
    """

    name: str
    title: str
    scores: Ints
    shown: Bools
    open: bool


@dataclass(frozen=True)
class Marks:
    """
    The marks of a case, arranged for sheets.

    Parameters
    ----------
    case, result
        The case and its result.
    """

    case: Case
    result: Result

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Columns of the result as a printed tree: the whole, then every node before its children."""
        order = [0]

        def walk(column: int) -> None:
            for child in self.children.get(column, ()):
                order.append(child)
                walk(child)

        walk(0)
        return tuple(order)

    @cached_property
    def children(self) -> Mapping[int, tuple[int, ...]]:
        """Columns of the children of every node that has some."""
        nodes = self.result.nodes
        by_place: dict[tuple[str, int], list[int]] = {}
        for column, node in enumerate(nodes[1:], 1):
            by_place.setdefault((node.parent, node.level), []).append(column)
        return {
            column: tuple(by_place[node.code, node.level + 1])
            for column, node in enumerate(nodes)
            if not node.is_point and (node.code, node.level + 1) in by_place
        }

    @cached_property
    def sums(self) -> frozenset[int]:
        """Columns whose node is a sum; means are written as values."""
        framework, nodes = self.case.framework, self.result.nodes
        joined = {c: framework.indicator(nodes[c].code).joined if c else framework.joined for c in self.children}
        return frozenset(c for c, how in joined.items() if how == "sum")

    @cached_property
    def absent(self) -> Bools:
        """Where nothing of a node applies to the unit; shape (units, nodes)."""
        absent: Bools = (self.result.base == 0) & (np.array([n.full for n in self.result.nodes]) > 0)
        return absent

    @cached_property
    def unknown(self) -> Bools:
        """Where nothing is known of a point, or of any point of an indicator; shape (units, nodes)."""
        result = self.result
        found = np.ones(result.base.shape, np.bool_)
        found[:, result.first_point :] = result.statuses == _UNKNOWN
        for column in reversed(self.order):
            if below := self.children.get(column):
                kids = list(below)
                found[:, column] = (found[:, kids] | self.absent[:, kids]).all(1)
        return found

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """One layer where all is settled, else three."""
        result = self.result
        if result.settled:
            return (Layer("各级得分", "各级指标和要点得分", result.confirmed, ~self.absent, open=False),)
        # A mark that stands without material, such as the full marks of a deduction, is shown.
        known = [~self.absent & (~self.unknown | (a > 0)) for a in (result.confirmed, result.claimed)]
        return (
            Layer("已核实得分", "各级指标和要点：已核实", result.confirmed, known[0], open=True),
            Layer("加待核得分", "各级指标和要点：加待核", result.claimed, known[1], open=True),
            Layer("最多可能得分", "各级指标和要点：最多可能", result.possible, ~self.absent, open=False),
        )

    @cached_property
    def basis(self) -> Layer:
        """The layer that score rates are taken from, the same as in the report."""
        return self.layers[1 if not self.result.settled and self.result.basis == "claimed" else 0]

    @cached_property
    def _bonuses(self) -> frozenset[int]:
        nodes = self.result.nodes
        return frozenset(c for c, n in enumerate(nodes) if n.is_point and n.weight == "0" and n.full > 0)

    def formula(self, layer: Layer, unit: int, column: int, cells: Mapping[int, str], decimals: int) -> str:
        """
        Return the formula of a sum over the cells of its children, or "" where the node is not a plain sum.

        Parameters
        ----------
        layer, unit, column
            Which mark.
        cells
            Address of each child.
        decimals
            Decimals of a mark.
        """
        if column not in self.sums:
            return ""
        result, kids = self.result, self.children[column]
        whole = int(result.base[unit, column])
        nominal = sum(int(result.base[unit, k]) for k in kids if k not in self._bonuses)
        total = sum(int(layer.scores[unit, k]) for k in kids)
        limited = not column and bool(self._bonuses)
        exact = total * whole / nominal if nominal else float(total)
        if math.floor((min(exact, whole) if limited else exact) + 0.5 + NUDGE) != layer.scores[unit, column]:
            # A sum of another kind, such as one scaled to marks that its parts do not add up to, stays a value.
            return ""
        refs = ",".join(_spans([cells[k] for k in kids]))
        text = f"SUM({refs})"
        if nominal and whole != nominal:
            scaled = f"{text}*{result.scale.marks(whole):f}/{result.scale.marks(nominal):f}"
            text = _rounded(scaled, result, decimals)
        if limited:
            text = f"MIN({result.scale.marks(whole):f},{text})"
        return f'=IF(COUNT({refs})=0,"",{text})' if layer.open else f"={text}"


def _rounded(text: str, result: Result, decimals: int) -> str:
    """Return the formula that rounds to the step of marks."""
    if result.step.scaleb(decimals) == 1:
        return f"ROUND({text},{decimals})"
    return f"ROUND({text}/{result.step:f},0)*{result.step:f}"


def _spans(cells: Sequence[str]) -> list[str]:
    """Return addresses with neighbours in one column joined: F7, F8, F9 become F7:F9."""
    rows = [int("".join(filter(str.isdigit, c))) for c in cells]
    breaks = [0, *(i for i, (a, b) in enumerate(pairwise(rows), 1) if b != a + 1), len(cells)]
    return [cells[start] if end - start == 1 else f"{cells[start]}:{cells[end - 1]}" for start, end in pairwise(breaks)]
