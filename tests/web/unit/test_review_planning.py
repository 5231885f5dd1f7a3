"""How experts are given their work, and what their marks come to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import framework, indicator, point, tiny_framework

from zhiheng_web.reviews.planning import TooFew, plan_seats
from zhiheng_web.reviews.settling import choices, default_threshold, mean_mark


def loads(plan: dict[tuple[int, int], tuple[int, ...]], experts: list[int]) -> list[int]:
    held = Counter(expert for people in plan.values() for expert in people)
    return [held[expert] for expert in experts]


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[int], dict[int, set[int]], int, int]:
    units, experts = list(range(draw(st.integers(1, 8)))), list(range(draw(st.integers(1, 7))))
    items = [(unit, no) for unit in units for no in range(draw(st.integers(1, 4)))]
    barred = {e: draw(st.sets(st.sampled_from(units), max_size=4)) for e in experts}
    return items, experts, barred, draw(st.integers(1, 2)), draw(st.integers(0, 99))


@settings(max_examples=200, deadline=None)
@given(situations())
def test_nobody_judges_where_he_may_not_and_nobody_could_be_relieved(
    case: tuple[list[tuple[int, int]], list[int], dict[int, set[int]], int, int],
) -> None:
    items, experts, barred, seats, seed = case
    free = {unit: [e for e in experts if unit not in barred[e]] for unit, _ in items}
    short = sorted(unit for unit, people in free.items() if len(people) < seats)
    if short:
        with pytest.raises(TooFew) as refused:
            plan_seats(items, experts, barred, seats=seats, seed=seed)
        assert list(refused.value.units) == short
        return
    plan = plan_seats(items, experts, barred, seats=seats, seed=seed)
    assert sorted(plan) == sorted(items)
    for (unit, _no), people in plan.items():
        assert len(set(people)) == seats
        assert all(unit not in barred[e] for e in people)
    held = loads(plan, experts)
    for a, b in product(experts, experts):
        direct = any(a in p and b not in p and i[0] not in barred[b] for i, p in plan.items())
        assert not (direct and held[a] >= held[b] + 2)
    assert plan == plan_seats(items, experts, barred, seats=seats, seed=seed)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), st.integers(1, 12), st.integers(1, 4), st.integers(0, 50))
def test_without_exclusions_loads_differ_by_one_at_most(experts: int, units: int, points: int, seed: int) -> None:
    people = list(range(experts))
    items = [(unit, no) for unit in range(units) for no in range(points)]
    held = loads(plan_seats(items, people, {}, seats=2, seed=seed), people)
    assert max(held) - min(held) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.integers(0, 3), min_size=2), min_size=1, max_size=5), st.integers(0, 20))
def test_with_exclusions_the_most_loaded_has_as_little_as_can_be(allowed: list[set[int]], seed: int) -> None:
    people = list(range(4))
    barred = {e: {unit for unit, free in enumerate(allowed) if e not in free} for e in people}
    plan = plan_seats([(unit, 1) for unit in range(len(allowed))], people, barred, seats=2, seed=seed)
    ways = product(*(list(combinations(sorted(free), 2)) for free in allowed))
    best = min(max(Counter(e for pair in way for e in pair).values()) for way in ways)
    assert max(loads(plan, people)) == best


def test_work_is_handed_on_through_a_third() -> None:
    # Whoever may judge only unit 0 and whoever may judge only unit 1 are relieved through the one who may judge both.
    items = [(0, no) for no in range(6)] + [(1, no) for no in range(2)]
    held = loads(plan_seats(items, [1, 2, 3], {1: {1}, 3: {0}}, seats=1, seed=1), [1, 2, 3])
    assert sum(held) == 8
    assert held[2] == 2
    assert abs(held[0] - held[1]) <= 1


def test_the_same_two_are_not_always_a_pair() -> None:
    plan = plan_seats([(unit, no) for unit in range(20) for no in range(3)], list(range(6)), {}, seats=2, seed=4)
    met = Counter(frozenset(people) for people in plan.values())
    assert len(met) == 15
    assert max(met.values()) - min(met.values()) <= 2


def test_another_seed_gives_another_plan() -> None:
    items = [(unit, 1) for unit in range(20)]
    assert plan_seats(items, [1, 2, 3], {}, seats=2, seed=1) != plan_seats(items, [1, 2, 3], {}, seats=2, seed=2)


def test_a_mean_is_a_step_of_the_rule_and_halves_go_up() -> None:
    made = tiny_framework()
    judged = made.point(2)
    assert choices(made, judged) == (Decimal(0), Decimal(1), Decimal(2))
    assert mean_mark(made, judged, [Decimal(1), Decimal(2)]) == 2
    assert mean_mark(made, judged, [Decimal(0), Decimal(1)]) == 1
    assert mean_mark(made, judged, [Decimal(0), Decimal(2)]) == 1
    counted = made.point(3)
    assert choices(made, counted) == ()
    assert mean_mark(made, counted, [Decimal("0.1"), Decimal("0.2")]) == Decimal("0.2")


def test_uneven_steps_take_the_nearest() -> None:
    made = framework([indicator("A", [point(1, "judged", 10, steps=[0, "0.2", "0.9", 1])], 10)])
    assert mean_mark(made, made.point(1), [Decimal(2), Decimal(9)]) == 9
    assert mean_mark(made, made.point(1), [Decimal(0), Decimal(9)]) == 2


def test_the_usual_threshold_is_a_tenth_and_one_step_at_least() -> None:
    made = tiny_framework()
    assert default_threshold(made, made.point(1)) == Decimal("0.4")
    assert default_threshold(made, made.point(2)) == Decimal("0.2")
    assert default_threshold(made, made.point(3)) == Decimal("0.1")
