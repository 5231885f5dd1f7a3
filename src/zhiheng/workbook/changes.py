"""What a workbook would change in the claims of a unit, in words for the preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from zhiheng.assessment.claims import STANCE_ZH, Claim, Item
from zhiheng.framework.model import Framework
from zhiheng.marks import plain

What = Literal["stance", "mark", "value", "note", "item_added", "item_removed", "item_changed"]
WHAT_ZH: Mapping[What, str] = {
    "stance": "填报情况",
    "mark": "申报档次",
    "value": "数值",
    "note": "说明",
    "item_added": "增加事项",
    "item_removed": "删去事项",
    "item_changed": "修改事项",
}
"""What people read for each kind of change."""


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference between two states of the claims.

    Parameters
    ----------
    point
        Number of the point.
    what
        What changes; see `WHAT_ZH`.
    old, new
        Before and after in Chinese, "" where there is nothing.
    """

    point: int
    what: What
    old: str
    new: str


def compare_claims(framework: Framework, before: Mapping[int, Claim], after: Mapping[int, Claim]) -> tuple[Change, ...]:
    """
    Return what changes, in the order of the points.

    Parameters
    ----------
    framework
        Gives the order of the points and the units of measure.
    before, after
        Claims by number of the point. A point that `before` lacks is unfilled; one that `after` lacks stays as it is.

    Notes
    -----
    Items are compared as a whole: equal ones stay wherever they stand, and of the rest those in the same order pair up
    as changed. An item without any content is none.
    """
    found: list[Change] = []
    for _, point in framework.points:
        if point.no in after:
            old, new = before.get(point.no, Claim(point.no)), after[point.no]
            measure = getattr(point.rule, "measure", "")
            found += (Change(point.no, *difference) for difference in _differences(old, new, measure))
    return tuple(found)


def _differences(old: Claim, new: Claim, measure: str) -> Iterator[tuple[What, str, str]]:
    if old.stance != new.stance:
        yield "stance", STANCE_ZH[old.stance], STANCE_ZH[new.stance]
    if old.mark != new.mark:
        yield "mark", _number(old.mark, "分"), _number(new.mark, "分")
    if old.value != new.value:
        yield "value", _number(old.value, measure), _number(new.value, measure)
    if old.note != new.note:
        yield "note", old.note, new.note
    yield from _items(old.items, new.items)


def _items(old: tuple[Item, ...], new: tuple[Item, ...]) -> Iterator[tuple[What, str, str]]:
    gone = [item for item in old if item != Item()]
    come = []
    for item in new:
        if item in gone:
            gone.remove(item)
        elif item != Item():
            come.append(item)
    pairs = min(len(gone), len(come))
    for was, now in zip(gone[:pairs], come[:pairs], strict=True):
        yield "item_changed", item_words(was), item_words(now)
    for item in gone[pairs:]:
        yield "item_removed", item_words(item), ""
    for item in come[pairs:]:
        yield "item_added", "", item_words(item)


def item_words(item: Item) -> str:
    """Return an item in one line: `研究部署会议（2021-03，专利，2件）；佐证：《10-01 通知.pdf》第2页`."""
    about = [item.date, item.component, _number(item.count, "件")]
    listed = "，".join(text for text in about if text)
    words = item.text or "（未写事项）"
    if listed:
        words += f"（{listed}）"
    if item.materials:
        words += "；佐证：" + "、".join(f"《{m.file}》{m.pages}" for m in item.materials)
    return words


def _number(number: Decimal | None, measure: str) -> str:
    return "" if number is None else f"{plain(number)}{measure}"
