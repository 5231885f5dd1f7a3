"""The page for leaders: ranking, map, distribution and weakest points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from zhiheng.framework.model import Thresholds
from zhiheng.report.figures import theme
from zhiheng.report.figures.bars import Rate, rate_bars
from zhiheng.report.figures.distribution import Bin, distribution_figure
from zhiheng.report.figures.ranking import Line, Total, bounds_figure, ranking_figure
from zhiheng.report.figures.tiles import NOTE, Tile, tile_figure
from zhiheng_web.dashboards.engine.charts import Chart, chart_of
from zhiheng_web.dashboards.engine.places import BY_ORDER, places_of
from zhiheng_web.dashboards.engine.source import Field
from zhiheng_web.dashboards.engine.wording import Standing, bounds_of, mark_at, span, standing_of
from zhiheng_web.rounds.models import Round

MOST_BARS = 40
"""Units in the figure of totals and on the map: more do not fit a page of paper."""
MOST_GAPS = 12
BINS = 10
OPEN = "等次未定"


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A point where the units lose marks.

    Parameters
    ----------
    node, parent, number, title
        The point, and the indicator that it is a part of.
    rate
        Mean score rate as text; a range while marks are open.
    lost
        Marks that all units together miss to full marks, as text; a range while marks are open.
    settled
        Whether nothing is open at the point.
    """

    node: str
    parent: str
    number: str
    title: str
    rate: str
    lost: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """
    The figures above the charts.

    Parameters
    ----------
    units, settled
        Units in all, and those of which every mark is decided.
    mean, full
        Mean total, a range while marks are open, and full marks, as text.
    grades
        (grade, count of units for certain), from the highest.
    open_grades
        Units whose grade is not certain.
    """

    units: int
    settled: int
    mean: str
    full: str
    grades: tuple[tuple[str, int], ...]
    open_grades: int


def summary(field: Field) -> Summary:
    """Return the figures above the charts."""
    result = field.result
    names = [unit.grade for unit in result.units]
    ends = (float(layer[:, 0].mean()) * float(result.step) for layer in (result.scores, result.possible))
    low, high = (theme.number(round(end, 2)) for end in ends)
    return Summary(
        len(names),
        field.settled_units,
        span(low, high),
        result.scale.text(result.nodes[0].full),
        tuple((grade, names.count(grade)) for grade in field.framework.grades.names),
        names.count(None),
    )


def standings(field: Field, start: int = 0, stop: int | None = None) -> list[Standing]:
    """Return units of the ranking in its order, from `start` to before `stop`."""
    return [standing_of(field, row) for row in field.order[start:stop]]


def ranking_chart(field: Field, round_: Round) -> Chart:
    """Return totals as ranked bars with grades, or as ranges while marks are open; the first forty units."""
    result, rows = field.result, field.order[:MOST_BARS]
    full, label = _number(field, result.nodes[0].full), round_.short_label
    tail = "" if len(rows) == len(field.order) else f"（前{len(rows)}个）"
    if not result.settled:
        units = [bounds_of(field, row) for row in rows]
        return chart_of(bounds_figure("ranking", f"各单位得分区间{tail}", units, full=full, label=label))
    totals = [
        Total(result.units[row].name, _number(field, int(result.scores[row, 0])), result.units[row].grade or "")
        for row in rows
    ]
    grades = field.framework.grades
    lines = [Line(b.name, float(b.low)) for b in grades.bands if b.low > 0] if isinstance(grades, Thresholds) else []
    mean = Line(f"{round_.whole}平均", round(float(result.scores[:, 0].mean()) * float(result.step), 1))
    made = ranking_figure(
        "ranking", f"各单位得分和等次{tail}", totals,
        full=full, grades=grades.names, mean=mean, thresholds=lines, label=label,
    )  # fmt: skip
    return chart_of(made)


def tiles_chart(field: Field, round_: Round) -> Chart | None:
    """Return the tile-grid map with totals and grades; None for more units than fit."""
    units = field.result.units
    if len(units) > MOST_BARS:
        return None
    places, true_places = places_of([unit.code for unit in units])
    tiles = [
        Tile(unit.name, *place, mark_at(field, row, 0).text, unit.grade or "")
        for row, (unit, place) in enumerate(zip(units, places, strict=True))
    ]
    made = tile_figure(
        "tiles", "各单位得分分布图", tiles,
        grades=field.framework.grades.names, missing=OPEN,
        note=NOTE if true_places else BY_ORDER, label=round_.short_label,
    )  # fmt: skip
    return chart_of(made)


def distribution_chart(field: Field, round_: Round) -> Chart:
    """Return how many units lie in each tenth of the full marks; an open total counts in each that it may reach."""
    result = field.result
    full = result.nodes[0].full
    edges = [full * place // BINS for place in range(BINS + 1)]
    # Full marks belong to the last band.
    low, high = (np.minimum(layer[:, 0], full - 1) for layer in (result.scores, result.possible))
    first, last = (np.searchsorted(edges, end, "right") - 1 for end in (low, high))
    bins = []
    for place in range(BINS):
        touches = (first <= place) & (last >= place)
        sure = touches & (first == last)
        name = f"{result.scale.text(edges[place])}～{result.scale.text(edges[place + 1])}"
        bins.append(Bin(name, int(sure.sum()), int((touches & ~sure).sum())))
    return chart_of(distribution_figure("distribution", "各分数段单位数", bins, label=round_.short_label))


def weakest_chart(field: Field, round_: Round) -> Chart | None:
    """Return the points with the lowest mean rate among those that are settled for all units; None without any."""
    result, rates = field.result, []
    for column in _points(field):
        values = result.rates[:, column]
        if field.settled_nodes[column] and not np.isnan(values).all():
            node = result.nodes[column]
            ends = (float(np.nanmean(values)), float(np.nanmin(values)), float(np.nanmax(values)))
            rates.append(Rate(f"{node.number}. {node.short}", *ends))
    if not rates:
        return None
    caption = f"{round_.whole}得分率最低的考核要点"
    return chart_of(
        rate_bars("weakest", caption, rates, mean_name="平均得分率", most=MOST_GAPS, label=round_.short_label)
    )


def gaps(field: Field, most: int = MOST_GAPS) -> list[Gap]:
    """Return the points where all units together lose most confirmed marks, most first."""
    result = field.result
    columns = np.array(_points(field))
    base = result.base[:, columns]
    least = (base - result.possible[:, columns]).sum(0)
    lost = (base - result.scores[:, columns]).sum(0)
    ranked = sorted(range(len(columns)), key=lambda at: (-int(least[at]), -int(lost[at]), at))
    found = []
    for at in ranked[:most]:
        node, whole = result.nodes[columns[at]], int(base[:, at].sum())
        low, high = (theme.percent(1 - int(miss[at]) / whole) if whole else theme.NO_VALUE for miss in (lost, least))
        settled = bool(field.settled_nodes[columns[at]])
        words = span(result.scale.text(int(least[at])), result.scale.text(int(lost[at])))
        found.append(Gap(node.code, node.parent, node.number, node.short, span(low, high), words, settled))
    return found


def ranking_rows(field: Field) -> tuple[tuple[str, ...], list[Sequence[object]]]:
    """Return head and rows of the whole ranking for a file."""
    full = field.result.scale.text(field.result.nodes[0].full)
    head = (_("名次"), _("代码"), _("单位"), _("分组"), _("得分"), _("满分"), _("得分率"), _("等次"), _("说明"))
    rows: list[Sequence[object]] = [
        (s.rank, s.code, s.name, s.group, s.mark.text, full, s.mark.rate, s.grade, _undecided(s))
        for s in standings(field)
    ]
    return head, rows


def _undecided(one: Standing) -> str:
    parts = ((one.rank_open, _("名次未定")), (one.grade_open, _("等次未定")))
    return "，".join(text for is_open, text in parts if is_open)


def _points(field: Field) -> list[int]:
    return [column for column, node in enumerate(field.result.nodes) if node.is_point]


def _number(field: Field, ticks: int) -> float:
    return float(field.result.scale.marks(ticks))
