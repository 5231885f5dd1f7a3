"""The sheets of marks: totals and ranks, scores by level with sums that recalculate, and score rates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Status
from zhiheng.report.render.xlsx.book import HEAD_ROW, SCALE, Book, Column, Value
from zhiheng.scoring.result import STATUSES, Result

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
WIDE = 60
"""Units beyond which units become rows: a sheet has 16,384 columns, and nobody scrolls through hundreds."""
FIRST_UNIT = 5
"""Column of the first unit where units are columns."""
TOP = HEAD_ROW + 1


def ranking_sheet(book: Book, result: Result) -> None:
    """Write totals, ranks and grades, with differences and statistics as formulas."""
    settled = result.settled
    columns = [Column("名次", 8, "centre"), Column("地区", 16), Column("代码", 14)]
    if settled:
        columns += [Column("总分", 10, "marks_bold"), Column("得分率", 10, "rate")]
        columns += [Column("与平均分之差", 13, "signed"), Column("与最高分之差", 13, "signed")]
    else:
        columns += [Column("公布总分", 12, "centre"), Column("已核实", 10, "marks"), Column("加待核", 10, "marks")]
        columns += [Column("最多可能", 10, "marks"), Column("其中待核", 10, "marks"), Column("尚无材料", 10, "marks")]
        columns += [Column("材料允许的名次", 15, "centre")]
    columns += [Column("等次", 16, "centre"), Column("等次说明", 36)]
    note = (
        "差额、平均、中位数、最高、最低均为公式。"
        if settled
        else "区间含义见“说明”；公布总分为输入数据；待核、尚无材料及统计行均为公式。"
    )
    sheet = book.sheet("总分排名", "总分和名次", columns, note=note, frozen=2)
    order = sorted(
        range(len(result.units)), key=lambda i: (result.units[i].rank is None, result.units[i].rank or 0.0, i)
    )
    totals = [float(result.scale.marks(int(t))) for t in result.confirmed[:, 0]]
    field = (sum(totals) / len(totals), max(totals))
    for at, row in enumerate(order, TOP):
        _ranking_row(book, sheet, result, (row, at), field, columns)
    last = TOP + len(order) - 1
    sheet.autofilter(HEAD_ROW, 0, last, len(columns) - 1)
    _statistics(book, sheet, result, last, settled=settled)
    _ranking_chart(book, sheet, result, last, settled=settled)


def _ranking_row(
    book: Book,
    sheet: Worksheet,
    result: Result,
    place: tuple[int, int],
    field: tuple[float, float],
    columns: Sequence[Column],
) -> None:
    """Write one unit; `place` is its row in the result and in the sheet, `field` mean and best of all totals."""
    row, at = place
    mean, best = field
    count = len(result.units)
    unit, scale = result.units[row], result.scale
    confirmed, claimed, possible = (
        float(scale.marks(int(a[row, 0]))) for a in (result.confirmed, result.claimed, result.possible)
    )
    rank = "—" if unit.rank is None else f"{unit.rank:g}"
    values: list[Value] = [rank if unit.rank is None else float(unit.rank), unit.name, unit.code]
    for column, value in enumerate(values):
        book.put(sheet, at, column, value, columns[column].style)
    if result.settled:
        total = xl_rowcol_to_cell(at, 3)
        ends = (xl_rowcol_to_cell(r, 3, row_abs=True, col_abs=True) for r in (TOP, TOP + count - 1))
        span = ":".join(ends)
        full = float(scale.marks(int(result.base[row, 0])))
        book.put(sheet, at, 3, confirmed, "marks_bold")
        _formula(book, sheet, (at, 4), f"={total}/{full:g}", "rate", confirmed / full if full else 0.0)
        _formula(book, sheet, (at, 5), f"={total}-AVERAGE({span})", "signed", confirmed - mean)
        _formula(book, sheet, (at, 6), f"={total}-MAX({span})", "signed", confirmed - best)
        next_ = 7
    else:
        low, middle, high = (xl_rowcol_to_cell(at, c) for c in (4, 5, 6))
        exact = unit.published and unit.published[0] not in "<>"
        published: Value = float(unit.published) if exact else (unit.published or "未公布")
        book.put(sheet, at, 3, published, "marks_bold" if exact else "centre")
        for column, value in enumerate((confirmed, claimed, possible), 4):
            book.put(sheet, at, column, value, "marks")
        _formula(book, sheet, (at, 7), f"={middle}-{low}", "marks", claimed - confirmed)
        _formula(book, sheet, (at, 8), f"={high}-{middle}", "marks", possible - claimed)
        bounds = f"{unit.rank_best}—{unit.rank_worst}" if unit.rank_best != unit.rank_worst else str(unit.rank_best)
        book.text(sheet, at, 9, bounds, "centre")
        next_ = 10
    book.text(sheet, at, next_, unit.grade or "或".join(unit.grades), "centre")
    book.text(sheet, at, next_ + 1, unit.grade_reason, "text")


def _formula(book: Book, sheet: Worksheet, place: tuple[int, int], formula: str, style: str, value: float) -> None:
    """Write a formula with the value a program shows that does not recalculate."""
    sheet.write_formula(*place, formula, book.formats[style], round(value, 10))


def _statistics(book: Book, sheet: Worksheet, result: Result, last: int, *, settled: bool) -> None:
    layers = [(3, result.confirmed)] if settled else [(4, result.confirmed), (5, result.claimed), (6, result.possible)]
    step = float(result.scale.marks(1))
    for column, layer in layers:
        totals = layer[:, 0].astype(float) * step
        span = f"{xl_rowcol_to_cell(TOP, column)}:{xl_rowcol_to_cell(last, column)}"
        statistics = (
            ("平均", "AVERAGE", totals.mean()),
            ("中位数", "MEDIAN", np.median(totals)),
            ("最高", "MAX", totals.max()),
            ("最低", "MIN", totals.min()),
        )
        for offset, (name, function, value) in enumerate(statistics, 2):
            book.text(sheet, last + offset, 1, name, "bold")
            _formula(book, sheet, (last + offset, column), f"={function}({span})", "mean", float(value))


def _ranking_chart(book: Book, sheet: Worksheet, result: Result, last: int, *, settled: bool) -> None:
    """Draw the totals beside the table: bars, or stacked bars of what is known."""
    if len(result.units) > WIDE:
        return
    chart = book.book.add_chart({"type": "bar"} if settled else {"type": "bar", "subtype": "stacked"})
    series = [(3, "#1F5FA8")] if settled else [(4, "#1F4E92"), (7, "#7FAAD8"), (8, "#DDE7F2")]
    for column, color in series:
        chart.add_series({
            "name": [sheet.name, HEAD_ROW, column], "categories": [sheet.name, TOP, 1, last, 1],
            "values": [sheet.name, TOP, column, last, column], "fill": {"color": color}, "gap": 60,
            "data_labels": {"value": settled},
        })  # fmt: skip
    chart.set_y_axis({"reverse": True, "num_font": {"name": "宋体"}})
    chart.set_x_axis(
        {"min": 0, "max": float(result.scale.marks(result.nodes[0].full)), "major_gridlines": {"visible": True}}
    )
    chart.set_title(
        {"name": f"总分（{book.label}）" if book.label else "总分", "name_font": {"size": 10.5, "name": "宋体"}}
    )
    chart.set_legend({"none": settled, "position": "bottom"} if settled else {"position": "bottom"})
    chart.set_size({"width": 620, "height": 90 + 30 * len(result.units)})
    sheet.insert_chart(last + 8, 1, chart)


def level_sheets(book: Book, case: Case, result: Result) -> None:
    """Write the scores of every node, one sheet for each layer that differs, and the score rates."""
    layers = [("各级得分", "各级指标和要点得分", result.confirmed)]
    if not result.settled:
        layers = [
            ("已核实得分", "各级指标和要点：已核实", result.confirmed),
            ("加待核得分", "各级指标和要点：加待核", result.claimed),
            ("最多可能得分", "各级指标和要点：最多可能", result.possible),
        ]
    for name, title, layer in layers:
        if len(result.units) <= WIDE:
            _units_across(book, case, result, layer, name, title)
        else:
            _units_down(book, result, layer, name, title)
    if len(result.units) <= WIDE:
        _rates(book, result, layers[0][0])


def _units_across(book: Book, case: Case, result: Result, layer: Ints, name: str, title: str) -> None:
    columns = [
        Column("编码", 9, "centre"),
        Column("序号", 7, "centre"),
        Column("指标和要点", 46),
        Column("级别", 9, "centre"),
    ]
    columns += [Column("满分", 8, "marks"), *(Column(u.name, 9, "marks") for u in result.units)]
    note = "指标行为公式：改动要点得分，上级得分随之变化。空白格为没有材料，不是零分。"
    sheet = book.sheet(name, title, columns, note=note, frozen=FIRST_UNIT)
    rows = _tree_order(result)
    place = {column: at for at, column in enumerate(rows, TOP)}
    sums = _sums(case, result)
    level_names = ("总分", *case.framework.level_names)
    for column, at in place.items():
        node = result.nodes[column]
        bold = "bold" if node.level <= 1 else "text"
        label = "　" * max(node.level - 1, 0) + node.short
        book.text(sheet, at, 0, node.code or "总分", "centre")
        book.text(sheet, at, 1, node.number, "centre")
        book.text(sheet, at, 2, label, bold)
        book.text(sheet, at, 3, level_names[-1] if node.is_point else level_names[node.level], "centre")
        book.put(sheet, at, 4, float(result.scale.marks(node.full)), "marks")
        sheet.set_row(at, None, None, {"level": min(max(node.level - 1, 0), 7)})
        for unit in range(len(result.units)):
            _score_cell(book, sheet, (at, FIRST_UNIT + unit), result, layer, (unit, column), place, sums)


def _score_cell(
    book: Book, sheet: Worksheet, at: tuple[int, int], result: Result, layer: Ints, cell: tuple[int, int],
    place: dict[int, int], sums: dict[int, list[int]],
) -> None:  # fmt: skip
    unit, column = cell
    value = float(result.scale.marks(int(layer[cell])))
    style = "marks_bold" if result.nodes[column].level <= 1 else "marks"
    if result.base[cell] == 0 and result.nodes[column].full:
        book.text(sheet, *at, "不适用", "centre")
    elif column in sums:
        parts = ",".join(xl_rowcol_to_cell(place[child], at[1]) for child in sums[column])
        sheet.write_formula(*at, f"=SUM({parts})", book.formats[style], value)
    elif result.nodes[column].is_point and _unknown(result, unit, column) and layer is not result.possible:
        book.put(sheet, *at, None, "empty")
    else:
        book.put(sheet, *at, value, style)


def _unknown(result: Result, unit: int, column: int) -> bool:
    return STATUSES[int(result.statuses[unit, column - result.first_point])] is Status.UNKNOWN


def _sums(case: Case, result: Result) -> dict[int, list[int]]:
    """Return the children of every node that is a plain sum; means and scaled totals are written as values."""
    applies = bool((result.base == result.base[0]).all())
    found: dict[int, list[int]] = {}
    for column, node in enumerate(result.nodes):
        if node.is_point:
            continue
        joined = case.framework.indicator(node.code).joined if node.code else case.framework.joined
        if joined == "sum" and (node.code or applies):
            level = node.level + 1
            found[column] = [i for i, n in enumerate(result.nodes) if i and n.parent == node.code and n.level == level]
    # A sum whose children do not add up to its own full marks was scaled.
    return {c: kids for c, kids in found.items() if sum(result.nodes[k].full for k in kids) == result.nodes[c].full}


def _tree_order(result: Result) -> list[int]:
    """Return columns of the result in the order of a printed tree: every node before its children."""
    order: list[int] = []

    def walk(code: str, level: int) -> None:
        for i, node in enumerate(result.nodes):
            if i and node.parent == code and node.level == level:
                order.append(i)
                if not node.is_point:
                    walk(node.code, level + 1)

    walk("", 1)
    return [0, *order]


def _units_down(book: Book, result: Result, layer: Ints, name: str, title: str) -> None:
    order = [0, *range(1, len(result.nodes))]
    heads = [
        "总分" if not n.code else f"{n.number} {n.short}" if not n.is_point else f"（{n.number}）{n.short}"
        for n in result.nodes
    ]
    columns = [Column("地区", 16), Column("代码", 14), *(Column(heads[i], 11, "marks") for i in order)]
    sheet = book.sheet(name, title, columns, note="地区较多，按行排列；全部为数值。", frozen=2)
    step = float(result.scale.marks(1))
    for at, unit in enumerate(result.units, TOP):
        row = at - TOP
        book.text(sheet, at, 0, unit.name, "text")
        book.text(sheet, at, 1, unit.code, "text")
        for column in order:
            if result.base[row, column] == 0 and result.nodes[column].full:
                book.text(sheet, at, column + 2, "不适用", "centre")
            else:
                book.put(sheet, at, column + 2, round(int(layer[row, column]) * step, 10), "marks")
    sheet.autofilter(HEAD_ROW, 0, TOP + len(result.units) - 1, len(columns) - 1)


def _rates(book: Book, result: Result, source: str) -> None:
    """Write score rates as formulas over the sheet of scores, with a colour scale and the mean of the units."""
    columns = [
        Column("编码", 9, "centre"),
        Column("序号", 7, "centre"),
        Column("指标和要点", 46),
        Column("平均", 9, "rate"),
    ]
    columns += [Column(u.name, 9, "rate") for u in result.units]
    note = f"公式：得分÷满分，取自“{source}”；平均只计有得分率的地区。"
    sheet = book.sheet("各级得分率", "各级指标和要点得分率", columns, note=note, frozen=4)
    rows = _tree_order(result)
    for at, column in enumerate(rows, TOP):
        node = result.nodes[column]
        book.text(sheet, at, 0, node.code or "总分", "centre")
        book.text(sheet, at, 1, node.number, "centre")
        book.text(sheet, at, 2, "　" * max(node.level - 1, 0) + node.short, "text")
        shown = []
        for unit in range(len(result.units)):
            cell = xl_rowcol_to_cell(at, FIRST_UNIT + unit)
            full = f"'{source}'!{xl_rowcol_to_cell(at, 4, col_abs=True)}"
            missing = result.base[unit, column] == 0 or (node.is_point and _unknown(result, unit, column))
            rate = None if missing else float(result.confirmed[unit, column]) / float(result.base[unit, column])
            shown += [] if rate is None else [rate]
            if rate is not None and result.base[unit, column] != node.full:
                # What does not apply has left the base of this unit, so its full marks are not those of the sheet.
                book.put(sheet, at, 4 + unit, rate, "rate")
                continue
            formula = f"=IF(ISNUMBER('{source}'!{cell}),'{source}'!{cell}/{full},\"\")"
            sheet.write_formula(at, 4 + unit, formula, book.formats["rate"], "" if rate is None else round(rate, 10))
        span = f"{xl_rowcol_to_cell(at, 4)}:{xl_rowcol_to_cell(at, 3 + len(result.units))}"
        value: float | str = round(sum(shown) / len(shown), 10) if shown else ""
        sheet.write_formula(at, 3, f'=IFERROR(AVERAGE({span}),"")', book.formats["rate"], value)
    sheet.conditional_format(TOP, 3, TOP + len(rows) - 1, 3 + len(result.units), dict(SCALE))
