"""The formulas of the workbook, calculated by LibreOffice, give the marks of the library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from tests.builders import framework, indicator, point
from tests.zhiheng.workbook.forms import Filling, every_kind, written

from zhiheng.assessment.claims import Claim, Item, Stance, claim_facts, judged_steps
from zhiheng.framework.load import load_framework
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import MEASURED, Judged
from zhiheng.scoring.points import score_point
from zhiheng.scoring.tree import Tree
from zhiheng.workbook.filled import read_unit_workbook
from zhiheng.workbook.layout import ITEMS, SUBTOTALS, SUMMARY, TOP

pytestmark = pytest.mark.office
Recalculate = Callable[[Path], Workbook]
FIELDS = ("专利", "商标", "专利", "著作权", "地理标志", "专利")


@pytest.fixture
def recalculated(office: Callable[[Path, str], Path]) -> Recalculate:
    """Return what LibreOffice makes of a workbook without stored values: it has to calculate them."""

    def convert(file: Path) -> Workbook:
        bare = file.with_name("bare.xlsx")
        openpyxl.load_workbook(file).save(bare)
        return openpyxl.load_workbook(office(bare, "xlsx:Calc MS Excel 2007 XML"), data_only=True)

    return convert


def shapes(rules: Framework, of: Point) -> list[Claim]:
    """Claims of a point at each edge of its rule."""
    rule = of.rule
    stances: list[Stance] = ["", "no", "not_applicable", "yes"]
    found = [Claim(of.no, stance) for stance in stances]
    if isinstance(rule, Judged):
        return found + [Claim(of.no, "yes", mark=mark) for mark in judged_steps(rules, of)]
    if rule.kind in MEASURED:
        values = ("-20", "-10", "0", "2.5", "3.75", "10", "10.01", "30", "60", "80.5", "80.4999", "95", "96.25", "500")
        return found + [Claim(of.no, "yes", value=Decimal(value)) for value in values]
    if rule.kind == "per_field":
        return found + [
            Claim(of.no, "yes", items=tuple(Item("事", component=f) for f in FIELDS[:n])) for n in (1, 3, 6)
        ]
    counts = [(None,), (Decimal(2),), (None, Decimal(1), None), (Decimal(40),)]
    if rule.kind in {"per_item", "deduct", "bonus"}:
        return found + [Claim(of.no, "yes", items=tuple(Item("事", count=c) for c in some)) for some in counts]
    return found


def test_every_kind_of_rule_gives_the_marks_of_the_library(tmp_path: Path, recalculated: Recalculate) -> None:
    few = every_kind()
    made: list[dict[str, object]] = []
    claims: dict[int, Claim] = {}
    for _, of in few.points:
        for claim in shapes(few, of):
            no = len(made) + 1
            rule = of.rule.model_dump(mode="json", exclude={"kind", "evidence", "source"}, exclude_none=True)
            made.append(point(no, of.rule.kind, str(of.marks), **rule))
            claims[no] = Claim(no, claim.stance, claim.mark, claim.value, items=claim.items)
    rules = framework([indicator("A", made, 30)], total=30)
    sheet = recalculated(written(tmp_path, rules, claims))[SUMMARY]
    shown = {sheet.cell(row, 1).value: sheet.cell(row, 12).value for row in range(TOP + 1, TOP + 1 + len(made))}
    for _, of in rules.points:
        expected = score_point(rules, of, claim_facts(of, claims[of.no], "c0")).interval.claimed
        if of.rule.kind != "relative":
            got = 0 if isinstance(shown[of.no], str) else shown[of.no] or 0
            assert got == pytest.approx(expected / 10, abs=1e-9), (of.rule, claims[of.no])
    words = {value for value in shown.values() if isinstance(value, str)}
    assert words == {"不适用", "待选档次", "待填数值", "待列事项", "待全部地区报送后比较"}


def test_stored_values_are_those_that_a_program_calculates(tmp_path: Path, recalculated: Recalculate) -> None:
    rules = every_kind()
    claims = {p.no: shapes(rules, p)[-1] for _, p in rules.points}
    file = written(tmp_path, rules, claims)
    stored, formulas, again = (
        openpyxl.load_workbook(file, data_only=True),
        openpyxl.load_workbook(file),
        recalculated(file),
    )
    checked = 0
    for sheet in formulas.worksheets:
        for cell in (c for row in sheet.iter_rows() for c in row if c.data_type == "f"):
            mine, theirs = (b[sheet.title][cell.coordinate].value or None for b in (stored, again))
            assert mine == (theirs if theirs is None else pytest.approx(theirs)), (sheet.title, cell.coordinate)
            checked += 1
    assert checked > 300


@pytest.mark.parametrize("code", ["jilin-ip-2021", "open-data-city-2025"])
def test_subtotals_and_total_are_those_of_the_tree(tmp_path: Path, recalculated: Recalculate, code: str) -> None:
    rules = load_framework(code)
    claims: Mapping[int, Claim] = {
        p.no: shapes(rules, p)[5 if p.rule.kind == "judged" else -1] for _, p in rules.points
    }
    tree, book = Tree(rules), recalculated(written(tmp_path, rules, claims))
    ticks = [score_point(rules, p, claim_facts(p, claims[p.no], "c0")).interval.claimed for _, p in rules.points]
    scores = dict(zip([n.title for n in tree.nodes], tree.aggregate(np.array([ticks], np.int64))[0], strict=True))
    sheet = book[SUBTOTALS]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=TOP + 1)]
    assert len(rows) == 1 + len(rules.nodes)
    for row in rows:
        full_step = float(rules.precision)
        assert round(row[4] / full_step + 1e-9) == scores[str(row[2]).strip()], row
        assert row[5] == row[6]


def test_what_libreoffice_saves_is_read_as_what_was_typed(tmp_path: Path, office: Callable[[Path, str], Path]) -> None:
    rules = every_kind()
    filling = Filling(
        written(tmp_path, rules, {1: Claim(1, "yes", note="=1+1", items=(Item("会议\n纪要", "2021-06"),))})
    )
    filling.put(ITEMS, "要点序号", 2, 3)
    filling.put(ITEMS, "数量", 2, 2)
    saved = office(filling.save(), "xlsx:Calc MS Excel 2007 XML")
    filled = read_unit_workbook(saved, rules)
    assert filled.claims[1] == Claim(1, "yes", note="=1+1", items=(Item("会议\n纪要", "2021-06"),))
    assert filled.claims[3].items == (Item(count=Decimal(2)),)
    assert not filled.errors
