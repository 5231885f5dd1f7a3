"""Checks of marks and weights: every level adds up, and nothing that is not part of the total is counted."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zhiheng.framework.checks.view import Family, Finding, Part, View, finding, label
from zhiheng.framework.model import Indicator, Point, is_bonus
from zhiheng.framework.rules import Deduct, Relative

WHOLE = (Decimal(1), Decimal(100))
"""Sums of weights that mean "all"."""


def sums(seen: View) -> Iterator[Finding]:
    """F101-F111: sums, weights and means of every family of siblings."""
    for family in seen.families:
        if all(is_bonus(part) for part in family.parts):
            yield finding("F111", family.path, name=family.name)
            continue
        marked = {part.marks is not None for _, part in family.counted}
        if len(marked) > 1:
            yield finding("F106", _place(family, _odd_one(family)), name=family.name)
        elif marked == {True}:
            yield from _marks(family, seen.framework.total)
        else:
            yield from _weights(family)
        if family.joined == "geometric":
            yield from _geometric(family, seen)


def bonuses(seen: View) -> Iterator[Finding]:
    """F110: a mean of rates has no room for marks on top, so every ancestor of a bonus must be a sum."""
    means = [family for family in seen.families if family.joined != "sum"]
    for leaf in seen.leaves:
        if is_bonus(leaf.point):
            above = [family for family in means if leaf.path[: len(family.path)] == family.path]
            for family in above[:1]:
                yield finding("F110", leaf.rule_path, no=leaf.point.no, name=family.name)


def _marks(family: Family, total: Decimal) -> Iterator[Finding]:
    parent = family.parent
    stated = total if parent is None else parent.marks
    if stated is None:
        return
    added = sum((part.marks or Decimal(0) for _, part in family.counted), Decimal(0))
    if added == stated:
        return
    everything = sum((part.marks or Decimal(0) for part in family.parts), Decimal(0))
    check = "F102" if parent is None else "F103" if parent.points else "F101"
    if everything == stated:
        check = "F104"
    place = ("total",) if parent is None else (*family.owner, "marks")
    yield finding(check, place, name=family.name, marks=stated, sum=added, gap=abs(stated - added))


def _weights(family: Family) -> Iterator[Finding]:
    added = sum((part.weight or Decimal(0) for _, part in family.counted), Decimal(0))
    if added not in WHOLE:
        yield finding("F105", family.path, name=family.name, sum=added)
    if family.joined == "sum":
        yield finding("F107", (*family.owner, "aggregate"), name=family.name)
    for i, part in family.counted:
        if part.weight == 0:
            yield finding("F109", (*family.path, i, "weight"), name=label(part))


def _geometric(family: Family, seen: View) -> Iterator[Finding]:
    for i, part in family.counted:
        if part.weight != 0 and _may_be_zero(part, seen):
            yield finding("F108", (*family.path, i), name=family.name, part=label(part))


def _may_be_zero(part: Part, seen: View) -> bool:
    if isinstance(part, Point):
        rule = part.rule
        if isinstance(rule, Relative):
            return rule.method != "rank" or rule.lone == 0
        if isinstance(rule, Deduct):
            return rule.cap is None or rule.cap >= seen.framework.full(part)
        return True
    assert isinstance(part, Indicator)
    parts = [child for child in part.children or part.points if not is_bonus(child) and child.weight != 0]
    zero = [_may_be_zero(child, seen) for child in parts]
    return any(zero) if part.joined == "geometric" else all(zero)


def _odd_one(family: Family) -> int:
    first = family.counted[0][1]
    return next(i for i, part in family.counted if (part.marks is None) != (first.marks is None))


def _place(family: Family, index: int) -> tuple[str | int, ...]:
    return (*family.path, index)
