"""What people type: dates and numbers in their own forms, rows in the order of the page."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.http import QueryDict

from zhiheng_web.assessments.forms import read_answer, written_date


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2021年6月30日", "2021-06-30"),
        ("２０２１．６．３０", "2021-06-30"),
        ("2021/6", "2021-06"),
        ("2021年6月", "2021-06"),
        ("2021年", "2021"),
        ("20210630", "2021-06-30"),
        ("2020年3月至2021年6月", "2020-03..2021-06"),
        ("2020-03 到 2021-06", "2020-03..2021-06"),
        ("2020—2021", "2020..2021"),
        ("2020..", "2020.."),
        ("2021-06-30", "2021-06-30"),
        ("", ""),
        ("去年夏天", "去年夏天"),
        ("2021年13月", "2021-13"),
        ("2021-6-", "2021-6-"),
    ],
)
def test_dates_are_understood_as_people_write_them(typed: str, kept: str) -> None:
    assert written_date(typed) == kept


@pytest.mark.parametrize(
    ("typed", "value"),
    [("１２．５", Decimal("12.5")), ("1,234,567", Decimal(1234567)), ("", None), ("-3", Decimal(-3))],
)
def test_numbers_are_understood_as_people_write_them(typed: str, value: Decimal | None) -> None:
    found = read_answer(_data(value=typed))
    assert (found.given.value, found.faults) == (value, ())


@pytest.mark.parametrize("typed", ["三", "1.2.3", "NaN", "Infinity", "1" * 30, "1,2"])
def test_what_is_no_number_is_a_fault_and_stays(typed: str) -> None:
    found = read_answer(_data(value=typed))
    assert [fault.field for fault in found.faults] == ["value"]
    assert found.value == typed


def test_a_field_that_is_not_ticked_is_no_item_whatever_stands_beside_it() -> None:
    data = _data(row=["f0", "f1"], **{"text.f0": "写了", "component.f1": "商标"})
    assert [row.key for row in read_answer(data).rows] == ["f1"]


def test_faults_name_the_row_that_is_kept() -> None:
    data = _data(row=["a", "b"], **{"text.b": "乙", "count.b": "许多"})
    found = read_answer(data)
    assert [(fault.field, found.rows[fault.item or 0].key) for fault in found.faults] == [("count", "b")]


def test_names_of_rows_and_files_that_nobody_could_have_made_are_passed_over() -> None:
    data = _data(row=['"><b>', "a"], **{"text.a": "甲", "file.a": ["1", "x", "9" * 30, "1"], "pages.a.1": "3\x00"})
    (row,) = read_answer(data).rows
    assert row.files == ((1, "3"),)


def test_a_file_that_is_ticked_for_removal_is_left_out() -> None:
    (row,) = read_answer(_data(row=["a"], **{"file.a": ["1", "2"], "drop.a": ["1"]})).rows
    assert row.files == ((2, ""),)


def test_a_row_whose_file_comes_along_is_not_blank() -> None:
    assert len(read_answer(_data(row=["a"]), ["a"]).rows) == 1


@pytest.mark.parametrize("field", ["text.a", "note"])
def test_a_character_that_no_database_takes_is_a_fault(field: str) -> None:
    assert read_answer(_data(row=["a"], **{field: "甲\x00"})).faults


def _data(**values: str | list[str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data
