"""Checks of the rules of points: caps, steps, shares and precision."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zhiheng.framework.checks.view import Finding, Leaf, View, finding
from zhiheng.framework.model import Thresholds
from zhiheng.framework.rules import Bonus, Deduct, Judged, PerField, PerItem, Relative, Steps


def point_rules(seen: View) -> Iterator[Finding]:
    """F301-F307 and F310-F315: each rule can give what its point promises."""
    for leaf in seen.leaves:
        rule = leaf.point.rule
        if isinstance(rule, PerItem | PerField | Bonus | Deduct):
            yield from _counted(leaf, rule)
        if isinstance(rule, PerField):
            yield from _fields(leaf, rule)
        if isinstance(rule, Steps):
            yield from _thresholds(leaf, rule)
        if isinstance(rule, Relative):
            yield from _relative(leaf, rule)
        yield from _shares(leaf)
        yield from _own_settings(leaf, seen)


def precision(seen: View) -> Iterator[Finding]:
    """F308 and F309: everything that is counted is a whole number of steps."""
    base = seen.framework.precision
    if seen.framework.total % base:
        yield finding("F308", ("total",), name="总分", marks=seen.framework.total, step=base)
    for site in seen.sites:
        marks = site.indicator.marks
        if marks is not None and marks % base:
            yield finding("F308", (*site.path, "marks"), name=f"“{site.indicator.title}”", marks=marks, step=base)
    for leaf in seen.leaves:
        marks = leaf.point.marks
        name = f"考核要点{leaf.point.no}"
        if marks is not None and marks % leaf.step:
            yield finding("F308", (*leaf.path, "marks"), name=name, marks=marks, step=leaf.step)
        for path, stated in _stated(leaf):
            if stated % leaf.step:
                yield finding("F309", path, name=name, marks=stated, step=leaf.step)
    grades = seen.framework.grades
    for i, band in enumerate(grades.bands if isinstance(grades, Thresholds) else ()):
        if band.low % base:
            place = ("grades", "bands", i, "from")
            yield finding("F309", place, name=f"等次“{band.name}”", marks=band.low, step=base)


def _stated(leaf: Leaf) -> Iterator[tuple[tuple[str | int, ...], Decimal]]:
    rule = leaf.point.rule
    if isinstance(rule, PerItem | PerField | Bonus | Deduct):
        yield (*leaf.rule_path, "each"), rule.each
        if rule.cap is not None:
            yield (*leaf.rule_path, "cap"), rule.cap
    if isinstance(rule, Steps):
        for i, threshold in enumerate(rule.thresholds):
            yield (*leaf.rule_path, "thresholds", i, "marks"), threshold.marks


def _counted(leaf: Leaf, rule: PerItem | PerField | Bonus | Deduct) -> Iterator[Finding]:
    no, cap = leaf.point.no, rule.cap if rule.cap is not None else leaf.full
    place = (*leaf.rule_path, "cap" if rule.cap is not None else "each")
    if rule.each > cap:
        yield finding("F304", (*leaf.rule_path, "each"), no=no, each=rule.each, cap=cap)
    elif cap % rule.each:
        yield finding("F301", place, no=no, each=rule.each, cap=cap)
    if isinstance(rule, Deduct):
        if cap > leaf.full:
            yield finding("F303", place, no=no, cap=cap, marks=leaf.full)
    elif cap != leaf.full:
        yield finding("F302", place, no=no, cap=cap, marks=leaf.full)


def _fields(leaf: Leaf, rule: PerField) -> Iterator[Finding]:
    no, distinct = leaf.point.no, len(set(rule.fields))
    if not rule.open and distinct * rule.each < rule.cap:
        place = (*leaf.rule_path, "fields")
        yield finding("F305", place, no=no, count=distinct, each=rule.each, most=distinct * rule.each, cap=rule.cap)
    for i, field in enumerate(rule.fields):
        if field in rule.fields[:i]:
            yield finding("F306", (*leaf.rule_path, "fields", i), no=no, field=field)


def _thresholds(leaf: Leaf, rule: Steps) -> Iterator[Finding]:
    no, place = leaf.point.no, (*leaf.rule_path, "thresholds")
    for i, threshold in enumerate(rule.thresholds):
        if threshold.marks > leaf.full:
            yield finding("F310", (*place, i, "marks"), no=no, marks=threshold.marks, full=leaf.full)
    last = len(rule.thresholds) - 1
    if rule.thresholds[last].marks < leaf.full:
        yield finding("F311", (*place, last, "marks"), no=no, marks=rule.thresholds[last].marks, full=leaf.full)


def _relative(leaf: Leaf, rule: Relative) -> Iterator[Finding]:
    if rule.coverage < 1:
        share = f"{(rule.coverage * 100).normalize():f}%"
        yield finding("F312", (*leaf.rule_path, "coverage"), no=leaf.point.no, coverage=share)
    if rule.lone == 0:
        yield finding("F313", (*leaf.rule_path, "lone"), no=leaf.point.no)


def _shares(leaf: Leaf) -> Iterator[Finding]:
    rule = leaf.point.rule
    shares: list[tuple[tuple[str | int, ...], Decimal]] = []
    if isinstance(rule, Judged):
        shares = [((*leaf.rule_path, "steps", i), share) for i, share in enumerate(rule.steps)]
    if isinstance(rule, Relative):
        shares = [((*leaf.rule_path, "lone"), rule.lone)]
    for place, share in shares:
        marks = share * leaf.full
        # Full marks themselves are F308's business.
        if share != 1 and marks % leaf.step:
            yield finding("F307", place, no=leaf.point.no, share=share, marks=marks, step=leaf.step)


def _own_settings(leaf: Leaf, seen: View) -> Iterator[Finding]:
    rule, base = leaf.point.rule, seen.framework
    if rule.precision is not None and rule.precision % base.precision:
        place = (*leaf.rule_path, "precision")
        yield finding("F314", place, no=leaf.point.no, step=rule.precision, base=base.precision)
    if rule.period is not None and (
        _before(rule.period.end, base.period.start) or _before(base.period.end, rule.period.start)
    ):
        place = (*leaf.rule_path, "period")
        yield finding("F315", place, no=leaf.point.no, start=rule.period.start, end=rule.period.end)


def _before(day: str, other: str) -> bool:
    """Whether `day` surely lies before `other`, at the coarser of their two forms (year, month or day)."""
    length = min(len(day), len(other))
    return day[:length] < other[:length]
