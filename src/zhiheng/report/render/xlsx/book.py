"""The workbook and what its sheets share: formats, heads, frozen panes, print set-up, and text that can do no harm."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from zhiheng.marks import plain
from zhiheng.report.figures import theme

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp without zone, so that the same input gives the same bytes
LONGEST = 32_000
"""Characters a cell can hold, with room to spare."""
HEAD_ROW = 3
"""Row of the column heads: title, label and a note stand above it."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Value = str | int | float | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a sheet.

    Parameters
    ----------
    head
        Text of the head.
    width
        Width in characters.
    style
        Name of the format of its cells.
    """

    head: str
    width: float
    style: str = "text"


class Book:
    """
    A workbook being written.

    Parameters
    ----------
    path
        File to write.
    title, author, label
        Document properties, and what every sheet must say about the data, or "".
    step
        Precision of marks, which decides how many decimals cells show.
    """

    def __init__(self, path: Path, *, title: str, author: str, label: str, step: Decimal) -> None:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book: Workbook = xlsxwriter.Workbook(str(path), options)
        self.label = label
        properties = {"title": clean(title), "author": clean(author), "comments": clean(label), "created": CREATED}
        self.book.set_properties(properties)
        decimals = max(0, -int(step.as_tuple().exponent))
        self.marks_format = "0" + ("." + "0" * decimals if decimals else "")
        self.formats = {name: self.book.add_format({**_BASE, **look}) for name, look in self._looks().items()}

    def _looks(self) -> dict[str, dict[str, object]]:
        cell = {"border": 1, "border_color": "#B7C3D0"}
        centre = {"align": "center"}
        return {
            "title": {"bold": True, "font_size": 15, "text_wrap": False},
            "label": {"bold": True, "font_color": "#B3261E", "text_wrap": False},
            "note": {"font_color": "#5A6672", "text_wrap": False},
            "plain": {},
            "head": {**cell, **centre, "bold": True, "bg_color": "#DCE6F1"},
            "text": cell,
            "centre": {**cell, **centre},
            "bold": {**cell, "bold": True},
            "marks": {**cell, "num_format": self.marks_format, "align": "right"},
            "marks_bold": {**cell, "num_format": self.marks_format, "align": "right", "bold": True},
            "mean": {**cell, "num_format": "0.00", "align": "right"},
            "signed": {**cell, "num_format": f"+{self.marks_format};-{self.marks_format};0", "align": "right"},
            "rate": {**cell, "num_format": "0.0%", "align": "right"},
            "number": {**cell, "num_format": "General", "align": "right"},
            "empty": {**cell, "bg_color": "#EEF1F4"},
            "link": {"font_color": "#0B57A4", "underline": 1},
        }

    def sheet(self, name: str, title: str, columns: Sequence[Column], *, note: str = "", frozen: int = 1) -> Worksheet:
        """
        Add a sheet with title, label, note and column heads.

        Parameters
        ----------
        name, title
            Name of the sheet, and the title in its first row.
        columns
            Its columns.
        note
            Small print above the heads.
        frozen
            Columns that stay in sight when scrolled.
        """
        sheet = self.book.add_worksheet(name)
        self.text(sheet, 0, 0, title, "title")
        self.text(sheet, 1, 0, self.label, "label")
        self.text(sheet, 2, 0, note, "note")
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.text(sheet, HEAD_ROW, at, column.head, "head")
        sheet.set_row(HEAD_ROW, 32)
        sheet.freeze_panes(HEAD_ROW + 1, frozen)
        sheet.repeat_rows(HEAD_ROW)
        self._print(sheet)
        return sheet

    def _print(self, sheet: Worksheet) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        # A single & starts a code in a footer.
        sheet.set_footer(f"&L{clean(self.label).replace('&', '&&')}&R第 &P 页 共 &N 页")

    def rows(self, sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> int:
        """Write rows under the heads, with a filter over them; return the row after the last."""
        for at, row in enumerate(rows, HEAD_ROW + 1):
            for column, value in enumerate(row):
                self.put(sheet, at, column, value, columns[column].style)
        last = HEAD_ROW + len(rows)
        if rows:
            sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
        else:
            self.text(sheet, HEAD_ROW + 1, 0, "没有内容", "note")
        return last + 1

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, style: str) -> None:
        """Write one value; text is always text, a missing value is an empty cell, never zero."""
        if value is None:
            sheet.write_blank(row, column, None, self.formats[style])
        elif isinstance(value, str):
            self.text(sheet, row, column, value, style)
        else:
            sheet.write_number(row, column, float(value), self.formats[style])

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
        """Write text that no program takes for a formula, a number or a link."""
        sheet.write_string(row, column, clean(text), self.formats[style])

    def format(self, **look: object) -> Format:
        """Return one more format."""
        return self.book.add_format({**_BASE, **look})

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


_BASE: dict[str, object] = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "text_wrap": True}
SCALE = {
    "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num", "min_value": 0, "mid_value": 0.5,
    "max_value": 1, "min_color": theme.ramp(0.0), "mid_color": theme.ramp(0.35), "max_color": theme.ramp(0.6),
}  # fmt: skip
"""Colours of score rates: light enough for black figures at every rate."""


def clean(text: str) -> str:
    """Return text that XML can hold and a cell has room for."""
    text = _ILLEGAL.sub(" ", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…（已截断）"


def number(value: Decimal) -> float:
    """Return a decimal as the float that prints the same."""
    return float(plain(value))
