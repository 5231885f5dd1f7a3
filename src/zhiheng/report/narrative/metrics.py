"""The headline numbers of one unit as sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from zhiheng.assessment.activities import Metric
from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.names import Naming

_PLACE = re.compile(r"^(.{2,4}[市县区旗])")
_SHORT = 3


def sentences(metrics: Sequence[Metric], naming: Naming) -> list[str]:
    """
    Return sentences without closing mark, one a date; periods that follow each other share one.

    Parameters
    ----------
    metrics
        Those of one unit that the headline tells, in order.
    naming
        How to call the unit.
    """
    found: list[str] = []
    last: list[Metric] = []
    for _, same in groupby(metrics, key=lambda m: (m.as_of, _place(m.name))):
        group = list(same)
        text = _group(group, naming, first=not found)
        if last and _continues(last, group):
            found[-1] = f"{found[-1]}；{_group(group, None, first=False)}"
        else:
            found.append(text)
        last = group
    return found


def _continues(last: Sequence[Metric], group: Sequence[Metric]) -> bool:
    same = {m.name for m in group} <= {m.name for m in last}
    return same and len(group) < _SHORT


def _group(group: Sequence[Metric], naming: Naming | None, *, first: bool) -> str:
    head = group[0]
    place = _place(head.name)
    time = numbers.span(head.as_of)
    who = "" if naming is None or place else naming.name if first else naming.whole
    verb = "" if head.as_of else "现有"
    text = f"{time}，" if time else ""
    return f"{text}{place}{who}{verb}{_clauses(group, place)}"


def _clauses(group: Sequence[Metric], place: str) -> str:
    text = ""
    previous: Metric | None = None
    for metric in group:
        if previous is not None:
            text += _link(previous, metric)
        text += _one(metric, place)
        previous = metric
    return text


def _link(previous: Metric, metric: Metric) -> str:
    if metric.part:
        return "、" if previous.part else "，其中"
    plain = not (previous.changes or previous.share or metric.changes or metric.share)
    return "，" if plain and not previous.part else "；"


def _one(metric: Metric, place: str) -> str:
    text = f"{metric.name.removeprefix(place)}{metric.value:f}{metric.measure}"
    for change in metric.changes:
        text += f"，{numbers.change(change.base, change.percent)}"
    if metric.share:
        text += f"，占{metric.share.base}的{metric.share.percent:f}%"
    return text


def _place(name: str) -> str:
    match = _PLACE.match(name)
    return match[1] if match else ""
