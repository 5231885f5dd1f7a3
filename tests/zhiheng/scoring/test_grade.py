from __future__ import annotations

import pytest
from tests.builders import tiny_framework

from zhiheng.framework.model import Framework, Quota
from zhiheng.marks import Interval
from zhiheng.scoring.grade import barred, grade_by_total, quota_grades

TINY = tiny_framework()


@pytest.mark.parametrize(
    ("low", "high", "grades"),
    [
        (80, 80, ("优",)),
        (79, 79, ("良",)),
        (50, 50, ("良",)),
        (0, 0, ("差",)),
        (0, 100, ("优", "良", "差")),
        (49, 50, ("良", "差")),
    ],
)
def test_grade_by_thresholds_over_a_range(low: int, high: int, grades: tuple[str, ...]) -> None:
    assert grade_by_total(TINY, low, high) == grades


def quota(*shares: tuple[str, str], rounding: str = "down", ties: str = "worse") -> Quota:
    return Quota.model_validate(
        {
            "kind": "quota",
            "source": "doc",
            "rounding": rounding,
            "ties": ties,
            "shares": [{"name": n, "share": s} for n, s in shares],
        }
    )


def test_quota_takes_shares_from_the_top() -> None:
    grades = quota_grades(quota(("A", "0.2"), ("B", "0.3"), ("C", "0.5")), [10, 90, 80, 70, 60, 50, 40, 30, 20, 5])
    assert grades == ("C", "A", "A", "B", "B", "B", "C", "C", "C", "C")


@pytest.mark.parametrize(("rounding", "count"), [("down", 1), ("up", 2), ("nearest", 2)])
def test_quota_rounds_a_share_as_declared(rounding: str, count: int) -> None:
    grades = quota_grades(quota(("A", "0.15"), ("B", "0.85"), rounding=rounding), list(range(10, 0, -1)))
    assert grades.count("A") == count


@pytest.mark.parametrize(("ties", "expected"), [("worse", ("A", "B", "B", "B")), ("better", ("A", "A", "A", "B"))])
def test_quota_never_parts_equal_totals(ties: str, expected: tuple[str, ...]) -> None:
    assert quota_grades(quota(("A", "0.5"), ("B", "0.5"), ties=ties), [90, 80, 80, 70]) == expected


def graded(point1: Interval, *candidates: str, rules: Framework = TINY) -> tuple[str | None, tuple[str, ...], str]:
    found = barred(rules, candidates, {1: point1})
    return found.grade, found.candidates, found.reason


def test_veto_bars_the_grade_and_says_why() -> None:
    grade, _, reason = graded(Interval(0, 0, 0), "优")
    assert grade == "良"
    assert "未做不评优" in reason


def test_veto_leaves_lower_grades_alone() -> None:
    assert graded(Interval(0, 0, 0), "差") == ("差", ("差",), "")


def test_open_veto_leaves_both_grades_possible() -> None:
    grade, candidates, reason = graded(Interval(0, 40, 40), "优")
    assert (grade, candidates) == (None, ("优", "良"))
    assert "尚未核定" in reason


def test_met_veto_changes_nothing() -> None:
    assert graded(Interval(40, 40, 40), "优") == ("优", ("优",), "")
