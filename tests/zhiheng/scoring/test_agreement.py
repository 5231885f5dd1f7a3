"""Agreement of raters: the published example of its author, definitions, and what must not matter."""

from __future__ import annotations

from itertools import permutations
from math import inf, isnan, nan

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from zhiheng.scoring import agreement
from zhiheng.scoring.agreement import Leniency, Metric, disputed, krippendorff_alpha, leniency, outliers, spreads

Floats = npt.NDArray[np.float64]
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")
# Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability, sections C and D: four observers, twelve units.
# https://repository.upenn.edu/asc_papers/43
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
)
marks = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.5])
shapes = st.tuples(st.integers(2, 4), st.integers(1, 8))
tables = arrays(np.float64, shapes, elements=st.one_of(marks, st.just(nan)))


def by_definition(ratings: Floats, metric: Metric) -> float | None:
    """Alpha from its definition: every ordered pair within items against every ordered pair of all pairable ratings."""
    items = [[float(v) for v in column if not isnan(v)] for column in ratings.T]
    items = [item for item in items if len(item) >= 2]
    pool = [value for item in items for value in item]

    def apart(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        ends = (pool.count(a) + pool.count(b)) / 2
        return {
            "nominal": float(a != b),
            "ordinal": (sum(low <= v <= high for v in pool) - ends) ** 2,
            "interval": (a - b) ** 2,
            "ratio": ((a - b) / (a + b)) ** 2 if a + b else 0.0,
        }[metric]

    observed = sum(apart(a, b) / (len(item) - 1) for item in items for a, b in permutations(item, 2))
    expected = sum(apart(a, b) for a, b in permutations(pool, 2))
    return 1 - (len(pool) - 1) * observed / expected if expected else None


@pytest.mark.parametrize(
    ("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_the_published_example(metric: Metric, published: float) -> None:
    alpha = krippendorff_alpha(PUBLISHED, metric)
    assert alpha is not None
    assert round(alpha, 3) == published


@given(tables, st.sampled_from(METRICS))
def test_alpha_is_what_its_definition_says(ratings: Floats, metric: Metric) -> None:
    assert krippendorff_alpha(ratings, metric) == pytest.approx(by_definition(ratings, metric), abs=1e-9)


@given(tables, st.sampled_from(METRICS), st.randoms(use_true_random=False))
def test_the_order_of_raters_and_items_does_not_matter(ratings: Floats, metric: Metric, chance: object) -> None:
    rows, columns = list(range(len(ratings))), list(range(ratings.shape[1]))
    for order in (rows, columns):
        chance.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a Random; the module itself is banned
    mixed = ratings[rows][:, columns]
    assert krippendorff_alpha(mixed, metric) == pytest.approx(krippendorff_alpha(ratings, metric), abs=1e-12)


@given(tables, st.sampled_from(METRICS))
def test_a_rater_who_rated_nothing_changes_nothing(ratings: Floats, metric: Metric) -> None:
    more = np.vstack([ratings, np.full(ratings.shape[1], nan)])
    assert krippendorff_alpha(more, metric) == krippendorff_alpha(ratings, metric)
    assert leniency(more)[:-1] == leniency(ratings)
    assert leniency(more)[-1] == Leniency(len(ratings), 0, None, None)
    assert np.array_equal(spreads(more), spreads(ratings), equal_nan=True)


@given(arrays(np.float64, st.integers(2, 9), elements=marks), st.integers(2, 5), st.sampled_from(METRICS))
def test_raters_who_agree_everywhere_have_alpha_1(item: Floats, raters: int, metric: Metric) -> None:
    alpha = krippendorff_alpha(np.tile(item, (raters, 1)), metric)
    assert alpha == (1.0 if len(set(item.tolist())) > 1 else None)


@given(tables)
def test_interval_alpha_does_not_depend_on_zero_and_unit_of_the_scale(ratings: Floats) -> None:
    assert krippendorff_alpha(ratings * 4 + 3) == pytest.approx(krippendorff_alpha(ratings), abs=1e-9)


def test_items_rated_once_do_not_count() -> None:
    once = np.array([[9.0], [nan], [nan], [nan]])
    assert krippendorff_alpha(np.hstack([PUBLISHED, once])) == krippendorff_alpha(PUBLISHED)


def test_more_items_than_one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = krippendorff_alpha(PUBLISHED)
    monkeypatch.setattr(agreement, "_BLOCK", 5)
    assert krippendorff_alpha(PUBLISHED) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize(
    "ratings",
    [
        np.empty((0, 0)),
        np.empty((2, 0)),
        np.full((3, 4), nan),
        np.array([[1.0, 2, 3]]),
        np.array([[1.0, nan], [nan, 2]]),
        np.array([[2.0, 2], [2, 2]]),
    ],
)
def test_alpha_is_not_defined_without_pairs_or_without_variation(ratings: Floats) -> None:
    assert krippendorff_alpha(ratings) is None


def test_what_is_no_table_of_ratings_is_refused() -> None:
    for wrong in (np.array([1.0, 2]), np.array([[1.0, inf], [1, 2]])):
        for function in (krippendorff_alpha, leniency, spreads):
            with pytest.raises(ValueError, match="raters x items"):
                function(wrong)
    with pytest.raises(ValueError, match="below 0"):
        krippendorff_alpha(np.array([[-1.0, 2], [1, 2]]), "ratio")


def test_leniency_is_the_mean_difference_to_the_others_with_its_standard_error() -> None:
    ratings = np.array([[3.0, 2, 5, nan, 9], [2, 2, 2, 4, nan], [1, nan, 3, 4, nan]])
    first = leniency(ratings)[0]
    # 3 - 1.5, 2 - 2, 5 - 2.5; nobody else rated the last item.
    assert first.count == 3
    assert first.mean == pytest.approx(4 / 3)
    assert first.error == pytest.approx(np.std([1.5, 0, 2.5], ddof=1) / np.sqrt(3))
    assert first.z == pytest.approx(first.mean / first.error)  # type: ignore[operator]  # both are numbers here


def test_of_two_raters_one_is_as_mild_as_the_other_is_strict() -> None:
    mild, strict = leniency(np.array([[3.0, 2, 5], [2, 2, 3]]))
    assert mild.mean == pytest.approx(1.0)
    assert strict.mean == pytest.approx(-1.0)
    assert mild.error == pytest.approx(strict.error)


def test_one_shared_item_gives_a_mean_without_error() -> None:
    one = leniency(np.array([[3.0, nan], [2, 1]]))[0]
    assert (one.count, one.mean, one.error, one.z) == (1, 1.0, None, None)


def test_a_mild_rater_stands_out_and_the_others_do_not() -> None:
    rng = np.random.default_rng(7)
    ratings = rng.normal(3, 0.3, (6, 200))
    ratings[4] += 0.5
    ratings[5, 4:] = nan
    ratings[5, :4] += 2
    assert outliers(leniency(ratings), z=10) == (4,)
    assert outliers(leniency(ratings), z=10, least=4) == (4, 5)


def test_a_rater_who_always_differs_by_the_same_stands_out() -> None:
    base = np.arange(6.0)
    found = leniency(np.array([base + 1, base]))
    assert [one.z for one in found] == [inf, -inf]
    assert outliers(found) == (0, 1)
    assert [one.z for one in leniency(np.array([base, base]))] == [0.0, 0.0]
    assert outliers(leniency(np.array([base, base]))) == ()


def test_disputed_items_are_those_above_the_threshold_widest_first() -> None:
    ratings = np.array([[1.0, 0.3, 2, 5, 0], [1, 0.1, 0, 1, nan]])
    assert np.array_equal(np.round(spreads(ratings), 9), [0, 0.2, 2, 4, nan], equal_nan=True)
    # 0.3 - 0.1 is a little less than 0.2 in binary; as marks it is 0.2, which is still allowed.
    assert disputed(ratings, 0.2) == (3, 2)
    assert disputed(ratings, 0.1) == (3, 2, 1)
    assert disputed(ratings, 4) == ()
