from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.assessment.dates import parse_span
from zhiheng.report.narrative import numbers

days = st.integers(0, 20_000).map(lambda n: date(1990, 1, 1) + timedelta(n))


@given(st.integers(0, 10**9), st.integers(0, 6))
def test_a_number_reads_back_and_has_no_separator_or_idle_zero(digits: int, places: int) -> None:
    value = Decimal(digits).scaleb(-places)
    text = numbers.number(value)
    assert Decimal(text) == value
    assert "," not in text
    assert "E" not in text
    assert "." not in text or text[-1] not in "0."


@given(st.integers(0, 1000))
def test_a_rate_in_whole_tenths_of_a_per_cent_is_printed_exactly(tenths: int) -> None:
    assert Decimal(numbers.percent(tenths / 1000).removesuffix("%")) == Decimal(tenths) / 10


@given(st.floats(-1, 1))
def test_a_gap_has_no_sign_since_words_carry_it(rate: float) -> None:
    text = numbers.gap(rate)
    assert text == numbers.gap(-rate)
    assert abs(float(text.removesuffix("个百分点")) - abs(rate) * 100) <= 0.05 + 1e-9


def test_halves_go_up_even_where_binary_lies_below() -> None:
    assert numbers.percent(0.5755) == "57.6%"


@pytest.mark.parametrize(("value", "text"), [(3.0, "3分"), (82.4, "82.4分"), (0.1 + 0.2, "0.3分"), (Decimal(6), "6分")])
def test_marks_drop_idle_zeros_and_binary_noise(value: float, text: str) -> None:
    assert numbers.marks(value) == text


@given(days)
def test_a_day_has_no_leading_zeros(day: date) -> None:
    assert numbers.day(day.isoformat()) == f"{day.year}年{day.month}月{day.day}日"


@given(days)
def test_a_count_up_to_a_day_says_so_and_calls_only_last_days_ends(day: date) -> None:
    text = numbers.span(f"..{day.isoformat()}")
    assert text.startswith(f"截至{day.year}年")
    assert text.endswith("底") == ((day + timedelta(1)).day == 1)


@given(st.integers(1990, 2040), st.integers(1, 12), st.integers(0, 11))
def test_a_span_of_months_in_one_year_names_both_ends_or_its_quarter_or_half(year: int, first: int, more: int) -> None:
    last = min(12, first + more)
    written = f"{year}-{first:02}..{year}-{last:02}"
    parse_span(written)
    text = numbers.span(written)
    assert text.startswith(f"{year}年")
    named = "季度" in text or "上半年" in text
    assert named or text == f"{year}年{first}—{last}月"
    assert ("季度" in text) == (last - first == 2 and first in {1, 4, 7, 10})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("", ""),
        ("2021", "2021年"),
        ("2019..", "2019年以来"),
        ("..2021-06", "截至2021年6月"),
        ("..2021-03-15", "截至2021年3月15日"),
        ("2021-01..2021-03", "2021年第一季度"),
        ("2020..2021-06", "2020年至2021年上半年"),
        ("2019..2020", "2019年至2020年"),
        ("2020-11..2021-02", "2020年11月至2021年2月"),
    ],
)
def test_spans_as_offices_write_them(written: str, text: str) -> None:
    assert numbers.span(written) == text


@given(st.lists(st.sampled_from(["专利", "商标", "版权"]), min_size=1, max_size=6))
def test_a_list_has_its_last_word_once_and_before_the_last_item(items: list[str]) -> None:
    text = numbers.join(items)
    assert text.count("和") == (len(items) > 1)
    assert text.count("、") == max(0, len(items) - 2)


def test_titles_side_by_side_take_no_mark_between_them() -> None:
    assert numbers.join(["《甲》", "《乙》", "《丙》"]) == "《甲》《乙》《丙》"


@given(st.integers(0, 99))
def test_numerals_are_distinct_and_end_in_their_ones(n: int) -> None:
    text = numbers.numeral(n)
    assert text[-1] == ("十" if n and n % 10 == 0 else "零一二三四五六七八九"[n % 10])
    assert text not in {numbers.numeral(m) for m in range(100) if m != n}


def test_a_numeral_beyond_two_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="100"):
        numbers.numeral(100)


def test_two_before_a_measure_has_its_own_word_and_large_counts_stay_digits() -> None:
    assert (numbers.quantity(2), numbers.quantity(4), numbers.quantity(12)) == ("两", "四", "12")


def test_a_listing_numbers_its_clauses_and_leaves_a_single_one_alone() -> None:
    assert numbers.listing(["甲", "乙"]) == "一是甲；二是乙。"
    assert numbers.listing(["甲"]) == "甲。"


@pytest.mark.parametrize(("by", "text"), [("9.0", "同比增长9.0%"), ("-3", "同比下降3%"), ("0", "同比持平")])
def test_a_change_keeps_its_digits_and_says_its_direction(by: str, text: str) -> None:
    assert numbers.change("同比", Decimal(by)) == text
