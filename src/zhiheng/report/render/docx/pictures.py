"""Drawings in the text: native charts and pictures, each with its alternative text, and heat maps as tables."""

from __future__ import annotations

from zhiheng.errors import RenderError
from zhiheng.report.content import Figure, NativeChart
from zhiheng.report.render.docx.charts import chart_part
from zhiheng.report.render.docx.context import Context
from zhiheng.report.render.docx.elements import NAMESPACES, Element, a, c, clean, pic, related, w, wp
from zhiheng.report.render.docx.fields import paragraph, run
from zhiheng.report.render.docx.page import TEXT_WIDTH_MM, emu
from zhiheng.report.render.docx.tables import grid
from zhiheng.report.render.docx.workbooks import chart_workbook

CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Higher than the type area leaves room for, a drawing would push its caption to the next page.
MAX_HEIGHT_MM = 205.0


def figure_blocks(context: Context, figure: Figure) -> list[Element]:
    """
    Return a figure with its caption below: an editable chart, a shaded table, or else its picture.

    Raises
    ------
    RenderError
        There is no picture for a figure that Word cannot draw, or it is not a PNG.
    """
    caption = context.caption(figure.key, figure.caption)
    if figure.native is not None:
        drawing = _chart(context, figure, figure.native)
    elif figure.heat is not None:
        return _heat(context, figure, caption)
    else:
        drawing = _picture(context, figure)
    return [paragraph("Figure", [w("r", drawing)]), paragraph("FigureCaption", caption)]


def _heat(context: Context, figure: Figure, caption: list[Element]) -> list[Element]:
    assert figure.heat is not None
    label = context.document.short_label
    blocks = [paragraph("TableEnd", keep_next=True), grid(context, figure.heat, keep_last=True, heat=True)]
    if not label:
        return [*blocks, paragraph("FigureCaption", caption)]
    blocks.append(paragraph("Caption", caption, keep_next=True, before=80))
    blocks.append(paragraph("FigureLabel", [run(f"（{label}）")]))
    return blocks


def _chart(context: Context, figure: Figure, chart: NativeChart) -> Element:
    number = context.identifier()
    book = context.package.add(f"word/embeddings/Microsoft_Excel_Sheet{number}.xlsx", chart_workbook(chart))
    part = context.package.add(f"word/charts/chart{number}.xml", content_type=CHART_TYPE)
    width, _ = _size(figure)
    part.blob = chart_part(
        chart, label=context.document.short_label, width_mm=width, workbook=part.relate("workbook", book)
    )
    graphic = related(c("chart"), context.part.relate("chart", part))
    return _inline(context, figure, graphic, NAMESPACES["c"])


def _picture(context: Context, figure: Figure) -> Element:
    blob = context.pictures.get(figure.key)
    if blob is None:
        message = f"缺少图“{figure.caption}”的图片，Word 不能直接绘制这种图。"
        raise RenderError(message, figure=figure.key)
    if not blob.startswith(PNG_SIGNATURE):
        message = f"图“{figure.caption}”的图片不是 PNG 格式。"
        raise RenderError(message, figure=figure.key)
    number = context.identifier()
    part = context.package.add(f"word/media/image{number}.png", blob)
    width, height = _size(figure)
    extent = a("ext", cx=emu(width), cy=emu(height))
    shape = a("xfrm", a("off", x=0, y=0), extent)
    graphic = pic(
        "pic",
        pic("nvPicPr", pic("cNvPr", id=number, name=f"image{number}.png"), pic("cNvPicPr")),
        pic(
            "blipFill",
            related(a("blip"), context.part.relate("image", part), "embed"),
            a("stretch", a("fillRect")),
        ),
        pic("spPr", shape, a("prstGeom", a("avLst"), prst="rect")),
    )
    return _inline(context, figure, graphic, NAMESPACES["pic"])


def _inline(context: Context, figure: Figure, graphic: Element, vocabulary: str) -> Element:
    width, height = _size(figure)
    return w(
        "drawing",
        wp(
            "inline",
            wp("extent", cx=emu(width), cy=emu(height)),
            wp("effectExtent", l=0, t=0, r=0, b=0),
            wp("docPr", id=context.identifier(), name=context.numbers[figure.key], descr=clean(figure.alt)),
            wp("cNvGraphicFramePr"),
            a("graphic", a("graphicData", graphic, uri=vocabulary)),
            distT=0,
            distB=0,
            distL=0,
            distR=0,
        ),
    )


def _size(figure: Figure) -> tuple[float, float]:
    """Return width and height in millimetres, shrunk in proportion where the type area is smaller."""
    scale = min(1.0, TEXT_WIDTH_MM / figure.width_mm, MAX_HEIGHT_MM / figure.height_mm)
    return figure.width_mm * scale, figure.height_mm * scale
