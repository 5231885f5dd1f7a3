"""Lines of the board as people read them: marks on the scale of the framework, deadlines, states; and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.marks import Precision
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import UNFINISHED, window

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet program takes for the start of a formula."""


@dataclass(frozen=True, slots=True)
class Line:
    """
    One unit on the board.

    Parameters
    ----------
    row
        The unit.
    deadline
        Until when it may write, or None.
    open
        Whether it has something to do.
    overdue
        Whether it is past its deadline with something to do.
    confirmed, claimed
        Marks in words; "" where nothing was decided or stated, which is not the same as 0.
    """

    row: RoundUnit
    deadline: datetime | None
    open: bool
    overdue: bool
    confirmed: str
    claimed: str


def lines(round_: Round, rows: Iterable[RoundUnit], now: datetime) -> list[Line]:
    """Return rows of one round as lines; the windows of the round should be read already."""
    scale = framework_of(round_.framework).scale
    own = window(round_)
    return [line(row, scale, row.situation(own).deadline, now) for row in rows]


def line(row: RoundUnit, scale: Precision, deadline: datetime | None, now: datetime) -> Line:
    """Return one row as a line."""
    unfinished = State(row.state) in UNFINISHED
    return Line(
        row=row,
        deadline=deadline,
        open=unfinished,
        overdue=unfinished and deadline is not None and deadline < now,
        confirmed=marks_text(scale, row.confirmed) if row.decided else "",
        claimed=marks_text(scale, row.claimed) if row.answered else "",
    )


def marks_text(scale: Precision, ticks: int) -> str:
    """Return marks with one decimal, or as many as the scale needs."""
    places = -int(scale.step.normalize().as_tuple().exponent)
    return f"{scale.marks(ticks):.{max(1, places)}f}"


def _heads() -> list[str]:
    return [
        _("代码"), _("单位"), _("分组"), _("状态"), _("已填要点"), _("全部要点"), _("已核定要点"), _("风险"),
        _("自评得分"), _("核定得分"), _("截止时间"), _("逾期"),
    ]  # fmt: skip


def _cells(each: Line) -> list[str | int]:
    row = each.row
    deadline = f"{timezone.localtime(each.deadline):%Y-%m-%d %H:%M}" if each.deadline else ""
    return [
        row.code, row.name, row.group, row.get_state_display(), row.answered, row.points, row.decided, row.risks,
        each.claimed, each.confirmed, deadline, _("是") if each.overdue else "",
    ]  # fmt: skip


def as_csv(found: Sequence[Line]) -> bytes:
    """Return lines as CSV for spreadsheet programs; a name that looks like a formula stays text."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_heads())
    writer.writerows([_harmless(cell) for cell in _cells(each)] for each in found)
    # Spreadsheet programs read UTF-8 only with the mark at its start.
    return file.getvalue().encode("utf-8-sig")


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_xlsx(found: Sequence[Line], title: str) -> bytes:
    """Return lines as a workbook; every text is written as text, so none becomes a formula or a link."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title})
    sheet = book.add_worksheet(_("进度"))
    head = book.add_format({"bold": True, "bg_color": "#E9ECF0", "border": 1, "align": "center"})
    for column, text in enumerate(_heads()):
        sheet.write_string(0, column, text, head)
    for place, each in enumerate(found, 1):
        for column, cell in enumerate(_cells(each)):
            if isinstance(cell, int):
                sheet.write_number(place, column, cell)
            else:
                sheet.write_string(place, column, cell)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(1, len(found)), len(_heads()) - 1)
    for column, width in enumerate((14, 22, 14, 10, 10, 10, 12, 8, 10, 10, 18, 8)):
        sheet.set_column(column, column, width)
    book.close()
    return file.getvalue()
