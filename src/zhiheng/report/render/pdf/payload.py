"""Turns the neutral document into the JSON value that the Typst template draws; text stays text all the way."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from zhiheng.errors import RenderError
from zhiheng.report.content import Block, Cell, Document, Figure, Heading, Inlines, Paragraph, Ref, Table, plain
from zhiheng.report.figures import theme

Json = dict[str, object]

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_DAY = re.compile(r"(\d{4})\s*[-年]\s*(\d{1,2})\s*(?:[-月]\s*(\d{1,2})?)?")
_COLUMNS_MM = 156.0
_POINT_MM = 25.4 / 72
_WHOLE_LIMIT, _MERGED_LIMIT, _SINGLE_LIMIT = 425.0, 240.0, 400.0  # points; a page holds 637
_SECTION_LEVEL = 2
"""A figure is not carried past a heading of this level or higher."""
_IDEOGRAPHIC_SPACE = "\u3000"
_LINE, _ROW_EDGES = 1.42, 8.0


def payload(document: Document, svgs: Mapping[str, str], faces: Mapping[str, object], *, floating: bool = True) -> Json:
    """
    Return everything the template needs, as plain JSON.

    Parameters
    ----------
    document
        The report.
    svgs
        SVG text by key of figure.
    faces
        Font list by role, from `faces.choose`.
    floating
        Whether a figure that does not fit goes to the head of the next page while the text runs on.

    Raises
    ------
    RenderError
        Where a reference has no target, a figure no drawing, or a key is not unique.
    """
    writer = _Writer(document, svgs, floating=floating)
    cover = document.cover
    return {
        "faces": dict(faces),
        "lang": document.properties.get("language", "zh").split("-")[0],
        "keywords": [word for word in re.split(r"[;；,，、\s]+", document.properties.get("keywords", "")) if word],
        "description": _description(document.properties),
        "date": _date(document.properties.get("date", "")) or _date(cover.date),
        "label": clean(document.label),
        "cover": {
            "title": [clean(line) for line in cover.title.splitlines() if line.strip()] or [""],
            "subtitle": clean(cover.subtitle),
            "organisation": clean(cover.organisation),
            "date": clean(cover.date),
        },
        "roles": [[_spread(role), [_spread(name) for name in names]] for role, names in document.work_group.roles],
        "abstract": [writer.block(block) for block in document.abstract],
        "headings": {heading.key: heading.level for heading in document.headings()},
        "body": list(writer.body()),
    }


def clean(text: str) -> str:
    """Return `text` with runs of control characters, which have no glyph and break lines, as one space."""
    return _CONTROL.sub(" ", text)


class _Writer:
    """Walks the blocks of one document with its numbers, anchors and drawings at hand."""

    def __init__(self, document: Document, svgs: Mapping[str, str], *, floating: bool) -> None:
        self.document = document
        self.floating = floating
        self.svgs = svgs
        self.numbers = document.numbers()
        self.anchors = [block.key for block in document.body if isinstance(block, Heading | Table | Figure)]
        repeated = {key for key in self.anchors if self.anchors.count(key) > 1}
        if repeated or "" in self.anchors:
            message = "报告中有重复或为空的标题、图表标识。"
            raise RenderError(message, keys=sorted(repeated))

    def body(self) -> Iterator[Json]:
        """Yield the blocks; headings with their depth in the tree, which never skips a level."""
        open_levels: list[int] = []
        previous = ""
        for before, block, after in self._neighbours():
            entry = self.block(block)
            if isinstance(block, Paragraph) and isinstance(after, Figure):
                entry["anchor"] = _anchor(after)
            elif isinstance(block, Figure):
                stays = not (self.floating and isinstance(before, Paragraph)) or (
                    isinstance(after, Heading) and (after.new_page or after.level <= _SECTION_LEVEL)
                )
                entry["anchor"] = "" if stays else _anchor(block)
                entry["previous"], previous = previous, block.key
            elif isinstance(block, Heading):
                while open_levels and open_levels[-1] >= block.level:
                    open_levels.pop()
                open_levels.append(block.level)
                entry["depth"] = len(open_levels)
            yield entry

    def _neighbours(self) -> Iterator[tuple[Block | None, Block, Block | None]]:
        body = self.document.body
        return zip((None, *body), body, (*body[1:], None), strict=False)

    def block(self, block: Block) -> Json:
        """Return one block; the key `kind` chooses the function of the template that draws it."""
        if isinstance(block, Heading):
            return {"kind": "heading", "text": clean(block.text), "key": block.key, "new-page": block.new_page}
        if isinstance(block, Paragraph):
            return {"kind": "paragraph", "style": block.style, "runs": self.runs(block.inlines), "anchor": ""}
        if isinstance(block, Table):
            return self.table(block)
        return self.figure(block)

    def runs(self, inlines: Inlines) -> list[tuple[str, bool, str]]:
        """Return (text, strong, target) for each run; the target is "" unless the run is a reference."""
        found: list[tuple[str, bool, str]] = []
        for item in inlines:
            if isinstance(item, Ref):
                if item.target not in self.numbers:
                    message = f"正文引用了不存在的图、表或标题：{item.target}。"
                    raise RenderError(message, target=item.target)
                found.append((clean(self.numbers[item.target]), False, item.target))
            else:
                found.append((clean(item.text), item.strong, ""))
        return found

    def figure(self, figure: Figure) -> Json:
        """Return a figure with its drawing."""
        if figure.key not in self.svgs:
            message = f"没有图“{figure.caption}”的绘图。"
            raise RenderError(message, figure=figure.key)
        return {
            "kind": "figure",
            "key": figure.key,
            "caption": self.caption(figure.key, figure.caption),
            "alt": clean(figure.alt) or clean(figure.caption),
            "svg": self.svgs[figure.key],
            "width": min(figure.width_mm, _COLUMNS_MM),
            "height": figure.height_mm * min(1.0, _COLUMNS_MM / figure.width_mm),
        }

    def table(self, table: Table) -> Json:
        """Return a table; `head` and `rows` are flat lists of cells, as Typst places them itself."""
        grid = _Grid(table)
        cells = [[self.cell(cell, grid.breakable(row, at, cell)) for at, cell in placed] for row, placed in grid.rows()]
        head = cells[: table.header_rows]
        return {
            "kind": "table",
            "key": table.key,
            "caption": self.caption(table.key, table.caption) if table.numbered else "",
            "widths": list(table.widths),
            "small": table.size == "small",
            "head": [cell for row in head for cell in row],
            "groups": list(_groups(cells[table.header_rows :], len(table.widths))),
            "note": clean(table.note),
            "whole": grid.height() <= _WHOLE_LIMIT,
        }

    def cell(self, cell: Cell, breakable: bool) -> Json:  # noqa: FBT001 - one flag of the cell's own data
        """Return a cell; its colours come from its shade."""
        fill = None if cell.shade is None else theme.ramp(cell.shade)
        return {
            "runs": self.runs(cell.inlines),
            "rowspan": cell.rowspan,
            "colspan": cell.colspan,
            "align": cell.align,
            "strong": cell.strong,
            "fill": fill,
            "ink": fill and theme.ink_on(fill),
            "breakable": breakable,
        }

    def caption(self, key: str, caption: str) -> str:
        """Return the caption with its number, an ideographic space between them."""
        return f"{self.numbers[key]}{_IDEOGRAPHIC_SPACE}{clean(caption)}"


def _anchor(figure: Figure) -> str:
    """Return the label of the end of the paragraph before `figure`; no key of a document has a colon and a space."""
    return f"before: {figure.key}"


def _groups(rows: Sequence[Sequence[Json]], columns: int) -> Iterator[tuple[bool, list[Json]]]:
    """Yield (divides, cells): a row of one cell across the table heads the rows below it and repeats with them."""
    plain_cells: list[Json] = []
    for at, row in enumerate(rows):
        if len(row) == 1 and row[0]["colspan"] == columns and row[0]["rowspan"] == 1 and at + 1 < len(rows):
            yield False, plain_cells
            yield True, list(row)
            plain_cells = []
        else:
            plain_cells += row
    yield False, plain_cells


class _Grid:
    """Where the cells of a table stand, and how tall its rows will be, to decide what may break over pages."""

    def __init__(self, table: Table) -> None:
        self._placed = list(_placed(table))
        self._size = 9.0 if table.size == "small" else 10.5
        unit = _COLUMNS_MM / sum(table.widths)
        self._per_line = [max(1.0, (width * unit - 3) / (self._size * _POINT_MM)) for width in table.widths]
        self._heights = [
            max((self._height(at, cell) for at, cell in row if cell.rowspan == 1), default=self._size)
            for row in self._placed
        ]

    def rows(self) -> Iterator[tuple[int, list[tuple[int, Cell]]]]:
        """Yield each row's index and its cells with their columns."""
        return enumerate(self._placed)

    def height(self) -> float:
        """Return about how high the whole table will be."""
        return sum(self._heights)

    def breakable(self, row: int, column: int, cell: Cell) -> bool:
        """Return whether `cell` is too tall to be kept on one page without a big gap before it."""
        rows = sum(self._heights[row : row + cell.rowspan])
        return max(rows, self._height(column, cell)) > (_MERGED_LIMIT if cell.rowspan > 1 else _SINGLE_LIMIT)

    def _height(self, column: int, cell: Cell) -> float:
        room = sum(self._per_line[column : column + cell.colspan])
        return math.ceil(len(plain(cell.inlines)) / room) * self._size * _LINE + _ROW_EDGES


def _placed(table: Table) -> Iterator[list[tuple[int, Cell]]]:
    """Yield the cells of each row with the column where they start, past the columns covered from above."""
    covered: dict[int, int] = {}
    for row in table.rows:
        placed: list[tuple[int, Cell]] = []
        column = 0
        below = {at: left - 1 for at, left in covered.items() if left > 1}
        for cell in row:
            while covered.get(column, 0) > 0:
                column += 1
            placed.append((column, cell))
            below.update(dict.fromkeys(range(column, column + cell.colspan), cell.rowspan - 1))
            column += cell.colspan
        covered = below
        yield placed


def _spread(name: str) -> str:
    """Return a two-character name with an ideographic space inside, so that it is as wide as three characters."""
    name = clean(name)
    return f"{name[0]}{_IDEOGRAPHIC_SPACE}{name[1]}" if len(name) == len("张三") else name


def _description(properties: Mapping[str, str]) -> str:
    named: Sequence[str] = [key for key in properties if key not in {"language", "keywords", "date"}]
    return "; ".join(f"{key}={clean(properties[key])}" for key in sorted(named))


def _date(text: str) -> list[int] | None:
    """Return the day named as `2021-09-30`, `2021年9月30日` or `2021年9月`, or None: never the clock's."""
    found = _DAY.search(text)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        dt.date(year, month, day)
    except ValueError:
        return None
    return [year, month, day]
