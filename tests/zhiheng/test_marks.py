from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.errors import InexactMarkError
from zhiheng.marks import Interval, Precision, plain

TENTH = Precision(Decimal("0.1"))


def test_ticks_of_a_float_use_its_decimal_form() -> None:
    assert TENTH.ticks(82.4) == 824
    assert TENTH.ticks(0.3) == 3


@pytest.mark.parametrize("bad", ["0.25", "", "abc", "NaN", "Infinity"])
def test_ticks_refuse_what_is_not_a_multiple(bad: str) -> None:
    with pytest.raises(InexactMarkError):
        TENTH.ticks(bad)


@given(st.integers(-(10**6), 10**6))
def test_marks_and_ticks_are_inverse(ticks: int) -> None:
    assert TENTH.ticks(TENTH.marks(ticks)) == ticks


def test_round_takes_halves_up() -> None:
    assert TENTH.round(Decimal("0.25")) == 3
    assert TENTH.round(2.5 / 10) == 3
    assert TENTH.round(Decimal("0.24")) == 2


@pytest.mark.parametrize(
    ("number", "text"), [("3.0", "3"), ("82.40", "82.4"), ("100", "100"), ("0.0", "0"), ("1E+2", "100")]
)
def test_plain_has_no_trailing_zeros_and_no_exponent(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_interval_is_settled_only_without_width() -> None:
    assert Interval(3, 3, 3).settled
    assert not Interval(3, 3, 4).settled
    assert 4 in Interval(3, 3, 4)
    assert 5 not in Interval(3, 3, 4)
