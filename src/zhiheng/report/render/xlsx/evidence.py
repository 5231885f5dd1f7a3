"""The sheets of evidence: ledger, decisions, published statements, findings, and where marks are missing."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import STATUS_ZH, Status
from zhiheng.report.render.xlsx.book import HEAD_ROW, STATUS_COLORS, TOP, WIDE, Book, Value, number
from zhiheng.scoring.result import Result
from zhiheng.sheets.setup import Column

KINDS = {"total": "总分", "order": "名次", "score": "单项得分", "strength": "优势评语", "weakness": "短板评语"}
SEVERITIES = {"error": "错误", "warning": "提醒", "info": "说明"}
STATUS_STYLES = {
    Status.VERIFIED: "verified", Status.CLAIMED: "claimed", Status.REJECTED: "rejected", Status.NOT_APPLICABLE: "absent",
    Status.UNKNOWN: "unknown",
}  # fmt: skip
"""Ground of each status, by its name in the book."""
LONGEST_LIST = 10
"""Points listed for each unit of a large round."""
TINY = 1e-9


def ledger_sheet(book: Book, case: Case) -> None:
    """Write every fact with its status and source."""
    if not case.facts:
        return
    names = {u.code: u.name for u in case.units}
    shorts = {p.no: p.name for _, p in case.framework.points}
    columns = [
        Column("地区", 10), Column("要点", 7, "centre"), Column("要点简称", 22), Column("状态", 11, "centre"),
        Column("分值", 8, "marks"), Column("数值", 10, "number"), Column("单位", 8, "centre"), Column("日期", 18, "centre"),
        Column("领域或类别", 16), Column("事实摘录", 60), Column("出处", 24), Column("说明", 40),
    ]  # fmt: skip
    sheet = book.sheet(
        "佐证台账", "佐证材料台账", columns, note="摘录为来源原文，误字照录；分值空白为规则没有规定换算办法。", frozen=3
    )
    rows: list[list[Value]] = [
        [
            names[f.unit], f.point, shorts[f.point], STATUS_ZH[f.status], None if f.mark is None else number(f.mark),
            None if f.value is None else number(f.value), f.measure, f.date.replace("..", "至"), f.component, f.quote,
            f.source, f.note,
        ]
        for f in case.facts
    ]  # fmt: skip
    last = book.rows(sheet, columns, rows) - 1
    color_statuses(book, sheet, 3, last)


def color_statuses(book: Book, sheet: Worksheet, column: int, last: int) -> None:
    """Colour the statuses of a column down to row `last`."""
    for status, name in STATUS_STYLES.items():
        look = book.book.add_format({"bg_color": STATUS_COLORS[name]})
        rule = {"type": "cell", "criteria": "==", "value": f'"{STATUS_ZH[status]}"', "format": look}
        sheet.conditional_format(TOP, column, max(last, TOP), column, rule)


def decisions_sheet(book: Book, case: Case) -> None:
    """Write the settled marks."""
    if not case.decisions:
        return
    names = {u.code: u.name for u in case.units}
    points = {p.no: p for _, p in case.framework.points}
    columns = [
        Column("地区", 12), Column("要点", 7, "centre"), Column("要点简称", 30), Column("状态", 11, "centre"),
        Column("满分", 8, "marks"), Column("核定得分", 10, "marks"), Column("理由", 50),
    ]  # fmt: skip
    sheet = book.sheet("核定得分", "各地区各要点核定得分", columns, frozen=3)
    full = {no: number(case.framework.full(point)) for no, point in points.items()}
    last = book.rows(sheet, columns, [
        [names[d.unit], d.point, points[d.point].name, STATUS_ZH[d.status], full[d.point], number(d.mark), d.reason]
        for d in case.decisions
    ]) - 1  # fmt: skip
    color_statuses(book, sheet, 3, last)


def statements_sheet(book: Book, case: Case) -> None:
    """Write what was published."""
    if not case.statements:
        return
    names = {u.code: u.name for u in case.units}
    columns = [
        Column("编号", 9, "centre"), Column("地区", 10), Column("类型", 11, "centre"), Column("指标", 9, "centre"),
        Column("关系或评语", 12, "centre"), Column("数值", 9, "number"), Column("推定", 7, "centre"), Column("原文", 60),
        Column("出处", 24), Column("说明", 40),
    ]  # fmt: skip
    sheet = book.sheet(
        "公布结论", "来源公布的结论", columns, note="推定为“是”的，来源没有明说，由上下文读出。", frozen=2
    )
    book.rows(sheet, columns, [
        [s.id, names[s.unit], KINDS[s.kind], s.node or "总分", s.relation, None if s.value is None else number(s.value),
         "是" if s.inferred else "否", s.quote, s.source, s.note]
        for s in case.statements
    ])  # fmt: skip


def findings_sheet(book: Book, case: Case, result: Result) -> None:
    """Write the findings of scoring."""
    names = {u.code: u.name for u in case.units}
    columns = [
        Column("级别", 8, "centre"), Column("种类", 24), Column("地区", 10), Column("指标或要点", 11, "centre"),
        Column("内容", 80), Column("台账行", 9, "number"),
    ]  # fmt: skip
    sheet = book.sheet("发现", "计分中的发现", columns, note="台账行为 facts.csv 的行号。", frozen=1)
    book.rows(sheet, columns, [
        [SEVERITIES[f.severity], f.id, names.get(f.unit, ""), f.node, f.message, f.line or None] for f in result.findings
    ])  # fmt: skip


def losses_sheet(book: Book, result: Result) -> None:
    """Write the points where each unit misses marks, what recovers most first."""
    settled = result.settled
    columns = [
        Column("地区", 12), Column("位次", 7, "centre"), Column("要点", 7, "centre"), Column("要点简称", 34),
        Column("满分", 8, "marks"), Column("得分" if settled else "已核实", 9, "marks"),
    ]  # fmt: skip
    if settled:
        columns.append(Column("可挽回总分", 12, "marks"))
    else:
        columns += [
            Column("最多可能", 10, "marks"),
            Column("尚待证明总分", 12, "marks"),
            Column("已失总分", 12, "marks"),
        ]
    many = len(result.units) > WIDE
    note = "失分折合成总分；分值直接相加的指标体系，就是满分减得分。"
    if not settled:
        note = "尚待证明：最多可能减已核实；已失：满分减最多可能；均折合成总分。"
    note += f"地区较多，每个地区只列前{LONGEST_LIST}项，全部为数值。" if many else "折合数为公式。"
    sheet = book.sheet("短板与失分", "各地区失分要点（由大到小）", columns, note=note, frozen=1)
    at = TOP
    worths = {c: _worth(result, c) for c in range(result.first_point, len(result.nodes))}
    for row, unit in enumerate(result.units):
        for place, column in enumerate(_lost(result, row, worths)[: LONGEST_LIST if many else None], 1):
            node = result.nodes[column]
            head: list[Value] = [unit.name, place, int(node.number), node.short]
            book.row(sheet, at, columns, head + _amounts(result, (row, column), worths[column]))
            if not many:
                _loss_formulas(book, sheet, at, result, (row, column), worths[column])
            at += 1
    if at > TOP:
        sheet.autofilter(HEAD_ROW, 0, at - 1, len(columns) - 1)
    else:
        book.text(sheet, TOP, 0, "没有失分", "note")


def _lost(result: Result, row: int, worths: Mapping[int, float]) -> list[int]:
    """Return the points of a unit that miss marks: by marks of the total that can still be had, then by those lost."""
    keys = []
    for column, worth in worths.items():
        full, low, high = (int(a[row, column]) for a in (result.base, result.confirmed, result.possible))
        if low < full:
            open_ = round((high - low) / full * worth, 9)
            keys.append((-open_, -round((full - high) / full * worth, 9), column))
    return [column for *_, column in sorted(keys)]


def _amounts(result: Result, cell: tuple[int, int], worth: float) -> list[Value]:
    """Return the amounts of a row: full marks and marks, and their differences in marks of the total."""
    step = float(result.step)
    full, low, high = (int(a[cell]) for a in (result.base, result.confirmed, result.possible))
    marks: list[Value] = [round(full * step, 9), round(low * step, 9)]
    if result.settled:
        return [*marks, round((full - low) / full * worth, 9)]
    losses = [round((high - low) / full * worth, 9), round((full - high) / full * worth, 9)]
    return [*marks, round(high * step, 9), *losses]


def _loss_formulas(book: Book, sheet: Worksheet, at: int, result: Result, cell: tuple[int, int], worth: float) -> None:
    """Put formulas in the place of the differences."""
    full, low, high = (xl_rowcol_to_cell(at, c) for c in (4, 5, 6))
    plain = abs(worth - int(result.base[cell]) * float(result.step)) < TINY
    pairs = [(6, full, low)] if result.settled else [(7, high, low), (8, full, high)]
    values = _amounts(result, cell, worth)
    for column, more, less in pairs:
        formula = f"={more}-{less}" if plain else f"=({more}-{less})/{full}*{worth:.10g}"
        value = values[column - 4]
        assert isinstance(value, float)
        book.formula(sheet, (at, column), formula, "marks", value)


def _worth(result: Result, column: int) -> float:
    """Return the marks of the total that a point can give."""
    return float(result.shares[column] * Fraction(result.scale.marks(result.nodes[0].full)))
