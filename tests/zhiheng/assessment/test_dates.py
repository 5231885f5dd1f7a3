from __future__ import annotations

from datetime import date

import pytest

from zhiheng.assessment.dates import parse_span, placed

START, END = date(2020, 1, 1), date(2021, 6, 30)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2021", date(2021, 1, 1), date(2021, 12, 31)),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29)),
        ("2021-05-08", date(2021, 5, 8), date(2021, 5, 8)),
        ("2019..2021-09", date(2019, 1, 1), date(2021, 9, 30)),
        ("2020..", date(2020, 1, 1), None),
        ("..2021-06", None, date(2021, 6, 30)),
    ],
)
def test_span_covers_all_days_a_date_may_mean(text: str, first: date | None, last: date | None) -> None:
    span = parse_span(text)
    assert (span.first, span.last) == (first, last)


@pytest.mark.parametrize("text", ["", "..", "2021-13", "2021-02-30", "21-01", "2021..2020", "昨天", "2021-6"])
def test_span_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day|ends"):
        parse_span(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("2020-06", "inside"),
        ("2019", "outside"),
        ("2022", "outside"),
        ("2021", "across"),
        ("2019..2021-03", "across"),
        ("..2020-12", "across"),
        ("2021-06-30", "inside"),
        ("2021-07-01", "outside"),
    ],
)
def test_placed_against_the_period(text: str, where: str) -> None:
    assert placed(parse_span(text), START, END) == where
