"""A workbook that people filled in reads back as claims, and each mistake is named at its cell."""

from __future__ import annotations

import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import tiny_framework
from tests.zhiheng.workbook.forms import SHEET, Filling, claims, every_kind, written

from zhiheng.assessment.claims import Claim, Item, Material
from zhiheng.errors import WorkbookError
from zhiheng.pipeline import framework_hash
from zhiheng.workbook.filled import Filled, read_unit_workbook
from zhiheng.workbook.layout import IDENTITY, ITEMS, SUMMARY

RULES = every_kind()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_claims_survive_the_workbook(data: st.DataObject) -> None:
    stated = data.draw(claims(RULES))
    with tempfile.TemporaryDirectory() as folder:
        filled = read_unit_workbook(written(Path(folder), RULES, stated), RULES)
    assert filled.claims == stated
    assert not filled.errors


def test_the_identity_is_that_of_the_sheet(tmp_path: Path) -> None:
    identity = read_unit_workbook(written(tmp_path, RULES), RULES).identity
    assert (identity.round_code, identity.unit_code, identity.revision) == (SHEET.round_code, SHEET.unit_code, "7")
    assert identity.framework_hash == framework_hash(RULES)


def test_an_untouched_workbook_claims_nothing(tmp_path: Path) -> None:
    filled = read_unit_workbook(written(tmp_path, RULES), RULES)
    assert filled.claims == {no: Claim(no) for no in range(1, 12)}
    assert filled.problems == ()


@pytest.fixture
def filling(tmp_path: Path) -> Filling:
    return Filling(written(tmp_path, RULES))


def reread(filling: Filling) -> Filled:
    return read_unit_workbook(filling.save("改名后 (1).xlsx"), RULES)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (dt.datetime(2021, 6, 30), "2021-06-30"),  # noqa: DTZ001 - dates of a spreadsheet have no zone
        ("2021年6月30日", "2021-06-30"),
        ("２０２１年６月", "2021-06"),
        ("2021/6/30", "2021-06-30"),
        ("2021.6", "2021-06"),
        (2021.6, "2021-06"),
        (2021, "2021"),
        (20210630, "2021-06-30"),
        (44377, "2021-06-30"),
        ("2021年3月-5月", "2021-03..2021-05"),
        ("2021.3-5", "2021-03..2021-05"),
        ("2021.6.1-6.30", "2021-06-01..2021-06-30"),
        ("2020年1月至2021年6月", "2020-01..2021-06"),
        ("2021年以来", "2021.."),
        ("2020..", "2020.."),
        ("截至2021年6月底", "..2021-06"),
        (" 2021-06-30 00:00:00 ", "2021-06-30"),
    ],
)
def test_dates_as_people_type_them(filling: Filling, typed: object, read: str) -> None:
    filling.put(ITEMS, "要点序号", 1, 1)
    filling.put(ITEMS, "日期", 1, typed)
    filled = reread(filling)
    assert filled.claims[1].items == (Item(date=read),)
    assert not filled.errors


@pytest.mark.parametrize("typed", ["去年夏天", "2021-13", "2021-02-30", 2021.1])
def test_a_date_that_cannot_be_read_is_named_at_its_cell(filling: Filling, typed: object) -> None:
    filling.put(ITEMS, "要点序号", 1, 1)
    cell = filling.put(ITEMS, "日期", 1, typed)
    (problem,) = reread(filling).errors
    assert (problem.sheet, problem.cell) == (ITEMS, cell)
    assert "2021" in problem.message


def test_numbers_of_any_width_and_as_text(filling: Filling) -> None:
    filling.put(SUMMARY, "填报情况", 6, " 申报 ")
    filling.put(SUMMARY, "数值", 6, "８５．５％")
    filling.put(SUMMARY, "数值", 8, "1,234")
    filling.put(SUMMARY, "申报档次", 2, "１.６")
    filling.put(ITEMS, "要点序号", 1, "第３项")
    filling.put(ITEMS, "数量", 1, "２")
    filled = reread(filling)
    assert filled.claims[6].value == Decimal("85.5")
    assert filled.claims[8].value == 1234
    assert filled.claims[2].mark == Decimal("1.6")
    assert filled.claims[3].items == (Item(count=Decimal(2)),)
    assert not filled.errors


def test_a_percentage_that_the_program_turned_into_a_fraction_is_questioned(filling: Filling) -> None:
    cell = filling.put(SUMMARY, "数值", 6, 0.85)
    problem = next(p for p in reread(filling).problems if p.cell == cell)
    assert problem.severity == "warning"
    assert "请填85" in problem.message


def test_rows_may_be_sorted_and_empty_ones_inserted(filling: Filling) -> None:
    for row, no in enumerate((4, 1, 4), 1):
        filling.put(ITEMS, "要点序号", row, no)
        filling.put(ITEMS, "领域" if no == 4 else "事项", row, {1: "专利", 3: "商标"}.get(row, "会议"))
    filling.sheet(ITEMS).insert_rows(7, 3)
    summary = filling.sheet(SUMMARY)
    filling.put(SUMMARY, "填报情况", 11, "申报")
    rows = [[cell.value for cell in row] for row in summary.iter_rows(min_row=6, max_row=16)]
    for at, row in enumerate(reversed(rows), 6):
        for column, value in enumerate(row, 1):
            summary.cell(at, column).value = value
    filled = reread(filling)
    assert [i.component for i in filled.claims[4].items] == ["专利", "商标"]
    assert filled.claims[11].stance == "yes"
    assert filled.claims[1].stance == ""
    assert not filled.errors


def test_columns_are_found_by_their_heads(filling: Filling) -> None:
    filling.put(SUMMARY, "填报情况", 1, "不申报")
    filling.put(SUMMARY, "说明", 1, "没有召开")
    filling.sheet(SUMMARY).insert_cols(1, 2)
    filling.sheet(SUMMARY).insert_rows(1, 3)
    assert reread(filling).claims[1] == Claim(1, "no", note="没有召开")


def test_several_files_and_pages_in_one_cell(filling: Filling) -> None:
    filling.put(ITEMS, "要点序号", 1, 1)
    filling.put(ITEMS, "佐证文件名", 1, "01-01 通知；附件.pdf\n01-02 纪要.docx；01-03 签到.jpg")
    filling.put(ITEMS, "页码", 1, "2\n—\n第3至5页")
    (item,) = reread(filling).claims[1].items
    assert item.materials == (
        Material("01-01 通知；附件.pdf", "2"),
        Material("01-02 纪要.docx"),
        Material("01-03 签到.jpg", "第3至5页"),
    )


def test_pages_that_fit_no_file_are_named(filling: Filling) -> None:
    for row in (1, 2):
        filling.put(ITEMS, "要点序号", row, 1)
        filling.put(ITEMS, "事项", row, "会议")
    alone = filling.put(ITEMS, "页码", 1, "3")
    filling.put(ITEMS, "佐证文件名", 2, "a.pdf\nb.pdf\nc.pdf")
    uneven = filling.put(ITEMS, "页码", 2, "1\n2")
    assert [p.cell for p in reread(filling).errors] == [alone, uneven]


def test_every_fault_stands_at_its_cell(filling: Filling) -> None:
    cells = [
        filling.put(SUMMARY, "填报情况", 1, "也许"),
        filling.put(SUMMARY, "申报档次", 2, 1.5),
        filling.put(SUMMARY, "数值", 6, "很高"),
        filling.put(SUMMARY, "申报档次", 3, 1),
        filling.put(SUMMARY, "数值", 1, 3),
    ]
    filling.put(ITEMS, "要点序号", 1, 4)
    cells.append(filling.put(ITEMS, "领域", 1, "农业"))
    filling.put(ITEMS, "要点序号", 2, 3)
    cells.append(filling.put(ITEMS, "数量", 2, 1.5))
    filling.put(ITEMS, "要点序号", 3, 1)
    cells.append(filling.put(ITEMS, "数量", 3, 2))
    cells.append(filling.put(ITEMS, "要点序号", 4, 99))
    filling.put(ITEMS, "事项", 4, "会议")
    cells.append(filling.put(ITEMS, "事项", 5, "没有序号"))
    cells.append(filling.put(ITEMS, "页码", 6, dt.datetime(2021, 3, 5)))  # noqa: DTZ001 - dates of a spreadsheet have no zone
    filling.put(ITEMS, "要点序号", 6, 1)
    filling.put(ITEMS, "佐证文件名", 6, "a.pdf")
    assert sorted(p.cell for p in reread(filling).errors) == sorted(cells)


def test_content_without_a_stance_is_questioned_and_kept(filling: Filling) -> None:
    filling.put(SUMMARY, "申报档次", 2, 3)
    filled = reread(filling)
    assert filled.claims[2] == Claim(2, mark=Decimal(3))
    assert [(p.sheet, p.severity) for p in filled.problems] == [(SUMMARY, "warning")]


def test_a_row_with_nothing_but_a_number_is_no_item(filling: Filling) -> None:
    cell = filling.put(ITEMS, "要点序号", 1, 1)
    filled = reread(filling)
    assert filled.claims[1].items == ()
    assert [(p.cell, p.severity) for p in filled.problems] == [(cell, "warning")]


def test_thousands_of_problems_are_cut_short_and_stay_errors(filling: Filling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhiheng.workbook.filled.MOST_PROBLEMS", 3)
    for row in range(1, 6):
        filling.put(ITEMS, "要点序号", row, 1)
    filling.put(ITEMS, "事项", 6, "没有序号")
    problems = reread(filling).problems
    assert [p.severity for p in problems] == ["warning"] * 3 + ["error"]
    assert "另有3处" in problems[-1].message


def test_a_signature_line_under_the_table_does_no_harm(filling: Filling) -> None:
    filling.put(SUMMARY, "序号", 14, "填表人：张三")
    filled = reread(filling)
    assert len(filled.claims) == 11
    assert not filled.errors


def test_a_point_that_stands_twice_or_not_at_all(filling: Filling) -> None:
    cell = filling.put(SUMMARY, "序号", 2, 1)
    filling.put(ITEMS, "要点序号", 1, 2)
    orphan = filling.put(ITEMS, "事项", 1, "会议")
    filled = reread(filling)
    assert 2 not in filled.claims
    assert [p.cell for p in filled.errors] == [cell, orphan.replace("C", "A")]
    assert any("第2项" in p.message and p.severity == "warning" for p in filled.problems)


def test_a_workbook_of_another_framework_has_an_error(tmp_path: Path) -> None:
    filled = read_unit_workbook(written(tmp_path, tiny_framework()), RULES)
    assert filled.errors[0].sheet == IDENTITY


@pytest.mark.parametrize(("sheet", "why"), [(SUMMARY, "no_sheet"), (ITEMS, "no_sheet"), (IDENTITY, "not_ours")])
def test_a_workbook_without_our_sheets_is_refused(filling: Filling, sheet: str, why: str) -> None:
    del filling.book[sheet]
    with pytest.raises(WorkbookError) as refused:
        reread(filling)
    assert refused.value.details["why"] == why


def test_a_workbook_without_heads_is_refused(filling: Filling) -> None:
    filling.sheet(SUMMARY).delete_rows(5)
    with pytest.raises(WorkbookError, match="表头"):
        reread(filling)
