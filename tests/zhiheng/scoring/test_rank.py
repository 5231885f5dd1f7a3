from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from zhiheng.scoring.rank import rank_bounds, ranks

TOTALS = np.array([70, 90, 70, 50, 90, 80])


@pytest.mark.parametrize(
    ("ties", "expected"),
    [
        ("best", [4, 1, 4, 6, 1, 3]),
        ("dense", [3, 1, 3, 4, 1, 2]),
        ("mean", [4.5, 1.5, 4.5, 6, 1.5, 3]),
    ],
)
def test_ranks_by_declared_ties(ties: str, expected: list[float]) -> None:
    assert ranks(TOTALS, ties).tolist() == expected  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=15), st.sampled_from(["best", "dense", "mean"]))
def test_ranks_agree_with_scipy(totals: list[int], ties: str) -> None:
    method = {"best": "min", "dense": "dense", "mean": "average"}[ties]
    assert ranks(np.array(totals), ties).tolist() == rankdata(-np.array(totals), method).tolist()  # type: ignore[arg-type,call-overload]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=4))
def test_rank_bounds_are_the_best_and_worst_of_all_completions(pairs: list[tuple[int, int]]) -> None:
    low = np.array([a for a, _ in pairs])
    high = low + np.array([w for _, w in pairs])
    seen = np.array(
        [
            ranks(np.array(totals))
            for totals in itertools.product(*(range(a, b + 1) for a, b in zip(low, high, strict=True)))
        ]
    )
    best, worst = rank_bounds(low, high)
    assert best.tolist() == seen.min(0).tolist()
    assert worst.tolist() == seen.max(0).tolist()
