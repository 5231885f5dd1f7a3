"""Blocks of the document as the HTML templates need them: rows with head cells, figure data, outline, anchors."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from zhiheng.errors import RenderError
from zhiheng.report.content import Block, Cell, DataTable, Document, Figure, Heading, Inlines, Ref, Table

SHADE_STEPS = 20
_LEAST_DEPTH = 2
_MOST_ENTRIES = 32
_WIDE_COLUMNS = 6
_MATRIX_CELLS = 8
_CHARACTER_PX = 13
_PLOT_PX = 240
_NARROWEST_PX = 320
_DENSE_SERIES = frozenset({"tree", "heatmap", "treemap", "sankey", "graph", "map", "custom", "lines"})
"""Series laid out for the drawn width: squeezed, their boxes and labels would lie over each other."""
_LABELLED_PX = 480
"""Least width of a figure whose scatter points carry labels beside bars."""
_UNSAFE_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')
_ANCHOR = re.compile(r"[!-~]+")
_JSON_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell; `scope` is "" for a data cell, else the scope of a head cell."""

    inlines: Inlines
    scope: str
    classes: str
    rowspan: int
    colspan: int


@dataclass(frozen=True, slots=True)
class TableView:
    """A table split into head and body; `columns` holds one width class a column."""

    key: str
    number: str
    caption: str
    columns: tuple[str, ...]
    head: tuple[tuple[CellView, ...], ...]
    body: tuple[tuple[CellView, ...], ...]
    note: str
    classes: str


@dataclass(frozen=True, slots=True)
class DataCell:
    """One cell of the data behind a figure; `kind` is `text`, `number` or `none`."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure with its picture as a data address, its option as inert JSON, and its data."""

    key: str
    number: str
    caption: str
    alt: str
    option: Markup
    picture: str
    width: int
    height: int
    minimum: str
    columns: tuple[str, ...]
    rows: tuple[tuple[DataCell, ...], ...]
    file: str


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One line of the contents with the lines below it."""

    heading: Heading
    children: tuple[OutlineEntry, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A level-1 heading (None before the first one) with the blocks up to the next."""

    heading: Heading | None
    blocks: tuple[Block, ...]


def check_anchors(document: Document) -> None:
    """
    Refuse a document whose anchors are not unique or whose references lead nowhere.

    Raises
    ------
    RenderError
        A key is empty, not printable ASCII, reserved (`ui-`) or used twice, or a reference has no target.
    """
    keys: set[str] = set()
    for block in document.body:
        if not isinstance(block, Heading | Table | Figure):
            continue
        if not _ANCHOR.fullmatch(block.key) or block.key.startswith("ui-"):
            message = f"“{block.key}” cannot be an anchor: use printable ASCII that does not start with “ui-”."
            raise RenderError(message, key=block.key)
        if block.key in keys:
            message = f"The anchor “{block.key}” is used twice: give each heading, table and figure its own key."
            raise RenderError(message, key=block.key)
        keys.add(block.key)
    known = document.numbers()
    for reference in _references(document):
        if reference.target not in known:
            message = f"A reference leads to “{reference.target}”, which the document does not hold."
            raise RenderError(message, key=reference.target)


def _references(document: Document) -> Iterator[Ref]:
    for block in (*document.abstract, *document.body):
        if isinstance(block, Table):
            inlines: Iterable[Inlines] = (c.inlines for row in block.rows for c in row)
        elif isinstance(block, Heading | Figure):
            continue
        else:
            inlines = (block.inlines,)
        for run in inlines:
            yield from (i for i in run if isinstance(i, Ref))


def parts(document: Document) -> tuple[Part, ...]:
    """Return the body cut at its level-1 headings."""
    cut: list[tuple[Heading | None, list[Block]]] = []
    for block in document.body:
        if isinstance(block, Heading) and block.level == 1:
            cut.append((block, []))
        elif cut:
            cut[-1][1].append(block)
        else:
            cut.append((None, [block]))
    return tuple(Part(heading, tuple(blocks)) for heading, blocks in cut)


def outline(headings: Iterable[Heading]) -> tuple[OutlineEntry, ...]:
    """
    Return the contents as a tree, as deep as a reader can still take in beside the text (two levels at least).

    Parameters
    ----------
    headings
        Headings in order.
    """
    listed = tuple(headings)
    depth = max((h.level for h in listed), default=0)
    while depth > _LEAST_DEPTH and sum(h.level <= depth for h in listed) > _MOST_ENTRIES:
        depth -= 1
    return _nest([h for h in listed if h.level <= depth])


def _nest(headings: Sequence[Heading]) -> tuple[OutlineEntry, ...]:
    entries = []
    start = 0
    while start < len(headings):
        end = start + 1
        while end < len(headings) and headings[end].level > headings[start].level:
            end += 1
        entries.append(OutlineEntry(headings[start], _nest(headings[start + 1 : end])))
        start = end
    return tuple(entries)


def table_view(table: Table, numbers: Mapping[str, str]) -> TableView:
    """
    Return `table` with head cells marked.

    Parameters
    ----------
    table
        The table; covered cells are absent from its rows.
    numbers
        What references print.
    """
    head: list[tuple[CellView, ...]] = []
    body: list[tuple[CellView, ...]] = []
    for index, row in enumerate(_placed(table.rows)):
        in_head = index < table.header_rows
        cells = tuple(_cell_view(cell, column, in_head=in_head) for column, cell in row)
        (head if in_head else body).append(cells)
    classes: list[str] = [table.size]
    if len(table.widths) >= _WIDE_COLUMNS:
        classes.append("wide")
    if sum(c.shade is not None for row in table.rows for c in row) >= _MATRIX_CELLS:
        classes.append("matrix")
    total = math.fsum(table.widths)
    return TableView(
        key=table.key,
        number=numbers.get(table.key, ""),
        caption=table.caption,
        columns=tuple(f"w-{round(1000 * width / total)}" for width in table.widths),
        head=tuple(head),
        body=tuple(body),
        note=table.note,
        classes=" ".join(classes),
    )


def _placed(rows: Sequence[Sequence[Cell]]) -> Iterator[list[tuple[int, Cell]]]:
    """Yield each row's cells with the column they stand in, counted from 0."""
    covered: dict[int, int] = {}
    for row in rows:
        placed = []
        column = 0
        below = {c: left - 1 for c, left in covered.items() if left > 1}
        for cell in row:
            while column in covered:
                column += 1
            placed.append((column, cell))
            if cell.rowspan > 1:
                below.update(dict.fromkeys(range(column, column + cell.colspan), cell.rowspan - 1))
            column += cell.colspan
        covered = below
        yield placed


def _cell_view(cell: Cell, column: int, *, in_head: bool) -> CellView:
    scope = ""
    if in_head:
        scope = "colgroup" if cell.colspan > 1 else "col"
    elif column == 0:
        scope = "rowgroup" if cell.rowspan > 1 else "row"
    classes: list[str] = [] if cell.align == "center" else [cell.align]
    if cell.strong:
        classes.append("strong")
    if cell.shade is not None:
        classes.append(f"s-{round(SHADE_STEPS * min(max(cell.shade, 0.0), 1.0))}")
    return CellView(cell.inlines, scope, " ".join(classes), cell.rowspan, cell.colspan)


def figure_view(figure: Figure, numbers: Mapping[str, str], svg: str, *, suffix: str = "") -> FigureView:
    """
    Return `figure` with everything inlined.

    Parameters
    ----------
    figure
        The figure.
    numbers
        What references print.
    svg
        The figure drawn as a stand-alone SVG with width and height in pixels.
    suffix
        Added to the names of downloaded files (the label of the document), or "".

    Raises
    ------
    RenderError
        The option is not pure JSON or the SVG states no size.
    """
    width, height = _svg_size(svg, figure.key)
    number = numbers[figure.key]
    name = "-".join(part for part in (number.replace(" ", ""), figure.caption, suffix) if part)
    return FigureView(
        key=figure.key,
        number=number,
        caption=figure.caption,
        alt=figure.alt,
        option=Markup(inert_json(figure.option, figure.key)),  # noqa: S704 - inert_json escapes every < > &
        picture="data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii"),
        width=width,
        height=height,
        minimum=f"m-{minimum_width(figure.option, width)}",
        columns=figure.data.columns,
        rows=_data_rows(figure.data),
        file=_UNSAFE_IN_FILE_NAMES.sub("-", name).strip("-."),
    )


def _svg_size(svg: str, key: str) -> tuple[int, int]:
    root = re.search(r"<svg\b[^>]*>", svg)
    sizes = dict(re.findall(r'\s(width|height)="([\d.]+)(?:px)?"', root.group())) if root else {}
    if {"width", "height"} - sizes.keys():
        message = f"The picture of figure “{key}” is not an SVG with a width and height in pixels."
        raise RenderError(message, key=key)
    return round(float(sizes["width"])), round(float(sizes["height"]))


def inert_json(option: Mapping[str, object], key: str) -> str:
    r"""
    Return `option` as JSON that no HTML parser can leave: `<`, `>` and `&` are written `\u003c` and so on.

    Parameters
    ----------
    option
        Pure JSON; mappings and tuples may stand for objects and lists.
    key
        Key of the figure, for the refusal.

    Raises
    ------
    RenderError
        A value is not JSON (a function, NaN, an infinite number).
    """
    try:
        text = json.dumps(option, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_dict)
    except (TypeError, ValueError) as error:
        message = f"The option of figure “{key}” is not pure JSON: {error}."
        raise RenderError(message, key=key) from error
    return text.translate(_JSON_ESCAPES)


def _as_dict(value: object) -> dict[object, object]:
    if isinstance(value, Mapping):
        return dict(value)
    message = f"{type(value).__name__} is no JSON value"
    raise TypeError(message)


def minimum_width(option: Mapping[str, object], drawn: int) -> int:
    """
    Return the width in pixels below which the figure is scrolled instead of squeezed.

    Parameters
    ----------
    option
        ECharts option.
    drawn
        Width the option was made for, in pixels; never exceeded.
    """
    needed = _NARROWEST_PX
    if any(series.get("type") in _DENSE_SERIES for series in _members(option, "series")):
        return drawn
    if any(series.get("type") == "scatter" for series in _members(option, "series")):
        needed = _LABELLED_PX
    for axis in _members(option, "yAxis"):
        needed = max(needed, _longest(axis.get("data")) * _CHARACTER_PX + _PLOT_PX)
    for axis in _members(option, "xAxis"):
        labels = axis.get("data")
        needed = max(needed, 3 * _CHARACTER_PX * len(labels) if isinstance(labels, list | tuple) else 0)
    for radar in _members(option, "radar"):
        names = [entry.get("name") for entry in _members(radar, "indicator")]
        needed = max(needed, 2 * _longest(names) * _CHARACTER_PX + _PLOT_PX)
    return min(drawn, needed)


def _members(option: Mapping[str, object], name: str) -> Iterator[Mapping[str, object]]:
    value = option.get(name, ())
    for member in value if isinstance(value, list | tuple) else (value,):
        if isinstance(member, Mapping):
            yield member


def _longest(labels: object) -> int:
    if not isinstance(labels, list | tuple):
        return 0
    texts = (label.get("value", "") if isinstance(label, Mapping) else label for label in labels)
    return max((len(line) for text in texts for line in str(text).split("\n")), default=0)


def _data_rows(data: DataTable) -> tuple[tuple[DataCell, ...], ...]:
    return tuple(tuple(_data_cell(value) for value in row) for row in data.rows)


def _data_cell(value: str | float | None) -> DataCell:
    if value is None:
        return DataCell("—", "none")
    if isinstance(value, str):
        return DataCell(value, "text")
    return DataCell(f"{value:.15g}", "number")
