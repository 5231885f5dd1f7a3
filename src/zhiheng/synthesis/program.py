"""A small integer program: named variables, linear rows, HiGHS, and the solver's log."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from zhiheng.errors import InfeasibleError

Terms = Mapping[int, float]
"""A linear form: coefficient by variable."""


@dataclass(frozen=True, slots=True)
class Solution:
    """
    What the solver found.

    Parameters
    ----------
    values
        Value of each variable.
    objective, bound
        Objective reached and the best bound proved.
    log
        The solver's own log.
    """

    values: tuple[float, ...]
    objective: float
    bound: float
    log: str

    def value(self, terms: Terms) -> float:
        """Return the value of a linear form."""
        return sum(c * self.values[i] for i, c in terms.items())


@dataclass
class Program:
    """Variables and rows that are being collected; solved by `solve`."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integral: list[int] = field(default_factory=list)
    rows: list[tuple[Terms, float, float]] = field(default_factory=list)

    def variable(self, lower: float, upper: float, *, integer: bool) -> int:
        """Add a variable and return its index."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.integral.append(int(integer))
        return len(self.lower) - 1

    def binary(self) -> int:
        """Add a variable that is 0 or 1."""
        return self.variable(0, 1, integer=True)

    def row(self, terms: Terms, low: float = -np.inf, high: float = np.inf) -> None:
        """Demand low <= terms <= high."""
        self.rows.append((dict(terms), low, high))

    def deviation(self, terms: Terms, target: float) -> int:
        """Add a variable that is at least |terms - target|; minimised, it is equal."""
        size = self.variable(0, np.inf, integer=False)
        self.row({**terms, size: -1.0}, high=target)
        self.row({**terms, size: 1.0}, low=target)
        return size

    def solve(self, objective: Terms, *, gap: float = 0.0, nodes: int | None = None) -> Solution:
        """
        Minimise a linear form.

        Parameters
        ----------
        objective
            The form.
        gap
            Relative gap at which the solver may stop; 0 proves the optimum.
        nodes
            Most branch-and-bound nodes, or None; a count, not a time, so that every machine stops at the same place.

        Raises
        ------
        InfeasibleError
            If no assignment satisfies the rows.
        """
        count = len(self.lower)
        cost = np.zeros(count)
        for i, c in objective.items():
            cost[i] += c
        entries = [(r, i, c) for r, (terms, _, _) in enumerate(self.rows) for i, c in terms.items()]
        at, columns, data = zip(*entries, strict=True)
        matrix = csr_array((data, (at, columns)), shape=(len(self.rows), count))
        limits = LinearConstraint(matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows])
        # HiGHS takes at most a 32-bit count; without a limit this is far beyond reach.
        limit = 2**31 - 1 if nodes is None else nodes
        with _CapturedOutput() as captured:
            found = milp(
                cost,
                constraints=limits,
                bounds=Bounds(self.lower, self.upper),
                integrality=np.array(self.integral),
                options={"disp": True, "mip_rel_gap": gap, "node_limit": limit},
            )
        if found.x is None:
            msg = f"The hard statements cannot all hold: {found.message}"
            raise InfeasibleError(msg, log=captured.text)
        # Integers come back as floats within the solver's tolerance.
        values = tuple(round(v) if whole else float(v) for v, whole in zip(found.x, self.integral, strict=True))
        return Solution(values, float(found.fun), float(found.mip_dual_bound), captured.text)


class _CapturedOutput:
    """Takes what the solver's C code writes to standard output, which Python cannot redirect."""

    def __init__(self) -> None:
        self.text = ""

    def __enter__(self) -> Self:
        sys.stdout.flush()
        self._file = tempfile.NamedTemporaryFile(delete=False)
        self._saved = os.dup(1)
        os.dup2(self._file.fileno(), 1)
        return self

    def __exit__(self, *_: object) -> None:
        os.dup2(self._saved, 1)
        os.close(self._saved)
        self._file.close()
        path = Path(self._file.name)
        self.text = path.read_text("utf-8", errors="replace")
        path.unlink()
