"""Check of the marks that the text of a point states in words against those of its rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from zhiheng.framework.checks.view import Finding, Leaf, View, finding
from zhiheng.framework.rules import MEASURED, Bonus, Deduct, Judged, PerField, PerItem, Steps
from zhiheng.marks import plain

_NUMBER = r"\s*(\d+(?:\.\d+)?)\s*分"
_MOST = re.compile(rf"(?:最多|最高|累计不超过|不超过|上限)(?:只?[得加计扣]|可[得加计])?{_NUMBER}")
_EACH = re.compile(rf"每[^。；;]*?[，,]?(?:[得加计扣]|扣减){_NUMBER}")
_GIVES = re.compile(rf"[得加计]{_NUMBER}")


def stated_marks(seen: View) -> Iterator[Finding]:
    """F604: 得X分, 每…得X分 and 最多得X分 in the text agree with `marks`, `each` and `cap`."""
    for leaf in seen.leaves:
        for phrase, number, allowed, said in _statements(leaf):
            if number not in allowed:
                yield finding("F604", (*leaf.path, "text"), no=leaf.point.no, phrase=phrase, expected=said)


def _statements(leaf: Leaf) -> Iterator[tuple[str, Decimal, set[Decimal], str]]:
    """Yield each phrase, its number, the numbers that agree and what the rule says instead."""
    rest = leaf.point.text
    rule = leaf.point.rule
    each: set[Decimal] = set()
    cap: set[Decimal] = {leaf.full}
    if isinstance(rule, PerItem | PerField | Bonus | Deduct):
        each = {rule.each}
        cap = {rule.cap if rule.cap is not None else leaf.full}
    said_each = f"每项{_list(each)}" if each else f"一次给{plain(leaf.full)}分"
    for pattern, allowed, said in (
        (_MOST, cap, f"最多{_list(cap)}"),
        (_EACH, each, said_each),
        (_GIVES, _given(leaf), f"给{_list(_given(leaf))}"),
    ):
        if pattern is _EACH and rule.kind in MEASURED:
            continue  # 每万人、每百件 belongs to the measure, not to a count
        for match in pattern.finditer(rest):
            yield match.group().strip("，,"), Decimal(match.group(1)), allowed, said
        rest = pattern.sub("，", rest)


def _given(leaf: Leaf) -> set[Decimal]:
    rule = leaf.point.rule
    given = {leaf.full}
    if isinstance(rule, Steps):
        given |= {threshold.marks for threshold in rule.thresholds}
    if isinstance(rule, Judged):
        given |= {share * leaf.full for share in rule.steps}
    return given


def _list(numbers: set[Decimal]) -> str:
    return "、".join(f"{plain(number)}分" for number in sorted(numbers, reverse=True))
