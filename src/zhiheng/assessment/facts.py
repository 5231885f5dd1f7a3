"""Facts, decisions and published statements as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Where a fact or a point stands; missing is a status with a reason, never zero."""

    UNKNOWN = "unknown"
    CLAIMED = "claimed"
    VERIFIED = "verified"
    REJECTED = "rejected"
    NOT_APPLICABLE = "not_applicable"


STATUS_ZH = {
    Status.UNKNOWN: "不明",
    Status.CLAIMED: "待核",
    Status.VERIFIED: "核实",
    Status.REJECTED: "不予认定",
    Status.NOT_APPLICABLE: "不适用",
}
"""What people read for each status."""


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """
    One thing a unit shows for one point.

    Parameters
    ----------
    unit
        Code of the unit.
    point
        Number of the point.
    status
        Claimed, verified, rejected or not applicable.
    mark
        Marks the fact is worth, or None where the rule derives them from `value`.
    value
        The number of the fact, or None.
    measure
        Unit of measure of `value`.
    date
        Date as the source states it, see `zhiheng.assessment.dates`; "" where it states none.
    component
        Field or kind, for rules that count by field.
    quote
        Words of the source.
    source
        Place in the source.
    note
        Why it has this status, and what was read into it.
    line
        Line in the file.
    """

    unit: str
    point: int
    status: Status
    mark: Decimal | None = None
    value: Decimal | None = None
    measure: str = ""
    date: str = ""
    component: str = ""
    quote: str = ""
    source: str = ""
    note: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """
    The settled mark of one point of one unit; it closes the interval.

    Parameters
    ----------
    unit, point
        Whose and which.
    status
        Verified, rejected or not applicable.
    mark
        Final marks; zero when rejected or not applicable.
    reason
        Why, in words.
    line
        Line in the file.
    """

    unit: str
    point: int
    status: Status
    mark: Decimal
    reason: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """
    Something that was published about a unit.

    Parameters
    ----------
    id
        Number of the statement.
    unit
        Code of the unit.
    kind
        `total`, `order`, `score`, `strength` or `weakness`.
    node
        Code of the indicator or `p` + number of the point; "" for the total.
    relation
        `=`, `>`, `<`, `<=`, `>=`, or the wording of a strength or weakness.
    value
        Marks or position, or None.
    quote, source
        Words and place.
    inferred
        Whether it is read from the text rather than stated by it.
    note
        Doubts and readings.
    """

    id: str
    unit: str
    kind: str
    node: str
    relation: str
    value: Decimal | None
    quote: str = ""
    source: str = ""
    inferred: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """
    What was published about a unit's total.

    Parameters
    ----------
    low, high
        Bounds in marks, None where open.
    low_open, high_open
        Whether the bound itself is excluded.
    text
        As printed: `82.4`, `>70`.
    position
        Position in the published order, or None.
    """

    low: Decimal | None
    high: Decimal | None
    low_open: bool
    high_open: bool
    text: str
    position: int | None

    @property
    def exact(self) -> Decimal | None:
        """The published mark where it is exact."""
        return self.low if self.low is not None and self.low == self.high else None
