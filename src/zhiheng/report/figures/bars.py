"""Horizontal bars over indicators: scores against full marks, ranked rates with their range, and bounds of one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from zhiheng.report.content import DataTable, Figure, NativeChart, Series
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_ROW, _LEGEND, _AXIS, _HEAD = 22, 22, 42, 22
_BAR = "58%"
_NAME_WIDTHS = (20.0, 22.0, 24.0, 26.0)
_MOST_ROWS, _WANTED_LINES = 24, 2
_RIGHT = 10
_RATE_AXIS = "得分率（%）"


@dataclass(frozen=True, slots=True)
class Score:
    """An indicator's score of one unit, or None where it has none, and its full marks."""

    name: str
    score: float | None
    full: float


@dataclass(frozen=True, slots=True)
class Rate:
    """
    An indicator's score rate over all units, each in [0, 1].

    Parameters
    ----------
    name
        Of the indicator.
    mean
        Mean of the units that have a rate, or None where none has.
    low, high
        Least and greatest rate of a unit, or None.
    """

    name: str
    mean: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one unit at an indicator, in marks: confirmed, with claimed, at most possible, full."""

    name: str
    confirmed: float
    claimed: float
    possible: float
    full: float

    @property
    def parts(self) -> tuple[float, float, float]:
        """The three pieces of the bar in per cent of full marks; all zero where full marks are zero."""
        if not self.full:
            return (0.0, 0.0, 0.0)
        ends = [0.0, *(round(v / self.full * 100, 1) for v in (self.confirmed, self.claimed, self.possible))]
        confirmed, claimed, possible = (round(b - a, 1) for a, b in pairwise(ends))
        return (confirmed, claimed, possible)


def score_bars(key: str, caption: str, scores: Sequence[Score], *, label: str = "") -> Figure:
    """
    Return scores as bars on the light track of their full marks, in the order given.

    Parameters
    ----------
    key, caption
        Of the figure.
    scores
        One entry an indicator, first on top.
    label
        What the figure must say about its data, or "".
    """
    longest = theme.end_of_axis(max((score.full for score in scores), default=1.0))
    texts = [f"{theme.number(score.score)} / {theme.number(score.full)}" for score in scores]
    bars = [
        {
            **_bar("满分", theme.TRACK),
            "barGap": "-100%",
            "silent": True,
            "data": theme.mark_names([{"value": s.full} for s in scores], [s.name for s in scores]),
        },
        {
            **_bar("得分", theme.PRIMARY),
            "data": theme.mark_names(
                [{"value": s.score} for s in scores],
                [f"{s.name}：{theme.number(s.score)}分，满分{theme.number(s.full)}分" for s in scores],
            ),
        },
    ]
    option, height = _layout([s.name for s in scores], texts, "得分 / 满分", longest, "分", bars, label)
    option["legend"] = theme.legend(["得分", "满分"], theme.foot(label))
    spoken = [
        f"{s.name}{theme.number(s.score)}分（满分{theme.number(s.full)}分）"
        if s.score is not None
        else f"{s.name}无得分"
        for s in scores
    ]
    native = NativeChart(
        "bar",
        tuple(s.name for s in scores),
        (
            Series("得分", tuple(s.score for s in scores), theme.PRIMARY),
            Series("满分", tuple(s.full for s in scores), theme.TRACK),
        ),
        longest,
        "分",
    )
    data = DataTable(("指标", "得分", "满分"), tuple((s.name, s.score, s.full) for s in scores))
    return _figure(key, caption, f"条形图：{'、'.join(spoken)}。", (option, height), data, native)


def rate_bars(
    key: str,
    caption: str,
    rates: Sequence[Rate],
    *,
    mean_name: str = "平均得分率",
    ranked: bool = True,
    most: int = _MOST_ROWS,
    label: str = "",
) -> Figure:
    """
    Return mean score rates as bars, the weakest on top, each with a whisker from the least to the greatest unit.

    Parameters
    ----------
    key, caption
        Of the figure.
    rates
        One entry an indicator; those without a mean come last.
    mean_name
        What the bars show.
    ranked
        False keeps the order given.
    most
        Bars beyond this many are left out (a page holds no more); the data table keeps them.
    label
        What the figure must say about its data, or "".
    """
    listed = sorted(rates, key=lambda r: 2.0 if r.mean is None else r.mean) if ranked else list(rates)
    shown = listed[:most]
    spans = [(place, r, (r.low, r.high)) for place, r in enumerate(shown) if r.low is not None and r.high is not None]
    texts = [_rate_text(rate) for rate in shown]
    bars: list[Option] = [
        {
            **_bar(mean_name, theme.CLAIMED),
            "data": theme.mark_names(
                [{"value": theme.as_percent(r.mean)} for r in shown],
                [f"{r.name}：{text}" for r, text in zip(shown, texts, strict=True)],
            ),
        }
    ]
    names = [mean_name]
    if spans:
        bars += _whiskers([(place, theme.as_percent(a), theme.as_percent(b)) for place, _, (a, b) in spans])
        names.append(_RANGE)
    option, height = _layout(
        [r.name for r in shown], texts, _RATE_HEAD if spans else "得分率", 100, _RATE_AXIS, bars, label
    )
    option["legend"] = theme.legend(names, theme.foot(label))
    spoken = [f"{r.name}{theme.percent(r.mean)}" for r in shown]
    native = NativeChart(
        "bar",
        tuple(r.name for r in shown),
        (Series(mean_name, tuple(theme.as_percent(r.mean) for r in shown), theme.CLAIMED),),
        100,
        _RATE_AXIS,
        percent=True,
    )
    data = DataTable(
        ("指标", f"{mean_name}（%）", "最低（%）", "最高（%）"),
        tuple((r.name, *(theme.as_percent(v) for v in (r.mean, r.low, r.high))) for r in listed),
    )
    order = "由低到高" if ranked else ""
    return _figure(key, caption, f"条形图，{mean_name}{order}：{'、'.join(spoken)}。", (option, height), data, native)


def known_bars(key: str, caption: str, indicators: Sequence[Known], *, label: str = "") -> Figure:
    """
    Return for one unit what is confirmed, claimed and still possible at each indicator, in per cent of full marks.

    Parameters
    ----------
    key, caption
        Of the figure.
    indicators
        One entry an indicator, first on top.
    label
        What the figure must say about its data, or "".
    """
    texts = [_known_text(k) for k in indicators]
    bars = [
        {
            **_bar(name, color),
            "stack": "total",
            "itemStyle": {"color": color, "borderColor": theme.MUTED, "borderWidth": 0.5},
            "data": theme.mark_names(
                [{"value": k.parts[place]} for k in indicators],
                [f"{k.name}：{text}" for k, text in zip(indicators, texts, strict=True)],
            ),
        }
        for place, (name, color) in enumerate(theme.PARTS)
    ]
    axis = "占满分的比例（%）"
    option, height = _layout([k.name for k in indicators], texts, "已核实～最多 / 满分", 100, axis, bars, label)
    option["legend"] = theme.legend([name for name, _ in theme.PARTS], theme.foot(label))
    spoken = [
        f"{k.name}已核实{theme.number(k.confirmed)}分、加待核{theme.number(k.claimed)}分、"
        f"最多可能{theme.number(k.possible)}分、满分{theme.number(k.full)}分"
        for k in indicators
    ]
    native = NativeChart(
        "stacked",
        tuple(k.name for k in indicators),
        tuple(
            Series(name, tuple(k.parts[i] for k in indicators), color) for i, (name, color) in enumerate(theme.PARTS)
        ),
        100,
        axis,
        percent=True,
    )
    data = DataTable(
        ("指标", "已核实", "加待核", "最多可能", "满分"),
        tuple((k.name, k.confirmed, k.claimed, k.possible, k.full) for k in indicators),
    )
    return _figure(key, caption, f"堆叠条形图：{'；'.join(spoken)}。", (option, height), data, native)


_RANGE, _RATE_HEAD = "最低至最高", "平均（最低～最高）"


def _bar(name: str, color: str) -> Option:
    return {"type": "bar", "name": name, "barWidth": _BAR, "itemStyle": {"color": color}}


def _layout(
    names: Sequence[str],
    texts: Sequence[str],
    head: str,
    maximum: float,
    axis: str,
    series: list[Option],
    label: str,
) -> tuple[Option, float]:
    """Return the option of bars with wrapped names at the left and a column of texts at the right, and its height."""
    wrapped = _wrapped(names)
    column = max((theme.width_of(text) for text in [*texts, head]), default=0.0) * theme.SMALL + _RIGHT + 8
    bottom = _AXIS + _LEGEND + theme.foot(label)
    row = theme.row_height(wrapped, _ROW, _HEAD + bottom)
    # The second axis needs a series of its own; it draws nothing.
    carrier = {"type": "bar", "yAxisIndex": 1, "silent": True, "data": [None] * len(names)}
    option = {
        **theme.frame(label),
        "grid": {"left": theme.name_column(wrapped), "right": round(column), "top": _HEAD, "bottom": bottom},
        "xAxis": theme.value_axis(maximum, axis),
        "yAxis": [theme.category_axis(wrapped), theme.text_column(texts, head)],
        "series": [*series, carrier],
    }
    return option, _HEAD + row * len(names) + bottom


def _wrapped(names: Sequence[str]) -> list[str]:
    """Break names into two lines in the narrowest column that allows it, else in the widest."""
    for width in _NAME_WIDTHS:
        wrapped = [theme.wrap(name, width) for name in names]
        if max(theme.lines_of(name) for name in wrapped) <= _WANTED_LINES:
            break
    return wrapped


def _figure(
    key: str, caption: str, alt: str, drawn: tuple[Option, float], data: DataTable, native: NativeChart
) -> Figure:
    option, height = drawn
    return Figure(key, caption, alt, option, theme.PAGE_MM, theme.millimetres(height), data, native)


def _rate_text(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return theme.percent(rate.mean)
    return f"{theme.percent(rate.mean)}（{theme.percent(rate.low, 0)}～{theme.percent(rate.high, 0)}）"


def _known_text(known: Known) -> str:
    low, high = theme.number(known.confirmed), theme.number(known.possible)
    return f"{low if low == high else f'{low}～{high}'} / {theme.number(known.full)}"


def _whiskers(spans: Sequence[tuple[int, float | None, float | None]]) -> list[Option]:
    """Return a thin line from the least to the greatest rate, with its ends."""
    style = {"color": theme.ACCENT, "opacity": 1}
    return [
        {
            "type": "lines",
            "name": _RANGE,
            "coordinateSystem": "cartesian2d",
            "silent": True,
            "z": 5,
            "itemStyle": style,
            "lineStyle": {**style, "width": 1.4},
            "data": [{"coords": [[low, place], [high, place]]} for place, low, high in spans],
        },
        {
            "type": "scatter",
            "silent": True,
            "symbol": "rect",
            "symbolSize": [1.5, 7],
            "z": 5,
            "itemStyle": style,
            "data": [[end, place] for place, low, high in spans for end in (low, high)],
        },
    ]
