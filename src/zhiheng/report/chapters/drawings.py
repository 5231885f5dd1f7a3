"""From case and result to the plain data that the figures want."""

from __future__ import annotations

import numpy as np

from zhiheng.assessment.case import Unit
from zhiheng.assessment.facts import Status
from zhiheng.framework.model import Indicator, Thresholds
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.content import Figure
from zhiheng.report.figures.bars import Known, Rate, known_bars, rate_bars
from zhiheng.report.figures.heat import Column, Row
from zhiheng.report.figures.heat import heat_figure as heat_map
from zhiheng.report.figures.radar import Axis, radar_figure
from zhiheng.report.figures.ranking import Bounds, Line, Total, bounds_figure
from zhiheng.report.figures.ranking import ranking_figure as ranked_bars
from zhiheng.report.figures.tiles import Tile
from zhiheng.report.figures.tiles import tile_figure as tile_map
from zhiheng.report.figures.tree import Branch
from zhiheng.report.figures.tree import tree_figure as branches

MOST_BARS = 40
"""Units in the figure of totals and in the heat map."""


def tree_figure(brief: Brief) -> Figure:
    """Return the tree of the framework."""
    framework = brief.case.framework
    by_marks = framework.joined == "sum"

    def branch(indicator: Indicator) -> Branch:
        number = f"{indicator.number}. " if indicator.number else ""
        marks = float(indicator.marks) if indicator.marks is not None else float(indicator.weight or 0)
        return Branch(f"{number}{indicator.title}", marks, tuple(branch(c) for c in indicator.children))

    root = Branch(
        f"{brief.subject}评估指标体系", float(framework.total), tuple(branch(i) for i in framework.indicators)
    )
    caption = f"{brief.area}{brief.subject}评估指标体系"
    return branches("fig-tree", caption, root, unit="分" if by_marks else "", label="")


def ranking_figure(brief: Brief) -> Figure:
    """Return the totals of all units: bars by rank, or intervals with the published totals."""
    full = brief.number(brief.result.nodes[0].full)
    if brief.evidence:
        caption = f"各地区公开事实支持的{brief.subject}得分区间和公布总分"
        units = [_bounds(brief, unit) for unit in brief.ranked[:MOST_BARS]]
        return bounds_figure("fig-ranking", caption, units, full=full, label=brief.label)
    results = {u.code: u for u in brief.result.units}
    totals = [Total(u.name, float(brief.marks(u.code)), results[u.code].grade or "") for u in brief.ranked[:MOST_BARS]]
    grades = brief.case.framework.grades
    mean = round(float(brief.diagnosis.field[0][0]) * full, 1)
    thresholds = []
    if isinstance(grades, Thresholds):
        thresholds = [Line(b.name, float(b.low)) for b in grades.bands if b.low > 0]
    return ranked_bars(
        "fig-ranking",
        f"{brief.area}各地区{brief.subject}得分情况",
        totals,
        full=full,
        grades=grades.names,
        mean=Line(f"{brief.whole}平均", mean),
        thresholds=thresholds,
        label=brief.label,
    )


def _bounds(brief: Brief, unit: Unit) -> Bounds:
    interval = brief.result.interval(unit.code)
    published = brief.case.published.get(unit.code)
    exact = band = None
    if published is not None and published.exact is not None:
        exact = float(published.exact)
    elif published is not None and (published.low is not None or published.high is not None):
        total = brief.number(brief.result.nodes[0].full)
        low = 0.0 if published.low is None else float(published.low)
        band = (low, total if published.high is None else float(published.high))
    confirmed, claimed, possible = (brief.number(t) for t in (interval.confirmed, interval.claimed, interval.possible))
    return Bounds(unit.name, confirmed, claimed, possible, exact, band)


def unit_radar(brief: Brief, unit: Unit, key: str) -> Figure:
    """Return the profile of one unit against the field."""
    means = brief.diagnosis.field[0]
    axes = []
    for node in brief.nodes(brief.profile_level):
        mean = float(means[brief.result.column(node.code)])
        axes.append(Axis(node.short, brief.rate(unit.code, node.code), None if np.isnan(mean) else mean))
    caption = f"{unit.name}{brief.subject}各考核内容评估情况"
    return radar_figure(key, caption, unit.name, axes, mean_name=f"{brief.whole}平均", label=brief.label)


def evidence_profile(brief: Brief, unit: Unit, key: str) -> Figure:
    """Return the intervals of one unit, indicator by indicator."""
    result, row = brief.result, brief.result.row(unit.code)
    known = []
    for node in brief.nodes(brief.profile_level):
        interval = result.interval(unit.code, node.code)
        confirmed, claimed, possible = (
            brief.number(t) for t in (interval.confirmed, interval.claimed, interval.possible)
        )
        full = brief.number(result.base[row, result.column(node.code)])
        known.append(Known(node.short, confirmed, claimed, possible, full))
    return known_bars(key, f"{unit.name}{brief.subject}各考核内容得分区间", known, label=brief.label)


def weakest_figure(brief: Brief) -> Figure:
    """Return the indicators of the lowest level, weakest first."""
    result, rates = brief.result, []
    for column in result.level(brief.lowest_level):
        values = result.rates[:, column]
        if not np.isnan(values).all():
            mean, low, high = float(np.nanmean(values)), float(np.nanmin(values)), float(np.nanmax(values))
            rates.append(Rate(result.nodes[column].short, mean, low, high))
    what = "已核实得分率" if brief.evidence else "得分率"
    name = brief.case.framework.level_names[brief.lowest_level - 1]
    caption = f"{brief.area}各项{name}{brief.whole}平均{what}"
    return rate_bars("fig-weakest", caption, rates, mean_name=f"{brief.whole}平均{what}", label=brief.label)


def heat_figure(brief: Brief) -> Figure:
    """Return units by indicators of the lowest level; where a unit shows nothing the cell stays empty, not zero."""
    nodes = brief.nodes(brief.lowest_level)
    columns = [Column(n.number or str(i), n.short) for i, n in enumerate(nodes, 1)]
    rows = [Row(unit.name, tuple(_known_rate(brief, unit, n.code) for n in nodes)) for unit in brief.ranked[:MOST_BARS]]
    what = "已核实得分率" if brief.evidence else "得分率"
    name = brief.case.framework.level_names[brief.lowest_level - 1]
    return heat_map("fig-heat", f"各地区{len(nodes)}项{name}{what}", columns, rows, label=brief.label)


def _known_rate(brief: Brief, unit: Unit, code: str) -> float | None:
    points = [n for n in brief.points if n.parent == code]
    if all(brief.result.status(unit.code, int(n.number)) is Status.UNKNOWN for n in points):
        return None
    return brief.rate(unit.code, code)


def tile_figure(brief: Brief) -> Figure | None:
    """Return the tile-grid map with totals and grades, or None where the case places no units on it."""
    placed = [u for u in brief.case.units if u.tile is not None]
    if len(placed) < len(brief.case.units) or len(placed) > MOST_BARS:
        return None
    results = {u.code: u for u in brief.result.units}
    tiles = []
    for unit in placed:
        assert unit.tile is not None
        about = results[unit.code]
        value = (about.published or "—") if brief.evidence else brief.marks(unit.code)
        tiles.append(Tile(unit.name, *unit.tile, value, about.grade or ""))
    what = "公布总分" if brief.evidence else "得分"
    return tile_map(
        "fig-tiles",
        f"{brief.area}各地区{brief.subject}{what}分布",
        tiles,
        grades=brief.case.framework.grades.names,
        missing="等次未定",
        label=brief.label,
    )
