"""Findings: what a reader of the result must know, as data rather than as warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing found while scoring.

    Parameters
    ----------
    id
        Stable identifier of the kind of finding.
    severity
        `error` (a figure cannot stand), `warning` (somebody must look), `info`.
    unit
        Code of the unit, or "".
    node
        Code of the indicator or `p` + number of the point, or "".
    message
        What was found, in Chinese for the people who decide.
    line
        Line of the fact in its table, or 0.
    """

    id: str
    severity: Severity
    unit: str
    node: str
    message: str
    line: int = 0

    @property
    def key(self) -> tuple[int, str, str, str, str]:
        """Order in which findings are listed: severity, kind, unit, node, message; rows play no part."""
        return (_ORDER[self.severity], self.id, self.unit, self.node, self.message)
