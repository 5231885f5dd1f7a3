"""Small cases for the workbook, and how its sheets are read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from openpyxl import Workbook
from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Decision, Fact, Status

UNITS = ("c0", "c1", "c2")


def grid(book: Workbook, name: str) -> list[list[object]]:
    """Return the values under the heads."""
    return [[c.value for c in row] for row in book[name].iter_rows(min_row=5)]


def by_code(book: Workbook, name: str) -> dict[str, list[object]]:
    """Return the rows of a tree sheet by code."""
    return {str(row[0]): row for row in grid(book, name)}


def heads(book: Workbook, name: str) -> list[object]:
    return [c.value for c in book[name][4]]


def partly_absent(case: Callable[..., Case]) -> Case:
    """Two points of 4 and 6 marks in two indicators; the first does not apply to the first unit; marks scale to 10."""
    rules = framework(
        [
            indicator("A", [point(1, "yes_no", 4)], 4),
            indicator("B", [point(2, "judged", 3, steps=[0, "0.5", 1]), point(3, "yes_no", 3)], 6),
        ],
        vetoes=[],
    )
    marks = {1: Decimal(4), 2: Decimal("1.5"), 3: Decimal(3)}
    decisions = tuple(
        Decision(u, no, Status.NOT_APPLICABLE, Decimal(0))
        if (u, no) == ("c0", 1)
        else Decision(u, no, Status.VERIFIED, mark if u != "c2" or no != 3 else Decimal(0))
        for u in UNITS
        for no, mark in marks.items()
    )
    return case(rules=rules, decisions=decisions)


def with_bonus(case: Callable[..., Case]) -> Case:
    """Ten marks and a bonus of at most 2, which lifts the first unit over the full marks."""
    rules = framework(
        [indicator("A", [point(1, "yes_no", 4), point(2, "yes_no", 6), point(3, "bonus", 2, each=1, cap=2)], 10)],
        vetoes=[],
    )
    decisions = tuple(
        Decision(u, no, Status.VERIFIED, Decimal(mark))
        for u, marks in zip(UNITS, ((4, 6, 2), (4, 0, 1), (0, 6, 0)), strict=True)
        for no, mark in enumerate(marks, 1)
    )
    return case(rules=rules, decisions=decisions)


def claimed(case: Callable[..., Case]) -> Case:
    """A round ranked by what is claimed, with unknown, claimed, verified and rejected points."""
    facts = (
        Fact("c0", 1, Status.CLAIMED, Decimal(4)),
        Fact("c1", 1, Status.VERIFIED, Decimal(4)),
        Fact("c1", 2, Status.CLAIMED, Decimal(1)),
        Fact("c2", 1, Status.REJECTED, Decimal(4)),
    )
    return case(basis="claimed", facts=facts)
