"""The sheet of totals: ranks, intervals and grades, with differences and statistics as formulas, and a chart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from zhiheng.report.figures import theme
from zhiheng.report.render.xlsx.book import HEAD_ROW, TOP, WIDE, Book, Value
from zhiheng.scoring.result import Result, UnitResult
from zhiheng.sheets.setup import Column

FIRST_TOTAL = 3
"""Column of the final total, or of the published one where marks are open."""
STATISTICS = (("平均", "AVERAGE"), ("中位数", "MEDIAN"), ("最高", "MAX"), ("最低", "MIN"))
"""Rows under the table, in this order, after an empty one."""
BASES = {"confirmed": "已核实", "claimed": "加待核", "published": "已核实"}
"""What differences are taken from where marks are open: a published total may be a bound, so it has no difference."""


def ranking_sheet(book: Book, result: Result) -> None:
    """Write totals, ranks and grades, with differences and statistics as formulas."""
    settled = result.settled
    columns = _columns(result)
    basis = BASES[result.basis]
    note = (
        "得分率、差额和统计行均为公式。"
        if settled
        else f"区间含义见“说明”；公布总分为输入数据；待核、尚有可能、得分率、差额（按{basis}计）和统计行均为公式。"
    )
    sheet = book.sheet("总分排名", "总分和名次", columns, note=note, frozen=2)
    units = result.units
    order = sorted(range(len(units)), key=lambda i: (units[i].rank is None, units[i].rank or 0.0, i))
    last = TOP + len(order) - 1
    totals = (result.confirmed if settled else result.scores)[:, 0].astype(float) * float(result.step)
    field = (float(totals.mean()), float(totals.max()))
    for at, row in enumerate(order, TOP):
        _unit(book, sheet, result, (row, at), field, columns)
    sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
    _statistics(book, sheet, result, last)
    _chart(book, sheet, result, last)


def _columns(result: Result) -> list[Column]:
    columns = [Column("名次", 8, "centre"), Column("地区", 16), Column("代码", 14)]
    if result.settled:
        columns += [Column("总分", 10, "marks_bold"), Column("得分率", 10, "rate")]
        columns += [Column("与平均分之差", 13, "signed"), Column("与最高分之差", 13, "signed")]
        if any(u.published for u in result.units):
            columns.append(Column("公布总分", 12, "centre"))
    else:
        columns += [Column("公布总分", 12, "centre"), Column("已核实", 10, "marks"), Column("加待核", 10, "marks")]
        columns += [Column("最多可能", 10, "marks"), Column("其中待核", 10, "marks"), Column("尚有可能", 10, "marks")]
        basis = BASES[result.basis]
        columns += [Column(f"得分率（{basis}）", 10, "rate"), Column("与平均分之差", 13, "signed")]
        columns += [Column("与最高分之差", 13, "signed"), Column("材料允许的名次", 15, "centre")]
    return [*columns, Column("等次", 16, "centre"), Column("等次说明", 36)]


def _unit(
    book: Book,
    sheet: Worksheet,
    result: Result,
    place: tuple[int, int],
    field: tuple[float, float],
    columns: Sequence[Column],
) -> None:
    """Write one unit; `place` is its row in the result and in the sheet, `field` mean and best of all totals."""
    row, at = place
    unit, scale = result.units[row], result.scale
    layers = [float(scale.marks(int(a[row, 0]))) for a in (result.confirmed, result.claimed, result.possible)]
    full = float(scale.marks(int(result.base[row, 0])))
    rank: Value = "—" if unit.rank is None else float(unit.rank)
    grade = (unit.grade or "或".join(unit.grades), unit.grade_reason)
    if result.settled:
        values: list[Value] = [rank, unit.name, unit.code, layers[0], None, None, None]
        values += [_published(unit)] if any(c.head == "公布总分" for c in columns) else []
        book.row(sheet, at, columns, [*values, *grade])
        _against_field(book, sheet, result, at, (layers[0], full, *field))
        return
    bounds = f"{unit.rank_best}—{unit.rank_worst}" if unit.rank_best != unit.rank_worst else str(unit.rank_best)
    values = [rank, unit.name, unit.code, _published(unit) or "未公布", *layers, None, None, None, None, None, bounds]
    book.row(sheet, at, columns, [*values, *grade])
    if isinstance(values[FIRST_TOTAL], float):
        book.put(sheet, at, FIRST_TOTAL, values[FIRST_TOTAL], "marks_bold")
    low, middle, high = (xl_rowcol_to_cell(at, c) for c in (4, 5, 6))
    book.formula(sheet, (at, 7), f"={middle}-{low}", "marks", layers[1] - layers[0])
    book.formula(sheet, (at, 8), f"={high}-{middle}", "marks", layers[2] - layers[1])
    total = layers[1] if result.basis == "claimed" else layers[0]
    _against_field(book, sheet, result, at, (total, full, *field))


def _against_field(
    book: Book, sheet: Worksheet, result: Result, at: int, values: tuple[float, float, float, float]
) -> None:
    """Write rate and differences; `values` are total, full marks, and mean and best of the field."""
    total, full, mean, best = values
    column, first = (FIRST_TOTAL, 4) if result.settled else (5 if result.basis == "claimed" else 4, 9)
    cell = xl_rowcol_to_cell(at, column)
    last = TOP + len(result.units) - 1
    average, _, top, _ = (xl_rowcol_to_cell(last + 2 + i, column, row_abs=True) for i in range(len(STATISTICS)))
    if full:
        book.formula(sheet, (at, first), f"={cell}/{full:.12g}", "rate", total / full)
    book.formula(sheet, (at, first + 1), f"={cell}-{average}", "signed", total - mean)
    book.formula(sheet, (at, first + 2), f"={cell}-{top}", "signed", total - best)


def _published(unit: UnitResult) -> Value:
    """Return the published total: a number where it is exact, the bound as text, or nothing."""
    return float(unit.published) if unit.published and unit.published[0] not in "<>" else unit.published


def _statistics(book: Book, sheet: Worksheet, result: Result, last: int) -> None:
    layers = [(4, result.confirmed), (5, result.claimed), (6, result.possible)]
    if result.settled:
        layers = [(FIRST_TOTAL, result.confirmed)]
    for column, layer in layers:
        totals = layer[:, 0].astype(float) * float(result.step)
        span = f"{xl_rowcol_to_cell(TOP, column)}:{xl_rowcol_to_cell(last, column)}"
        values = (totals.mean(), np.median(totals), totals.max(), totals.min())
        for offset, ((name, function), value) in enumerate(zip(STATISTICS, values, strict=True), 2):
            book.text(sheet, last + offset, 1, name, "bold")
            style = "marks" if function in {"MAX", "MIN"} else "mean"
            book.formula(sheet, (last + offset, column), f"={function}({span})", style, float(value))


def _chart(book: Book, sheet: Worksheet, result: Result, last: int) -> None:
    """Draw the totals under the table: bars, or stacked bars of what is known."""
    if len(result.units) > WIDE:
        return
    settled = result.settled
    chart = book.book.add_chart({"type": "bar"} if settled else {"type": "bar", "subtype": "stacked"})
    series = (
        [(FIRST_TOTAL, theme.PRIMARY)] if settled else list(zip((4, 7, 8), (c for _, c in theme.PARTS), strict=True))
    )
    for column, color in series:
        chart.add_series({
            "name": [sheet.name, HEAD_ROW, column], "categories": [sheet.name, TOP, 1, last, 1],
            "values": [sheet.name, TOP, column, last, column], "fill": {"color": color}, "gap": 60,
            "data_labels": {"value": settled},
        })  # fmt: skip
    chart.set_y_axis({"reverse": True, "num_font": {"name": "宋体"}})
    full = float(result.scale.marks(result.nodes[0].full))
    chart.set_x_axis({"min": 0, "max": full, "major_gridlines": {"visible": True, "line": {"color": theme.RULE}}})
    chart.set_title(book.chart_title("总分"))
    chart.set_legend({"none": settled, "position": "bottom"} if settled else {"position": "bottom"})
    chart.set_size({"width": 620, "height": 90 + 30 * len(result.units)})
    sheet.insert_chart(last + 8, 1, chart)
