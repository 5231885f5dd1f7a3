"""Reads a self-assessment workbook that a unit has filled in: claims, and every problem with its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path

from zhiheng.assessment.claims import Claim, Fault, Item, Stance, claim_faults
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Linear, Relative, Steps
from zhiheng.marks import plain
from zhiheng.pipeline import framework_hash
from zhiheng.workbook import layout
from zhiheng.workbook.archive import refuse
from zhiheng.workbook.layout import IDENTITY, ITEM_HEADS, ITEMS, SUMMARY, SUMMARY_HEADS, Identity
from zhiheng.workbook.table import Cell, CellProblem, Row, Severity, Sheets
from zhiheng.workbook.text import narrow
from zhiheng.workbook.values import read_date, read_materials, read_number, read_point, read_stance

PERCENT = frozenset({"%", "百分比", "百分数"})
MOST_PROBLEMS = 500
"""Problems that are listed one by one."""
_FAULT_CELLS = {"text": "text", "date": "date", "component": "component", "count": "count"}


@dataclass(frozen=True, slots=True)
class Filled:
    """
    What a workbook holds.

    Parameters
    ----------
    identity
        Where it comes from.
    claims
        Claims by number of the point, for every point whose row was found; an unfinished one is a claim too.
    problems
        What is wrong, in the order of the workbook.
    """

    identity: Identity
    claims: dict[int, Claim]
    problems: tuple[CellProblem, ...]

    @property
    def errors(self) -> tuple[CellProblem, ...]:
        """Problems that keep the workbook from being used."""
        return tuple(p for p in self.problems if p.severity == "error")


def read_unit_workbook(path: Path, framework: Framework) -> Filled:
    """
    Return what a self-assessment workbook holds.

    Parameters
    ----------
    path
        The file, under any name.
    framework
        The framework of the round; a workbook made from another one has an error, and is read all the same.

    Raises
    ------
    FileMissingError
        If there is no such file.
    WorkbookError
        If the file as a whole cannot be used: see `zhiheng.workbook.archive.safe_copy`; or it has none of the sheets
        and heads that were handed out.

    Notes
    -----
    Columns are found by their heads and rows by the number of the point: neither place nor order matters. Whose
    workbook it is and from which revision it was made is for the caller to compare.
    """
    sheets = Sheets(path)
    identity = _identity(sheets)
    reader = _Reader(sheets, framework)
    if identity.framework_hash != framework_hash(framework):
        made = f"{identity.framework}（{identity.framework_version}版）"
        words = f"这份工作簿按指标体系{made}生成，与本轮次的不一致，请重新下载"
        reader.problems.append(CellProblem(IDENTITY, "", words))
    claims = reader.read()
    return Filled(identity, claims, _first(reader.problems))


def _first(problems: Sequence[CellProblem]) -> tuple[CellProblem, ...]:
    """Return as many problems as a person can read, and how many are left out; an error among them stays one."""
    rest = problems[MOST_PROBLEMS:]
    if not rest:
        return tuple(problems)
    severity: Severity = "error" if any(p.severity == "error" for p in rest) else "warning"
    return (
        *problems[:MOST_PROBLEMS],
        CellProblem("", "", f"另有{len(rest)}处没有列出，请改正以上各处后再上传", severity),
    )


def _identity(sheets: Sheets) -> Identity:
    pairs = sheets.pairs(IDENTITY)
    if pairs.get("format") != layout.FORMAT:
        refuse("工作簿不是从本系统下载的自评表，或者隐藏的工作表已被删除，请重新下载", "not_ours")
    if pairs.get("format_version") != layout.VERSION:
        refuse("工作簿是用另一版系统生成的，请重新下载", "format_version")
    return Identity(**{field.name: pairs.get(field.name, "") for field in fields(Identity)})


class _Reader:
    """Goes through the two tables and collects claims and problems."""

    def __init__(self, sheets: Sheets, framework: Framework) -> None:
        self.sheets, self.framework = sheets, framework
        self.points = {point.no: point for _, point in framework.points}
        self.problems: list[CellProblem] = []

    def read(self) -> dict[int, Claim]:
        summary = self._summary()
        items = self._items()
        for no, pairs in items.items():
            if no not in summary:
                words = f"“{SUMMARY}”里没有第{no}项，这一行无法归入；请恢复被删去的行，或者重新下载"
                self.problems += [row["point"].problem(words) for row, _ in pairs]
        claims = {}
        for no, (row, claim) in summary.items():
            rows = items.get(no, [])
            claims[no] = replace(claim, items=tuple(item for _, item in rows))
            self._check(self.points[no], claims[no], row, [r for r, _ in rows])
        return claims

    def _summary(self) -> dict[int, tuple[Row, Claim]]:
        table = self.sheets.table(SUMMARY, SUMMARY_HEADS, ("point", "stance"))
        for key in table.missing:
            self.problems.append(CellProblem(SUMMARY, "", f"缺少“{SUMMARY_HEADS[key][0]}”一列，请不要删除列"))
        found: dict[int, tuple[Row, Claim]] = {}
        for row in table:
            no = self._point(row)
            if no is None:
                continue
            if no in found:
                words = f"第{no}项在本表出现了不止一次（另见第{found[no][0].number}行），请只保留一行"
                self.problems.append(row["point"].problem(words))
                continue
            found[no] = row, self._claim(self.points[no], row)
        lacking = [no for no in self.points if no not in found]
        if lacking:
            listed = "、".join(str(no) for no in lacking)
            self.problems.append(CellProblem(SUMMARY, "", f"没有第{listed}项的行，这些要点保持原样", "warning"))
        return found

    def _point(self, row: Row) -> int | None:
        """Return the point of a row, or None where it has none or a wrong one."""
        cell = row["point"]
        if not cell.text:
            filled = next((c for key, c in row.cells.items() if key != "point" and c.text), None)
            if filled is not None:
                self.problems.append(CellProblem(filled.sheet, filled.address, "这一行没有写要点序号，请补写"))
            return None
        no = read_point(cell.text)
        if no is None:
            # A line such as 填表人 under the table does no harm where nothing else stands in it.
            alone = not any(c.text for key, c in row.cells.items() if key != "point")
            words = f"“{_short(cell.text)}”不是要点序号，" + (
                "这一行不读取" if alone else f"请填“{SUMMARY}”第一列的数字"
            )
            self.problems.append(cell.problem(words, "warning" if alone else "error"))
            return None
        if no not in self.points:
            self.problems.append(cell.problem(f"指标体系里没有第{no}项，请核对要点序号"))
            return None
        return no

    def _claim(self, point: Point, row: Row) -> Claim:
        stance = self._stance(row["stance"])
        mark = self._number(row["mark"], "申报档次")
        value = self._value(point, row["value"])
        return Claim(point.no, stance, mark, value, row["note"].text)

    def _stance(self, cell: Cell) -> Stance:
        stance = read_stance(cell.text)
        if stance is None:
            words = f"“{_short(cell.text)}”不是填报情况，请选申报、不申报或者不适用"
            self.problems.append(cell.problem(words))
            return ""
        return stance

    def _number(self, cell: Cell, what: str) -> Decimal | None:
        text = cell.text
        if not text or cell.dated:
            if cell.dated:
                self.problems.append(cell.problem(f"{what}被表格软件变成了日期，请把单元格格式改为数字后重填"))
            return None
        number = read_number(text)
        if number is None:
            self.problems.append(cell.problem(f"{what}“{_short(text)}”不是数字，请只填数字"))
        return number

    def _value(self, point: Point, cell: Cell) -> Decimal | None:
        """Read a measured number; people write its unit behind it, and programs turn 85% into 0.85."""
        rule = point.rule
        if not isinstance(rule, Steps | Linear | Relative):
            return self._number(cell, "数值")
        measure, text = narrow(rule.measure), narrow(cell.text)
        if isinstance(cell.raw, str) and text.endswith(measure) and text != measure:
            return self._number(replace(cell, raw=text.removesuffix(measure)), "数值")
        value = self._number(cell, "数值")
        if value is not None and measure in PERCENT and 0 < value < 1:
            read, other = f"{cell.text}{rule.measure}", plain(value * 100)
            words = f"单位是“{rule.measure}”，这里按{read}读取；如果是{other}%，请填{other}"
            self.problems.append(cell.problem(words, "warning"))
        return value

    def _items(self) -> dict[int, list[tuple[Row, Item]]]:
        table = self.sheets.table(ITEMS, ITEM_HEADS, ("point", "text"))
        for key in table.missing:
            self.problems.append(CellProblem(ITEMS, "", f"缺少“{ITEM_HEADS[key][0]}”一列，请不要删除列"))
        found: dict[int, list[tuple[Row, Item]]] = {}
        for row in table:
            no = self._point(row)
            if no is None:
                continue
            item = self._item(row)
            if item == Item():
                words = "这一行只有要点序号，没有内容，不作为事项"
                self.problems.append(row["point"].problem(words, "warning"))
            else:
                found.setdefault(no, []).append((row, item))
        return found

    def _item(self, row: Row) -> Item:
        for key, what in (("text", "事项"), ("files", "佐证文件名"), ("pages", "页码")):
            if row[key].dated:
                words = f"{what}被表格软件变成了日期，请把单元格格式改为文本后重填"
                self.problems.append(row[key].problem(words))
        day, question = read_date(row["date"])
        if question:
            unsure = day == row["date"].text
            self.problems.append(row["date"].problem(question, "error" if unsure else "warning"))
        materials, wrong = read_materials(row["files"].text, row["pages"].text)
        if wrong:
            self.problems.append(row["pages"].problem(wrong))
        count = self._number(row["count"], "数量")
        return Item(row["text"].text, day, row["component"].text, count, materials)

    def _check(self, point: Point, claim: Claim, row: Row, rows: Sequence[Row]) -> None:
        """Add the faults of a claim at their cells, and what was filled in without a stance."""
        known = {(p.sheet, p.cell) for p in self.problems if p.severity == "error"}
        for fault in claim_faults(self.framework, point, claim):
            cell = _fault_cell(fault, row, rows)
            if (cell.sheet, cell.address) not in known:
                self.problems.append(cell.problem(fault.message))
        held = claim.mark is not None or claim.value is not None or claim.items
        if held and not claim.stance and not _has_error(row["stance"], known):
            words = f"第{point.no}项填了内容，但没有选填报情况；要申报的请选“申报”"
            self.problems.append(row["stance"].problem(words, "warning"))


def _fault_cell(fault: Fault, row: Row, rows: Sequence[Row]) -> Cell:
    if fault.item is not None:
        return rows[fault.item][_FAULT_CELLS.get(fault.field, "point")]
    return row[fault.field if fault.field in row.cells else "stance"]


def _has_error(cell: Cell, known: set[tuple[str, str]]) -> bool:
    return (cell.sheet, cell.address) in known


def _short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
