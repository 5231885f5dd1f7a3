"""Totals of all units: ranked bars, and for a case of evidence the bars of what is confirmed, claimed and still possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure, NativeChart, Series
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_ROW, _LEGEND, _AXIS, _TOP, _RIGHT = 26, 22, 42, 6, 34
_BAR, _STACKED_BAR = "58%", "70%"
_LABEL_GAP, _LABEL_ROW = 10, 16
_NAME_EM = 9
# A band that ends beyond this share of the axis has its text at its left, where there is room.
_NEAR_END = 0.9
_SINGLE = "得分"


@dataclass(frozen=True, slots=True)
class Total:
    """The total of one unit: marks or None where it has none, and its grade or ""."""

    name: str
    score: float | None
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A vertical line across the bars (a mean, a grade's threshold), with its short name and place in marks."""

    name: str
    value: float


def ranking_figure(
    key: str,
    caption: str,
    totals: Sequence[Total],
    *,
    full: float,
    grades: Sequence[str] = (),
    mean: Line | None = None,
    thresholds: Sequence[Line] = (),
    label: str = "",
) -> Figure:
    """
    Return the units as ranked bars, the best on top, those without a total last.

    Parameters
    ----------
    key, caption
        Of the figure.
    totals
        One entry a unit, in any order; entries of equal score keep theirs.
    full
        Full marks, the end of the axis.
    grades
        Grades from the highest to the lowest; they colour the bars. Empty for one colour.
    mean
        Mean of the units, drawn dashed, or None.
    thresholds
        Lines at the lower ends of grades.
    label
        What the figure must say about its data, or "".
    """
    ranked = sorted(totals, key=lambda total: -1.0 if total.score is None else total.score, reverse=True)
    names = [theme.wrap(total.name, _NAME_EM) for total in ranked]
    left = theme.name_column(names)
    plot = theme.pixels(theme.PAGE_MM) - left - _RIGHT
    lines = (mean, *thresholds) if mean else tuple(thresholds)
    rows = _label_rows(lines, plot / full)
    top = _TOP + _LABEL_ROW * (1 + max(rows, default=-1))
    groups = [(grade, color) for grade, color in theme.grade_colors(grades).items()] or [(_SINGLE, theme.PRIMARY)]
    bottom = _AXIS + theme.foot(label) + (_LEGEND if grades else 0)
    series = [_bars(ranked, group, color, only=bool(grades)) for group, color in groups]
    series[0]["markLine"] = _lines(lines, rows, mean)
    series.append(_values(ranked))
    height = top + len(ranked) * theme.row_height(names, _ROW, top + bottom) + bottom
    option = {
        **theme.frame(label),
        "grid": {"left": left, "right": _RIGHT, "top": top, "bottom": bottom},
        "xAxis": theme.value_axis(full, "得分（分）"),
        "yAxis": theme.category_axis(names),
        "series": series,
    }
    if grades:
        option["legend"] = theme.legend([grade for grade, _ in groups], theme.foot(label))
    return Figure(
        key,
        caption,
        _ranking_alt(ranked, mean),
        option,
        theme.PAGE_MM,
        theme.millimetres(height),
        DataTable(
            ("序号", "名称", "得分", "等次"), tuple((i, t.name, t.score, t.grade) for i, t in enumerate(ranked, 1))
        ),
        _ranking_native(ranked, full, mean),
    )


@dataclass(frozen=True, slots=True)
class Bounds:
    """
    What is known of one unit's total, in marks.

    Parameters
    ----------
    name
        Of the unit.
    confirmed, claimed, possible
        Confirmed marks; these and the claimed ones; the most that is still possible.
    published
        The published total, or None where none or only a band was published.
    band
        Ends of a published band, or None.
    """

    name: str
    confirmed: float
    claimed: float
    possible: float
    published: float | None = None
    band: tuple[float, float] | None = None

    @property
    def parts(self) -> tuple[float, float, float]:
        """The three pieces of the stacked bar."""
        return (self.confirmed, round(self.claimed - self.confirmed, 6), round(self.possible - self.claimed, 6))


_PUBLISHED, _BAND = "公布总分", "公布总分所在区间"


def bounds_figure(key: str, caption: str, units: Sequence[Bounds], *, full: float, label: str = "") -> Figure:
    """
    Return stacked bars of confirmed, claimed and still possible marks, with the published total marked.

    Parameters
    ----------
    key, caption
        Of the figure.
    units
        One entry a unit, in the order to be drawn, first on top.
    full
        Full marks, the end of the axis.
    label
        What the figure must say about its data, or "".
    """
    names = [theme.wrap(unit.name, _NAME_EM) for unit in units]
    bottom = _AXIS + theme.foot(label) + _LEGEND
    series: list[Option] = [
        {
            "type": "bar",
            "name": name,
            "stack": "total",
            "barWidth": _STACKED_BAR,
            "itemStyle": {
                "color": color,
                "borderColor": theme.MUTED if place == len(theme.PARTS) - 1 else color,
                "borderWidth": 0.5,
            },
            "label": {"show": True, "position": "inside", **theme.text_style(color=theme.ink_on(color))},
            "data": [_part(unit, place, name, full) for unit in units],
        }
        for place, (name, color) in enumerate(theme.PARTS)
    ]
    shown = [name for name, _ in theme.PARTS]
    if any(unit.published is not None for unit in units):
        series.append(_published(units))
        shown.append(_PUBLISHED)
    if any(unit.band for unit in units):
        series += _bands(units, full)
        shown.append(_BAND)
    option = {
        **theme.frame(label),
        "grid": {"left": theme.name_column(names), "right": _RIGHT, "top": _TOP, "bottom": bottom},
        "xAxis": theme.value_axis(full, "分"),
        "yAxis": theme.category_axis(names),
        "legend": theme.legend(shown, theme.foot(label)),
        "series": series,
    }
    data = tuple((u.name, u.confirmed, u.claimed, u.possible, u.published, *(u.band or (None, None))) for u in units)
    return Figure(
        key,
        caption,
        _bounds_alt(units),
        option,
        theme.PAGE_MM,
        theme.millimetres(_TOP + len(units) * theme.row_height(names, _ROW, _TOP + bottom) + bottom),
        DataTable(("名称", "已核实", "加待核", "最多可能", _PUBLISHED, "公布区间下限", "公布区间上限"), data),
        _bounds_native(units, full),
    )


def _label_rows(lines: Sequence[Line], scale: float) -> list[int]:
    """Return for each line the row above the plot, 0 lowest, in which its label touches no other."""
    taken: list[list[tuple[float, float]]] = []
    rows: list[int] = []
    for line in lines:
        half = (theme.width_of(_line_text(line)) * theme.SMALL + _LABEL_GAP) / 2
        start, end = line.value * scale - half, line.value * scale + half
        row = next((i for i, spans in enumerate(taken) if all(end <= a or start >= b for a, b in spans)), len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((start, end))
        rows.append(row)
    return rows


def _line_text(line: Line) -> str:
    return f"{line.name} {theme.number(line.value)}"


def _lines(lines: Sequence[Line], rows: Sequence[int], mean: Line | None) -> Option:
    data: list[Option] = []
    for line, row in zip(lines, rows, strict=True):
        color, kind = (theme.ACCENT, "dashed") if line is mean else (theme.MUTED, "dotted")
        text = {"formatter": _line_text(line), "position": "start", "distance": 3 + row * _LABEL_ROW}
        data.append(
            {
                "name": line.name,
                "xAxis": line.value,
                "lineStyle": {"color": color, "type": kind, "width": 1.2},
                "label": {**text, **theme.text_style(color=color)},
            }
        )
    return {"silent": True, "symbol": "none", "z": 4, "data": data}


def _bars(ranked: Sequence[Total], group: str, color: str, *, only: bool) -> Option:
    return {
        "type": "bar",
        "name": group,
        "stack": "total",
        "barWidth": _BAR,
        "itemStyle": {"color": color, "borderColor": theme.MUTED, "borderWidth": 0.5},
        "data": [
            {"value": None if only and total.grade != group else total.score, "name": _tip(total)} for total in ranked
        ],
    }


def _tip(total: Total) -> str:
    return f"{total.name}：{theme.number(total.score)}分{f'，{total.grade}' if total.grade else ''}"


def _values(ranked: Sequence[Total]) -> Option:
    """Return the values at the bars' ends, on white so that no line runs through them."""
    return {
        "type": "scatter",
        "silent": True,
        "symbolSize": 0.01,
        "itemStyle": {"opacity": 1},
        "z": 6,
        "data": [
            {
                "value": [0 if total.score is None else total.score, place],
                "label": {
                    "show": True,
                    "position": "right",
                    "distance": 3,
                    "formatter": theme.number(total.score),
                    "backgroundColor": theme.PAPER,
                    "padding": [1, 2],
                    **theme.text_style(),
                },
            }
            for place, total in enumerate(ranked)
        ],
    }


def _ranking_native(ranked: Sequence[Total], full: float, mean: Line | None) -> NativeChart:
    series = [Series(_SINGLE, tuple(total.score for total in ranked), theme.PRIMARY)]
    if mean:
        series.append(Series(mean.name, (mean.value,) * len(ranked), theme.ACCENT, "line"))
    return NativeChart("bar", tuple(total.name for total in ranked), tuple(series), full, "得分（分）")


def _ranking_alt(ranked: Sequence[Total], mean: Line | None) -> str:
    parts = [f"{t.name}{theme.number(t.score)}分" if t.score is not None else f"{t.name}无得分" for t in ranked]
    tail = f"；{mean.name}{theme.number(mean.value)}分" if mean else ""
    return f"横向条形图，按得分由高到低：{'、'.join(parts)}{tail}。"


def _part(unit: Bounds, place: int, name: str, full: float) -> Option:
    value = unit.parts[place]
    roomy = theme.width_of(theme.number(value)) * theme.SMALL + 4 < value / full * 470
    last = place == len(theme.PARTS) - 1
    return {
        "value": value,
        "name": f"{unit.name}：{name}{theme.number(value)}分",
        "label": {"show": roomy and not last, "formatter": theme.number(value)},
    }


def _published(units: Sequence[Bounds]) -> Option:
    marks = [(place, unit) for place, unit in enumerate(units) if unit.published is not None]
    return {
        "type": "scatter",
        "name": _PUBLISHED,
        "symbol": "diamond",
        "symbolSize": 12,
        "z": 6,
        "itemStyle": {"color": theme.ACCENT, "borderColor": theme.PAPER, "borderWidth": 1, "opacity": 1},
        "label": {"show": True, "position": "right", "distance": 3, **theme.text_style()},
        "data": [
            {
                "value": [unit.published, place],
                "name": f"{unit.name}：{_PUBLISHED}{theme.number(unit.published)}分",
                "label": {"formatter": theme.number(unit.published)},
            }
            for place, unit in marks
        ],
    }


def _bands(units: Sequence[Bounds], full: float) -> list[Option]:
    """Return a thin bar from end to end of each published band, and its ends in words."""
    bands = [(place, unit.name, unit.band) for place, unit in enumerate(units) if unit.band]
    style = {"color": theme.ACCENT, "opacity": 1}
    texts = [f"{theme.number(low)}～{theme.number(high)}" for _, _, (low, high) in bands]
    sides = ["left" if high > full * _NEAR_END else "right" for _, _, (_, high) in bands]
    return [
        {
            "type": "lines",
            "name": _BAND,
            "coordinateSystem": "cartesian2d",
            "z": 5,
            "itemStyle": style,
            "lineStyle": {**style, "width": 3},
            "data": [
                {"coords": [[low, place], [high, place]], "name": f"{name}：{_BAND}{text}分"}
                for (place, name, (low, high)), text in zip(bands, texts, strict=True)
            ],
        },
        {
            "type": "scatter",
            "silent": True,
            "symbol": "rect",
            "symbolSize": [2, 9],
            "z": 5,
            "itemStyle": style,
            "data": [
                {
                    "value": [end, place],
                    "label": {
                        "show": end == (low if side == "left" else high),
                        "position": side,
                        "distance": 4,
                        "formatter": text,
                        **theme.text_style(),
                    },
                }
                for (place, _, (low, high)), text, side in zip(bands, texts, sides, strict=True)
                for end in (low, high)
            ],
        },
    ]


def _bounds_native(units: Sequence[Bounds], full: float) -> NativeChart:
    series = [
        Series(name, tuple(unit.parts[place] for unit in units), color)
        for place, (name, color) in enumerate(theme.PARTS)
    ]
    marks = {
        _PUBLISHED: tuple(unit.published for unit in units),
        "公布区间下限": tuple(unit.band[0] if unit.band else None for unit in units),
        "公布区间上限": tuple(unit.band[1] if unit.band else None for unit in units),
    }
    for name, values in marks.items():
        if any(value is not None for value in values):
            series.append(Series(name, values, theme.ACCENT, "marker"))
    return NativeChart("stacked", tuple(unit.name for unit in units), tuple(series), full, "分")


def _bounds_alt(units: Sequence[Bounds]) -> str:
    parts = []
    for unit in units:
        text = (
            f"{unit.name}已核实{theme.number(unit.confirmed)}分、加待核{theme.number(unit.claimed)}分、"
            f"最多可能{theme.number(unit.possible)}分"
        )
        if unit.published is not None:
            text += f"，公布{theme.number(unit.published)}分"
        if unit.band:
            text += f"，公布区间{theme.number(unit.band[0])}至{theme.number(unit.band[1])}分"
        parts.append(text)
    return f"堆叠条形图：{'；'.join(parts)}。"
