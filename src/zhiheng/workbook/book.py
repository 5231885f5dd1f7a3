"""The workbooks that we write: formats, heads, protection that leaves only inputs open, and print set-up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from zhiheng.marks import plain
from zhiheng.sheets.setup import BASE, Column, new_workbook, print_setup
from zhiheng.sheets.text import clean, line_count, row_height

INPUT, OFF, CALCULATED = "#FFF6D6", "#ECEFF2", "#E4F0E8"
"""Grounds of cells to fill in, of cells that do not apply, and of cells that calculate."""
LIST_LENGTH = 255
"""Characters of a validation list that stands in the cell itself."""
MESSAGE_TITLE, MESSAGE = 32, 255
"""Characters of title and text of the message that a cell shows."""
_CELL: dict[str, object] = {"border": 1, "border_color": "#B7C3D0"}
_OPEN: dict[str, object] = {**_CELL, "bg_color": INPUT, "locked": False}
_LOOKS: dict[str, dict[str, object]] = {
    "title": {"bold": True, "font_size": 15, "text_wrap": False},
    "label": {"bold": True, "font_color": "#B3261E", "text_wrap": False},
    "note": {"font_color": "#5A6672", "text_wrap": False},
    "section": {"bold": True, "font_size": 12, "font_color": "#1F3F66", "text_wrap": False},
    "plain": {"valign": "top"},
    "head": {**_CELL, "align": "center", "bold": True, "bg_color": "#DCE6F1"},
    "head_input": {**_CELL, "align": "center", "bold": True, "bg_color": "#F4DFA0"},
    "text": _CELL,
    "bold": {**_CELL, "bold": True},
    "centre": {**_CELL, "align": "center"},
    "number": {**_CELL, "align": "right"},
    "sample": {**_CELL, "bg_color": INPUT},
    "off": {**_CELL, "bg_color": OFF},
    "input": {**_OPEN, "num_format": "@"},
    "input_centre": {**_OPEN, "align": "center"},
    "input_number": {**_OPEN, "align": "right"},
    "calculated": {**_CELL, "bg_color": CALCULATED, "align": "center"},
    "calculated_centre": {**_CELL, "bg_color": CALCULATED, "align": "center"},
    "calculated_open": {**_CELL, "bg_color": CALCULATED, "locked": False},
}
Value = str | int | Decimal | None


class Form:
    """
    A workbook being written.

    Parameters
    ----------
    path
        File to write.
    title, label
        Document property, and what every printed page must say about the data, or "".
    marks_format
        Number format of cells that calculate marks.
    """

    def __init__(self, path: Path, *, title: str, label: str = "", marks_format: str = "General") -> None:
        self.book = new_workbook(path, {"title": title, "comments": label})
        self.label = label
        self.formats = {
            name: self.book.add_format(
                {**BASE, **look, **({"num_format": marks_format} if name == "calculated" else {})}
            )
            for name, look in _LOOKS.items()
        }

    def sheet(self, name: str, columns: Sequence[Column], *, head_row: int, frozen: int = 1) -> Worksheet:
        """
        Add a sheet with column heads, frozen and repeated on every printed page.

        Parameters
        ----------
        name
            Name of the sheet.
        columns
            Its columns.
        head_row
            Row of the heads, from 0.
        frozen
            Columns that stay in sight when scrolled.
        """
        sheet = self.book.add_worksheet(name)
        sheet.ignore_errors({"number_stored_as_text": "A1:AZ20000"})
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width)
            self.text(sheet, head_row, at, column.head, "head_input" if column.style.startswith("input") else "head")
        lines = max(line_count(column.head, column.width) for column in columns)
        sheet.set_row(head_row, max(30.0, row_height(lines)))
        sheet.freeze_panes(head_row + 1, frozen)
        sheet.repeat_rows(head_row)
        print_setup(sheet, self.label)
        return sheet

    def protect(self, sheet: Worksheet, *, rows: bool = False) -> None:
        """Lock a sheet without password, so that nothing but inputs changes by mistake; `rows` may come and go."""
        options = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": rows}
        sheet.protect("", {**options, "insert_rows": rows, "delete_rows": rows})

    def row(self, sheet: Worksheet, at: int, columns: Sequence[Column], values: Sequence[Value]) -> None:
        """Write one row and make it as tall as its longest text: not every program does so when it opens a file."""
        lines = 1
        for place, (column, value) in enumerate(zip(columns, values, strict=True)):
            self.put(sheet, at, place, value, column.style)
            if isinstance(value, str):
                lines = max(lines, line_count(clean(value), column.width))
        sheet.set_row(at, max(21.0, row_height(lines)))

    def put(self, sheet: Worksheet, row: int, column: int, value: Value, style: str) -> None:
        """Write one value: text is always text, and a number that a spreadsheet cannot hold exactly is text too."""
        if value is None or value == "":
            sheet.write_blank(row, column, None, self.formats[style])
        elif isinstance(value, str):
            self.text(sheet, row, column, value, style)
        elif Decimal(repr(float(value))) == value:
            sheet.write_number(row, column, float(value), self.formats[style])
        else:
            self.text(sheet, row, column, plain(Decimal(value)), style)

    def text(self, sheet: Worksheet, row: int, column: int, text: str, style: str) -> None:
        """Write text that no program takes for a formula, a number or a link."""
        sheet.write_string(row, column, clean(text), self.formats[style])

    def formula(self, sheet: Worksheet, place: tuple[int, int], formula: str, style: str, value: Value) -> None:
        """Write a formula with the value that a program shows which does not recalculate."""
        shown = value if isinstance(value, str) else float(value or 0)
        sheet.write_formula(*place, formula, self.formats[style], shown)

    def choices(self, sheet: Worksheet, area: tuple[int, int, int, int], source: Sequence[str] | str, why: str) -> None:
        """
        Offer a list in cells.

        Parameters
        ----------
        sheet, area
            The sheet, and first row, first column, last row, last column.
        source
            Texts whose joined length is at most `LIST_LENGTH`, or a formula of a range.
        why
            What a person reads who types something else.
        """
        options = {"validate": "list", "source": source if isinstance(source, str) else list(source)}
        sheet.data_validation(*area, {**options, "error_title": "请从列表中选择", "error_message": why[:MESSAGE]})

    def close(self) -> None:
        """Finish the file."""
        self.book.close()
