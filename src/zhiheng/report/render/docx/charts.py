"""Editable Word charts: a neutral chart as DrawingML, with the looks of the report and its own workbook."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from zhiheng.errors import RenderError
from zhiheng.report.content import NativeChart, Series
from zhiheng.report.render.docx.axes import category_axis, value_axis
from zhiheng.report.render.docx.chartparts import (
    body_properties,
    data_labels,
    fill,
    legend,
    line,
    number_cache,
    string_cache,
    title,
    typeface,
)
from zhiheng.report.render.docx.colours import ink_on
from zhiheng.report.render.docx.elements import Element, c, filled, related, serialise
from zhiheng.report.render.docx.workbooks import category_names, cells, chart_values, head, number_format

CATEGORY_AXIS, VALUE_AXIS = 111111111, 222222222
BAR_GAP = 55
# Up to this count of categories their names still fit below columns.
COLUMNS_FIT = 12
# A piece of a stacked bar that is shorter than this share of the axis has no room for its value.
ROOM_FOR_LABEL = 0.045
LINE_WIDTH = 19050
# Left, top, width and height in shares of the drawing; names of two lines stand around it, the legend below.
RADAR_PLACE = (0.25, 0.17, 0.5, 0.58)
# Labels of a stacked column keep this far (share of the axis) below and above a mark that is drawn on it.
BELOW_MARK, ABOVE_MARK = 0.05, 0.09
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{6})")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series as it is drawn, and its place among the series: column `index + 1` of the workbook."""

    series: Series
    index: int
    colour: str


def chart_part(chart: NativeChart, *, label: str = "", width_mm: float, workbook: str) -> bytes:
    """
    Return the chart part.

    Parameters
    ----------
    chart
        What it shows. No office program but one turns a line on its side, so horizontal bars with a line or marker
        series are drawn as columns, and where there are too many for columns the series becomes bars of its own.
    label
        Small print in the upper right corner, so that it stays with a chart that is copied elsewhere; or "".
    width_mm
        Width of the drawing, from which the place of the label follows.
    workbook
        Id of the relationship from this part to its workbook.

    Raises
    ------
    RenderError
        The chart has no categories, no axis above zero, no bar series, series of other lengths than its categories,
        or a colour that is not `#RRGGBB`.
    """
    _check(chart)
    area = c("plotArea", _layout(chart), *_plots(chart))
    shown = c("chart")
    if label:
        shown.append(title(f"（{label}）", width_mm))
    shown.append(c("autoTitleDeleted", val=0 if label else 1))
    shown.append(area)
    if len(chart.series) > 1:
        shown.append(legend())
    shown.append(c("plotVisOnly", val=1))
    shown.append(c("dispBlanksAs", val="gap"))
    return serialise(
        c(
            "chartSpace",
            c("date1904", val=0),
            c("lang", val="zh-CN"),
            c("roundedCorners", val=0),
            shown,
            c("spPr", fill(""), line("")),
            c("txPr", body_properties(), typeface()),
            related(c("externalData", c("autoUpdate", val=0)), workbook),
        )
    )


def colour_of(series: Series) -> str:
    """Return the colour of a series as RRGGBB; RenderError where it is none."""
    match = _COLOUR.fullmatch(series.color)
    if match is None:
        message = f"图中序列“{series.name}”的颜色“{series.color}”不是 #RRGGBB 格式。"
        raise RenderError(message, series=series.name)
    return match.group(1).upper()


def _check(chart: NativeChart) -> None:
    if not chart.categories or chart.maximum <= 0:
        message = "图没有类别，或数值轴的上限不大于零。"
        raise RenderError(message, kind=chart.kind, maximum=chart.maximum)
    for series in chart.series:
        colour_of(series)
        if len(series.values) != len(chart.categories):
            message = f"图中序列“{series.name}”有{len(series.values)}个数值，而类别有{len(chart.categories)}个。"
            raise RenderError(message, series=series.name)
    if not any(series.role == "bar" for series in chart.series):
        message = "图中没有可以绘制的柱形或多边形序列。"
        raise RenderError(message, kind=chart.kind)


def _layout(chart: NativeChart) -> Element:
    """Return the place of the plot: left to the program, except for a radar, which it would draw too small."""
    if chart.kind != "radar":
        return c("layout")
    place = c("manualLayout", c("layoutTarget", val="inner"), c("xMode", val="edge"), c("yMode", val="edge"))
    place.extend(c(name, val=value) for name, value in zip("xywh", RADAR_PLACE, strict=True))
    return c("layout", place)


def _plots(chart: NativeChart) -> Iterator[Element]:
    """Yield the plots, then their axes, as the schema orders them."""
    crossed = any(series.role != "bar" for series in chart.series)
    radar = chart.kind == "radar"
    crowded = chart.kind == "bar" and len(chart.categories) > COLUMNS_FIT
    horizontal = chart.kind in {"bar", "stacked"} and (crowded or not crossed)
    if radar:
        yield _radar(chart)
    elif horizontal:
        yield _bars(chart, _drawn(chart, "bar", "line", "marker"), horizontal=True, crossed=False)
    else:
        yield _bars(chart, _drawn(chart, "bar"), horizontal=False, crossed=crossed)
        if crossed:
            yield _lines(chart)
    yield category_axis(CATEGORY_AXIS, VALUE_AXIS, horizontal=horizontal, radar=radar)
    yield value_axis(VALUE_AXIS, CATEGORY_AXIS, chart, horizontal=horizontal)


def _drawn(chart: NativeChart, *roles: str) -> list[Drawn]:
    return [
        Drawn(series, index, colour_of(series)) for index, series in enumerate(chart.series) if series.role in roles
    ]


def _bars(chart: NativeChart, shown: list[Drawn], *, horizontal: bool, crossed: bool) -> Element:
    stacked = chart.kind == "stacked"
    plot = c(
        "barChart",
        c("barDir", val="bar" if horizontal else "col"),
        c("grouping", val="stacked" if stacked else "clustered"),
        c("varyColors", val=0),
    )
    for drawn in shown:
        series = _series(drawn, c("spPr", fill(drawn.colour)))
        series.append(c("invertIfNegative", val=0))
        if drawn.series.role == "bar":  # the values of a second row of bars would run into those of the first
            series.append(_bar_labels(chart, drawn, stacked=stacked, crossed=crossed))
        plot.append(_with_data(series, chart, drawn))
    plot.append(c("gapWidth", val=BAR_GAP))
    plot.append(c("overlap", val=100 if stacked else 0))
    return _on_axes(plot)


def _bar_labels(chart: NativeChart, drawn: Drawn, *, stacked: bool, crossed: bool) -> Element:
    form = number_format(chart_values(chart), percent=chart.percent)
    if not stacked:
        # The white ground keeps a value readable where the mean line runs through it.
        return data_labels(form, position="outEnd", ground="FFFFFF" if crossed else "")
    return data_labels(form, position="ctr", colour=ink_on(drawn.colour), hidden=_unlabelled(chart, drawn))


def _unlabelled(chart: NativeChart, drawn: Drawn) -> list[int]:
    """Return the points of a stacked series that are too short for a value, or whose value a mark would cover."""
    hidden = []
    for index, value in enumerate(drawn.series.values):
        below = sum(s.values[index] or 0 for s in chart.series[: drawn.index] if s.role == "bar")
        middle = (below + (value or 0) / 2) / chart.maximum
        marks = (s.values[index] for s in chart.series if s.role == "marker")
        covered = any(mark is not None and -BELOW_MARK < middle - mark / chart.maximum < ABOVE_MARK for mark in marks)
        if value is None or value < ROOM_FOR_LABEL * chart.maximum or covered:
            hidden.append(index)
    return hidden


def _lines(chart: NativeChart) -> Element:
    plot = c("lineChart", c("grouping", val="standard"), c("varyColors", val=0))
    for drawn in _drawn(chart, "line", "marker"):
        marker = drawn.series.role == "marker"
        outline = line("") if marker else line(drawn.colour, LINE_WIDTH, dash="dash")
        series = _series(drawn, c("spPr", outline))
        series.append(_marker(drawn.colour, "diamond", 8) if marker else _marker())
        if marker:
            form = number_format(chart_values(chart), percent=chart.percent)
            series.append(data_labels(form, position="t", colour=drawn.colour))
        series = _with_data(series, chart, drawn)
        series.append(c("smooth", val=0))
        plot.append(series)
    plot.append(c("marker", val=1))
    return _on_axes(plot)


def _radar(chart: NativeChart) -> Element:
    plot = c("radarChart", c("radarStyle", val="marker"), c("varyColors", val=0))
    for drawn in _drawn(chart, "bar", "line", "marker"):
        outline, marker = {
            "bar": (line(drawn.colour, LINE_WIDTH), _marker(drawn.colour, "circle", 6)),
            "line": (line(drawn.colour, LINE_WIDTH, dash="dash"), _marker()),
            "marker": (line(""), _marker(drawn.colour, "diamond", 8)),
        }[drawn.series.role]
        series = _series(drawn, c("spPr", outline))
        series.append(marker)
        plot.append(_with_data(series, chart, drawn))
    return _on_axes(plot)


def _series(drawn: Drawn, look: Element) -> Element:
    name = c("tx", c("strRef", filled(c("f"), head(drawn.index + 1)), string_cache([drawn.series.name])))
    return c("ser", c("idx", val=drawn.index), c("order", val=drawn.index), name, look)


def _with_data(series: Element, chart: NativeChart, drawn: Drawn) -> Element:
    rows = len(chart.categories)
    names = c("strRef", filled(c("f"), cells(0, rows)), string_cache(category_names(chart)))
    numbers = c("numRef", filled(c("f"), cells(drawn.index + 1, rows)), number_cache(drawn.series.values))
    series.extend([c("cat", names), c("val", numbers)])
    return series


def _marker(colour: str = "", symbol: str = "none", size: int = 5) -> Element:
    marker = c("marker", c("symbol", val=symbol))
    if colour:
        marker.extend([c("size", val=size), c("spPr", fill(colour), line("FFFFFF", 6350))])
    return marker


def _on_axes(plot: Element) -> Element:
    plot.extend([c("axId", val=CATEGORY_AXIS), c("axId", val=VALUE_AXIS)])
    return plot
