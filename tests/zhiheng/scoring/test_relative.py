from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import point

from zhiheng.framework.model import Point
from zhiheng.framework.rules import Relative
from zhiheng.scoring.relative import relative_shares


def rule(method: str, direction: str = "higher", ties: str = "best", lone: str = "0.6") -> Relative:
    made = Point.model_validate(
        point(1, "relative", 6, measure="件", method=method, direction=direction, ties=ties, lone=lone)
    ).rule
    assert isinstance(made, Relative)
    return made


VALUES = {"a": Decimal(10), "b": Decimal(20), "c": Decimal(20), "d": Decimal(40)}


@pytest.mark.parametrize(
    ("method", "ties", "expected"),
    [
        ("minmax", "best", {"a": 0, "b": Fraction(1, 3), "c": Fraction(1, 3), "d": 1}),
        ("rank", "best", {"a": Fraction(1, 4), "b": Fraction(3, 4), "c": Fraction(3, 4), "d": 1}),
        ("rank", "worst", {"a": Fraction(1, 4), "b": Fraction(1, 2), "c": Fraction(1, 2), "d": 1}),
        ("rank", "mean", {"a": Fraction(1, 4), "b": Fraction(5, 8), "c": Fraction(5, 8), "d": 1}),
        ("percentile", "best", {"a": 0, "b": Fraction(2, 3), "c": Fraction(2, 3), "d": 1}),
    ],
)
def test_shares_by_method_and_ties(method: str, ties: str, expected: dict[str, Fraction]) -> None:
    assert relative_shares(rule(method, ties=ties), VALUES) == expected


def test_lower_is_better_reverses_the_order() -> None:
    shares = relative_shares(rule("minmax", "lower"), VALUES)
    assert (shares["a"], shares["d"]) == (1, 0)


@pytest.mark.parametrize("method", ["minmax", "rank", "percentile"])
def test_lone_unit_gets_the_declared_share(method: str) -> None:
    assert relative_shares(rule(method), {"a": Decimal(3)}) == {"a": Fraction(3, 5)}


def test_minmax_of_equal_values_gives_the_lone_share_not_a_division_by_zero() -> None:
    assert relative_shares(rule("minmax"), dict.fromkeys("ab", Decimal(3))) == dict.fromkeys("ab", Fraction(3, 5))


@given(
    st.sampled_from(["minmax", "rank", "percentile"]),
    st.sampled_from(["best", "mean", "worst"]),
    st.lists(st.integers(0, 50), min_size=2, max_size=12),
    st.randoms(use_true_random=False),
)
def test_shares_are_bounded_monotone_and_blind_to_order(
    method: str, ties: str, numbers: list[int], rng: object
) -> None:
    values = {f"u{i}": Decimal(n) for i, n in enumerate(numbers)}
    shares = relative_shares(rule(method, ties=ties), values)
    assert all(0 <= s <= 1 for s in shares.values())
    assert all(shares[a] <= shares[b] for a in values for b in values if values[a] < values[b])
    names = list(values)
    rng.shuffle(names)  # type: ignore[attr-defined]
    assert relative_shares(rule(method, ties=ties), {n: values[n] for n in names}) == shares
