from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.zhiheng.report.render.xlsx.samples import grid, heads

from zhiheng.assessment.case import Case, Settings
from zhiheng.assessment.facts import Fact, Status
from zhiheng.assessment.load import load_case
from zhiheng.framework.load import load_framework
from zhiheng.framework.model import Framework
from zhiheng.scoring.result import Result
from zhiheng.synthesis.simulate import simulate

Write = Callable[[Case], tuple[Result, Path]]
MANY = 61


def test_many_units_stand_in_rows(tmp_path: Path, written: Write) -> None:
    simulate(load_framework("jilin-ip-2021"), MANY, 1, tmp_path / "case")
    result, path = written(load_case(tmp_path / "case"))
    book = load_workbook(path)
    rows, rates = grid(book, "各级得分"), grid(book, "各级得分率")
    assert len(rows) == len(rates) == MANY
    assert [r[2] for r in rows] == [float(t) / 10 for t in result.confirmed[:, 0]]
    assert [r[2] for r in rates] == pytest.approx(result.rates[:, 0].tolist())
    column = heads(book, "各级得分").index("（44）主要领导主持召开保护工作会议")
    assert [r[column] for r in rows] == [float(t) / 10 for t in result.confirmed[:, result.column("p44")]]


def test_sixty_units_stand_in_columns(tmp_path: Path, written: Write) -> None:
    simulate(load_framework("jilin-ip-2021"), MANY - 1, 1, tmp_path / "case")
    _, path = written(load_case(tmp_path / "case"))
    assert len(heads(load_workbook(path), "各级得分")) == 5 + MANY - 1


@pytest.fixture
def open_round(tiny: Framework, settings: Callable[..., Settings]) -> Case:
    names = [f"第{i}区" for i in range(MANY)]
    return Case(settings(names), tiny, facts=(Fact("c0", 1, Status.VERIFIED, Decimal(4)),))


def test_missing_material_is_empty_in_a_large_round_too(open_round: Case, written: Write) -> None:
    _, path = written(open_round)
    book = load_workbook(path)
    assert heads(book, "已核实得分")[2:7] == ["总分", "指标A", "（1）要点1", "（2）要点2", "指标B"]
    assert grid(book, "已核实得分")[0][2:7] == [4, 4, 4, None, None]
    assert grid(book, "已核实得分")[1][2:7] == [None] * 5
    assert grid(book, "最多可能得分")[1][2:7] == [10, 6, 4, 2, 4]
    assert grid(book, "各级得分率")[0][2:7] == pytest.approx([0.4, 4 / 6, 1, None, None])


def test_losses_of_a_large_round_are_the_first_ten_and_the_note_says_so(tmp_path: Path, written: Write) -> None:
    simulate(load_framework("jilin-ip-2021"), MANY, 1, tmp_path / "case")
    _, path = written(load_case(tmp_path / "case"))
    sheet = load_workbook(path)["短板与失分"]
    counts = Counter(r[0].value for r in sheet.iter_rows(min_row=5))
    assert len(counts) == MANY
    assert max(counts.values()) == 10
    assert "只列前10项" in str(sheet["A3"].value)


def test_a_point_that_was_rejected_is_lost_and_one_without_material_is_open(
    case: Callable[..., Case], written: Write
) -> None:
    facts = (Fact("c0", 1, Status.REJECTED, Decimal(4)), Fact("c0", 2, Status.VERIFIED, Decimal(1)))
    made = replace(case(facts=facts))
    _, path = written(made)
    rows = [r for r in grid(load_workbook(path, data_only=True), "短板与失分") if r[0] == "甲市"]
    # point, full, confirmed, possible, open, lost
    assert [[r[2], *r[4:]] for r in rows] == [
        [4, 3, 0, 3, 3, 0],
        [3, 1, 0, 1, 1, 0],
        [1, 4, 0, 0, 0, 4],
        [2, 2, 1, 1, 0, 1],
    ]
