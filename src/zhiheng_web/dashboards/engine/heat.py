"""Units by indicators: score rates of a page of units or of groups, with the way down to the points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhiheng.errors import UnknownNodeError
from zhiheng.report.figures import theme
from zhiheng.report.figures.heat import Column, Row, heat_figure
from zhiheng.scoring.tree import ROOT
from zhiheng_web.dashboards.engine.charts import Chart, chart_of
from zhiheng_web.dashboards.engine.source import Field
from zhiheng_web.dashboards.engine.wording import Mark, mark_at, span
from zhiheng_web.rounds.models import Round

NO_GROUP = "未分组"


@dataclass(frozen=True, slots=True)
class Head:
    """
    A column: a node.

    Parameters
    ----------
    code, number, title
        The node.
    full
        Full marks as text.
    deeper
        Whether it has parts below.
    """

    code: str
    number: str
    title: str
    full: str
    deeper: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a unit, or a group (with an empty code and its count of units), and its cells."""

    code: str
    name: str
    cells: tuple[Mark, ...]
    units: int = 1


def columns_of(field: Field, level: int, under: str = "") -> tuple[int, ...]:
    """
    Return the columns of a level, or the parts of the node `under` where one is named.

    Raises
    ------
    UnknownNodeError
        If there is no such node, or it has no parts.
    """
    result = field.result
    if not under:
        return result.level(max(1, min(level, result.depth)))
    place = result.column(under)
    level_below = result.nodes[place].level + 1
    found = tuple(i for i, n in enumerate(result.nodes) if i and n.parent == under and n.level == level_below)
    if not found or under == ROOT:
        msg = f"{under} has no parts"
        raise UnknownNodeError(msg, node=under)
    return found


def heads_of(field: Field, columns: Sequence[int]) -> list[Head]:
    """Return the heads of columns."""
    result = field.result
    nodes = [(result.nodes[column], place) for place, column in enumerate(columns, 1)]
    return [
        Head(n.code, n.number or str(place), n.short, result.scale.text(n.full), not n.is_point) for n, place in nodes
    ]


def trail_of(field: Field, under: str) -> list[Head]:
    """Return the nodes from the first level down to a node."""
    found, code = [], under
    while code:
        column = field.result.column(code)
        found.append(column)
        code = field.result.nodes[column].parent
    return heads_of(field, found[::-1])


def rows_of(field: Field, group: str | None) -> list[int]:
    """Return the rows of a group in the order of the ranking, of all units where it is None."""
    return [row for row in field.order if group is None or field.groups[row] == group]


def lines_of(field: Field, rows: Sequence[int], columns: Sequence[int]) -> list[Line]:
    """Return units with their cells."""
    units = field.result.units
    return [
        Line(units[row].code, units[row].name, tuple(mark_at(field, row, column) for column in columns)) for row in rows
    ]


def group_lines(field: Field, columns: Sequence[int]) -> list[Line]:
    """Return groups with their means, in the order of their names; a cell is a range while a mark in it is open."""
    names = np.array(field.groups)
    return [_group(field, str(name), np.flatnonzero(names == name), columns) for name in sorted(set(field.groups))]


def _group(field: Field, name: str, rows: np.ndarray[tuple[int], np.dtype[np.intp]], columns: Sequence[int]) -> Line:
    result, cells = field.result, []
    for column in columns:
        base = result.base[rows, column]
        full, node = int(base.sum()), result.nodes[column]
        low, high = (int(layer[rows, column].sum()) for layer in (result.scores, result.possible))
        settled = low == high
        if not full:
            cells.append(Mark(node.code, theme.NO_VALUE, "", settled=True, rate=theme.NO_VALUE))
            continue
        ends = [theme.percent(end / full) for end in (low, high)]
        means = [theme.number(round(end / len(rows) * float(result.step), 2)) for end in (low, high)]
        shade = min(10, max(0, int(low / full * 10 + 0.5))) if settled else None
        text = means[0] if settled else span(*means)
        cells.append(Mark(node.code, text, result.scale.text(node.full), settled, span(*ends), shade))
    return Line("", name or NO_GROUP, tuple(cells), len(rows))


def heat_chart(field: Field, round_: Round, rows: Sequence[int], columns: Sequence[int]) -> Chart:
    """Return the heat map of some units; a cell that is open stays empty."""
    result = field.result
    heads = [Column(head.number, head.title) for head in heads_of(field, columns)]
    lines = [Row(result.units[row].name, tuple(_rate(field, row, column) for column in columns)) for row in rows]
    return chart_of(heat_figure("heat", "各单位得分率", heads, lines, corner="单位", label=round_.short_label))


def _rate(field: Field, row: int, column: int) -> float | None:
    result = field.result
    rate = float(result.rates[row, column])
    is_open = result.confirmed[row, column] != result.possible[row, column]
    return None if np.isnan(rate) or is_open else rate
