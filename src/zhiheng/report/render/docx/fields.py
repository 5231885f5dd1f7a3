"""Runs, paragraphs, bookmarks and fields; every field carries the result that Word would compute."""

from __future__ import annotations

from collections.abc import Iterable

from zhiheng.report.render.docx.elements import Element, filled, w

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"

# Word sets these in the Latin face, half as wide, unless the run says that they are meant as Chinese.
AMBIGUOUS = frozenset("“”‘’…—–·×÷±°§→←↑↓≥≤①②③④⑤⑥⑦⑧⑨⑩ⅠⅡⅢⅣⅤⅥ")


def run(text: str, *, strong: bool = False, properties: Element | None = None) -> Element:
    """
    Return one run.

    Parameters
    ----------
    text
        Its text; a line feed becomes a line break, a tab a tab, and other control characters a space.
    strong
        Set in 黑体 by the character style for emphasis.
    properties
        Own `w:rPr`, in place of `strong`.
    """
    if properties is None:
        marks = [w("rStyle", val="Strong")] if strong else []
        if not AMBIGUOUS.isdisjoint(text):
            marks.append(w("rFonts", hint="eastAsia"))
        properties = w("rPr", *marks) if marks else None
    parts: list[Element] = [] if properties is None else [properties]
    for index, line in enumerate(text.split("\n")):
        if index:
            parts.append(w("br"))
        for column, piece in enumerate(line.split("\t")):
            if column:
                parts.append(w("tab"))
            if piece:
                parts.append(_text("t", piece))
    return w("r", *parts)


def paragraph(
    style: str,
    content: Iterable[Element] = (),
    *,
    keep_next: bool = False,
    page_break: bool = False,
    align: str = "",
    before: int | None = None,
    section: Element | None = None,
) -> Element:
    """
    Return one paragraph.

    Parameters
    ----------
    style
        Id of its style.
    content
        Runs, bookmarks and hyperlinks.
    keep_next
        Keep on the page of the next paragraph.
    page_break
        Start a new page.
    align
        `w:jc` value in place of the style's.
    before
        Space before in twips in place of the style's.
    section
        The section that ends with this paragraph.
    """
    properties = w("pPr", w("pStyle", val=style))
    if keep_next:
        properties.append(w("keepNext"))
    if page_break:
        properties.append(w("pageBreakBefore"))
    if before is not None:
        properties.append(w("spacing", before=before))
    if align:
        properties.append(w("jc", val=align))
    if section is not None:
        properties.append(section)
    return w("p", properties, *content)


def field(instruction: str, *result: Element) -> list[Element]:
    """Return a field with its instruction and the runs that show its result."""
    return [*field_start(instruction), *result, field_end()]


def field_start(instruction: str) -> list[Element]:
    """Return the runs before the result of a field, for results that span paragraphs."""
    return [
        w("r", w("fldChar", fldCharType="begin")),
        w("r", _text("instrText", f" {instruction} ")),
        w("r", w("fldChar", fldCharType="separate")),
    ]


def field_end() -> Element:
    """Return the run that closes a field."""
    return w("r", w("fldChar", fldCharType="end"))


def bookmark(identifier: int, name: str, content: Iterable[Element]) -> list[Element]:
    """Return `content` between the two ends of a bookmark."""
    return [
        w("bookmarkStart", id=identifier, name=name),
        *content,
        w("bookmarkEnd", id=identifier),
    ]


def _text(tag: str, text: str) -> Element:
    element = filled(w(tag), text)
    if text != text.strip(" "):
        element.set(XML_SPACE, "preserve")
    return element
