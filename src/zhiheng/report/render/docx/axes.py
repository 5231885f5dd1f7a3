"""The axes of a chart: scale, steps, titles and number formats."""

from __future__ import annotations

from math import floor, log10

from zhiheng.report.content import NativeChart
from zhiheng.report.render.docx.chartparts import QUIET, SIZE, body_properties, fill, line, text, typeface
from zhiheng.report.render.docx.elements import Element, c
from zhiheng.report.render.docx.workbooks import number_format

AXIS, GRID = "8C8C8C", "D9D9D9"
STEPS = 5
_HAIR = 6350


def step(maximum: float) -> float:
    """Return a round distance between grid lines that divides an axis up to `maximum` into about five parts."""
    rough = maximum / STEPS
    power = 10.0 ** floor(log10(rough))
    return min((factor * power for factor in (1, 2, 2.5, 5, 10)), key=lambda size: (abs(size - rough), size))


def category_axis(identifier: int, crossing: int, *, horizontal: bool, radar: bool) -> Element:
    """Return the axis of names; beside horizontal bars it runs downwards, so that the first name stands on top."""
    axis = _start("catAx", identifier, "maxMin" if horizontal else "minMax", None, "l" if horizontal else "b")
    if radar:
        axis.append(c("majorGridlines", c("spPr", line(GRID, _HAIR))))
    axis.append(c("numFmt", formatCode="General", sourceLinked=0))
    axis.append(c("majorTickMark", val="none"))
    axis.append(c("minorTickMark", val="none"))
    axis.append(c("tickLblPos", val="nextTo"))
    axis.append(c("spPr", line(AXIS, _HAIR)))
    axis.append(c("txPr", body_properties(), typeface()))
    axis.append(c("crossAx", val=crossing))
    axis.append(c("crosses", val="autoZero"))
    axis.append(c("auto", val=1))
    axis.append(c("lblAlgn", val="ctr"))
    axis.append(c("lblOffset", val=100))
    axis.append(c("noMultiLvlLbl", val=0))
    return axis


def value_axis(identifier: int, crossing: int, chart: NativeChart, *, horizontal: bool) -> Element:
    """Return the axis of values from zero to the chart's maximum."""
    axis = _start("valAx", identifier, "minMax", chart.maximum, "b" if horizontal else "l")
    axis.append(c("majorGridlines", c("spPr", line(GRID, _HAIR))))
    if chart.axis:
        axis.append(_axis_title(chart.axis, turned=not horizontal))
    distance = step(chart.maximum)
    axis.append(c("numFmt", formatCode=number_format([distance], percent=chart.percent), sourceLinked=0))
    axis.append(c("majorTickMark", val="none"))
    axis.append(c("minorTickMark", val="none"))
    axis.append(c("tickLblPos", val="nextTo"))
    axis.append(c("spPr", line(AXIS, _HAIR) if chart.kind == "radar" else line("")))
    axis.append(c("txPr", body_properties(), typeface(SIZE - 100, QUIET)))
    axis.append(c("crossAx", val=crossing))
    # Names run downwards beside horizontal bars, so the foot of the chart is where the names end.
    axis.append(c("crosses", val="max" if horizontal else "autoZero"))
    axis.append(c("crossBetween", val="between"))
    axis.append(c("majorUnit", val=f"{distance:g}"))
    return axis


def _start(tag: str, identifier: int, direction: str, maximum: float | None, position: str) -> Element:
    scaling = c("scaling", c("orientation", val=direction))
    if maximum is not None:
        scaling.append(c("max", val=f"{maximum:g}"))
        scaling.append(c("min", val=0))
    return c(tag, c("axId", val=identifier), scaling, c("delete", val=0), c("axPos", val=position))


def _axis_title(content: str, *, turned: bool) -> Element:
    rich = c("rich", body_properties(-5400000 if turned else None), text(content, SIZE, QUIET))
    return c("title", c("tx", rich), c("overlay", val=0), c("spPr", fill(""), line("")))
