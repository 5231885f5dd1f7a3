"""The finished report as a neutral document: what is said, not how Word, PDF or HTML draw it.

Every renderer walks the same `Document`. Numbers of figures and tables are given here, once, so that
`图 3` is the same figure in every format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    """A run of plain text; `strong` asks for 黑体 in print, bold on screen."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """A cross-reference to the figure, table or appendix with this key; drawn as `图 3`, `表 1`."""

    target: str


Inline = Text | Ref
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """
    A heading with its number already in the text (`一、`, `（一）`, `1.`, `（1）`).

    Parameters
    ----------
    level
        1 = 黑体 `一、`; 2 = 楷体 `（一）`; 3 = 仿宋 bold `1.`; 4 = 仿宋 `（1）`.
    text
        Number and title.
    key
        Anchor, unique in the document, ASCII.
    new_page
        Start on a new page (parts, regions, appendices), so that page numbers agree between formats.
    """

    level: int
    text: str
    key: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """
    One paragraph.

    Parameters
    ----------
    inlines
        Its text.
    style
        `body` is indented by two characters, `note` is small print, `quote` is quoted evidence.
    key
        What names it among all paragraphs whatever else changes, for edits; "" where its place in its section must do.
    """

    inlines: Inlines
    style: Literal["body", "note", "quote"] = "body"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One table cell.

    Parameters
    ----------
    inlines
        Text of the cell.
    rowspan, colspan
        Merged extent, counted in rows and columns (1 = not merged); covered cells are left out of their rows.
    align
        Horizontal alignment.
    strong
        Draw in bold (heads, totals).
    shade
        Score rate in [0, 1] that colours the cell of a heat map, or None for no shading.
    """

    inlines: Inlines
    rowspan: int = 1
    colspan: int = 1
    align: Align = "center"
    strong: bool = False
    shade: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """
    A numbered table; its caption stands above it.

    Parameters
    ----------
    key, caption
        Anchor and caption without number.
    widths
        Relative column widths; their count is the count of columns.
    rows
        Rows of cells; the first `header_rows` of them repeat on every page.
    header_rows
        Count of head rows.
    size
        `normal` or `small` type (wide tables).
    note
        Small print under the table, or "".
    numbered
        False for a table without number and caption (a work-group list).
    """

    key: str
    caption: str
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int = 1
    size: Literal["normal", "small"] = "normal"
    note: str = ""
    numbered: bool = True


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a native chart; `values` has one entry a category, None where there is no value."""

    name: str
    values: tuple[float | None, ...]
    color: str
    role: Literal["bar", "line", "marker"] = "bar"


@dataclass(frozen=True, slots=True)
class NativeChart:
    """
    The same figure as an editable Word chart.

    Parameters
    ----------
    kind
        `bar` horizontal bars, `column` vertical bars, `stacked` horizontal stacked bars, `radar`.
    categories
        Names on the category axis, top to bottom or left to right or clockwise.
    series
        The series, each as long as `categories`.
    maximum
        Upper end of the value axis.
    axis
        Title of the value axis with its unit, or "".
    percent
        True where values are rates in per cent.
    """

    kind: Literal["bar", "column", "stacked", "radar"]
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    maximum: float
    axis: str = ""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class DataTable:
    """The numbers behind a figure: shown on request in HTML, written as a sheet in the workbook."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """
    A numbered figure; its caption stands below it.

    Parameters
    ----------
    key, caption
        Anchor and caption without number.
    alt
        Alternative text: what a reader who cannot see the figure must know, with its main numbers.
    option
        ECharts option, pure JSON: no functions.
    width_mm, height_mm
        Size in print; at most 156 mm wide (the type area of GB/T 9704).
    data
        The numbers drawn.
    native
        The same as a Word chart, or None where Word has no such chart (tree, map).
    heat
        The same as a shaded table, for a heat map, else None.
    """

    key: str
    caption: str
    alt: str
    option: Mapping[str, object]
    width_mm: float
    height_mm: float
    data: DataTable
    native: NativeChart | None = None
    heat: Table | None = None


Block = Heading | Paragraph | Table | Figure


@dataclass(frozen=True, slots=True)
class Cover:
    """The cover: title (a line break parts it where the cover should), sub-title, issuing body and date, as printed."""

    title: str
    subtitle: str
    organisation: str
    date: str

    @property
    def name(self) -> str:
        """The title in one line, for running text and document properties."""
        return self.title.replace("\n", "")


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """The work group as (role, names) rows; empty where the case names none."""

    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """
    A paragraph that people changed, for the list in the workbook.

    Parameters
    ----------
    section
        Title of its section.
    act, state
        What was done, and how it stands to the text that is generated now, in words.
    generated, text
        The generated text, and the text in its place.
    reason
        Why, or "".
    """

    section: str
    act: str
    state: str
    generated: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """
    The whole report.

    Parameters
    ----------
    cover, work_group, abstract
        Front matter; the contents are made by the renderer from the headings of `body`.
    body
        Parts one to four, then the appendices.
    label
        What every page and every figure must say about the data (a reconstruction, synthetic data), or "".
    short_label
        The same in a few characters, for corners and running heads, or "".
    properties
        Document properties: `language`, `keywords` (parted by 、), `framework_hash`, `data_hash`, `method_hash`,
        `result_hash`, `edits_hash`, and `date` (ISO) where the files should carry another date than that of the cover.
    revisions
        What people changed in the generated text.
    """

    cover: Cover
    work_group: WorkGroup
    abstract: tuple[Paragraph, ...]
    body: tuple[Block, ...]
    label: str = ""
    short_label: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()

    def numbers(self) -> dict[str, str]:
        """
        Return what a reference to each key prints.

        Returns
        -------
        dict[str, str]
            `图 3`, `表 1` for figures and tables; headings give their own text up to `：`.
        """
        printed: dict[str, str] = {}
        figures = tables = 0
        for block in self.body:
            if isinstance(block, Figure):
                figures += 1
                printed[block.key] = f"图 {figures}"
            elif isinstance(block, Table) and block.numbered:
                tables += 1
                printed[block.key] = f"表 {tables}"
            elif isinstance(block, Heading):
                printed[block.key] = block.text.split("：", 1)[0]
        return printed

    def headings(self) -> Iterator[Heading]:
        """Yield the headings of the body in order, for contents and bookmarks."""
        return (block for block in self.body if isinstance(block, Heading))

    def figures(self) -> Iterator[Figure]:
        """Yield the figures of the body in order."""
        return (block for block in self.body if isinstance(block, Figure))


def plain(inlines: Inlines, numbers: Mapping[str, str] | None = None) -> str:
    """
    Return the text of `inlines` without marks.

    Parameters
    ----------
    inlines
        Runs and references.
    numbers
        What references print (`Document.numbers`); without it a reference prints its key.
    """
    printed = numbers or {}
    return "".join(i.text if isinstance(i, Text) else printed.get(i.target, i.target) for i in inlines)


def paragraph(*parts: str | Inline, style: Literal["body", "note", "quote"] = "body", key: str = "") -> Paragraph:
    """Build a paragraph from strings and references."""
    return Paragraph(tuple(Text(p) if isinstance(p, str) else p for p in parts), style, key)


def keyed(prefix: str, paragraphs: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Yield paragraphs that tell one thing after the other, each with a key of the prefix and its place among them."""
    for place, each in enumerate(paragraphs, 1):
        yield replace(each, key=f"{prefix}.{place}")


def cell(
    text: str,
    *,
    align: Align = "center",
    strong: bool = False,
    rowspan: int = 1,
    colspan: int = 1,
    shade: float | None = None,
) -> Cell:
    """Build a cell that holds one run of text."""
    return Cell((Text(text),), rowspan, colspan, align, strong, shade)
