"""One unit, and units side by side: profile, bars, strengths and weaknesses, and what recovers most marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhiheng.assessment.facts import Status
from zhiheng.framework.model import Thresholds
from zhiheng.report.figures import theme
from zhiheng.report.figures.bars import Known, Score, known_bars, score_bars
from zhiheng.report.figures.heat import Column, Row, heat_figure
from zhiheng.report.figures.radar import Axis, radar_figure
from zhiheng.report.figures.ranking import Total, bounds_figure, ranking_figure
from zhiheng.scoring.grade import grade_by_total
from zhiheng.scoring.result import STATUSES
from zhiheng_web.assessments.engine import settled_totals
from zhiheng_web.dashboards.engine.charts import Chart, chart_of
from zhiheng_web.dashboards.engine.source import Bools, Field, Ints
from zhiheng_web.dashboards.engine.wording import Mark, bounds_of, mark_at
from zhiheng_web.rounds.models import Round

MOST_BARS = 24
NOT_APPLICABLE = STATUSES.index(Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    A strength or a weakness.

    Parameters
    ----------
    node, title
        The indicator.
    mark
        What the unit has.
    mean
        Mean rate of all units as text.
    rank
        Rank of the unit at the indicator.
    word
        Word of the ladder for the rate.
    """

    node: str
    title: str
    mark: Mark
    mean: str
    rank: int
    word: str


@dataclass(frozen=True, slots=True)
class Step:
    """
    A point that could give more marks.

    Parameters
    ----------
    node, number, title
        The point.
    mark
        What the unit has.
    gain
        Marks by which the total rises when the point gets its full marks, as text.
    now
        Marks of the point that can still be had in this round, as text; "" where the point is decided.
    total
        Total once this point and all above it have full marks, as text.
    grade
        Grade by that total, before vetoes; "" where grades go by quota.
    """

    node: str
    number: str
    title: str
    mark: Mark
    gain: str
    now: str
    total: str
    grade: str


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A line of the table of all marks: a node with its depth, what the unit has, and the mean rate of all units."""

    level: int
    number: str
    title: str
    mark: Mark
    mean: str
    is_point: bool


def profile_chart(field: Field, round_: Round, unit: str) -> Chart:
    """Return the profile of a unit against the mean of all: a radar, or ranges while marks are open."""
    result, row = field.result, field.result.row(unit)
    name, columns = result.units[row].name, _profile(field)
    if not field.settled_nodes[columns].all():
        known = [_known(field, row, column) for column in columns]
        return chart_of(known_bars("profile", f"{name}各项得分区间", known, label=round_.short_label))
    axes = []
    for column in columns:
        rate, mean = float(result.rates[row, column]), float(field.diagnosis.field[0][column])
        axes.append(Axis(result.nodes[column].short, *(None if np.isnan(v) else v for v in (rate, mean))))
    made = radar_figure(
        "profile", f"{name}各项得分率", name, axes, mean_name=f"{round_.whole}平均", label=round_.short_label
    )
    return chart_of(made)


def bars_chart(field: Field, round_: Round, unit: str) -> Chart:
    """Return the indicators of the lowest level against full marks, or their ranges while marks are open."""
    result, row = field.result, field.result.row(unit)
    name, columns = result.units[row].name, list(result.level(result.depth))[:MOST_BARS]
    caption = f"{name}得分与满分"
    if (result.confirmed[row, columns] != result.possible[row, columns]).any():
        known = [_known(field, row, column) for column in columns]
        return chart_of(known_bars("bars", caption, known, label=round_.short_label))
    scores = []
    for column in columns:
        full = int(result.base[row, column])
        score = _number(field, int(result.scores[row, column])) if full else None
        scores.append(Score(result.nodes[column].short, score, _number(field, full)))
    return chart_of(score_bars("bars", caption, scores, label=round_.short_label))


def judgements(field: Field, unit: str) -> tuple[list[Judgement], list[Judgement], int]:
    """
    Return strengths, weaknesses, and how many indicators are not judged because marks of some unit are open there.

    Parameters
    ----------
    field, unit
        The result and the code of the unit.
    """
    result, row = field.result, field.result.row(unit)
    found: dict[str, list[Judgement]] = {"strength": [], "weakness": []}
    columns = result.level(result.depth)
    judged = [column for column in columns if field.settled_nodes[column] and field.settled_nodes[0]]
    for column in judged:
        one = field.diagnosis.node(unit, result.nodes[column].code)
        if one is not None and one.verdict is not None:
            mark = mark_at(field, row, column)
            shown = Judgement(one.code, result.nodes[column].short, mark, theme.percent(one.mean), one.rank, one.word)
            found[one.verdict].append(shown)
    order = {"strength": -1, "weakness": 1}
    for verdict, listed in found.items():
        listed.sort(key=lambda j: order[verdict] * float(result.rates[row, result.column(j.node)]))
    return found["strength"], found["weakness"], len(columns) - len(judged)


def plan(field: Field, unit: str) -> list[Step]:
    """
    Return the points whose full marks would raise the confirmed total, the greatest rise first.

    Parameters
    ----------
    field, unit
        The result and the code of the unit.

    Notes
    -----
    The rise is calculated by the tree itself, one point at a time, so it is exact under weights and geometric means
    as well; equal rises keep printed order. `Step.total` is what the points up to a line give together.
    """
    result, row = field.result, field.result.row(unit)
    marks, applies = point_marks(field, row), applying(field, row)
    full = result.base[row, result.first_point :]
    missing = [int(at) for at in np.flatnonzero(applies & (marks < full))]
    if not missing:
        return []
    singles = np.repeat(marks[None], len(missing) + 1, axis=0)
    for line, at in enumerate(missing, 1):
        singles[line, at] = full[at]
    totals = _totals(field, singles, applies)
    gains = {at: int(totals[line] - totals[0]) for line, at in enumerate(missing, 1)}
    ranked = sorted((at for at in missing if gains[at] > 0), key=lambda at: (-gains[at], at))
    together = np.repeat(marks[None], len(ranked), axis=0)
    for line, at in enumerate(ranked):
        together[line:, at] = full[at]
    sums = _totals(field, together, applies).tolist() if ranked else []
    return [_step(field, row, at, gains[at], total) for at, total in zip(ranked, sums, strict=True)]


def _step(field: Field, row: int, at: int, gain: int, total: int) -> Step:
    result, framework = field.result, field.framework
    column = result.first_point + at
    node, scale = result.nodes[column], result.scale
    still = int(result.possible[row, column] - result.confirmed[row, column])
    by_total = isinstance(framework.grades, Thresholds)
    return Step(
        node.code,
        node.number,
        node.short,
        mark_at(field, row, column),
        scale.text(gain),
        scale.text(still) if still else "",
        scale.text(total),
        grade_by_total(framework, total, total)[0] if by_total else "",
    )


def node_lines(field: Field, unit: str) -> list[NodeLine]:
    """Return all nodes below the whole in printed order, parts below their whole."""
    result, row = field.result, field.result.row(unit)
    below: dict[str, list[int]] = {}
    for column, node in enumerate(result.nodes[1:], 1):
        below.setdefault(node.parent, []).append(column)
    found: list[NodeLine] = []

    def walk(code: str) -> None:
        for column in below.get(code, ()):
            node, mean = result.nodes[column], float(field.diagnosis.field[0][column])
            known = field.settled_nodes[column] and not np.isnan(mean)
            words = theme.percent(mean) if known else ""
            mark = mark_at(field, row, column)
            found.append(NodeLine(node.level, node.number, node.short, mark, words, node.is_point))
            if not node.is_point:
                walk(node.code)

    walk("")
    return found


def compare_charts(field: Field, round_: Round, units: Sequence[str]) -> list[Chart]:
    """Return totals and rates of some units side by side."""
    result, rows = field.result, [field.result.row(unit) for unit in units]
    full, label = _number(field, result.nodes[0].full), round_.short_label
    names = [result.units[row].name for row in rows]
    if all(result.confirmed[row, 0] == result.possible[row, 0] for row in rows):
        totals = [
            Total(name, _number(field, int(result.scores[row, 0]))) for name, row in zip(names, rows, strict=True)
        ]
        first = ranking_figure("totals", "总分比较", totals, full=full, label=label)
    else:
        known = [bounds_of(field, row) for row in rows]
        first = bounds_figure("totals", "得分区间比较", known, full=full, label=label)
    columns = result.level(result.depth)
    heads = [Column(result.nodes[c].number or str(at), result.nodes[c].short) for at, c in enumerate(columns, 1)]
    lines = [
        Row(name, tuple(_settled_rate(field, row, column) for column in columns))
        for name, row in zip(names, rows, strict=True)
    ]
    heat = heat_figure("rates", "各项指标得分率比较", heads, lines, corner="单位", label=label)
    return [chart_of(first), chart_of(heat)]


def compare_lines(field: Field, units: Sequence[str]) -> list[tuple[NodeLine, list[tuple[str, Mark, bool]]]]:
    """Return for every node each unit with what it has and whether it is the best; while marks are open none is."""
    result, rows = field.result, [field.result.row(unit) for unit in units]
    found = []
    for line in node_lines(field, units[0]):
        column = result.column(line.mark.node)
        marks = [mark_at(field, row, column) for row in rows]
        rates = [float(result.rates[row, column]) for row in rows]
        decided = all(mark.settled for mark in marks) and not np.isnan(rates).any()
        best = max(rates) if decided and max(rates) > min(rates) else None
        cells = [(u, m, best is not None and r == best) for u, m, r in zip(units, marks, rates, strict=True)]
        found.append((line, cells))
    return found


def point_marks(field: Field, row: int) -> Ints:
    """Return the ranked marks of a unit's points in ticks."""
    return field.result.scores[row, field.result.first_point :]


def applying(field: Field, row: int) -> Bools:
    """Return which points apply to a unit."""
    found: Bools = field.result.statuses[row] != NOT_APPLICABLE
    return found


def _totals(field: Field, marks: Ints, applies: Bools) -> Ints:
    return settled_totals(field.version, marks, np.repeat(applies[None], len(marks), axis=0))


def _profile(field: Field) -> list[int]:
    """Return the columns of the highest level with at least three indicators, else of the lowest."""
    result = field.result
    levels = [list(result.level(level)) for level in range(1, result.depth + 1)]
    return next((columns for columns in levels if len(columns) >= 3), levels[-1])  # noqa: PLR2004 - axes of a radar


def _known(field: Field, row: int, column: int) -> Known:
    result = field.result
    layers = (result.confirmed, result.claimed, result.possible, result.base)
    return Known(result.nodes[column].short, *(_number(field, int(layer[row, column])) for layer in layers))


def _settled_rate(field: Field, row: int, column: int) -> float | None:
    result = field.result
    rate = float(result.rates[row, column])
    return None if np.isnan(rate) or result.confirmed[row, column] != result.possible[row, column] else rate


def _number(field: Field, ticks: int) -> float:
    return float(field.result.scale.marks(ticks))
