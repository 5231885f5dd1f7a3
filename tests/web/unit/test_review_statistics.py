"""What the office is told about agreement: shares of the full marks, with intervals, and nothing where none is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zhiheng_web.reviews.engine import Marked, statistics

FULL = {1: Decimal(10), 2: Decimal(2)}
LIMITS = {1: Decimal(1), 2: Decimal("0.2")}


def pair(unit: int, point: int, first: str, second: str) -> list[Marked]:
    return [Marked(unit, point, 1, Decimal(first)), Marked(unit, point, 2, Decimal(second))]


def test_without_pairs_nothing_is_defined() -> None:
    found = statistics([], FULL, LIMITS)
    assert (found.overall.pairs, found.overall.alpha, found.experts) == (0, None, ())


def test_points_on_different_scales_count_as_shares() -> None:
    found = statistics([*pair(1, 1, "10", "5"), *pair(2, 2, "2", "1")], FULL, LIMITS)
    mild, strict = found.experts
    assert (mild.mean, strict.mean) == (0.5, -0.5)
    assert found.overall.apart == 2


def test_a_difference_of_just_the_threshold_is_not_apart() -> None:
    # 0.3 - 0.1 is more than 0.2 in binary numbers.
    found = statistics(pair(1, 2, "0.3", "0.1"), FULL, LIMITS)
    assert found.overall.apart == 0
    assert statistics(pair(1, 2, "0.4", "0.1"), FULL, LIMITS).overall.apart == 1


def test_full_agreement_is_one_at_each_point_and_in_all() -> None:
    marks = [*pair(1, 1, "10", "10"), *pair(2, 1, "0", "0"), *pair(1, 2, "1", "1")]
    found = statistics(marks, FULL, LIMITS)
    assert found.overall.alpha == pytest.approx(1)
    assert found.points[1].alpha == pytest.approx(1)
    assert (found.points[2].pairs, found.points[2].alpha) == (1, None)


def test_an_interval_needs_two_pairs_and_an_outlier_five() -> None:
    one = statistics(pair(1, 1, "10", "5"), FULL, LIMITS).experts[0]
    assert (one.mean, one.low, one.outlier) == (0.5, None, False)
    five = [mark for unit in range(5) for mark in pair(unit, 1, "10", "5" if unit else "6")]
    mild = statistics(five, FULL, LIMITS).experts[0]
    assert mild.low is not None
    assert mild.high is not None
    assert mild.low < 0.48 < mild.high
    assert mild.outlier
