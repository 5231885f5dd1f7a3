"""The result of a round: every mark of every unit, with the hashes of what it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from zhiheng.assessment.facts import Status
from zhiheng.errors import Problem, ResultError, UnknownNodeError, UnknownUnitError
from zhiheng.marks import Interval, Precision
from zhiheng.scoring.findings import Finding
from zhiheng.scoring.tree import ROOT, Node

Ints = npt.NDArray[np.int64]
FORMAT = 1
"""Version of the saved form; a reader refuses others."""
STATUSES = tuple(Status)


@dataclass(frozen=True, slots=True)
class Hashes:
    """
    SHA-256 of the three inputs; the same three always give the same result.

    Parameters
    ----------
    framework, data, method
        Canonical content of the framework and of the case, and source text of the calculation.
    """

    framework: str
    data: str
    method: str


@dataclass(frozen=True, slots=True)
class UnitResult:
    """
    What is known of one unit as a whole.

    Parameters
    ----------
    code, name
        Of the unit.
    rank
        Rank by the case's basis, a whole or (mean ties) half number, or None where the basis does not cover the unit.
    rank_best, rank_worst
        Ranks that the intervals of all units still allow.
    grade
        Grade, or None while more than one is possible.
    grades
        Grades that are possible, from the highest.
    grade_reason
        Why a grade is barred or open, or "".
    published
        Published total as printed (`82.4`, `>70`), or "".
    published_low, published_high
        Its bounds in marks as text, or "" where open.
    published_rank
        Position in the published order, or None.
    """

    code: str
    name: str
    rank: float | None
    rank_best: int
    rank_worst: int
    grade: str | None
    grades: tuple[str, ...]
    grade_reason: str
    published: str = ""
    published_low: str = ""
    published_high: str = ""
    published_rank: int | None = None


@dataclass(frozen=True)
class Result:
    """
    Marks, ranks, grades and findings of one case.

    Parameters
    ----------
    case, title, label
        Code and title of the case; what must be said about the data.
    framework, framework_version
        Code and version of the framework.
    step
        Marks per tick.
    basis
        Which total is ranked and graded.
    hashes
        Hashes of the inputs.
    nodes
        The whole, indicators, points; the columns of the arrays.
    units
        One entry a unit; the rows of the arrays.
    confirmed, claimed, possible
        Shape (units, nodes), ticks.
    base
        Shape (units, nodes), ticks: full marks of what applies to the unit.
    statuses
        Shape (units, points), index into `STATUSES`.
    findings
        What a reader must know, most severe first.
    """

    case: str
    title: str
    label: str
    framework: str
    framework_version: str
    step: Decimal
    basis: str
    hashes: Hashes
    nodes: tuple[Node, ...]
    units: tuple[UnitResult, ...]
    confirmed: Ints
    claimed: Ints
    possible: Ints
    base: Ints
    statuses: Ints
    findings: tuple[Finding, ...] = field(default=())

    @property
    def scale(self) -> Precision:
        """Converter between ticks and marks."""
        return Precision(self.step)

    @cached_property
    def settled(self) -> bool:
        """Whether no mark of any unit is open."""
        return bool((self.confirmed == self.possible).all())

    @cached_property
    def node_index(self) -> Mapping[str, int]:
        """Column of each node by code."""
        return {node.code: i for i, node in enumerate(self.nodes)}

    @cached_property
    def unit_index(self) -> Mapping[str, int]:
        """Row of each unit by code and by name."""
        return {key: i for i, u in enumerate(self.units) for key in (u.code, u.name)}

    def row(self, unit: str) -> int:
        """
        Return the row of a unit by code or name.

        Raises
        ------
        UnknownUnitError
            If there is none.
        """
        if unit not in self.unit_index:
            msg = f"The result of {self.case} has no unit {unit!r}."
            raise UnknownUnitError(msg, unit=unit)
        return self.unit_index[unit]

    def column(self, node: str) -> int:
        """
        Return the column of a node by code (`""` the whole, `L3-12`, `p19`).

        Raises
        ------
        UnknownNodeError
            If there is none.
        """
        if node not in self.node_index:
            msg = f"The framework {self.framework} has no indicator or point {node!r}."
            raise UnknownNodeError(msg, node=node)
        return self.node_index[node]

    def interval(self, unit: str, node: str = ROOT) -> Interval:
        """Return the interval of a unit at a node, in ticks."""
        u, n = self.row(unit), self.column(node)
        return Interval(int(self.confirmed[u, n]), int(self.claimed[u, n]), int(self.possible[u, n]))

    def status(self, unit: str, point: int) -> Status:
        """Return the status of a point of a unit."""
        column = self.column(f"p{point}") - self.first_point
        return STATUSES[int(self.statuses[self.row(unit), column])]

    @cached_property
    def first_point(self) -> int:
        """Column of the first point."""
        return next(i for i, node in enumerate(self.nodes) if node.is_point)

    def level(self, level: int) -> tuple[int, ...]:
        """Return the columns of the indicators of one level, in printed order."""
        return tuple(i for i, n in enumerate(self.nodes) if n.level == level and not n.is_point)

    @property
    def depth(self) -> int:
        """Count of levels of indicators."""
        return max(n.level for n in self.nodes if not n.is_point)

    @cached_property
    def scores(self) -> Ints:
        """The marks that are ranked: claimed where that is the basis, else confirmed; shape (units, nodes), ticks."""
        return self.claimed if self.basis == "claimed" else self.confirmed

    @cached_property
    def rates(self) -> npt.NDArray[np.float64]:
        """Score rates, shape (units, nodes), in [0, 1]; NaN where nothing of the node applies to the unit."""
        rates: npt.NDArray[np.float64] = np.divide(
            self.scores, self.base, out=np.full(self.base.shape, np.nan), where=self.base > 0
        )
        return rates

    @cached_property
    def shares(self) -> tuple[Fraction, ...]:
        """Share of the total that each node can give: its weight among its siblings, level by level; 0 for a bonus."""
        siblings: dict[tuple[str, int], Fraction] = {}
        for node in self.nodes[1:]:
            key = (node.parent, node.level)
            siblings[key] = siblings.get(key, Fraction(0)) + Fraction(node.weight)
        found = [Fraction(1)]
        for node in self.nodes[1:]:
            above = found[self.node_index[node.parent]]
            whole = siblings[node.parent, node.level]
            # Where all siblings are bonuses none of them is part of the total.
            found.append(above * Fraction(node.weight) / whole if whole else Fraction(0))
        return tuple(found)

    def to_json(self) -> str:
        """Return the result as canonical JSON: sorted keys, no spaces, one line; the same result, the same bytes."""
        data: dict[str, object] = {
            "format": FORMAT,
            "case": self.case,
            "title": self.title,
            "label": self.label,
            "framework": self.framework,
            "framework_version": self.framework_version,
            "step": str(self.step),
            "basis": self.basis,
            "hashes": asdict(self.hashes),
            "nodes": [asdict(n) for n in self.nodes],
            "units": [asdict(u) for u in self.units],
            "findings": [asdict(f) for f in self.findings],
        }
        for name in ("confirmed", "claimed", "possible", "base", "statuses"):
            data[name] = getattr(self, name).tolist()
        return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def save(self, path: Path) -> None:
        """Write the canonical JSON whole or not at all."""
        part = path.with_name(f"{path.name}.part")
        part.write_text(self.to_json(), "utf-8", newline="\n")
        part.replace(path)

    @classmethod
    def from_json(cls, text: str, file: str = "result") -> Result:
        """
        Read a saved result.

        Raises
        ------
        ResultError
            If the text is not a result of this format, or its arrays do not fit its units and nodes.
        """
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                _refuse(file, f"The format is {data['format']}, this version reads {FORMAT}.")
            arrays = {n: np.array(data[n], np.int64) for n in ("confirmed", "claimed", "possible", "base", "statuses")}
            result = cls(
                **{k: data[k] for k in ("case", "title", "label", "framework", "framework_version", "basis")},
                step=Decimal(data["step"]),
                hashes=Hashes(**data["hashes"]),
                nodes=tuple(Node(**n) for n in data["nodes"]),
                units=tuple(UnitResult(**{**u, "grades": tuple(u["grades"])}) for u in data["units"]),
                findings=tuple(Finding(**f) for f in data["findings"]),
                confirmed=arrays["confirmed"],
                claimed=arrays["claimed"],
                possible=arrays["possible"],
                base=arrays["base"],
                statuses=arrays["statuses"],
            )
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            problem = Problem(f"This is not a saved result: {error!r}.", file)
            msg = f"{file} cannot be read as a result."
            raise ResultError(msg, [problem]) from error
        shape = (len(result.units), len(result.nodes))
        if any(arrays[n].shape != shape for n in ("confirmed", "claimed", "possible", "base")):
            _refuse(file, f"The arrays do not have {shape[0]} units x {shape[1]} nodes.")
        return result

    @classmethod
    def load(cls, path: Path) -> Result:
        """Read a saved result from a file; see `from_json` for what is refused."""
        return cls.from_json(path.read_text("utf-8"), path.name)


def _refuse(file: str, why: str) -> None:
    msg = f"{file} cannot be read as a result."
    raise ResultError(msg, [Problem(why, file)])
