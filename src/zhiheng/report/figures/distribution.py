"""How many units lie in each band of totals: certain ones apart from those whose total is still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure, NativeChart, Series
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_TOP, _AXIS, _LEGEND, _PLOT, _RIGHT, _LEFT = 22, 42, 22, 190, 12, 44
_BAR = "62%"
_SURE, _OPEN = "得分已定", "得分可能在此"
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """
    A band of totals.

    Parameters
    ----------
    name
        As printed under its column: `60～70`.
    sure
        Units whose total is certain to lie in the band.
    possible
        Units whose total may lie in it but need not; such a unit is counted in each band it may reach.
    """

    name: str
    sure: int
    possible: int = 0


def distribution_figure(
    key: str, caption: str, bins: Sequence[Bin], *, axis: str = "总分（分）", label: str = ""
) -> Figure:
    """
    Return the count of units in each band as columns, those that only may lie there pale on top.

    Parameters
    ----------
    key, caption
        Of the figure.
    bins
        Bands from the lowest to the highest.
    axis
        Title of the axis of the bands.
    label
        What the figure must say about its data, or "".
    """
    open_ones = any(each.possible for each in bins)
    shown = ((_SURE, theme.CONFIRMED), *(((_OPEN, theme.POSSIBLE),) if open_ones else ()))
    parts = [(each.sure, each.possible) for each in bins]
    highest = max((sum(part) for part in parts), default=0)
    end = theme.end_of_axis(max(highest, _TICKS))
    bottom = _AXIS + theme.foot(label) + _LEGEND
    names = [each.name for each in bins]
    option = {
        **theme.frame(label),
        "grid": {"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": bottom},
        "xAxis": {
            **theme.category_axis(names, inverse=False),
            "name": axis,
            "nameLocation": "middle",
            "nameGap": 24,
            "nameTextStyle": theme.text_style(theme.SMALL, theme.MUTED),
        },
        "yAxis": {
            **theme.value_axis(end),
            "name": "单位数",
            "nameLocation": "end",
            "nameGap": 8,
            "minInterval": 1,
        },
        "legend": theme.legend([name for name, _ in shown], theme.foot(label)),
        "series": [_columns(bins, place, name, color) for place, (name, color) in enumerate(shown)],
    }
    series = tuple(
        Series(name, tuple(float(part[place]) for part in parts), color) for place, (name, color) in enumerate(shown)
    )
    return Figure(
        key,
        caption,
        _alt(bins),
        option,
        theme.PAGE_MM,
        theme.millimetres(_TOP + _PLOT + bottom),
        DataTable(("分数段", _SURE, _OPEN), tuple((each.name, each.sure, each.possible) for each in bins)),
        # Word has no stacked columns here; where something is open the figure stays a picture.
        None if open_ones else NativeChart("column", tuple(names), series, end, "单位数"),
    )


def _columns(bins: Sequence[Bin], place: int, name: str, color: str) -> Option:
    counts = [(each.sure, each.possible)[place] for each in bins]
    return {
        "type": "bar",
        "name": name,
        "stack": "total",
        "barWidth": _BAR,
        "itemStyle": {"color": color, "borderColor": theme.MUTED, "borderWidth": 0.5},
        "data": [
            {
                "value": count,
                "name": f"{each.name}分：{name}{count}个单位",
                "label": {
                    "show": count > 0,
                    "position": "inside",
                    "formatter": str(count),
                    **theme.text_style(color=theme.ink_on(color)),
                },
            }
            for each, count in zip(bins, counts, strict=True)
        ],
    }


def _alt(bins: Sequence[Bin]) -> str:
    parts = [
        f"{each.name}分{each.sure}个" + (f"（另有{each.possible}个可能在此）" if each.possible else "") for each in bins
    ]
    return f"柱形图，各分数段的单位数：{'、'.join(parts)}。"
