"""The sheet of figures: the numbers behind each, one block below another, with a native radar for the first profile."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from zhiheng.report.content import DataTable, Document, Figure
from zhiheng.report.figures import theme
from zhiheng.report.render.xlsx.book import HEAD_ROW, Book
from zhiheng.sheets.setup import Column
from zhiheng.sheets.text import line_count, row_height

WIDEST = 12
"""Columns beyond which a table is turned, so that the sheet prints at a size that can be read."""
WIDTHS = (30.0, 40.0, 13.0)
"""Widths of the first, the second and the other columns."""
RADAR_ROWS = 18
"""Rows that a radar takes at their usual height."""


def figures_sheet(book: Book, document: Document) -> None:
    """Write the numbers of every figure."""
    figures = list(document.figures())
    if not figures:
        return
    tables = [_turned(f.data) for f in figures]
    count = max(len(t.columns) for t in tables)
    columns = [Column("", WIDTHS[min(place, 2)]) for place in range(count)]
    sheet = book.sheet("图表数据", "报告各图的数据", columns[:1], note="每图一块，图号与报告一致。", frozen=0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
    # The blocks have heads of their own in the place of one for the sheet.
    sheet.freeze_panes(HEAD_ROW, 0)
    sheet.repeat_rows(0, 1)
    numbers = document.numbers()
    at, drawn = HEAD_ROW, False
    for figure, table in zip(figures, tables, strict=True):
        sheet.set_row(at, 20)
        book.text(sheet, at, 0, f"{numbers[figure.key]}　{figure.caption}", "caption")
        first = at + 1
        at = _data(book, sheet, table, first)
        if not drawn and figure.native is not None and figure.native.kind == "radar" and table is figure.data:
            _radar(book, sheet, figure, first)
            drawn = True
            at = max(at, first + RADAR_ROWS)
        at += 1


def _turned(table: DataTable) -> DataTable:
    """Return a table with rows and columns exchanged where it is wider than long and too wide to print."""
    if len(table.columns) <= WIDEST or len(table.rows) >= len(table.columns):
        return table
    head, *names = table.columns
    first = tuple("" if row[0] is None else str(row[0]) for row in table.rows)
    body = zip(*(row[1:] for row in table.rows), strict=True)
    return DataTable((head, *first), tuple((name, *values) for name, values in zip(names, body, strict=True)))


def _data(book: Book, sheet: Worksheet, table: DataTable, at: int) -> int:
    lines = 1
    for column, head in enumerate(table.columns):
        book.text(sheet, at, column, head, "head")
        lines = max(lines, line_count(head, WIDTHS[min(column, 2)]))
    sheet.set_row(at, row_height(lines))
    for row in table.rows:
        at += 1
        lines = 1
        for column, value in enumerate(row):
            # A number in the first column is a rank or a level.
            style = "text" if isinstance(value, str) else "number" if column else "centre"
            book.put(sheet, at, column, value, style)
            if isinstance(value, str):
                lines = max(lines, line_count(value, WIDTHS[min(column, 2)]))
        if lines > 1:
            sheet.set_row(at, row_height(lines))
    return at + 1


def _radar(book: Book, sheet: Worksheet, figure: Figure, first: int) -> None:
    """Draw a profile under which its numbers stand to the left."""
    chart = book.book.add_chart({"type": "radar", "subtype": "with_markers"})
    last = first + len(figure.data.rows)
    for column, color in ((1, theme.PRIMARY), (2, theme.ACCENT)):
        chart.add_series({
            "name": [sheet.name, first, column], "categories": [sheet.name, first + 1, 0, last, 0],
            "values": [sheet.name, first + 1, column, last, column], "line": {"color": color, "width": 2},
            "marker": {"type": "circle", "size": 5, "fill": {"color": color}, "border": {"color": color}},
        })  # fmt: skip
    chart.set_title(book.chart_title(figure.caption))
    chart.set_y_axis({"min": 0, "major_gridlines": {"visible": True, "line": {"color": theme.RULE}}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 560, "height": RADAR_ROWS * 20})
    sheet.insert_chart(first, len(figure.data.columns), chart, {"x_offset": 12, "y_offset": 4})
