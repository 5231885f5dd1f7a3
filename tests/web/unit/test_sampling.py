"""The sampling plan as a pure function: nobody chooses, nothing at risk is left out, the share is kept."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zhiheng_web.assessments.sampling import Answered, drawn_count, sample

NUMBERS = tuple(range(1, 45))
ANSWERS = st.lists(
    st.builds(
        Answered,
        st.sampled_from(NUMBERS),
        st.sampled_from(["", "yes", "no", "not_applicable"]),
        st.booleans(),
    ),
    unique_by=lambda a: a.point,
)
SHARES = st.integers(0, 100)
SEEDS = st.text(max_size=20)


def quiet(answers: list[Answered]) -> set[int]:
    return {a.point for a in answers if a.stance in {"yes", "no"} and not a.at_risk}


@given(ANSWERS, SHARES, SEEDS)
def test_everything_at_risk_or_open_is_looked_at(answers: list[Answered], share: int, seed: str) -> None:
    assert set(NUMBERS) - quiet(answers) <= sample(NUMBERS, answers, share, seed)


@given(ANSWERS, SHARES, SEEDS)
def test_of_the_rest_exactly_the_share_is_drawn(answers: list[Answered], share: int, seed: str) -> None:
    rest = quiet(answers)
    drawn = sample(NUMBERS, answers, share, seed) & rest
    assert len(drawn) == drawn_count(len(rest), share)
    assert 100 * len(drawn) >= share * len(rest)
    assert 100 * (len(drawn) - 1) < share * len(rest) or not drawn


@given(ANSWERS, SHARES, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_answers_makes_no_difference(answers: list[Answered], share: int, seed: str, shuffle: Any) -> None:
    turned = list(answers)
    shuffle.shuffle(turned)
    assert sample(NUMBERS, answers, share, seed) == sample(NUMBERS, turned, share, seed)


@given(ANSWERS, SHARES, SHARES, SEEDS)
def test_a_larger_share_only_adds(answers: list[Answered], one: int, other: int, seed: str) -> None:
    small, large = sorted((one, other))
    assert sample(NUMBERS, answers, small, seed) <= sample(NUMBERS, answers, large, seed)


def test_units_are_not_all_asked_about_the_same_points() -> None:
    answers = [Answered(no, "yes", at_risk=False) for no in NUMBERS]
    drawn = {sample(NUMBERS, answers, 20, f"r1/{unit}") for unit in range(10)}
    assert len(drawn) == 10


def test_a_point_found_at_risk_later_joins_and_the_drawn_ones_stay_within_the_share() -> None:
    answers = [Answered(no, "yes", at_risk=False) for no in NUMBERS]
    before = sample(NUMBERS, answers, 25, "r1/220100")
    late = next(no for no in NUMBERS if no not in before)
    answers[late - 1] = Answered(late, "yes", at_risk=True)
    assert late in sample(NUMBERS, answers, 25, "r1/220100")
