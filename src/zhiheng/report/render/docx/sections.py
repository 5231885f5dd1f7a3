"""Sections of the file: the page, the grid, the running label and the page numbers."""

from __future__ import annotations

from zhiheng.report.render.docx import page
from zhiheng.report.render.docx.context import Context
from zhiheng.report.render.docx.elements import Element, related, serialise, w
from zhiheng.report.render.docx.fields import field, paragraph, run

_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_DASH = "—"


def section(references: list[Element], *, numbering: str = "", restart: bool = False, end: bool = False) -> Element:
    """
    Return the properties of one section.

    Parameters
    ----------
    references
        Headers and footers that start here; a section without any goes on with those before it.
    numbering
        Format of the page numbers (`decimal`, `upperRoman`), or "" where none are printed.
    restart
        Count pages from 1.
    end
        The last section of the file, whose break type is not printed.
    """
    properties = w("sectPr", *references)
    if not end:
        properties.append(w("type", val="nextPage"))
    properties.append(w("pgSz", w=page.PAGE_WIDTH, h=page.PAGE_HEIGHT))
    properties.append(
        w(
            "pgMar",
            top=page.TOP,
            right=page.RIGHT,
            bottom=page.BOTTOM,
            left=page.LEFT,
            header=page.HEADER,
            footer=page.FOOTER,
            gutter=0,
        )
    )
    if numbering:
        start: dict[str, str | int] = {"start": 1} if restart else {}
        properties.append(w("pgNumType", fmt=numbering, **start))
    properties.append(w("cols", space=425))
    properties.append(w("docGrid", type="lines", linePitch=page.LINE_PITCH))
    return properties


def add_headers(context: Context) -> list[Element]:
    """Add the running label for odd and even pages and return its references; none where there is no label."""
    label = context.document.label
    if not label:
        return []
    found = []
    for number, kind in enumerate(("default", "even"), start=1):
        blob = serialise(w("hdr", paragraph("header", [run(label)])))
        part = context.package.add(f"word/header{number}.xml", blob, f"{_TYPE}header+xml")
        found.append(related(w("headerReference", type=kind), context.part.relate("header", part)))
    return found


def add_footers(context: Context) -> list[Element]:
    """Add the page numbers between dashes, odd pages right and even pages left, one character from the edge."""
    found = []
    for number, (kind, side) in enumerate((("default", "right"), ("even", "left")), start=1):
        indent: dict[str, str | int] = {f"{side}Chars": 100, side: 280}
        content = [run(f"{_DASH} "), *field("PAGE", run("1")), run(f" {_DASH}")]
        line = w("p", w("pPr", w("pStyle", val="footer"), w("ind", **indent), w("jc", val=side)), *content)
        part = context.package.add(f"word/footer{number}.xml", serialise(w("ftr", line)), f"{_TYPE}footer+xml")
        found.append(related(w("footerReference", type=kind), context.part.relate("footer", part)))
    return found
