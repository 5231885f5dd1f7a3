"""Tables: merged cells, repeated heads, rows that stay whole, and heat maps as shaded tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from zhiheng.errors import RenderError
from zhiheng.report.content import Cell, Table, Text, plain
from zhiheng.report.render.docx.colours import WHITE, ink_on, ramp
from zhiheng.report.render.docx.context import Context
from zhiheng.report.render.docx.elements import Element, clean, w
from zhiheng.report.render.docx.fields import paragraph, run
from zhiheng.report.render.docx.page import TEXT_HEIGHT, TEXT_WIDTH

# A table up to this share of the page is kept whole, one with cells merged downwards up to a larger one, since a break
# leaves the text of a merged cell behind. A longer one may break, but not after its first or before its last row.
WHOLE, WHOLE_MERGED = 0.4, 0.8
LONG_MERGE = 3
# From this count of columns on, three characters of a larger size no longer fit a cell.
DENSE_COLUMNS = 9
# From this many columns on, “100” fits a coloured square only in the smallest type without side margins.
HEAT_COLUMNS = 15
SIDE_MARGIN = {"TableText": 100, "TableTextSmall": 80, "TableTextDense": 20, "TableTextHeat": 0}
ROW_MARGIN = {"TableText": 50, "TableTextSmall": 40, "TableTextDense": 30, "TableTextHeat": 40}
# Size of the type in twips, and the usual pitch of its lines in sizes.
TYPE_SIZE = {"TableText": 210, "TableTextSmall": 180, "TableTextDense": 180, "TableTextHeat": 150}
LINE_FACTOR = 1.35
HEAD_SHADE = "F2F2F2"


@dataclass(frozen=True, slots=True)
class Place:
    """A cell on the grid; `cell` is None where a cell from above continues."""

    cell: Cell | None
    column: int
    columns: int
    continues: bool = False


def table_blocks(context: Context, table: Table) -> list[Element]:
    """
    Return a table with its caption, its note and the gap below it.

    Raises
    ------
    RenderError
        The rows do not fill the columns.
    """
    blocks: list[Element] = []
    if table.numbered:
        blocks.append(paragraph("TableCaption", context.caption(table.key, table.caption)))
    blocks.append(grid(context, table, keep_last=bool(table.note)))
    if table.note:
        blocks.append(paragraph("Note", [run(table.note)], before=60))
    else:
        # Word joins two tables that touch, and a line of text straight below a rule looks cramped.
        blocks.append(paragraph("TableEnd"))
    return blocks


def grid(context: Context, table: Table, *, keep_last: bool, heat: bool = False) -> Element:
    """
    Return the `w:tbl` alone.

    Parameters
    ----------
    context
        The run of the renderer.
    table
        What it shows.
    keep_last
        Keep the last row on the page of the paragraph below (a note, the caption of a heat map).
    heat
        Set in the smallest type, as the cells are coloured squares.
    """
    widths = column_widths(table.widths)
    style = _text_style(table, heat=heat)
    rows = w("tbl", _properties(table, style), w("tblGrid", *(w("gridCol", w=width) for width in widths)))
    count = len(table.rows)
    placed = layout(table)
    whole = heat or _short(context, table, placed, widths, style)
    for index, places in enumerate(placed):
        last = index == count - 1
        edge = index <= table.header_rows or index == count - 2
        opens = any(place.cell is not None and place.cell.rowspan > 1 for place in places)
        keep = keep_last if last else whole or edge or opens
        head = index < table.header_rows
        properties = [w("cantSplit")] + ([w("tblHeader")] if head else [])
        cells = (_cell(context, place, widths, style, head=head, keep=keep) for place in places)
        rows.append(w("tr", w("trPr", *properties), *cells))
    return rows


def column_widths(shares: Sequence[float], total: int = TEXT_WIDTH) -> list[int]:
    """Return widths in twips that stand in the ratio of `shares` and fill `total` exactly."""
    whole = sum(shares)
    edges = [0]
    reached = 0.0
    for share in shares:
        reached += share
        edges.append(round(total * reached / whole))
    return [right - left for left, right in pairwise(edges)]


def layout(table: Table) -> list[list[Place]]:
    """
    Place the cells of every row on the grid, with a continuation wherever a merged cell reaches down.

    Raises
    ------
    RenderError
        A row has too few or too many cells, or a cell reaches below the table.
    """
    count = len(table.widths)
    pending: dict[int, tuple[int, int]] = {}  # column -> (rows still covered, columns covered)
    placed: list[list[Place]] = []
    for number, row in enumerate(table.rows, start=1):
        cells = iter(row)
        places: list[Place] = []
        column = 0
        while column < count:
            if column in pending:
                left, columns = pending.pop(column)
                if left > 1:
                    pending[column] = (left - 1, columns)
                places.append(Place(None, column, columns, continues=True))
            else:
                cell = next(cells, None)
                if cell is None:
                    raise _misfit(table, number)
                columns = cell.colspan
                if cell.rowspan > 1:
                    pending[column] = (cell.rowspan - 1, columns)
                places.append(Place(cell, column, columns))
            column += columns
        if column != count or next(cells, None) is not None:
            raise _misfit(table, number)
        placed.append(places)
    if pending:
        raise _misfit(table, len(table.rows))
    return placed


def _misfit(table: Table, row: int) -> RenderError:
    message = f"表“{table.caption}”第{row}行的单元格与{len(table.widths)}列不符，请核对合并的行数和列数。"
    return RenderError(message, table=table.key, row=row)


def _short(context: Context, table: Table, placed: list[list[Place]], widths: list[int], style: str) -> bool:
    """Return whether the table is short enough to keep whole, by an estimate of its height."""
    size = TYPE_SIZE[style]
    height = 0.0
    for places in placed:
        lines = 1
        for place in places:
            if place.cell is None or place.cell.rowspan > 1:
                continue
            room = sum(widths[place.column : place.column + place.columns]) - 2 * SIDE_MARGIN[style]
            lines = max(lines, ceil(len(plain(place.cell.inlines, context.numbers)) * size / room))
        height += lines * size * LINE_FACTOR + 2 * ROW_MARGIN[style]
    merged = any(cell.rowspan > LONG_MERGE for row in table.rows for cell in row)
    return height <= TEXT_HEIGHT * (WHOLE_MERGED if merged else WHOLE)


def _text_style(table: Table, *, heat: bool) -> str:
    if heat and len(table.widths) >= HEAT_COLUMNS:
        return "TableTextHeat"
    if heat or (table.size == "small" and len(table.widths) >= DENSE_COLUMNS):
        return "TableTextDense"
    return "TableTextSmall" if table.size == "small" else "TableText"


def _properties(table: Table, style: str) -> Element:
    side, edge = SIDE_MARGIN[style], ROW_MARGIN[style]
    margins = w(
        "tblCellMar",
        w("top", w=edge, type="dxa"),
        w("left", w=side, type="dxa"),
        w("bottom", w=edge, type="dxa"),
        w("right", w=side, type="dxa"),
    )
    return w(
        "tblPr",
        w("tblStyle", val="ReportTable"),
        w("tblW", w=TEXT_WIDTH, type="dxa"),
        w("jc", val="center"),
        w("tblLayout", type="fixed"),
        margins,
        w("tblLook", val="0420", firstRow=1, lastRow=0, firstColumn=0, lastColumn=0, noHBand=0, noVBand=1),
        w("tblCaption", val=clean(table.caption)),
    )


def _cell(context: Context, place: Place, widths: list[int], style: str, *, head: bool, keep: bool) -> Element:
    properties = w("tcPr", w("tcW", w=sum(widths[place.column : place.column + place.columns]), type="dxa"))
    if place.columns > 1:
        properties.append(w("gridSpan", val=place.columns))
    cell = place.cell
    if cell is None:
        properties.append(w("vMerge"))
        properties.append(w("vAlign", val="center"))
        return w("tc", properties, paragraph(style, keep_next=keep))
    if cell.rowspan > 1:
        properties.append(w("vMerge", val="restart"))
    fill = HEAD_SHADE if head else ""
    if cell.shade is not None:
        fill = ramp(cell.shade)
    if fill:
        properties.append(w("shd", val="clear", color="auto", fill=fill))
    properties.append(w("vAlign", val="center"))
    align = "" if cell.align == "center" else cell.align
    white = bool(fill) and ink_on(fill) == WHITE
    return w("tc", properties, paragraph(style, _content(context, cell, white=white), keep_next=keep, align=align))


def _content(context: Context, cell: Cell, *, white: bool) -> list[Element]:
    if white:
        strong = [w("rStyle", val="Strong")] if cell.strong else []
        text = plain(cell.inlines, context.numbers)
        return [run(text, properties=w("rPr", *strong, w("color", val=WHITE)))]
    if cell.strong:
        inlines = tuple(Text(i.text, strong=True) if isinstance(i, Text) else i for i in cell.inlines)
        return context.runs(inlines)
    return context.runs(cell.inlines)
