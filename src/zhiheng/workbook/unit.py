"""Writes the self-assessment workbook of a unit: what it has claimed so far, and room for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, fields
from decimal import Decimal
from pathlib import Path

import numpy as np
from xlsxwriter.worksheet import Worksheet

from zhiheng.assessment.claims import STANCE_ZH, Claim, Item, judged_steps
from zhiheng.framework.model import Framework, Indicator, Point
from zhiheng.framework.rules import Deduct, Judged, Linear, PerField, Relative, Steps, YesNo
from zhiheng.framework.summary import rule_summary
from zhiheng.marks import plain
from zhiheng.scoring.tree import Tree
from zhiheng.sheets.setup import Column
from zhiheng.sheets.text import line_count, row_height
from zhiheng.workbook import layout
from zhiheng.workbook.book import LIST_LENGTH, MESSAGE, Form
from zhiheng.workbook.formulas import Inputs, Part, expected, joined_formula, point_formula
from zhiheng.workbook.guide import write_guide
from zhiheng.workbook.layout import HEAD_ROW, IDENTITY, ITEMS, STANCE_LIST, SUBTOTALS, SUMMARY, TOP, UnitSheet
from zhiheng.workbook.table import address
from zhiheng.workbook.values import write_materials

STANCE, MARK, VALUE, NOTE, EXPECTED = 6, 7, 8, 10, 11
"""Columns of the summary, from 0."""
_SUMMARY = (
    Column("序号", 6, "centre"),
    Column("指标", 22),
    Column("考核要点（原文）", 42),
    Column("满分", 7, "centre"),
    Column("计分规则", 22),
    Column("佐证要求", 30),
    Column("填报情况", 10, "input_centre"),
    Column("申报档次\n（分）", 10, "input_centre"),
    Column("数值", 11, "input_number"),
    Column("计量单位", 9, "centre"),
    Column("说明", 26, "input"),
    Column("预计得分", 11, "calculated"),
)
_REFERENCE = Column("参考得分", 10, "centre")
_ITEMS = (
    Column("要点序号", 9, "input_centre"),
    Column("要点名称（自动显示）", 24, "calculated_open"),
    Column("事项", 46, "input"),
    Column("领域", 14, "input"),
    Column("数量", 8, "input_number"),
    Column("日期", 18, "input"),
    Column("佐证文件名", 38, "input"),
    Column("页码", 14, "input"),
)
_SUBTOTALS = (
    Column("层级", 12, "centre"),
    Column("序号", 8, "centre"),
    Column("指标", 70),
    Column("满分", 10, "centre"),
    Column("预计得分", 12, "calculated"),
    Column("已填要点", 10, "calculated_centre"),
    Column("要点数", 10, "centre"),
)
_POINTS_AT, _LISTS_AT = 3, 6
"""Columns of the hidden sheet where numbers and names of points, and lists of fields, start."""


def write_unit_workbook(
    framework: Framework,
    sheet: UnitSheet,
    claims: Mapping[int, Claim],
    path: Path,
    *,
    marks: Mapping[int, str] | None = None,
) -> None:
    """
    Write the self-assessment workbook of a unit.

    Parameters
    ----------
    framework
        The framework of the round.
    sheet
        Whose workbook it is.
    claims
        What the unit has stated so far, by number of the point. An item without any content is left out.
    path
        File to write, ending in `.xlsx`.
    marks
        Text to show beside points, by number, such as the marks of the last round; a column of its own.
    """
    form = Form(
        path,
        title=f"{sheet.unit_name}{sheet.round_title}自评表",
        label=sheet.label,
        marks_format=layout.marks_format(framework),
    )
    _UnitBook(form, framework, sheet, claims, marks or {}).write()
    form.close()


class _UnitBook:
    """A self-assessment workbook being written."""

    def __init__(
        self, form: Form, framework: Framework, unit: UnitSheet, claims: Mapping[int, Claim], marks: Mapping[int, str]
    ) -> None:
        self.form, self.framework, self.unit, self.marks = form, framework, unit, marks
        self.points = [point for _, point in framework.points]
        self.claims = {point.no: claims.get(point.no, Claim(point.no)) for point in self.points}
        self.rows = {point.no: TOP + at for at, point in enumerate(self.points)}
        self.items = [(no, item) for no, claim in self.claims.items() for item in claim.items if item != Item()]
        self.last_item = TOP + len(self.items) + layout.SPARE_ROWS

    def write(self) -> None:
        write_guide(self.form, self.framework, self.unit)
        self._summary()
        self._items()
        self._subtotals()
        self._identity()

    def _top(self, sheet: Worksheet, title: str, note: str) -> None:
        self.form.text(sheet, 0, 0, title, "title")
        sheet.set_row(0, 26)
        due = f"　截止时间：{self.unit.due}" if self.unit.due else ""
        line = f"填报单位：{self.unit.unit_name}　轮次：{self.unit.round_title}　考核期：{self.unit.period}{due}"
        self.form.text(sheet, 1, 0, line, "note")
        self.form.text(sheet, 2, 0, self.unit.label, "label")
        self.form.text(sheet, 3, 0, note, "note")
        for at in range(1, HEAD_ROW):
            sheet.set_row(at, 20)

    def _summary(self) -> None:
        columns = (*_SUMMARY, _REFERENCE) if self.marks else _SUMMARY
        sheet = self.form.sheet(SUMMARY, columns, head_row=HEAD_ROW, frozen=3)
        self._top(sheet, f"{self.framework.title}　自评汇总", "")
        self._progress(sheet)
        paths = _paths(self.framework)
        for point in self.points:
            at = self.rows[point.no]
            texts = (paths[point.no], point.text, None, self._rule(point), point.rule.evidence)
            note = self.claims[point.no].note
            cells = [point.no, *texts, None, None, None, getattr(point.rule, "measure", ""), note, None]
            self.form.row(sheet, at, columns, cells + ([self.marks.get(point.no, "")] if self.marks else []))
            self.form.put(sheet, at, 3, self.framework.full(point), "centre")
            self._inputs(sheet, point, at)
        sheet.autofilter(HEAD_ROW, 0, TOP + len(self.points) - 1, len(columns) - 1)
        self.form.protect(sheet)

    def _rule(self, point: Point) -> str:
        words = rule_summary(self.framework, point)
        if isinstance(point.rule, YesNo):
            return f"{words}，做到得{plain(self.framework.full(point))}分，否则不得分"
        if isinstance(point.rule, Deduct):
            return f"{words}。有应扣分事项的选“申报”并逐项列出，没有的选“不申报”"
        return words

    def _progress(self, sheet: Worksheet) -> None:
        """Write how many points are filled in, and the total, above the heads."""
        first, last = TOP + 1, TOP + len(self.points)
        stances = f"${chr(ord('A') + STANCE)}${first}:${chr(ord('A') + STANCE)}${last}"
        filled = sum(bool(claim.stance) for claim in self.claims.values())
        words = f'"已填 "&SUMPRODUCT(--(TRIM({stances})<>""))&" 项，共 {len(self.points)} 项"'
        self.form.formula(sheet, (3, 0), f"={words}", "section", f"已填 {filled} 项，共 {len(self.points)} 项")
        total = f"'{SUBTOTALS}'!$E${TOP + 1}"
        shown = plain(self._scores()[""])
        form = '"预计总分 "&ROUND(' + total + f',{6})&" 分（满分 {plain(self.framework.total)} 分）"'
        self.form.formula(
            sheet, (3, 4), f"={form}", "section", f"预计总分 {shown} 分（满分 {plain(self.framework.total)} 分）"
        )

    def _inputs(self, sheet: Worksheet, point: Point, at: int) -> None:
        claim, rule = self.claims[point.no], point.rule
        stance = STANCE_ZH[claim.stance] if claim.stance else ""
        self.form.put(sheet, at, STANCE, stance, "input_centre")
        self.form.choices(sheet, (at, STANCE, at, STANCE), STANCE_LIST, "请选择：申报、不申报、不适用。")
        if isinstance(rule, Judged):
            self.form.put(sheet, at, MARK, claim.mark, "input_centre")
            self._steps(sheet, point, at)
        else:
            self.form.put(sheet, at, MARK, claim.mark, "off")
        if isinstance(rule, Steps | Linear | Relative):
            self.form.put(sheet, at, VALUE, claim.value, "input_number")
            limits = {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15}
            words = {"error_title": "请填数字", "error_message": f"这里填数字，单位是{rule.measure}。"[:MESSAGE]}
            sheet.data_validation(at, VALUE, at, VALUE, {**limits, **words})
        else:
            self.form.put(sheet, at, VALUE, claim.value, "off")
        inputs = Inputs(address(at + 1, STANCE), address(at + 1, MARK), address(at + 1, VALUE), self.last_item)
        value = expected(self.framework, point, claim)
        self.form.formula(sheet, (at, EXPECTED), point_formula(self.framework, point, inputs), "calculated", value)

    def _steps(self, sheet: Worksheet, point: Point, at: int) -> None:
        steps = [plain(step) for step in judged_steps(self.framework, point)]
        why = f"请从规定的档次中选择：{'、'.join(steps)}分。"
        source = steps if len(",".join(steps)) <= LIST_LENGTH else f"=marks_{point.no}"
        self.form.choices(sheet, (at, MARK, at, MARK), source, why)

    def _items(self) -> None:
        sheet = self.form.sheet(ITEMS, _ITEMS, head_row=HEAD_ROW)
        note = "一行写一件事项；一件事项有几个佐证文件的，在同一格内用Alt+Enter换行，页码按同样的次序换行。"
        self._top(sheet, "事项明细", note)
        sheet.set_default_row(21)
        for at in range(TOP, self.last_item):
            self._item(sheet, at, *(self.items[at - TOP] if at - TOP < len(self.items) else (None, Item())))
        last, count = self.last_item - 1, len(self.points)
        numbers = f"='{IDENTITY}'!$D$2:$D${count + 1}"
        self.form.choices(sheet, (TOP, 0, last, 0), numbers, "请填“自评汇总”里的要点序号。")
        listed = {"validate": "list", "source": f'=INDIRECT("fields_"&$A{TOP + 1})', "error_type": "information"}
        words = {
            "error_title": "请核对领域",
            "error_message": "只有分领域计分的要点填写领域；不在列表里的，请先核对计分规则。",
        }
        sheet.data_validation(TOP, 3, last, 3, {**listed, **words})
        whole = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 1_000_000}
        words = {"error_title": "请填整数", "error_message": "数量填大于0的整数；不填按1计。"}
        sheet.data_validation(TOP, 4, last, 4, {**whole, **words})
        sheet.autofilter(HEAD_ROW, 0, last, len(_ITEMS) - 1)
        self.form.protect(sheet, rows=True)

    def _item(self, sheet: Worksheet, at: int, no: int | None, item: Item) -> None:
        files, pages = write_materials(item.materials)
        values = (no, None, item.text, item.component, item.count, item.date, files, pages)
        for place, (column, value) in enumerate(zip(_ITEMS, values, strict=True)):
            self.form.put(sheet, at, place, value, column.style)
        name = self.framework.point(no).name if no is not None else ""
        if no is not None:
            texts = zip(_ITEMS, ("", name, *(v if isinstance(v, str) else "" for v in values[2:])), strict=True)
            sheet.set_row(at, max(21.0, row_height(max(line_count(text, column.width) for column, text in texts))))
        cell, count = f"$A{at + 1}", len(self.points)
        found = f"VLOOKUP(VALUE({cell}),'{IDENTITY}'!$D$2:$E${count + 1},2,FALSE)"
        formula = f'=IF(TRIM({cell})="","",IFERROR({found},"没有这个要点"))'
        self.form.formula(sheet, (at, 1), formula, "calculated_open", name)

    def _subtotals(self) -> None:
        framework, form = self.framework, self.form
        sheet = form.sheet(SUBTOTALS, _SUBTOTALS, head_row=HEAD_ROW)
        note = "按各要点的预计得分自动计算；不适用和待比较的要点暂不计入，最终得分以核定为准。"
        self._top(sheet, "得分小计", note)
        nodes = _in_order(framework.indicators)
        cells = {indicator.code: address(TOP + at + 2, 4) for at, (_, indicator) in enumerate(nodes)}
        scores = self._scores()
        whole = self._joined(framework.joined, framework.total, framework.indicators, cells)
        if any(point.rule.kind == "bonus" for point in self.points):
            whole = f"=MIN({plain(framework.total)},{whole[1:]})"
        self._subtotal(sheet, TOP, ("合计", "", framework.title, framework.total), (whole, scores[""]), self.points)
        for at, (level, node) in enumerate(nodes, TOP + 1):
            children = node.children or node.points
            formula = self._joined(node.joined, framework.full(node), children, cells)
            words = (framework.level_names[level], node.number, f"{'　' * level}{node.title}", framework.full(node))
            self._subtotal(sheet, at, words, (formula, scores[node.code]), _points_below(node))
        form.protect(sheet)

    def _joined(
        self, joined: str, full: Decimal, children: tuple[Indicator, ...] | tuple[Point, ...], cells: Mapping[str, str]
    ) -> str:
        places = {p.no: f"'{SUMMARY}'!{address(self.rows[p.no] + 1, EXPECTED)}" for p in self.points}
        parts = [Part(c, cells[c.code] if isinstance(c, Indicator) else places[c.no]) for c in children]
        return joined_formula(self.framework, joined, full, parts)

    def _subtotal(
        self,
        sheet: Worksheet,
        at: int,
        words: tuple[str, str, str, Decimal],
        marks: tuple[str, Decimal],
        points: list[Point],
    ) -> None:
        self.form.row(sheet, at, _SUBTOTALS, (*words, None, None, len(points)))
        rows = [self.rows[p.no] for p in points]
        column = chr(ord("A") + STANCE)
        area = f"'{SUMMARY}'!${column}${min(rows) + 1}:${column}${max(rows) + 1}"
        filled = sum(bool(self.claims[p.no].stance) for p in points)
        self.form.formula(sheet, (at, 5), f'=SUMPRODUCT(--(TRIM({area})<>""))', "calculated_centre", filled)
        if at > TOP:
            # Nothing filled in is no zero.
            blank = f'=IF({address(at + 1, 5)}=0,"",{marks[0][1:]})'
            self.form.formula(sheet, (at, 4), blank, "calculated", marks[1] if filled else "")
        else:
            self.form.formula(sheet, (at, 4), marks[0], "calculated", marks[1])

    def _scores(self) -> dict[str, Decimal]:
        """Return the marks that the subtotals show for the claims as they are, by code of the node."""
        framework, scale = self.framework, self.framework.scale
        tree = Tree(framework)
        shown = [expected(framework, p, self.claims[p.no]) for p in self.points]
        ticks = np.array([[0 if isinstance(marks, str) else scale.ticks(marks) for marks in shown]], np.int64)
        return {node.code: scale.marks(t) for node, t in zip(tree.nodes, tree.aggregate(ticks)[0], strict=True)}

    def _identity(self) -> None:
        sheet = self.form.book.add_worksheet(IDENTITY)
        identity = layout.identity_of(self.framework, self.unit)
        pairs = [("format", layout.FORMAT), ("format_version", layout.VERSION)]
        pairs += zip((f.name for f in fields(identity)), astuple(identity), strict=True)
        for at, pair in enumerate(pairs):
            for column, text in enumerate(pair):
                self.form.text(sheet, at, column, text, "plain")
        for at, point in enumerate(self.points, 1):
            self.form.put(sheet, at, _POINTS_AT, point.no, "plain")
            self.form.text(sheet, at, _POINTS_AT + 1, point.name, "plain")
        for column, (name, texts) in enumerate(self._lists().items(), _LISTS_AT):
            for at, text in enumerate((name, *texts)):
                self.form.put(sheet, at, column, Decimal(text) if at and name.startswith("marks") else text, "plain")
            first, last = (address(row, column) for row in (2, len(texts) + 1))
            letters = first.rstrip("0123456789")
            area = f"='{IDENTITY}'!${letters}$2:${letters}${last.removeprefix(letters)}"
            self.form.book.define_name(name, area)
        sheet.hide()
        sheet.protect()

    def _lists(self) -> dict[str, list[str]]:
        """Return lists that cells offer from the hidden sheet, by name."""
        lists = {}
        for point in self.points:
            if isinstance(point.rule, PerField):
                # A list with an empty cell lets people type what it does not hold.
                lists[f"fields_{point.no}"] = [*point.rule.fields, *([""] if point.rule.open else [])]
            elif isinstance(point.rule, Judged):
                lists[f"marks_{point.no}"] = [plain(step) for step in judged_steps(self.framework, point)]
        return lists


def _in_order(indicators: tuple[Indicator, ...], level: int = 0) -> list[tuple[int, Indicator]]:
    """Return indicators with their level from 0, each before its children."""
    found = []
    for indicator in indicators:
        found += [(level, indicator), *_in_order(indicator.children, level + 1)]
    return found


def _points_below(node: Indicator) -> list[Point]:
    return [*node.points, *(point for child in node.children for point in _points_below(child))]


def _paths(framework: Framework) -> dict[int, str]:
    """Return the names of the indicators above each point, from the top."""
    above: dict[str, str] = {}
    for _, parent, indicator in framework.nodes:
        above[indicator.code] = f"{above[parent]} › {indicator.name}" if parent else indicator.name
    return {point.no: above[code] for code, point in framework.points}
