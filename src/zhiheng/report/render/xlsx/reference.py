"""The sheets of reference: what the workbook holds and how it is read, the framework, and our settings."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import STATUS_ZH, Status
from zhiheng.framework.model import Indicator, Point
from zhiheng.framework.rules import OURS
from zhiheng.report.content import Document, Table
from zhiheng.report.content import plain as text_of
from zhiheng.report.render.xlsx.book import Book, Value, number
from zhiheng.scoring.explain import rule_text, source_text
from zhiheng.scoring.result import Result
from zhiheng.sheets.setup import Column, print_setup
from zhiheng.sheets.text import clean, line_count, row_height

ABOUT = (Column("", 20, "bold"), Column("", 96, "text"))
"""Columns of the first sheet."""
CONTENTS = {
    "总分排名": "各地区总分、名次和等次", "各级得分": "各级指标和要点得分，上级得分为公式", "已核实得分": "只计已核实的材料",
    "加待核得分": "再计入待核的材料", "最多可能得分": "尚未排除的上限", "各级得分率": "得分除以满分，按色阶显示",
    "短板与失分": "各地区失分要点，由大到小", "核定得分": "每个地区每项要点的最终得分和理由", "佐证台账": "逐条事实、状态、日期和出处",
    "公布结论": "来源公布的总分、名次和评语", "发现": "计分中需要说明或核对的事项", "指标体系": "指标、要点、分值、规则和佐证要求",
    "设定": "来源没有规定、由本系统设定的事项", "图表数据": "报告各图的数据", "文字修订": "经人工修订的段落：生成稿、修订后文字和状态",
}  # fmt: skip
"""What each sheet holds."""
READING = (
    "已核实：只计核实的材料，是得分的下限；加待核：再计入提出而未核实的材料；最多可能：尚未排除的上限。最终得分一定在下限和上限之间。",
    "没有材料的要点为“不明”，不是零分：在已核实、加待核表中留空（灰底），在最多可能表中按满分计入；指标下的要点全部不明时，指标也留空。求和、平均都不把空格当作零分。",
    "不适用的要点写明“不适用”，退出该地区的满分，总分按比例折算。",
    "写明为公式的格子可以试算：改动要点得分，上级得分、差额和得分率随之变化。试算不改变系统中的数据。",
)
LEGEND = (
    ("verified", STATUS_ZH[Status.VERIFIED], "材料已经核实，计入已核实得分"),
    ("claimed", STATUS_ZH[Status.CLAIMED], "材料已经提出，尚未核实，计入加待核得分"),
    ("rejected", STATUS_ZH[Status.REJECTED], "材料经核查不予认定，不计分"),
    ("absent", STATUS_ZH[Status.NOT_APPLICABLE], "该要点不适用于该地区"),
    ("unknown", STATUS_ZH[Status.UNKNOWN], "没有材料，不等于没有做"),
)
"""Style, name and meaning of each status."""
SCALE_TEXT = "得分率按色阶显示，颜色越深得分率越高；空白为没有材料或者不适用。"


def about_sheet(book: Book) -> Worksheet:
    """Add the first sheet; it is filled once all others exist."""
    sheet: Worksheet = book.book.add_worksheet("说明")
    sheet.set_column(0, 0, ABOUT[0].width)
    sheet.set_column(1, 1, ABOUT[1].width)
    print_setup(sheet, book.label)
    sheet.fit_to_pages(1, 1)
    return sheet


def fill_about(book: Book, sheet: Worksheet, document: Document, result: Result) -> None:
    """Write what the workbook is, how it is read, its colours, and a list of its sheets with links."""
    at = 0
    if book.label:
        lines = line_count(clean(book.label), (ABOUT[0].width + ABOUT[1].width) / 1.35)
        sheet.merge_range(0, 0, 0, 1, "", book.formats["banner"])
        book.text(sheet, 0, 0, book.label, "banner")
        sheet.set_row(0, row_height(lines) + 12)
        at = 1
    sheet.set_row(at, 28)
    book.text(sheet, at, 0, document.cover.name, "title")
    at = _pairs(book, sheet, at + 1, [
        ("案例", f"{result.title}（{result.case}）"), ("编制单位", document.cover.organisation), ("日期", document.cover.date),
        ("指标体系", f"{result.framework}，{result.framework_version}版"),
        ("校验值：指标体系", result.hashes.framework), ("校验值：数据", result.hashes.data), ("校验值：方法", result.hashes.method),
    ])  # fmt: skip
    at = _section(book, sheet, at + 1, "阅读说明")
    at = _pairs(book, sheet, at, [(f"{i}", line) for i, line in enumerate(READING, 1)])
    at = _section(book, sheet, at + 1, "颜色和状态")
    for style, name, meaning in LEGEND:
        book.text(sheet, at, 0, name, f"status_{style}")
        book.text(sheet, at, 1, meaning, "text")
        at += 1
    at = _pairs(book, sheet, at, [("得分率", SCALE_TEXT)])
    at = _section(book, sheet, at + 1, "工作表")
    for other in book.book.worksheets()[1:]:
        sheet.write_url(at, 0, f"internal:'{other.name}'!A1", book.formats["link"], other.name)
        book.text(sheet, at, 1, CONTENTS.get(other.name, ""), "text")
        at += 1


def _pairs(book: Book, sheet: Worksheet, at: int, pairs: Sequence[tuple[str, str]]) -> int:
    for row in pairs:
        book.row(sheet, at, ABOUT, row)
        at += 1
    return at


def _section(book: Book, sheet: Worksheet, at: int, title: str) -> int:
    sheet.merge_range(at, 0, at, 1, "", book.formats["head"])
    book.text(sheet, at, 0, title, "head")
    return at + 1


def framework_sheet(book: Book, case: Case) -> None:
    """Write the framework: every indicator and point with marks, rule, evidence and source."""
    framework = case.framework
    columns = [
        Column("编码", 9, "centre"), Column("序号", 7, "centre"), Column("指标或要点", 70), Column("分值或权重", 11, "number"),
        Column("计分方式", 44), Column("佐证要求", 44), Column("规则出处", 26), Column("说明", 44),
    ]  # fmt: skip
    sheet = book.sheet("指标体系", f"{framework.title}（{framework.code}，{framework.version}版）", columns, frozen=3)
    rows: list[list[Value]] = []

    def walk(indicators: tuple[Indicator, ...], indent: int) -> None:
        for i in indicators:
            worth = _worth(i)
            how = {"sum": "下级相加", "arithmetic": "加权算术平均", "geometric": "加权几何平均"}[i.joined]
            notes = "；".join(a.text for a in i.ambiguities)
            rows.append([i.code, i.number, "　" * indent + i.title, worth, how, "", "", notes])
            walk(i.children, indent + 1)
            for p in i.points:
                worth = _worth(p)
                source = "本系统设定" if p.rule.source == OURS else source_text(case, p.rule.source, "")
                notes = "；".join(t for t in (p.rule.reason, *(a.text for a in p.ambiguities)) if t)
                rule = rule_text(p.rule, framework.full(p))
                title = "　" * (indent + 1) + p.text
                rows.append([f"p{p.no}", f"（{p.no}）", title, worth, rule, p.rule.evidence, source, notes])

    walk(framework.indicators, 0)
    book.rows(sheet, columns, rows)


def _worth(part: Indicator | Point) -> float | None:
    """Return marks, or the weight where there are none."""
    worth = part.marks if part.marks is not None else part.weight
    return None if worth is None else number(worth)


def settings_sheet(book: Book, document: Document) -> None:
    """Write the settings that are ours, as the appendix prints them."""
    table = next((b for b in document.body if isinstance(b, Table) and b.key == "tab-settings"), None)
    if table is None:
        return
    heads, *body = ([text_of(c.inlines) for c in row] for row in table.rows)
    columns = [Column(head, 24 + 33 * min(place, 2)) for place, head in enumerate(heads)]
    sheet = book.sheet("设定", "来源未规定、由本系统设定的事项", columns)
    book.rows(sheet, columns, body)
