"""The sheets of evidence: ledger, decisions, published statements, findings, and where marks are missing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from xlsxwriter.utility import xl_rowcol_to_cell

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import STATUS_ZH, Status
from zhiheng.report.render.xlsx.book import HEAD_ROW, Book, Column, Value, number
from zhiheng.scoring.result import Result

KINDS = {"total": "总分", "order": "名次", "score": "单项得分", "strength": "优势评语", "weakness": "短板评语"}
SEVERITIES = {"error": "错误", "warning": "提醒", "info": "说明"}
COLORS = {
    Status.VERIFIED: "#D5EBDD", Status.CLAIMED: "#FFF1CC", Status.REJECTED: "#F8D7D4", Status.NOT_APPLICABLE: "#E3E6EA",
}  # fmt: skip
"""Ground of each status."""
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
    for status, color in COLORS.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{STATUS_ZH[status]}"',
            "format": book.book.add_format({"bg_color": color}),
        }
        sheet.conditional_format(HEAD_ROW + 1, 3, last, 3, rule)


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
    book.rows(sheet, columns, [
        [names[d.unit], d.point, points[d.point].name, STATUS_ZH[d.status], number(case.framework.full(points[d.point])),
         number(d.mark), d.reason]
        for d in case.decisions
    ])  # fmt: skip


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
    """Write the points where each unit misses marks, most marks first."""
    last = "可挽回总分" if result.settled else "尚待证明总分"
    columns = [
        Column("地区", 12), Column("位次", 7, "centre"), Column("要点", 7, "centre"), Column("要点简称", 34),
        Column("满分", 8, "marks"), Column("得分" if result.settled else "已核实", 9, "marks"), Column(last, 12, "marks"),
    ]  # fmt: skip
    sheet = book.sheet(
        "短板与失分",
        "各地区失分要点（由大到小）",
        columns,
        note="末列为公式：失分折合成总分；分值直接相加的指标体系，就是满分减得分。",
        frozen=1,
    )
    at = HEAD_ROW + 1
    step = float(result.step)
    worths = {c: _worth(result, c) for c in range(result.first_point, len(result.nodes))}
    missing = np.where(result.possible > result.confirmed, result.base - result.confirmed, 0)
    if result.settled:
        missing = result.base - result.confirmed
    for row, unit in enumerate(result.units):
        lost = [
            (missing[row, c] / result.base[row, c] * worth, c) for c, worth in worths.items() if missing[row, c] > 0
        ]
        for place, (marks, column) in enumerate(sorted(lost, key=lambda x: (-round(x[0], 9), x[1])), 1):
            node = result.nodes[column]
            full = round(int(result.base[row, column]) * step, 9)
            score = round(int(result.confirmed[row, column]) * step, 9)
            values: list[Value] = [unit.name, place, int(node.number), node.short, full, score]
            for offset, value in enumerate(values):
                book.put(sheet, at, offset, value, columns[offset].style)
            a, b = (xl_rowcol_to_cell(at, c) for c in (4, 5))
            worth = worths[column]
            formula = f"={a}-{b}" if abs(worth - full) < TINY else f"=({a}-{b})/{a}*{worth:.10g}"
            sheet.write_formula(at, 6, formula, book.formats["marks"], round(float(marks), 9))
            at += 1
    if at > HEAD_ROW + 1:
        sheet.autofilter(HEAD_ROW, 0, at - 1, len(columns) - 1)


def _worth(result: Result, column: int) -> float:
    """Return the marks of the total that a point can give."""
    return float(result.shares[column] * Fraction(result.scale.marks(result.nodes[0].full)))
