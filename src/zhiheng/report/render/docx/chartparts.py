"""Pieces that every chart is made of: fills, lines, type, value caches, labels, legend and the corner label."""

from __future__ import annotations

from collections.abc import Sequence

from zhiheng.report.render.docx.elements import Element, a, c, filled

LATIN, CHINESE = "Times New Roman", "宋体"
INK, QUIET = "262626", "595959"
SIZE, SMALL = 1000, 800  # hundredths of a point
POINT_MM = 25.4 / 72


def fill(colour: str) -> Element:
    """Return a solid fill, or none for ""."""
    return a("solidFill", a("srgbClr", val=colour)) if colour else a("noFill")


def line(colour: str, width: int = 9525, dash: str = "") -> Element:
    """Return an outline `width` EMU wide, or none for the colour ""."""
    if not colour:
        return a("ln", a("noFill"))
    outline = a("ln", fill(colour), w=width)
    if dash:
        outline.append(a("prstDash", val=dash))
    return outline


def body_properties(rotation: int | None = None) -> Element:
    """Return text body properties, turned by `rotation` 60000ths of a degree."""
    return a("bodyPr") if rotation is None else a("bodyPr", rot=rotation, vert="horz")


def typeface(size: int = SIZE, colour: str = INK) -> Element:
    """Return a paragraph that only sets type, as `c:txPr` wants it."""
    return a("p", a("pPr", _type("defRPr", size, colour)), a("endParaRPr", lang="zh-CN"))


def text(content: str, size: int = SIZE, colour: str = INK) -> Element:
    """Return a paragraph with one run of text."""
    look = _type("defRPr", size, colour)
    return a("p", a("pPr", look), a("r", _type("rPr", size, colour), filled(a("t"), content)))


def string_cache(values: Sequence[str]) -> Element:
    """Return the strings that a chart shows until its workbook is opened."""
    points = (c("pt", filled(c("v"), value), idx=index) for index, value in enumerate(values))
    return c("strCache", c("ptCount", val=len(values)), *points)


def number_cache(values: Sequence[float | None]) -> Element:
    """Return the numbers of a series; a missing one has no point, so that it is never drawn as zero."""
    points = (
        c("pt", filled(c("v"), repr(float(value))), idx=index)
        for index, value in enumerate(values)
        if value is not None
    )
    return c("numCache", filled(c("formatCode"), "General"), c("ptCount", val=len(values)), *points)


def data_labels(
    form: str, *, position: str = "", colour: str = INK, ground: str = "", hidden: Sequence[int] = ()
) -> Element:
    """
    Return value labels.

    Parameters
    ----------
    form
        Number format.
    position
        Place of the labels, or "" for the only one that the chart type knows.
    colour, ground
        RRGGBB of the digits and of the box behind them; "" for no box.
    hidden
        Points that get no label.
    """
    labels = c("dLbls", *(c("dLbl", c("idx", val=index), c("delete", val=1)) for index in hidden))
    labels.append(c("numFmt", formatCode=form, sourceLinked=0))
    labels.append(c("spPr", fill(ground), line("")))
    labels.append(c("txPr", body_properties(), typeface(SIZE - 100, colour)))
    if position:
        labels.append(c("dLblPos", val=position))
    for part in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize"):
        labels.append(c(part, val=int(part == "showVal")))
    return labels


def legend() -> Element:
    """Return the legend below the plot."""
    return c("legend", c("legendPos", val="b"), c("overlay", val=0), c("txPr", body_properties(), typeface()))


def title(content: str, width_mm: float) -> Element:
    """Return a small title in the upper right corner of a chart `width_mm` wide."""
    share = (len(content) + 1) * SMALL / 100 * POINT_MM / width_mm
    place = c(
        "manualLayout",
        c("xMode", val="edge"),
        c("yMode", val="edge"),
        c("x", val=round(max(0.0, 1 - share), 4)),
        c("y", val=0),
    )
    rich = c("rich", body_properties(), text(content, SMALL, QUIET))
    return c("title", c("tx", rich), c("layout", place), c("overlay", val=0))


def _type(tag: str, size: int, colour: str) -> Element:
    faces = (a("latin", typeface=LATIN), a("ea", typeface=CHINESE), a("cs", typeface=LATIN))
    look = a(tag, fill(colour), *faces, sz=size, b=0)
    if tag == "rPr":
        look.set("lang", "zh-CN")
    return look
