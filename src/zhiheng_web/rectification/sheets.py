"""Items as lines that people read: the register on its page and as a workbook are made of the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.marks import Precision
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.rounds.models import RoundUnit


@dataclass(frozen=True, slots=True)
class ItemLine:
    """
    One item.

    Parameters
    ----------
    item, row
        The item and its unit.
    full, final, lost
        Marks as text.
    overdue
        Whether the unit has something to do and its time is over.
    """

    item: RectificationItem
    row: RoundUnit
    full: str
    final: str
    lost: str
    overdue: bool


def lines_of(items: Iterable[RectificationItem], scale: Precision, now: datetime) -> list[ItemLine]:
    """Return items as lines; their units should be read already."""
    return [line_of(item, scale, now) for item in items]


def line_of(item: RectificationItem, scale: Precision, now: datetime) -> ItemLine:
    """Return an item as a line."""
    full, final, lost = (scale.text(ticks) for ticks in (item.full, item.final, item.lost))
    return ItemLine(item, item.round_unit, full, final, lost, item.overdue(now))


def heads() -> list[str]:
    """Return the headings of the register."""
    return [
        _("代码"), _("单位"), _("序号"), _("考核要点"), _("分值"), _("最终得分"), _("失分"), _("状态"), _("整改期限"),
        _("逾期"), _("责任人"), _("失分原因"), _("整改要求"), _("整改措施"), _("整改结果"), _("报送时间"),
        _("复核时间"),
    ]  # fmt: skip


def cells(line: ItemLine, scale: Precision, label: str = "") -> list[str | float]:
    """Return an item for the workbook: marks are numbers, a missing moment is empty."""
    item = line.item
    found: list[str | float] = [
        line.row.code, line.row.name, item.point, item.title,
        *(float(scale.marks(ticks)) for ticks in (item.full, item.final, item.lost)),
        str(item.get_state_display()), _moment(item.due_at), _("是") if line.overdue else "",
        item.owner, item.reason, item.request, item.measure, item.outcome, _moment(item.submitted_at),
        _moment(item.closed_at),
    ]  # fmt: skip
    return [*found, label] if label else found


def titles(label: str = "") -> Sequence[str]:
    """Return the headings of the workbook, with one more where the data are labelled."""
    return [*heads(), _("数据标注")] if label else heads()


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
