"""The sheets of reference: what the workbook holds, the framework, our settings, and the numbers behind the figures."""

from __future__ import annotations

from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.case import Case
from zhiheng.framework.model import Indicator
from zhiheng.framework.rules import OURS
from zhiheng.report.content import Document, Figure, Table
from zhiheng.report.content import plain as text_of
from zhiheng.report.render.xlsx.book import HEAD_ROW, Book, Column, Value, clean, number
from zhiheng.scoring.explain import rule_text
from zhiheng.scoring.result import Result

CONTENTS = {
    "总分排名": "各地区总分、名次和等次", "各级得分": "三级指标和要点得分，上级得分为公式", "已核实得分": "只计已核实的材料",
    "加待核得分": "再计入待核的材料", "最多可能得分": "尚未排除的上限", "各级得分率": "得分除以满分，按色阶显示",
    "短板与失分": "各地区失分要点，由大到小", "核定得分": "每个地区每项要点的最终得分和理由", "佐证台账": "逐条事实、状态、日期和出处",
    "公布结论": "来源公布的总分、名次和评语", "发现": "计分中需要说明或核对的事项", "指标体系": "指标、要点、分值、规则和佐证要求",
    "设定": "来源没有规定、由本系统设定的事项", "图表数据": "报告各图的数据",
}  # fmt: skip
"""What each sheet holds."""
READING = (
    "已核实：只计核实的材料；加待核：再计入提出而未核实的材料；最多可能：尚未排除的上限。",
    "没有材料的要点为“不明”，格子留空，不是零分；不适用的要点写明“不适用”，并退出基数。",
    "标为公式的格子可以试算：改动要点得分，上级得分、差额和得分率随之变化。试算不改变系统中的数据。",
)


def about_sheet(book: Book, document: Document, result: Result) -> Worksheet:
    """Add the first sheet; its list of the others is written by `link_sheets` once they exist."""
    sheet = book.book.add_worksheet("说明")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 92)
    book.text(sheet, 0, 0, document.cover.name, "title")
    book.text(sheet, 1, 0, book.label, "label")
    rows = [
        ("案例", f"{result.title}（{result.case}）"), ("编制单位", document.cover.organisation), ("日期", document.cover.date),
        ("指标体系", f"{result.framework}，{result.framework_version}版"),
        ("校验值：指标体系", result.hashes.framework), ("校验值：数据", result.hashes.data), ("校验值：方法", result.hashes.method),
    ]  # fmt: skip
    for at, (name, value) in enumerate(rows, 3):
        book.text(sheet, at, 0, name, "bold")
        book.text(sheet, at, 1, value, "text")
    for at, line in enumerate(READING, 11):
        book.text(sheet, at, 0, "阅读说明" if at == 11 else "", "plain")  # noqa: PLR2004 - the first of the lines
        book.text(sheet, at, 1, line, "plain")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def link_sheets(book: Book, about: Worksheet) -> None:
    """List the sheets of the finished workbook with links."""
    at = 11 + len(READING) + 1
    book.text(about, at, 0, "工作表", "head")
    book.text(about, at, 1, "内容", "head")
    for offset, sheet in enumerate(book.book.worksheets()[1:], 1):
        about.write_url(at + offset, 0, f"internal:'{sheet.name}'!A1", book.formats["link"], sheet.name)
        book.text(about, at + offset, 1, CONTENTS.get(sheet.name, ""), "text")


def framework_sheet(book: Book, case: Case) -> None:
    """Write the framework: every indicator and point with marks, rule, evidence and source."""
    framework = case.framework
    columns = [
        Column("编码", 9, "centre"), Column("序号", 7, "centre"), Column("指标或要点", 70), Column("分值或权重", 11, "number"),
        Column("计分方式", 44), Column("佐证要求", 44), Column("规则出处", 14, "centre"), Column("说明", 44),
    ]  # fmt: skip
    sheet = book.sheet("指标体系", f"{framework.title}（{framework.code}，{framework.version}版）", columns, frozen=3)
    rows: list[list[Value]] = []

    def walk(indicators: tuple[Indicator, ...], indent: int) -> None:
        for i in indicators:
            worth = number(i.marks if i.marks is not None else i.weight or framework.total * 0)
            how = {"sum": "下级相加", "arithmetic": "加权算术平均", "geometric": "加权几何平均"}[i.joined]
            notes = "；".join(a.text for a in i.ambiguities)
            rows.append([i.code, i.number, "　" * indent + i.title, worth, how, "", "", notes])
            walk(i.children, indent + 1)
            for p in i.points:
                worth = number(p.marks if p.marks is not None else p.weight or framework.total * 0)
                source = "本系统设定" if p.rule.source == OURS else "来源"
                notes = "；".join(t for t in (p.rule.reason, *(a.text for a in p.ambiguities)) if t)
                rule = rule_text(p.rule, framework.full(p))
                rows.append(
                    [
                        f"p{p.no}",
                        f"（{p.no}）",
                        "　" * (indent + 1) + p.text,
                        worth,
                        rule,
                        p.rule.evidence,
                        source,
                        notes,
                    ]
                )

    walk(framework.indicators, 0)
    book.rows(sheet, columns, rows)


def settings_sheet(book: Book, document: Document) -> None:
    """Write the settings that are ours, as the appendix prints them."""
    table = next((b for b in document.body if isinstance(b, Table) and b.key == "tab-settings"), None)
    if table is None:
        return
    heads, *body = ([text_of(c.inlines) for c in row] for row in table.rows)
    widths = (24, 44, 90)
    columns = [Column(head, width) for head, width in zip(heads, widths, strict=True)]
    sheet = book.sheet("设定", "来源未规定、由本系统设定的事项", columns)
    book.rows(sheet, columns, body)


def figures_sheet(book: Book, document: Document) -> None:
    """Write the numbers of every figure one below another, with a native radar for the first profile."""
    figures = list(document.figures())
    if not figures:
        return
    columns = [Column("图", 30), *(Column("", 14) for _ in range(max(len(f.data.columns) for f in figures)))]
    sheet = book.sheet("图表数据", "报告各图的数据", columns, note="每图一块，图号与报告一致。", frozen=0)
    numbers = document.numbers()
    at, drawn = HEAD_ROW + 1, False
    for figure in figures:
        book.text(sheet, at, 0, f"{numbers[figure.key]}　{figure.caption}", "bold")
        first = at + 1
        at = _data(book, sheet, figure, first)
        if not drawn and figure.native is not None and figure.native.kind == "radar":
            _radar(book, sheet, figure, first)
            drawn = True
        at += 1


def _data(book: Book, sheet: Worksheet, figure: Figure, at: int) -> int:
    for column, head in enumerate(figure.data.columns):
        book.text(sheet, at, column, head, "head")
    for row in figure.data.rows:
        at += 1
        for column, value in enumerate(row):
            book.put(sheet, at, column, value, "text" if isinstance(value, str) else "number")
    return at + 1


def _radar(book: Book, sheet: Worksheet, figure: Figure, first: int) -> None:
    """Draw a profile beside its numbers."""
    chart = book.book.add_chart({"type": "radar", "subtype": "with_markers"})
    last = first + len(figure.data.rows)
    for column in (1, 2):
        chart.add_series({
            "name": [sheet.name, first, column], "categories": [sheet.name, first + 1, 0, last, 0],
            "values": [sheet.name, first + 1, column, last, column],
        })  # fmt: skip
    chart.set_title({"name": clean(figure.caption), "name_font": {"size": 10.5, "name": "宋体"}})
    chart.set_legend({"position": "bottom"})
    sheet.insert_chart(first, len(figure.data.columns) + 1, chart)
