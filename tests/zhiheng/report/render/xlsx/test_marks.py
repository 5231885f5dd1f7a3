from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.zhiheng.report.render.xlsx.samples import by_code, partly_absent, with_bonus

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Fact, Status
from zhiheng.framework.model import Framework
from zhiheng.report.render.xlsx.marks import Marks
from zhiheng.scoring.result import Result

Write = Callable[[Case], tuple[Result, Path]]


def test_not_applicable_is_written_in_words_and_scales_the_total(case: Callable[..., Case], written: Write) -> None:
    _, path = written(partly_absent(case))
    rows, formulas = (by_code(load_workbook(path, data_only=shown), "各级得分") for shown in (True, False))
    assert rows["p1"][5:] == ["不适用", 4, 4]
    assert rows["A"][5:] == ["不适用", 4, 4]
    assert rows["B"][5:] == [4.5, 4.5, 1.5]
    assert rows["总分"][5:] == [7.5, 8.5, 5.5]  # 4.5 of 6 is 7.5 of 10
    assert [str(f) for f in formulas["总分"][5:7]] == ["=ROUND(SUM(F6,F8)*10.0/6.0,1)", "=SUM(G6,G8)"]
    rates = by_code(load_workbook(path, data_only=True), "各级得分率")
    assert rates["总分"][4:] == pytest.approx([0.75, 0.85, 0.55])
    assert rates["p1"][3:] == [1, None, 1, 1]


def test_a_bonus_does_not_lift_the_total_over_the_full_marks(case: Callable[..., Case], written: Write) -> None:
    result, path = written(with_bonus(case))
    rows, formulas = (by_code(load_workbook(path, data_only=shown), "各级得分") for shown in (True, False))
    assert rows["A"][5:] == [12, 5, 6]
    assert rows["总分"][5:] == [10, 5, 6]
    assert [result.scale.marks(t) for t in result.confirmed[:, 0]] == [10, 5, 6]
    assert str(formulas["总分"][5]) == "=MIN(10.0,SUM(F6))"
    assert str(formulas["A"][5]) == "=SUM(F7:F9)"


def test_a_mean_is_a_value_because_it_is_no_sum(case: Callable[..., Case], written: Write, tiny: Framework) -> None:
    rules = tiny.model_copy(update={"aggregate": "arithmetic"})
    facts = tuple(Fact("c0", no, Status.VERIFIED, Decimal(m)) for no, m in ((1, 4), (2, 1)))
    result, path = written(case(rules=rules, facts=facts))
    formulas = by_code(load_workbook(path), "已核实得分")
    assert formulas["总分"][5] == float(result.scale.marks(result.interval("c0").confirmed))
    assert str(formulas["A"][5]).startswith("=")


def test_an_indicator_of_which_nothing_is_known_is_empty_not_zero(case: Callable[..., Case], written: Write) -> None:
    facts = (Fact("c0", 1, Status.VERIFIED, Decimal(4)), Fact("c1", 1, Status.REJECTED, Decimal(4)))
    _, path = written(case(facts=facts))
    book = load_workbook(path, data_only=True)
    confirmed, possible, rates = (by_code(book, n) for n in ("已核实得分", "最多可能得分", "各级得分率"))
    assert confirmed["A"][5:] == [4, 0, None]  # known, known to be none, unknown
    assert confirmed["B"][5:] == [None] * 3
    assert confirmed["总分"][5:] == [4, 0, None]
    assert possible["B"][5:] == [4, 4, 4]
    assert rates["B"][3:] == [None] * 4
    assert rates["A"][3:] == pytest.approx([(4 / 6 + 0) / 2, 4 / 6, 0, None])


def test_grounds_tell_unknown_claimed_and_rejected_apart(case: Callable[..., Case], written: Write) -> None:
    facts = (
        Fact("c0", 1, Status.VERIFIED, Decimal(4)),
        Fact("c1", 1, Status.CLAIMED, Decimal(4)),
        Fact("c2", 1, Status.REJECTED, Decimal(4)),
    )
    _, path = written(case(facts=facts))
    book = load_workbook(path)
    legend = {c.value: c.fill.fgColor.rgb for c in book["说明"]["A"] if c.fill.fill_type}
    row = next(r for r in book["已核实得分"].iter_rows(min_row=5) if r[0].value == "p1")
    below = next(r for r in book["已核实得分"].iter_rows(min_row=5) if r[0].value == "p2")
    assert row[5].fill.fill_type is None
    assert row[6].fill.fgColor.rgb == legend["待核"]
    assert row[7].fill.fgColor.rgb == legend["不予认定"]
    assert below[5].fill.fgColor.rgb == legend["不明"]
    assert len({legend[k] for k in ("核实", "待核", "不予认定", "不适用", "不明")}) == 5


def test_rates_follow_the_basis_of_the_report(case: Callable[..., Case], written: Write) -> None:
    result, path = written(case(basis="claimed", facts=(Fact("c0", 1, Status.CLAIMED, Decimal(4)),)))
    book = load_workbook(path, data_only=True)
    assert by_code(book, "各级得分率")["总分"][4] == pytest.approx(result.rates[0, 0]) == 0.4
    assert "'加待核得分'!F5" in str(by_code(load_workbook(path), "各级得分率")["总分"][4])
    row = [c.value for c in book["总分排名"][5]]
    assert row[9] == pytest.approx(0.4)
    assert row[11] == 0


def test_totals_stand_above_what_they_sum_and_fold_it(example_file: Path) -> None:
    sheet = load_workbook(example_file)["各级得分"]
    assert sheet.sheet_properties.outlinePr.summaryBelow is False
    levels = {str(sheet.cell(r, 1).value): sheet.row_dimensions[r].outlineLevel for r in range(5, sheet.max_row + 1)}
    assert [levels[c] for c in ("总分", "L1-1", "L2-1", "L3-1", "p1")] == [0, 0, 1, 2, 3]


def test_every_node_of_the_tree_has_one_row(example: tuple[Case, Result]) -> None:
    case, result = example
    order = Marks(case, result).order
    assert sorted(order) == list(range(len(result.nodes)))
    assert [result.nodes[c].code for c in order[:6]] == ["", "L1-1", "L2-1", "L3-1", "p1", "p2"]
