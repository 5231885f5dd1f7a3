"""The workbook and what its sheets share: formats, heads, frozen panes, print set-up, and text that can do no harm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from zhiheng.marks import plain
from zhiheng.report.figures import theme
from zhiheng.sheets.setup import BASE, Column, new_workbook, print_setup
from zhiheng.sheets.text import clean, line_count, row_height

MOST_ROWS = 1_048_576
"""Rows a sheet can hold; XlsxWriter drops the rest without a word."""
MANY_ROWS = 20_000
"""Rows beyond which empty cells get no border: in a long ledger they are a third of the file."""
HEAD_ROW = 3
"""Row of the column heads: title, label and a note stand above it."""
TOP = HEAD_ROW + 1
"""First row under the heads."""
WIDE = 60
"""Units beyond which units become rows: a sheet has 16,384 columns, and nobody scrolls through hundreds."""
MARKED = ("unknown", "claimed", "rejected", "absent")
"""Grounds that tell the status of a point apart; a verified one is white."""
STATUS_COLORS = {
    "verified": "#D5EBDD", "claimed": "#FFF1CC", "rejected": "#F8D7D4", "absent": "#E3E6EA", "unknown": "#EEF1F4",
}  # fmt: skip
Value = str | int | float | Decimal | None


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
        self.book = new_workbook(path, {"title": title, "author": author, "comments": label})
        self.label = label
        self.step = step
        self.decimals = max(0, -int(step.as_tuple().exponent))
        self.marks_format = "0" + ("." + "0" * self.decimals if self.decimals else "")
        self.formats = {name: self.book.add_format({**BASE, **look}) for name, look in self._looks().items()}

    def _looks(self) -> dict[str, dict[str, object]]:
        cell = {"border": 1, "border_color": "#B7C3D0"}
        centre = {"align": "center"}
        marks = {**cell, "num_format": self.marks_format, "align": "right"}
        grounds = {f"marks_{name}": {**marks, "bg_color": STATUS_COLORS[name]} for name in MARKED}
        legend = {f"status_{name}": {**cell, **centre, "bg_color": color} for name, color in STATUS_COLORS.items()}
        return {
            **grounds,
            **legend,
            "banner": {**centre, "bold": True, "font_size": 14, "font_color": "#B3261E", "bg_color": "#FBE9E7"},
            "caption": {"bold": True, "text_wrap": False},
            "title": {"bold": True, "font_size": 15, "text_wrap": False},
            "label": {"bold": True, "font_color": "#B3261E", "text_wrap": False},
            "note": {"font_color": "#5A6672", "text_wrap": False},
            "plain": {},
            "head": {**cell, **centre, "bold": True, "bg_color": "#DCE6F1"},
            "text": cell,
            "centre": {**cell, **centre},
            "bold": {**cell, "bold": True},
            "marks": marks,
            "marks_bold": {**marks, "bold": True},
            "mean": {**cell, "num_format": "0.00", "align": "right"},
            "signed": {**cell, "num_format": f"+{self.marks_format};-{self.marks_format};0", "align": "right"},
            "rate": {**cell, "num_format": "0.0%", "align": "right"},
            "number": {**cell, "num_format": "General", "align": "right"},
            "link": {**cell, "font_color": "#0B57A4", "underline": 1},
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
        lines = max((line_count(clean(c.head), c.width) for c in columns), default=1)
        sheet.set_row(HEAD_ROW, max(32.0, row_height(lines)))
        sheet.freeze_panes(HEAD_ROW + 1, frozen)
        sheet.repeat_rows(HEAD_ROW)
        print_setup(sheet, self.label)
        return sheet

    def rows(
        self, sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]], *, most: int = MOST_ROWS
    ) -> int:
        """
        Write rows under the heads, with a filter over them.

        Parameters
        ----------
        sheet, columns
            The sheet and its columns.
        rows
            Values, one sequence a row.
        most
            Rows of the sheet; where they do not hold all, the note above the heads says how many are missing.

        Returns
        -------
        int
            The row after the last.
        """
        shown = rows[: most - TOP]
        if len(shown) < len(rows):
            self.text(sheet, 2, 0, f"共{len(rows)}行，超出工作表的容量，只列前{len(shown)}行。", "label")
        for at, row in enumerate(shown, TOP):
            self.row(sheet, at, columns, row, sparse=len(shown) > MANY_ROWS)
        last = HEAD_ROW + len(shown)
        if shown:
            sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
        else:
            self.text(sheet, TOP, 0, "没有内容", "note")
        return last + 1

    def row(
        self, sheet: Worksheet, at: int, columns: Sequence[Column], values: Sequence[Value], *, sparse: bool = False
    ) -> None:
        """Write one row and make it as tall as its longest text: not every program does so when it opens a file."""
        lines = 1
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            if sparse and (value is None or value == ""):
                continue
            self.put(sheet, at, place, value, column.style)
            if isinstance(value, str) and len(value) * 2 > column.width:
                lines = max(lines, line_count(clean(value), column.width))
        if lines > 1:
            sheet.set_row(at, row_height(lines))

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, style: str) -> None:
        """Write one value; text is always text, a missing value is an empty cell, never zero."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            sheet.write_blank(row, column, None, self.formats[style])
        elif isinstance(value, str):
            self.text(sheet, row, column, value, style)
        else:
            sheet.write_number(row, column, float(value), self.formats[style])

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
        """Write text that no program takes for a formula, a number or a link."""
        sheet.write_string(row, column, clean(text), self.formats[style])

    def formula(self, sheet: Worksheet, place: tuple[int, int], formula: str, style: str, value: float | str) -> None:
        """Write a formula with the value that a program shows which does not recalculate."""
        shown = value if isinstance(value, str) else round(value, 10)
        sheet.write_formula(*place, formula, self.formats[style], shown)

    def chart_title(self, text: str) -> dict[str, object]:
        """Return the title of a chart, which carries the label: charts are copied out of their sheets."""
        label = f"（{clean(self.label)}）" if self.label else ""
        # XlsxWriter takes a title that looks like Sheet!A1 for a reference to that cell.
        name = f"{clean(text)}{label}".replace("!", "！")
        return {"name": name, "name_font": {"size": 10.5, "name": "宋体"}, "overlay": False}

    def format(self, **look: object) -> Format:
        """Return one more format."""
        return self.book.add_format({**BASE, **look})

    def close(self) -> None:
        """Finish the file."""
        self.book.close()


SCALE = {
    "type": "3_color_scale", "min_type": "num", "mid_type": "num", "max_type": "num", "min_value": 0, "mid_value": 0.5,
    "max_value": 1, "min_color": theme.ramp(0.0), "mid_color": theme.ramp(0.35), "max_color": theme.ramp(0.6),
}  # fmt: skip
"""Colours of score rates: light enough for black figures at every rate."""


def number(value: Decimal) -> float:
    """Return a decimal as the float that prints the same."""
    return float(plain(value))
