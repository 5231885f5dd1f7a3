"""Score rates of all units at all indicators as a heat map, and the same as a shaded table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import Cell, DataTable, Figure, Table, cell
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_TOP, _ROW, _SCALE = 24, 23, 30
_NAME_EM = 8
# Cells narrower than this many pixels hold three digits only in smaller type.
_WIDE_CELL, _TIGHT = 21, 10
_TABLE_NAME_SHARE = 2.4


@dataclass(frozen=True, slots=True)
class Column:
    """An indicator: the short number over its column, and its name."""

    number: str
    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """A unit and its score rates in [0, 1], one a column, None where it has none."""

    name: str
    rates: tuple[float | None, ...]


def heat_figure(
    key: str, caption: str, columns: Sequence[Column], rows: Sequence[Row], *, corner: str = "地区", label: str = ""
) -> Figure:
    """
    Return the heat map, units down, indicators across, rates in per cent without the sign in the cells.

    Parameters
    ----------
    key, caption
        Of the figure.
    columns
        Indicators; numbers of one to three characters stand over the columns, the table's note gives the names.
    rows
        Units, first on top; up to about forty with up to thirty indicators fit a page.
    corner
        Head of the column of names in the table.
    label
        What the figure must say about its data, or "".
    """
    names = [theme.wrap(row.name, _NAME_EM) for row in rows]
    left = theme.name_column(names)
    width = (theme.pixels(theme.PAGE_MM) - left - 2) / max(len(columns), 1)
    size = theme.SMALL if width >= _WIDE_CELL else _TIGHT
    note = f"格内为得分率（%）；“{theme.NO_VALUE}”为不适用或无得分"
    foot = theme.foot(label, note)
    line = theme.row_height(names, _ROW, _TOP + _SCALE + foot)
    option = {
        **theme.frame(label, note=note),
        "grid": {"left": left, "right": 2, "top": _TOP, "bottom": _SCALE + foot},
        "xAxis": {
            **theme.category_axis([column.number for column in columns], position="top", inverse=False),
            "axisLine": {"show": False},
        },
        "yAxis": theme.category_axis(names, axisLine={"show": False}),
        "visualMap": _scale(foot),
        "series": [_known(columns, rows, size), _missing(columns, rows, size)],
    }
    return Figure(
        key,
        caption,
        _alt(columns, rows),
        option,
        theme.PAGE_MM,
        theme.millimetres(_TOP + line * len(rows) + _SCALE + foot),
        DataTable(
            (corner, *(f"{column.number} {column.name}（%）" for column in columns)),
            tuple((row.name, *(theme.as_percent(rate) for rate in row.rates)) for row in rows),
        ),
        heat=_table(key, caption, columns, rows, corner),
    )


def _scale(foot: int) -> Option:
    """Return the colour scale, whose colours are those of the shaded table."""
    return {
        "type": "continuous",
        "seriesIndex": 0,
        "dimension": 2,
        "min": 0,
        "max": 100,
        "inRange": {"color": [theme.ramp(0), theme.ramp(1)]},
        "orient": "horizontal",
        "left": "center",
        "bottom": foot + 4,
        "padding": 0,
        "itemWidth": 10,
        "itemHeight": 150,
        "text": ["100%", "0%"],
        "textGap": 6,
        "textStyle": theme.text_style(),
        "calculable": False,
        "hoverLink": False,
    }


def _known(columns: Sequence[Column], rows: Sequence[Row], size: int) -> Option:
    data: list[Option] = []
    for y, row in enumerate(rows):
        for x, (column, rate) in enumerate(zip(columns, row.rates, strict=True)):
            if rate is None:
                continue
            text = _whole(rate)
            data.append(
                {
                    "value": [x, y, theme.as_percent(rate)],
                    "name": f"{row.name}，{column.number} {column.name}：{theme.percent(rate)}",
                    "label": {"formatter": text, "color": theme.ink_on(theme.ramp(rate))},
                }
            )
    return {
        "type": "heatmap",
        "itemStyle": {"borderColor": theme.PAPER, "borderWidth": 1},
        "label": {"show": True, "fontSize": size},
        "data": data,
    }


def _missing(columns: Sequence[Column], rows: Sequence[Row], size: int) -> Option:
    """Return a dash in each cell without a rate; such a cell has no colour."""
    data = [
        {"value": [x, y], "name": f"{row.name}，{column.number} {column.name}：不适用或无得分"}
        for y, row in enumerate(rows)
        for x, (column, rate) in enumerate(zip(columns, row.rates, strict=True))
        if rate is None
    ]
    return {
        "type": "scatter",
        "symbolSize": 0.01,
        "itemStyle": {"opacity": 1},
        "label": {
            "show": True,
            "position": "inside",
            "formatter": theme.NO_VALUE,
            **theme.text_style(size, theme.MUTED),
        },
        "data": data,
    }


def _table(key: str, caption: str, columns: Sequence[Column], rows: Sequence[Row], corner: str) -> Table:
    head = (cell(corner, strong=True), *(cell(column.number, strong=True) for column in columns))
    body = [(cell(row.name, align="left"), *(_shaded(rate) for rate in row.rates)) for row in rows]
    names = "；".join(f"{column.number} {column.name}" for column in columns if column.name != column.number)
    note = f"格内为得分率（%），“{theme.NO_VALUE}”为不适用或无得分。" + (f"指标：{names}。" if names else "")
    widths = (_TABLE_NAME_SHARE, *(1.0 for _ in columns))
    return Table(f"{key}-table", caption, widths, (head, *body), size="small", note=note, numbered=False)


def _shaded(rate: float | None) -> Cell:
    return cell(theme.NO_VALUE) if rate is None else cell(_whole(rate), shade=rate)


def _whole(rate: float) -> str:
    return theme.percent(rate, 0).removesuffix("%")


def _alt(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    known = [
        (rate, row.name, column)
        for row in rows
        for column, rate in zip(columns, row.rates, strict=True)
        if rate is not None
    ]
    missing = len(rows) * len(columns) - len(known)
    text = f"热力图，{len(rows)}个评价对象、{len(columns)}项指标的得分率"
    if known:
        (low, low_row, low_column), (high, high_row, high_column) = (
            min(known, key=lambda k: k[0]),
            max(known, key=lambda k: k[0]),
        )
        text += (
            f"；最低为{low_row}的{low_column.name}（{theme.percent(low)}），"
            f"最高为{high_row}的{high_column.name}（{theme.percent(high)}）"
        )
    return f"{text}{f'；{missing}格不适用或无得分' if missing else ''}。"
