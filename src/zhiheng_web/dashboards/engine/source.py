"""The result of a round with what dashboards ask of it; where it comes from is told by `results.source`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from zhiheng.framework.model import Framework
from zhiheng.scoring.diagnose import Diagnosis
from zhiheng.scoring.result import Result
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.results.kept import Kept
from zhiheng_web.results.queries import groups_of
from zhiheng_web.results.source import Current, shown
from zhiheng_web.rounds.models import Round

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Field:
    """
    The result of a round with what all pages ask of it.

    Parameters
    ----------
    result, framework, version
        The result, and the rules it was made by.
    groups
        Peer group of each unit, in the order of the result; "" for none.
    """

    result: Result
    framework: Framework
    version: FrameworkVersion
    groups: tuple[str, ...]

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """Statistics of the field."""
        return Diagnosis(self.result)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Rows by confirmed total, then by what is still possible, from the highest; equal ones in printed order."""
        low, high = self.result.scores[:, 0], self.result.possible[:, 0]
        return tuple(int(i) for i in np.lexsort((np.arange(len(low)), -high, -low)))

    @cached_property
    def settled_nodes(self) -> Bools:
        """Whether a node is settled for every unit; shape (nodes,)."""
        found: Bools = (self.result.confirmed == self.result.possible).all(0)
        return found

    @cached_property
    def settled_units(self) -> int:
        """Count of units of which no mark is open."""
        return int((self.result.confirmed == self.result.possible).all(1).sum())

    @cached_property
    def settled_codes(self) -> frozenset[str]:
        """Codes of the units of which no mark is open."""
        settled = (self.result.confirmed == self.result.possible).all(1)
        return frozenset(unit.code for unit, is_settled in zip(self.result.units, settled, strict=True) if is_settled)


_fields: Kept[Field] = Kept(6)


def seen(round_: Round, *, exact: bool = False) -> tuple[Current, Field]:
    """
    Return the result of a round with what pages ask of it, and how it stands.

    Refused: see `zhiheng_web.results.source.shown`.
    """
    found, result = shown(round_, exact=exact)
    return found, _fields.take(found.key, lambda: _made(round_, result))


def field_of(round_: Round) -> Field:
    """Return the result of a round as it is now with what pages ask of it. Refused: see `seen`."""
    return seen(round_, exact=True)[1]


def _made(round_: Round, result: Result) -> Field:
    groups = groups_of(round_)
    return Field(
        result,
        framework_of(round_.framework),
        round_.framework,
        tuple(groups.get(unit.code, "") for unit in result.units),
    )
