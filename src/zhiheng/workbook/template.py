"""Writes the template in which an office types a framework without writing YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from zhiheng.framework.model import Ambiguity, Framework, Indicator, Point, Quota, Thresholds
from zhiheng.framework.rules import OURS, Sourced, Threshold
from zhiheng.marks import plain
from zhiheng.sheets.setup import Column, print_setup
from zhiheng.sheets.text import line_count, row_height
from zhiheng.workbook import template_layout as layout
from zhiheng.workbook.book import MESSAGE, OFF, Form, Value
from zhiheng.workbook.table import address
from zhiheng.workbook.template_layout import ALL_NODE_COLUMNS, PARAMETERS, SETTINGS, SOURCED, Field

HEAD_ROW = 3
TOP = HEAD_ROW + 1
SPARE = {layout.SOURCES: 20, layout.GRADES: 12, layout.VETOES: 20, layout.NODES: 200}
"""Empty rows for what is added."""
_LEVELS = ("一级指标", "二级指标", "三级指标", "考核要点")
_EMPTY = {"level_names": "、".join(_LEVELS), "language": "zh-CN"}
"""Settings of an empty template."""
_CENTRED = frozenset({"level", "code", "number", "marks", "weight", "kind", "point", "below", "value", "key", "id"})
_INDICATORS_ONLY = frozenset({"number", "aggregate", "titles"})
_INFO_WIDTHS = (16, 46, 14, 40, 64)
_GUIDE = (
    (
        "用途",
        "不写YAML也能编制指标体系：填好后上传，系统检查、预览，没有问题再采用。已经采用的版本不再修改，要改就换一个版本。",
    ),
    (layout.INFO, "逐行填写；考核期、等次方式、名次并列、不适用要点四项要写来源。"),
    (layout.SOURCES, "列出依据的文件，每个文件起一个代号，别处写代号。"),
    (layout.GRADES, "从高到低，一行一个；按分数线的填最低分，按比例的填比例。"),
    (
        layout.NODES,
        "一行一个指标或者要点，从上到下：先写一级指标，再写它的下级，直到考核要点；每个要点选一种计分规则，填它要用的几列。",
    ),
    (layout.VETOES, "没有的不填。"),
    ("来源", "每项设置写明出自哪个文件；文件没有规定、由编写单位设定的写“自定”，并写理由。都不写的，按自定处理。"),
    ("照录", "名称和要点照录原文，错字也照录；有疑问的写在“疑义”一列。"),
    ("分值和权重", "分值逐级相加，各级之和必须相等；写权重的按得分率加权平均。同一级要么都写分值，要么都写权重。"),
)
_RULES = (
    ("是非", "做到得满分，否则不得分。"),
    ("评判", "从规定的档次中选一档；档次写占满分的比例，从0到1。"),
    ("计次", "每项得“每项分值”，最多得“最多”。"),
    ("分领域", "每个不同的领域得“每项分值”，最多得“最多”。"),
    ("分档", "按数值所在的档得分；从容易的档写到难的档。"),
    ("比例", "“起点值”得0分，“目标值”得满分，中间按比例。"),
    ("相对", "与本轮其他地区的数值比较后折算。"),
    ("扣分", "从满分起，每项扣“每项分值”，最多扣“最多”。"),
    ("加分", "在总分之外，每项加“每项分值”，最多加“最多”。"),
)


def write_framework_template(path: Path, framework: Framework | None = None) -> None:
    """
    Write the template of a framework.

    Parameters
    ----------
    path
        File to write, ending in `.xlsx`.
    framework
        What to fill it with; empty when absent.
    """
    form = Form(path, title="指标体系模板")
    _guide(form)
    _info(form, framework)
    _sources(form, framework)
    _grades(form, framework)
    _nodes(form, framework)
    _vetoes(form, framework)
    form.close()


def _guide(form: Form) -> None:
    sheet = form.book.add_worksheet(layout.GUIDE)
    print_setup(sheet, form.label, landscape=False)
    widths = (16, 84)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    form.text(sheet, 0, 0, "指标体系模板　填写说明", "title")
    sheet.set_row(0, 28)
    row = 2
    for title, lines in (("怎样填写", _GUIDE), ("计分规则", _RULES)):
        form.text(sheet, row, 0, title, "section")
        sheet.set_row(row, 24)
        for key, text in lines:
            row += 1
            form.text(sheet, row, 0, key, "bold")
            form.text(sheet, row, 1, text, "text")
            sheet.set_row(row, max(21.0, row_height(line_count(text, widths[1]))))
        row += 2
    form.protect(sheet)


def _top(form: Form, sheet: Worksheet, title: str, note: str) -> None:
    form.text(sheet, 0, 0, title, "title")
    sheet.set_row(0, 26)
    form.text(sheet, 1, 0, note, "note")


def _info(form: Form, framework: Framework | None) -> None:
    columns = [
        Column(head, width, style)
        for head, width, style in zip(
            ("项目", "填写", "来源", "理由", "怎样填写"),
            _INFO_WIDTHS,
            ("bold", "input", "input", "input", "text"),
            strict=True,
        )
    ]
    sheet = form.sheet(layout.INFO, columns, head_row=HEAD_ROW)
    _top(form, sheet, "基本信息", "黄色格填写；来源写“来源文件”表里的代号，来源没有规定的写“自定”并写理由。")
    for at, field in enumerate(SETTINGS, TOP):
        value = _setting(framework, field) if framework else _EMPTY.get(field.key, "")
        source, reason = _origin(_part(framework, field.key)) if framework and field.key in SOURCED else ("", "")
        form.row(sheet, at, columns, (field.head, value, source, reason, field.hint))
        if field.key not in SOURCED:
            for column in (2, 3):
                form.put(sheet, at, column, None, "off")
        if field.words:
            form.choices(sheet, (at, 1, at, 1), list(field.words.values()), field.hint or "请从列表中选择。")
        if field.key == "level_names":
            form.book.define_name(field.key, f"='{layout.INFO}'!$B${at + 1}")
    form.protect(sheet)


def _part(framework: Framework, key: str) -> Sourced:
    part = getattr(framework, key.partition(".")[0])
    assert isinstance(part, Sourced)
    return part


def _setting(framework: Framework, field: Field) -> str:
    """Return a basic setting as people read it."""
    if field.key == "ambiguities":
        return _ambiguities(framework.ambiguities)
    if field.key == "level_names":
        return "、".join(framework.level_names)
    value: object = framework
    names = {"period.from": "period.start", "period.to": "period.end"}
    for name in names.get(field.key, field.key).split("."):
        value = getattr(value, name, None)
    return _shown(value, field)


def _shown(value: object, field: Field) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        value = str(value).lower()
    text = plain(value) if isinstance(value, Decimal) else str(value)
    return field.words.get(text, text) if field.words else text


def _origin(part: Sourced) -> tuple[str, str]:
    return layout.OURS_ZH if part.source == OURS else part.source, part.reason


def _ambiguities(found: Iterable[Ambiguity]) -> str:
    return "\n".join(f"{a.id}：{a.text}" for a in found)


def _table(
    form: Form, name: str, fields: Sequence[Field], rows: Sequence[Sequence[Value]], *, note: str, frozen: int = 1
) -> Worksheet:
    """Write a table of inputs with its rows and empty ones below."""
    columns = [Column(f.head, f.width, "input_centre" if f.key in _CENTRED else "input") for f in fields]
    sheet = form.sheet(name, columns, head_row=HEAD_ROW, frozen=frozen)
    _top(form, sheet, name, note)
    sheet.set_default_row(21)
    for at, row in enumerate(rows, TOP):
        form.row(sheet, at, columns, row)
    last = TOP + len(rows) + SPARE[name]
    for at in range(TOP + len(rows), last):
        for place, column in enumerate(columns):
            form.put(sheet, at, place, None, column.style)
    for place, field in enumerate(fields):
        area = (TOP, place, last - 1, place)
        if field.words:
            form.choices(sheet, area, list(field.words.values()), field.hint or "请从列表中选择。")
        elif field.hint:
            message = {"validate": "any", "input_title": field.head, "input_message": field.hint[:MESSAGE]}
            sheet.data_validation(*area, message)
    form.protect(sheet, rows=True)
    return sheet


def _sources(form: Form, framework: Framework | None) -> None:
    found = framework.sources.items() if framework else ()
    rows = [(key, s.title, s.body, s.date, s.note) for key, s in found]
    _table(form, layout.SOURCES, layout.SOURCE_COLUMNS, rows, note="一行一个文件；代号用在各表的“来源”一列。")


def _grades(form: Form, framework: Framework | None) -> None:
    rows: list[tuple[Value, ...]] = []
    grades = framework.grades if framework else None
    if isinstance(grades, Thresholds):
        rows = [(band.name, band.low) for band in grades.bands]
    elif isinstance(grades, Quota):
        rows = [(share.name, share.share) for share in grades.shares]
    _table(form, layout.GRADES, layout.GRADE_COLUMNS, rows, note="从高到低，一行一个；方式在“基本信息”里选。")


def _vetoes(form: Form, framework: Framework | None) -> None:
    rows = [
        (v.id, v.point, v.below, "、".join(v.bars), v.text, *_origin(v))
        for v in (framework.vetoes if framework else ())
    ]
    _table(form, layout.VETOES, layout.VETO_COLUMNS, rows, note="核定得分低于规定的，不得评为所列等次；没有的不填。")


def _nodes(form: Form, framework: Framework | None) -> None:
    rows = _node_rows(framework) if framework else []
    note = "从上到下逐行填写：指标在前，它的下级紧跟其后；要点写在所属指标的下面。选中单元格可以看到怎样填写。"
    sheet = _table(form, layout.NODES, ALL_NODE_COLUMNS, rows, note=note, frozen=4)
    names = framework.level_names if framework else _LEVELS
    listed = {"validate": "list", "source": list(names), "error_type": "information"}
    words = {"error_title": "请核对层级", "error_message": "层级须是“基本信息”里“各级名称”中的一个。"}
    sheet.data_validation(TOP, 0, TOP + len(rows) + SPARE[layout.NODES] - 1, 0, {**listed, **words})
    column = 0
    for title, fields in layout.GROUPS:
        sheet.merge_range(HEAD_ROW - 1, column, HEAD_ROW - 1, column + len(fields) - 1, title, form.formats["head"])
        column += len(fields)
    sheet.set_row(HEAD_ROW - 1, 21)
    sheet.repeat_rows(HEAD_ROW - 1, HEAD_ROW)
    sheet.repeat_columns(0, 3)
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(3, 0)
    _shade(form, sheet, TOP + len(rows) + SPARE[layout.NODES] - 1)


def _shade(form: Form, sheet: Worksheet, last: int) -> None:
    """Make cells grey that the level or the rule of a row does not use, as it is typed, and indicators bold."""
    grey = form.book.add_format({"bg_color": OFF})
    bold = form.book.add_format({"bold": True})
    places = {field.key: at for at, field in enumerate(ALL_NODE_COLUMNS)}
    level, kind = (f"${address(TOP + 1, places[key])}" for key in ("level", "kind"))
    # The last of the level names is that of the points.
    point = f'AND(TRIM({level})<>"",RIGHT(TRIM(level_names),LEN(TRIM({level})))=TRIM({level}))'
    indicator = f'AND(TRIM({level})<>"",NOT({point}))'
    for field in ALL_NODE_COLUMNS:
        at = places[field.key]
        if field.key in _INDICATORS_ONLY:
            unused = point
        elif field in (*layout.RULE_COLUMNS, *layout.PERIOD_COLUMNS) or field.key.startswith("rule_"):
            kinds = "".join(f"|{layout.KINDS[k]}|" for k, used in PARAMETERS.items() if field.key in used)
            other = f'AND(TRIM({kind})<>"",ISERROR(FIND("|"&TRIM({kind})&"|","{kinds}")))' if kinds else "FALSE"
            unused = f"OR({indicator},{other})"
        else:
            continue
        sheet.conditional_format(TOP, at, last, at, {"type": "formula", "criteria": f"={unused}", "format": grey})
    name = (TOP, 0, last, len(layout.NODE_COLUMNS) - 1)
    sheet.conditional_format(*name, {"type": "formula", "criteria": f"={indicator}", "format": bold})


def _node_rows(framework: Framework) -> list[list[Value]]:
    rows: list[list[Value]] = []

    def walk(nodes: Sequence[Indicator], level: int) -> None:
        for node in nodes:
            rows.append(_indicator_row(node, framework.level_names[min(level, len(framework.level_names) - 1)]))
            walk(node.children, level + 1)
            rows.extend(_point_row(point, framework.level_names[-1]) for point in node.points)

    walk(framework.indicators, 0)
    return rows


def _ordered(values: dict[str, Value]) -> list[Value]:
    return [values.get(field.key) for field in ALL_NODE_COLUMNS]


def _indicator_row(node: Indicator, level: str) -> list[Value]:
    source, reason = _origin(node)
    return _ordered(
        {
            "level": level, "code": node.code, "number": node.number, "title": node.title, "short": node.short,
            "marks": node.marks, "weight": node.weight, "source": source, "reason": reason,
            "aggregate": layout.AGGREGATES[node.aggregate] if node.aggregate else "",
            "ambiguities": _ambiguities(node.ambiguities),
            "titles": "\n".join(f"{other.text}｜{other.where}" for other in node.titles),
        }
    )  # fmt: skip


def _point_row(point: Point, level: str) -> list[Value]:
    rule = point.rule
    source, reason = _origin(point)
    rule_source, rule_reason = _origin(rule)
    values: dict[str, Value] = {
        "level": level, "code": point.no, "title": point.text, "short": point.short, "marks": point.marks,
        "weight": point.weight, "kind": layout.KINDS[rule.kind], "evidence": rule.evidence,
        "precision": rule.precision, "rule_source": rule_source, "rule_reason": rule_reason, "source": source,
        "reason": reason, "ambiguities": _ambiguities(point.ambiguities),
    }  # fmt: skip
    for field in layout.RULE_COLUMNS:
        if field.key in PARAMETERS[rule.kind]:
            values[field.key] = _parameter(getattr(rule, field.key), field)
    if rule.period:
        period_source, period_reason = _origin(rule.period)
        values |= {"from": rule.period.start, "to": rule.period.end}
        values |= {"period_source": period_source, "period_reason": period_reason}
    return _ordered(values)


def _parameter(value: object, field: Field) -> Value:
    if isinstance(value, tuple):
        if field.key == "steps":
            return "、".join(plain(step) for step in value)
        return "\n".join(f"{plain(v.at)}：{plain(v.marks)}" if isinstance(v, Threshold) else str(v) for v in value)
    return value if isinstance(value, Decimal) else _shown(value, field)
