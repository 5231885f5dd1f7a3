from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import framework, indicator, point

from zhiheng.framework.load import load_framework
from zhiheng.framework.model import Framework
from zhiheng.scoring.tree import Tree

JILIN = Tree(load_framework("jilin-ip-2021"))


def weighted(aggregate: str | None = None, precision: str = "0.01") -> Framework:
    """Two weighted indicators: A (0.6) of points 1 (0.25) and 2 (0.75), B (0.4) of point 3."""
    return framework(
        [
            indicator(
                "A",
                [point(1, "judged", weight="0.25", steps=[0, 1]), point(2, "judged", weight="0.75", steps=[0, 1])],
                weight="0.6",
                aggregate=aggregate,
            ),
            indicator("B", [point(3, "judged", weight=1, steps=[0, 1])], weight="0.4"),
        ],
        total=100,
        precision=precision,
        vetoes=[],
    )


def test_full_marks_add_up_to_the_printed_indicators() -> None:
    full = JILIN.full[JILIN.first_point :][None, :]
    scores = JILIN.aggregate(full)[0]
    assert scores.tolist() == JILIN.full.tolist()
    assert [scores[JILIN.index[f"L1-{i}"]] for i in (1, 2, 3, 4)] == [270, 140, 560, 30]


ticks = st.lists(st.integers(0, 60), min_size=44, max_size=44)


@given(st.lists(ticks, min_size=1, max_size=4))
def test_every_node_is_the_sum_of_its_children(rows: list[list[int]]) -> None:
    scores = JILIN.aggregate(np.array(rows, np.int64))
    for code, column in JILIN.index.items():
        node = JILIN.nodes[column]
        if node.is_point:
            continue
        children = [i for i, n in enumerate(JILIN.nodes) if i and n.parent == code and n.level == node.level + 1]
        assert (scores[:, column] == scores[:, children].sum(1)).all()


@given(st.lists(ticks, min_size=2, max_size=5))
def test_one_matrix_and_the_walk_agree_when_all_applies(rows: list[list[int]]) -> None:
    points = np.array(rows, np.int64)
    assert (JILIN.aggregate(points) == JILIN.aggregate(points, np.ones(points.shape, np.bool_))).all()


def test_weighted_mean_is_rounded_half_up_once() -> None:
    tree = Tree(weighted())
    # A = 0.25 x 50 + 0.75 x 90 = 80; total = 0.6 x 80 + 0.4 x 33.33 = 61.332
    scores = tree.aggregate(np.array([[5000, 9000, 3333]]))
    assert scores[0, tree.index["A"]] == 8000
    assert scores[0, 0] == 6133


def test_half_of_a_tick_goes_up_in_spite_of_float_noise() -> None:
    tree = Tree(weighted(precision="0.1"))
    # 0.25 x 100.0 + 0.75 x 33.4 = 50.05 -> 50.1 by half up
    scores = tree.aggregate(np.array([[1000, 334, 0]]))
    assert scores[0, tree.index["A"]] == 501


def test_geometric_mean_against_the_handbook_formula() -> None:
    tree = Tree(weighted("geometric"))
    scores = tree.aggregate(np.array([[2500, 10000, 0], [0, 10000, 10000]]))
    assert scores[0, tree.index["A"]] == round(10000 * 0.25**0.25)
    assert scores[1, tree.index["A"]] == 0
    assert scores[1, 0] == 4000


def test_point_that_does_not_apply_leaves_the_base_and_the_total_is_scaled_back() -> None:
    points = JILIN.full[JILIN.first_point :][None, :].repeat(2, 0).copy()
    applies = np.ones(points.shape, np.bool_)
    column = JILIN.point_column[18]
    applies[1, column] = False
    points[:, JILIN.point_column[16]] = 0  # both lose 4 marks elsewhere
    scores, base = JILIN.aggregate(points, applies), JILIN.base(applies)
    assert base[1, JILIN.index["L3-9"]] == 0
    assert base[1, JILIN.index["L2-4"]] == 290 - 60
    assert scores[:, JILIN.index["L1-3"]].tolist() == [560, 500]
    # 90 of 94 applicable marks -> 95.744...
    assert scores[:, 0].tolist() == [960, 957]


def test_point_that_does_not_apply_leaves_a_weighted_mean() -> None:
    tree = Tree(weighted())
    scores = tree.aggregate(np.array([[5000, 9000, 3000]]), np.array([[True, False, True]]))
    assert scores[0, tree.index["A"]] == 5000
    assert scores[0, 0] == 4200


def test_bonus_adds_to_the_score_but_not_to_full_marks_and_stops_at_the_total() -> None:
    made = framework([indicator("A", [point(1, "yes_no", 10), point(2, "bonus", 2, each=1, cap=2)], 10)], vetoes=[])
    tree = Tree(made)
    assert tree.aggregate(np.array([[70, 20], [100, 20]]))[:, 0].tolist() == [90, 100]
    assert tree.base(np.ones((1, 2), np.bool_))[0, tree.index["A"]] == 100


def test_a_tree_of_sums_uses_no_factor_but_one() -> None:
    assert JILIN.exact
    assert JILIN.matrix is not None
    assert set(np.unique(JILIN.matrix)) == {0.0, 1.0}
