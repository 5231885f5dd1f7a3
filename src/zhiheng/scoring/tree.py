"""The tree compiled once into arrays: points bottom-up to the total, for all units at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from zhiheng.framework.model import Framework, Indicator, Point, is_bonus
from zhiheng.marks import plain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ROOT = ""
"""Code of the whole."""
Joined = Literal["sum", "arithmetic", "geometric"]
NUDGE = 1e-9
"""Added before rounding half up: a mean that is 0.5 exactly in decimals may be 0.49999999999999994 as a float."""


@dataclass(frozen=True, slots=True)
class Node:
    """
    One node of the tree as results and reports name it.

    Parameters
    ----------
    code
        `""` for the whole, the indicator's code, or `p` + number of a point.
    level
        0 for the whole, then 1, 2, ...; points one below the lowest indicators of their branch.
    number, title, short
        As printed; the title of a point is its text.
    parent
        Code of the parent; `""` also for the first level.
    full
        Full marks in ticks.
    weight
        Weight among its siblings as a decimal: the full marks where children are summed; "0" for a bonus point.
    is_point
        Whether it is a leaf.
    """

    code: str
    level: int
    number: str
    title: str
    short: str
    parent: str
    full: int
    weight: str
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class _Branch:
    """How one inner node is made of its children."""

    index: int
    children: Ints
    joined: Joined
    weights: Floats
    full: float
    child_full: Floats
    counts: Floats


class Tree:
    """
    A compiled framework.

    Parameters
    ----------
    framework
        The framework.

    Attributes
    ----------
    nodes
        The whole, then indicators level by level, then points, in printed order.
    """

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        scale = framework.scale
        levels = {i.code: level for level, _, i in framework.nodes}
        whole = Node(ROOT, 0, "", framework.title, "总分", ROOT, scale.ticks(framework.total), "1")
        indicators = [
            Node(i.code, level, i.number, i.title, i.name, parent, scale.ticks(framework.full(i)), _weight(i))
            for level, parent, i in framework.nodes
        ]
        points = [
            Node(
                f"p{p.no}",
                levels[parent] + 1,
                str(p.no),
                p.text,
                p.name,
                parent,
                scale.ticks(framework.full(p)),
                _weight(p),
                is_point=True,
            )
            for parent, p in framework.points
        ]
        self.nodes: tuple[Node, ...] = (whole, *indicators, *points)
        self.index = {node.code: i for i, node in enumerate(self.nodes)}
        self.first_point = 1 + len(indicators)
        self.point_column = {p.no: c for c, (_, p) in enumerate(framework.points)}
        self.full: Ints = np.array([node.full for node in self.nodes], np.int64)
        parts: list[tuple[int, Joined, tuple[Indicator, ...] | tuple[Point, ...]]] = [
            (0, framework.joined, framework.indicators)
        ]
        parts += [(self.index[i.code], i.joined, i.children or i.points) for _, _, i in framework.nodes]
        # Level by level from the top means that the reverse is bottom-up.
        self.branches = tuple(self._branch(*part) for part in reversed(parts))

    def _branch(self, index: int, joined: Joined, children: tuple[Indicator, ...] | tuple[Point, ...]) -> _Branch:
        codes = [c.code if isinstance(c, Indicator) else f"p{c.no}" for c in children]
        where = np.array([self.index[code] for code in codes], np.int64)
        weights = [float(c.weight if c.weight is not None else c.marks or 0) for c in children]
        counts = [0.0 if isinstance(c, Point) and is_bonus(c) else 1.0 for c in children]
        return _Branch(
            index,
            where,
            joined,
            np.array(weights),
            float(self.full[index]),
            self.full[where].astype(np.float64),
            np.array(counts),
        )

    @property
    def exact(self) -> bool:
        """Whether every node is a plain sum, so that all arithmetic is of integers."""
        return all(branch.joined == "sum" for branch in self.branches)

    @cached_property
    def matrix(self) -> Floats | None:
        """Map from points to all nodes (points x nodes) where no node is geometric, else None."""
        if any(branch.joined == "geometric" for branch in self.branches):
            return None
        count = len(self.nodes) - self.first_point
        matrix = np.zeros((count, len(self.nodes)))
        matrix[:, self.first_point :] = np.eye(count)
        for branch in self.branches:
            below = matrix[:, branch.children]
            if branch.joined == "sum":
                total = below.sum(1)
                base = float((branch.child_full * branch.counts).sum())
                # Bonuses alone have no full marks to be scaled to.
                matrix[:, branch.index] = total if base in {0.0, branch.full} else total * (branch.full / base)
            else:
                weights = branch.weights * branch.counts
                matrix[:, branch.index] = below @ (weights / weights.sum() / branch.child_full) * branch.full
        return matrix

    def aggregate(self, points: Ints | Floats, applies: Bools | None = None) -> Ints:
        """
        Return the scores of all nodes.

        Parameters
        ----------
        points
            Shape (units, points), ticks (whole numbers, as integers or floats), in the order of the framework.
        applies
            Shape (units, points), False where a point does not apply to a unit; None where all apply.

        Returns
        -------
        Ints
            Shape (units, nodes), ticks. Sums are exact; weighted and geometric means are float and rounded half up
            once. A sum over points that partly do not apply is the sum of those that do (see `base`); the total is
            scaled back to the full marks of the whole.

        References
        ----------
        OECD/JRC (2008), Handbook on Constructing Composite Indicators, on weighting and aggregation, for the means.
        """
        if applies is None and self.matrix is not None:
            scores = points.astype(np.float64, copy=False) @ self.matrix
        else:
            scores = self._walk(
                points.astype(np.float64), np.ones(points.shape, np.bool_) if applies is None else applies
            )
        if self._limited:
            np.minimum(scores[:, 0], self.full[0], out=scores[:, 0])
        return np.floor(scores + (0.5 + NUDGE)).astype(np.int64)

    @cached_property
    def _limited(self) -> bool:
        """Whether bonus points could lift the total above the full marks."""
        return any(is_bonus(p) for _, p in self.framework.points)

    def base(self, applies: Bools) -> Ints:
        """Return full marks of all nodes for each unit (units x nodes), without what does not apply, in ticks."""
        full = np.zeros((len(applies), len(self.nodes)))
        full[:, self.first_point :] = self.full[self.first_point :] * applies
        for branch in self.branches:
            below = full[:, branch.children] * branch.counts
            if branch.joined == "sum" and branch.index:
                full[:, branch.index] = below.sum(1)
            else:
                full[:, branch.index] = np.where((below > 0).any(1), branch.full, 0.0)
        return np.rint(full).astype(np.int64)

    def _walk(self, points: Floats, applies: Bools) -> Floats:
        scores = np.zeros((len(points), len(self.nodes)))
        scores[:, self.first_point :] = points * applies
        full = self.base(applies).astype(np.float64)
        for branch in self.branches:
            below, base = scores[:, branch.children], full[:, branch.children]
            present = (base > 0) & (branch.counts > 0)
            if branch.joined == "sum":
                total = below.sum(1)
                nominal = (base * present).sum(1)
                whole = full[:, branch.index]
                factor = np.divide(whole, nominal, out=np.ones_like(whole), where=nominal > 0)
                # A sum that needs no scaling stays a sum of integers.
                scores[:, branch.index] = np.where(factor == 1, total, total * factor)
                continue
            rates = np.divide(below, base, out=np.zeros_like(below), where=base > 0)
            weights = branch.weights * present
            total = weights.sum(1, keepdims=True)
            shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
            if branch.joined == "arithmetic":
                mean = (rates * shares).sum(1)
            else:
                # A weight of nothing leaves a zero rate without effect; any other zero makes the mean zero.
                with np.errstate(divide="ignore"):
                    logs = np.where(
                        shares > 0, shares * np.log(rates, where=rates > 0, out=np.full_like(rates, -np.inf)), 0.0
                    )
                mean = np.exp(logs.sum(1))
            scores[:, branch.index] = mean * full[:, branch.index]
        return scores


def _weight(part: Indicator | Point) -> str:
    """Return the weight of a part among its siblings as a decimal."""
    if isinstance(part, Point) and is_bonus(part):
        return "0"
    return plain(part.weight if part.weight is not None else part.marks or Decimal(0))
