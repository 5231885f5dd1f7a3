"""What made a total change from one year to the next: scores, weights, or the framework itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhiheng.report.content import DataTable, Figure
from zhiheng.report.figures import theme
from zhiheng.report.figures.theme import Option

_ROW, _AXIS, _LEGEND, _HEAD = 26, 42, 22, 22
_BAR = "58%"
_NAME_EM = 9
_PARTS = (("得分变化", theme.PRIMARY), ("权重变化", theme.CLAIMED), ("指标变化", "#C9CFD6"))
_TOTAL = "合计"


@dataclass(frozen=True, slots=True)
class Change:
    """One unit's change in marks and its three causes; the causes add up to the change."""

    name: str
    scores: float
    weights: float
    framework: float

    @property
    def parts(self) -> tuple[float, float, float]:
        """The causes in the order of the legend."""
        return (self.scores, self.weights, self.framework)

    @property
    def total(self) -> float:
        """The whole change."""
        return round(sum(self.parts), 6)


def change_figure(key: str, caption: str, changes: Sequence[Change], *, label: str = "") -> Figure:
    """
    Return diverging stacked bars of the causes of change, the sum marked by a diamond and printed at the right.

    Parameters
    ----------
    key, caption
        Of the figure.
    changes
        One entry a unit, first on top.
    label
        What the figure must say about its data, or "".
    """
    names = [theme.wrap(change.name, _NAME_EM) for change in changes]
    reach = max((max(_reach(change)) for change in changes), default=0.0)
    end = theme.end_of_axis(reach)
    bottom = _AXIS + _LEGEND + theme.foot(label)
    row = theme.row_height(names, _ROW, _HEAD + bottom)
    texts = [_signed(change.total) for change in changes]
    option = {
        **theme.frame(label),
        "grid": {"left": theme.name_column(names), "right": 60, "top": _HEAD, "bottom": bottom},
        "xAxis": theme.value_axis(end, "得分变化（分）", min=-end, interval=end / 4),
        "yAxis": [
            {
                **theme.category_axis(names),
                "axisLine": {"show": True, "onZero": False, "lineStyle": {"color": theme.MUTED}},
            },
            theme.text_column(texts, _TOTAL),
        ],
        "legend": theme.legend([*(name for name, _ in _PARTS), _TOTAL], theme.foot(label)),
        "series": [*(_bars(changes, place) for place in range(len(_PARTS))), _totals(changes), _carrier(len(changes))],
    }
    return Figure(
        key,
        caption,
        _alt(changes),
        option,
        theme.PAGE_MM,
        theme.millimetres(_HEAD + row * len(changes) + bottom),
        DataTable(
            ("名称", *(name for name, _ in _PARTS), _TOTAL),
            tuple((change.name, *change.parts, change.total) for change in changes),
        ),
    )


def _reach(change: Change) -> tuple[float, float]:
    """Return how far the bars reach to the right and to the left."""
    return (sum(p for p in change.parts if p > 0), -sum(p for p in change.parts if p < 0))


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{theme.number(value)}".replace("-", "−")


def _bars(changes: Sequence[Change], place: int) -> Option:
    name, color = _PARTS[place]
    return {
        "type": "bar",
        "name": name,
        "stack": "total",
        "barWidth": _BAR,
        "itemStyle": {"color": color, "borderColor": theme.MUTED, "borderWidth": 0.5},
        "data": [
            {"value": change.parts[place], "name": f"{change.name}：{name}{_signed(change.parts[place])}分"}
            for change in changes
        ],
    }


def _totals(changes: Sequence[Change]) -> Option:
    return {
        "type": "scatter",
        "name": _TOTAL,
        "symbol": "diamond",
        "symbolSize": 11,
        "z": 5,
        "itemStyle": {"color": theme.ACCENT, "opacity": 1, "borderColor": theme.PAPER, "borderWidth": 1},
        "data": [
            {"value": [change.total, place], "name": f"{change.name}：{_TOTAL}{_signed(change.total)}分"}
            for place, change in enumerate(changes)
        ],
    }


def _carrier(count: int) -> Option:
    """Return the empty series that the axis of texts needs."""
    return {"type": "bar", "yAxisIndex": 1, "silent": True, "data": [None] * count}


def _alt(changes: Sequence[Change]) -> str:
    parts = [
        f"{change.name}合计{_signed(change.total)}分（"
        + "、".join(f"{name}{_signed(value)}" for (name, _), value in zip(_PARTS, change.parts, strict=True))
        + "）"
        for change in changes
    ]
    return f"堆叠条形图，得分变化的构成：{'；'.join(parts)}。"
