from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from tests.zhiheng.report.render.xlsx.samples import by_code, claimed, partly_absent, with_bonus

from zhiheng.assessment.case import Case
from zhiheng.scoring.result import Result

Write = Callable[[Case], tuple[Result, Path]]
Recalculate = Callable[[Workbook], Workbook]
pytestmark = pytest.mark.office


@pytest.fixture
def recalculated(tmp_path: Path, office: Callable[[Path, str], Path]) -> Recalculate:
    """Return what LibreOffice makes of a workbook without stored values: it has to calculate them."""

    def convert(book: Workbook) -> Workbook:
        bare = tmp_path / "bare.xlsx"
        book.save(bare)
        return load_workbook(office(bare, "xlsx:Calc MS Excel 2007 XML"), data_only=True)

    return convert


def compare(path: Path, recalculated: Recalculate) -> int:
    """Compare every formula with its stored value and return their count; an empty text is not a zero."""
    formulas, stored = load_workbook(path), load_workbook(path, data_only=True)
    again = recalculated(load_workbook(path))
    checked = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    mine, theirs = (b[sheet.title][cell.coordinate].value for b in (stored, again))
                    mine, theirs = (None if v == "" else v for v in (mine, theirs))
                    assert mine == (theirs if theirs is None else pytest.approx(theirs)), (sheet.title, cell.coordinate)
                    checked += 1
    return checked


def test_libreoffice_recalculates_a_settled_round_to_the_stored_values(
    example_file: Path, recalculated: Recalculate
) -> None:
    assert compare(example_file, recalculated) > 1000


def test_libreoffice_recalculates_an_open_round_to_the_stored_values(
    evidence_file: Path, recalculated: Recalculate
) -> None:
    assert compare(evidence_file, recalculated) > 2000


@pytest.mark.parametrize("make", [partly_absent, with_bonus, claimed])
def test_libreoffice_recalculates_scaled_capped_and_claimed_totals(
    make: Callable[[Callable[..., Case]], Case], case: Callable[..., Case], written: Write, recalculated: Recalculate
) -> None:
    _, path = written(make(case))
    assert compare(path, recalculated) > 30


def test_a_mark_that_is_tried_moves_every_total_above_it(evidence_file: Path, recalculated: Recalculate) -> None:
    book = load_workbook(evidence_file)
    before = by_code(load_workbook(evidence_file, data_only=True), "已核实得分")
    row = next(r for r in book["已核实得分"].iter_rows(min_row=5) if r[0].value == "p5")
    assert row[5].value is None
    row[5].value = 3
    again = recalculated(book)
    after, rates = by_code(again, "已核实得分"), by_code(again, "各级得分率")
    for code in ("L2-2", "L1-1", "总分"):
        assert after[code][5] == pytest.approx(float(str(before[code][5])) + 3)
        assert after[code][6] == before[code][6]
    assert before["L3-3"][5] is None
    assert after["L3-3"][5] == 3
    assert rates["L3-3"][4] == rates["p5"][4] == 1
