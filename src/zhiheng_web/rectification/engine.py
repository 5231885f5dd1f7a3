"""Where rectification calls the library: the marks that the signed result does not give, and a figure of progress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhiheng.framework.model import Framework, is_bonus
from zhiheng.report.content import DataTable, Figure, NativeChart, Series
from zhiheng.report.figures import theme
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.queries import UnitProgress
from zhiheng_web.refusals import Refused
from zhiheng_web.results.engine import Result
from zhiheng_web.results.queries import snapshot_of
from zhiheng_web.results.source import signed
from zhiheng_web.rounds.models import Round

__all__ = ["Lost", "NoResult", "UnitLosses", "final_result", "losses_of", "progress_figure"]


class NoResult(Refused):
    """The round has no signed result, so nobody knows what was lost."""

    code = "rectification.no_result"


@dataclass(frozen=True, slots=True)
class Lost:
    """
    Marks that a unit did not get at a point, in ticks.

    Parameters
    ----------
    no, title
        The point.
    full, final
        Full marks of what applies to the unit, and what it got.
    """

    no: int
    title: str
    full: int
    final: int

    @property
    def lost(self) -> int:
        """Return the difference."""
        return self.full - self.final


@dataclass(frozen=True, slots=True)
class UnitLosses:
    """
    What one unit lost.

    Parameters
    ----------
    code, name
        Of the unit.
    lost
        Points below their full marks, in printed order.
    open
        Numbers of points whose marks the result leaves open: what was lost there is not known, and not zero.
    """

    code: str
    name: str
    lost: tuple[Lost, ...]
    open: tuple[int, ...]


def final_result(round_: Round, words: str) -> tuple[Result, str]:
    """Return the signed result of a round and the hash of its file. Refused: a round that has none, with `words`."""
    found = snapshot_of(round_)
    if found is None:
        raise NoResult(words)
    return signed(found), found.sha256


def losses_of(round_: Round, result: Result, units: Iterable[int] | None = None) -> list[UnitLosses]:
    """
    Return what units lost by the signed result.

    Parameters
    ----------
    round_, result
        The round and its signed result.
    units
        Rows of the result; None for all.

    Notes
    -----
    Full marks are those of what applies to the unit, so a point that does not apply loses nothing; a bonus that was not
    earned is no loss either.
    """
    framework = framework_of(round_.framework)
    columns = _columns(framework, result)
    places = range(len(result.units)) if units is None else units
    found = []
    for place in places:
        lost, open_ = [], []
        for column, no, title in columns:
            low, high = int(result.confirmed[place, column]), int(result.possible[place, column])
            full = int(result.base[place, column])
            if low != high:
                open_.append(no)
            elif low < full:
                lost.append(Lost(no, title, full, low))
        unit = result.units[place]
        found.append(UnitLosses(unit.code, unit.name, tuple(lost), tuple(open_)))
    return found


def _columns(framework: Framework, result: Result) -> list[tuple[int, int, str]]:
    return [
        (result.column(f"p{point.no}"), point.no, point.name)
        for _parent, point in framework.points
        if not is_bonus(point)
    ]


_ROW, _HEAD, _FOOT = 24, 14, 64
_PARTS = (
    ("done", "整改完成", theme.PRIMARY), ("filed", "待复核", theme.CLAIMED), ("returned", "退回整改", theme.ACCENT),
    ("issued", "待整改", theme.TRACK),
)  # fmt: skip


def progress_figure(caption: str, units: Sequence[UnitProgress], *, label: str = "") -> Figure:
    """Return the items of units by state as stacked bars, one a unit, in the order given."""
    names = [theme.wrap(unit.name, 20) for unit in units]
    most = max((unit.counts.all for unit in units), default=1)
    bottom = _FOOT + theme.foot(label)
    series = [
        {
            "type": "bar", "name": name, "stack": "items", "barWidth": "58%",
            "itemStyle": {"color": color, "borderColor": theme.MUTED, "borderWidth": 0.5},
            "data": theme.mark_names(
                [{"value": getattr(unit.counts, key)} for unit in units],
                [f"{unit.name}：{name}{getattr(unit.counts, key)}项" for unit in units],
            ),
        }
        for key, name, color in _PARTS
    ]  # fmt: skip
    height = _HEAD + _ROW * max(1, len(units)) + bottom
    option = {
        **theme.frame(label),
        "grid": {"left": theme.name_column(names), "right": 24, "top": _HEAD, "bottom": bottom},
        "xAxis": theme.value_axis(theme.end_of_axis(float(most)), "整改事项（项）"),
        "yAxis": [theme.category_axis(names)],
        "series": series,
        "legend": theme.legend([name for _key, name, _color in _PARTS], theme.foot(label)),
    }
    spoken = "；".join(
        f"{unit.name}{unit.counts.all}项，完成{unit.counts.done}项、待复核{unit.counts.filed}项、"
        f"退回{unit.counts.returned}项、待整改{unit.counts.issued}项"
        for unit in units
    )
    lists = {key: tuple(float(getattr(unit.counts, key)) for unit in units) for key, _name, _color in _PARTS}
    native = NativeChart(
        "stacked", tuple(unit.name for unit in units),
        tuple(Series(name, lists[key], color) for key, name, color in _PARTS), float(most), "整改事项（项）",
    )  # fmt: skip
    data = DataTable(
        ("单位", *(name for _key, name, _color in _PARTS), "合计"),
        tuple(
            (unit.name, *(getattr(unit.counts, key) for key, _name, _color in _PARTS), unit.counts.all)
            for unit in units
        ),
    )
    alt = f"堆叠条形图：{spoken}。"
    return Figure("rectification", caption, alt, option, theme.PAGE_MM, theme.millimetres(height), data, native)
