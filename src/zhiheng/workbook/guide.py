"""The first sheet of the self-assessment workbook: what to do, what the colours mean, how to name files."""

from __future__ import annotations

from zhiheng.framework.model import Framework
from zhiheng.sheets.setup import print_setup
from zhiheng.sheets.text import line_count, row_height
from zhiheng.workbook.book import Form
from zhiheng.workbook.layout import GUIDE, ITEMS, SUBTOTALS, SUMMARY, UnitSheet

WIDTHS = (16, 84)
_STEPS = (
    ("第一步", f"在“{SUMMARY}”逐项选择填报情况：有成绩要申报的选“申报”，没有的选“不申报”，与本地区无关的选“不适用”。"),
    ("第二步", "评判项选申报档次；需要填数的填数值，单位见同一行。白色和灰色格不用填。"),
    (
        "第三步",
        (
            f"在“{ITEMS}”列出支持申报的事项，一行一件，写明要点序号、事项、日期和佐证文件名；"
            "分领域计分的选领域；计次和扣分的要点，一行代表几件的填数量。"
        ),
    ),
    (
        "第四步",
        (
            "把佐证文件放进一个ZIP压缩包，文件名以要点序号开头，例如“10-01 通知.pdf”“10-02 会议纪要.pdf”；"
            "明细里的佐证文件名与压缩包里的一致。"
        ),
    ),
    ("第五步", "把工作簿和压缩包一起上传。系统先逐格检查并列出改动，确认以后才保存；有错误的，整份不保存。"),
)
_RULES = (
    ("不适用", "选“不适用”的必须在“说明”里写明理由，例如“管理委员会没有立法权”。是否认定由核查决定。"),
    ("日期", "写成2021年6月30日、2021-06-30、2021年6月、2021年都可以；一段时间写成2021-01至2021-06。"),
    ("几个佐证文件", "在同一格内按Alt+Enter换行，一行一个文件名；页码按同样的次序换行，整份文件写“—”。"),
    ("预计得分", f"绿色格按计分规则自动计算，只供参考，以核定为准；按指标的合计见“{SUBTOTALS}”。"),
    ("行数不够", "在明细表格中间插入行；空行、筛选和排序都不影响读取。"),
    ("请不要", "改动工作表名称和表头，删除隐藏的工作表，或者把内容复制到别的工作簿里上传。"),
)


def write_guide(form: Form, framework: Framework, unit: UnitSheet) -> None:
    """Write the sheet of instructions."""
    sheet = form.book.add_worksheet(GUIDE)
    print_setup(sheet, form.label, landscape=False)
    for at, width in enumerate(WIDTHS):
        sheet.set_column(at, at, width)
    form.text(sheet, 0, 0, f"{unit.round_title}　自评填报说明", "title")
    sheet.set_row(0, 28)
    form.text(sheet, 1, 0, unit.label, "label")
    about = [
        ("填报单位", f"{unit.unit_name}（{unit.unit_code}）"),
        ("轮次", f"{unit.round_title}（{unit.round_code}）"),
        ("指标体系", f"{framework.title}，{framework.version}版，共{len(framework.points)}个要点"),
        ("考核期", unit.period),
        ("截止时间", unit.due),
    ]
    at = _block(form, 2, "基本情况", [(key, text) for key, text in about if text])
    at = _block(form, at + 1, "填报步骤", _STEPS)
    at = _block(form, at + 1, "填报要求", _RULES)
    at += 1
    form.text(sheet, at, 0, "颜色", "section")
    sheet.set_row(at, 24)
    legend = (
        ("sample", "黄色：需要填写"),
        ("calculated", "绿色：自动计算，不能改"),
        ("off", "灰色：该要点不填"),
        ("text", "白色：要点、规则和佐证要求，不能改"),
    )
    for row, (style, text) in enumerate(legend, at + 1):
        form.put(sheet, row, 0, None, style)
        form.text(sheet, row, 1, text, "text")
        sheet.set_row(row, 21)
    form.protect(sheet)


def _block(form: Form, at: int, title: str, rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> int:
    """Write a heading and rows of two columns; return the row after them."""
    sheet = form.book.get_worksheet_by_name(GUIDE)
    form.text(sheet, at, 0, title, "section")
    sheet.set_row(at, 24)
    for row, (key, text) in enumerate(rows, at + 1):
        form.text(sheet, row, 0, key, "bold")
        form.text(sheet, row, 1, text, "text")
        sheet.set_row(row, max(21.0, row_height(line_count(text, WIDTHS[1]))))
    return at + 1 + len(rows)
