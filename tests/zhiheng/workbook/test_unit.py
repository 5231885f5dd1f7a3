"""What the self-assessment workbook offers, locks and says."""

from __future__ import annotations

import re
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.builders import framework, indicator, point
from tests.zhiheng.workbook.forms import SHEET, every_kind, written

from zhiheng.assessment.claims import Claim, Item, Material
from zhiheng.framework.model import Framework
from zhiheng.workbook.layout import GUIDE, IDENTITY, ITEMS, SPARE_ROWS, SUBTOTALS, SUMMARY, TOP
from zhiheng.workbook.unit import write_unit_workbook

RULES = every_kind()
CLAIMS = {
    1: Claim(
        1, "yes", note="=HYPERLINK(1)", items=(Item("会议", "2021-03", materials=(Material("=1+1.pdf", "3-5"),)),)
    ),
    2: Claim(2, "yes", mark=Decimal("1.6")),
    18: Claim(18, "yes"),
}


def opened(folder: Path, rules: Framework = RULES) -> Workbook:
    return openpyxl.load_workbook(written(folder, rules, CLAIMS))


@pytest.fixture
def book(tmp_path: Path) -> Workbook:
    return opened(tmp_path)


def unlocked(sheet: Worksheet) -> set[str]:
    return {c.column_letter for row in sheet.iter_rows(min_row=TOP + 1) for c in row if not c.protection.locked}


def test_sheets_in_order_and_the_identity_hidden(book: Workbook) -> None:
    assert book.sheetnames == [GUIDE, SUMMARY, ITEMS, SUBTOTALS, IDENTITY]
    assert book[IDENTITY].sheet_state == "hidden"


def test_only_inputs_are_open(book: Workbook) -> None:
    assert all(sheet.protection.sheet for sheet in book)
    assert unlocked(book[SUMMARY]) == {"G", "H", "I", "K"}
    assert unlocked(book[ITEMS]) == set("ABCDEFGH")
    assert unlocked(book[GUIDE]) == unlocked(book[SUBTOTALS]) == set()


def test_inputs_fit_the_rule(book: Workbook) -> None:
    sheet = book[SUMMARY]
    steps, values = ({r for r in range(6, 17) if not sheet.cell(r, c).protection.locked} for c in (8, 9))
    assert steps == {7}
    assert values == {11, 12, 13, 14}


def test_lists_offer_what_the_reader_takes(book: Workbook) -> None:
    lists = {str(v.sqref): v.formula1 for v in book[SUMMARY].data_validations.dataValidation}
    assert lists["G6"] == '"申报,不申报,不适用"'
    assert lists["H7"] == '"0,0.8,1.6,3"'
    names = book.defined_names
    assert {"fields_4", "fields_5", "marks_2"} == set(names)
    for name, expected in (("fields_4", ["专利", "商标", "著作权", "地理标志"]), ("fields_5", ["知识产权", None])):
        ((sheet, area),) = names[name].destinations
        assert [cell.value for (cell,) in book[sheet][area]] == expected


def test_many_steps_are_offered_from_a_range(tmp_path: Path) -> None:
    steps = [str(Decimal(i) / 100) for i in range(101)]
    rules = framework([indicator("A", [point(1, "judged", 10, steps=steps)], 10)])
    (_, mark) = opened(tmp_path, rules)[SUMMARY].data_validations.dataValidation
    assert str(mark.sqref) == "H6"
    assert mark.formula1 == "marks_1"


def test_what_people_type_is_never_a_formula(book: Workbook) -> None:
    assert book[SUMMARY]["K6"].value == "=HYPERLINK(1)"
    assert book[SUMMARY]["K6"].data_type == "s"
    assert book[ITEMS]["G6"].data_type == "s"
    assert book[ITEMS]["H6"].number_format == "@"


def test_empty_rows_wait_for_more_items(book: Workbook) -> None:
    assert book[ITEMS].max_row == TOP + 1 + SPARE_ROWS


def test_heads_stay_in_sight_and_on_every_page(book: Workbook) -> None:
    for name in (SUMMARY, ITEMS, SUBTOTALS):
        sheet = book[name]
        assert str(sheet.freeze_panes).endswith("6")
        assert sheet.print_title_rows == "$5:$5"
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_rows_are_as_tall_as_their_text(tmp_path: Path) -> None:
    long = point(1, "yes_no", 10) | {"text": "很长的要点" * 40}
    sheet = opened(tmp_path, framework([indicator("A", [long], 10)]))[SUMMARY]
    assert (sheet.row_dimensions[6].height or 0) > 150


def test_the_label_stands_on_every_sheet_and_page(book: Workbook) -> None:
    for sheet in book.worksheets[:-1]:
        assert any(cell.value == SHEET.label for row in sheet.iter_rows(max_row=4) for cell in row)
        assert SHEET.label in str(sheet.oddFooter.left.text)


def test_marks_to_compare_with_have_a_column_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    write_unit_workbook(RULES, SHEET, {}, file, marks={2: "1.6分"})
    sheet = openpyxl.load_workbook(file)[SUMMARY]
    assert sheet["M5"].value == "参考得分"
    assert sheet["M7"].value == "1.6分"


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, RULES, CLAIMS).read_bytes()
    assert written(tmp_path, RULES, CLAIMS).read_bytes() == first


def test_no_formula_is_longer_than_programs_take(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path, RULES, CLAIMS)) as inside:
        formulas = re.findall(r"<f>(.*?)</f>", inside.read("xl/worksheets/sheet2.xml").decode())
    assert formulas
    assert max(map(len, formulas)) < 8192
