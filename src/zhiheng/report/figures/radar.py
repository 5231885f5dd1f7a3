"""One unit's score rates on the axes of a radar, against the mean of all units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure, NativeChart, Series
from zhiheng.report.figures import theme
from zhiheng.report.figures.bars import Rate, rate_bars

_RADIUS, _GAP, _LEGEND = 105, 12, 30
_NAME_EM = 13
_FEWEST_AXES = 3


@dataclass(frozen=True, slots=True)
class Axis:
    """An indicator with the unit's score rate and the mean of all units, each in [0, 1] or None."""

    name: str
    rate: float | None
    mean: float | None


def radar_figure(
    key: str, caption: str, unit: str, axes: Sequence[Axis], *, mean_name: str = "全省平均", label: str = ""
) -> Figure:
    """
    Return the radar of one unit. Axes without a rate are left out and named below, so that nothing is drawn as zero.

    Parameters
    ----------
    key, caption
        Of the figure.
    unit
        Name of the unit.
    axes
        Clockwise from the top. With fewer than three that have a rate, bars are drawn instead.
    mean_name
        What the dashed outline shows.
    label
        What the figure must say about its data, or "".
    """
    drawn = [axis for axis in axes if axis.rate is not None]
    left_out = [axis.name for axis in axes if axis.rate is None]
    if len(drawn) < _FEWEST_AXES:
        bars = [Rate(axis.name, axis.rate) for axis in axes]
        return rate_bars(key, caption, bars, mean_name=f"{unit}得分率", ranked=False, label=label)
    rates = [theme.as_percent(axis.rate) for axis in drawn]
    means = [theme.as_percent(axis.mean) for axis in drawn]
    compared = all(mean is not None for mean in means)
    names = [f"{theme.wrap(axis.name, _NAME_EM)}\n{theme.percent(axis.rate)}" for axis in drawn]
    center = theme.lines_of(names[0]) * theme.LINE + _GAP + _RADIUS
    lowest = max(-math.cos(2 * math.pi * place / len(drawn)) for place in range(len(drawn))) * _RADIUS
    below = lowest + max(theme.lines_of(name) for name in names) * theme.LINE + _GAP
    note = f"{'、'.join(left_out)}不适用或无得分，未列入" if left_out else ""
    option = {
        **theme.frame(label, note=note),
        "legend": theme.legend([unit, mean_name] if compared else [unit], theme.foot(label, note)),
        "radar": {
            "center": ["50%", center],
            "radius": _RADIUS,
            "splitNumber": 4,
            "indicator": [{"name": name, "min": 0, "max": 100} for name in names],
            "axisName": {**theme.text_style(), "lineHeight": theme.LINE},
            "axisNameGap": 7,
            "axisLine": {"lineStyle": {"color": theme.RULE}},
            "splitLine": {"lineStyle": {"color": theme.RULE}},
            "splitArea": {"show": False},
        },
        "series": [
            {
                "type": "radar",
                "symbolSize": 4,
                "data": [
                    {
                        "value": rates,
                        "name": unit,
                        "itemStyle": {"color": theme.PRIMARY},
                        "lineStyle": {"color": theme.PRIMARY, "width": 2},
                        "areaStyle": {"color": theme.PRIMARY, "opacity": 0.12},
                    },
                    *([_mean(means, mean_name)] if compared else []),
                ],
            }
        ],
    }
    del option["tooltip"]["formatter"]
    series = [Series(unit, tuple(rates), theme.PRIMARY)]
    if compared:
        series.append(Series(mean_name, tuple(means), theme.ACCENT, "line"))
    return Figure(
        key,
        caption,
        _alt(unit, drawn, mean_name, note, compared=compared),
        option,
        theme.PAGE_MM,
        theme.millimetres(center + below + _LEGEND + theme.foot(label, note)),
        DataTable(
            ("指标", f"{unit}得分率（%）", f"{mean_name}（%）"),
            tuple((a.name, theme.as_percent(a.rate), theme.as_percent(a.mean)) for a in axes),
        ),
        NativeChart("radar", tuple(axis.name for axis in drawn), tuple(series), 100, "得分率（%）", percent=True),
    )


def _mean(means: Sequence[float | None], name: str) -> dict[str, object]:
    return {
        "value": list(means),
        "name": name,
        "symbol": "rect",
        "itemStyle": {"color": theme.ACCENT},
        "lineStyle": {"color": theme.ACCENT, "width": 1.5, "type": "dashed"},
    }


def _alt(unit: str, drawn: Sequence[Axis], mean_name: str, note: str, *, compared: bool) -> str:
    parts = [
        f"{a.name}{theme.percent(a.rate)}" + (f"（{mean_name}{theme.percent(a.mean)}）" if compared else "")
        for a in drawn
    ]
    return f"雷达图，{unit}各项得分率：{'、'.join(parts)}{'；' + note if note else ''}。"
