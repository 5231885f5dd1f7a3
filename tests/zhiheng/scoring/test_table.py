from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata
from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case, Settings
from zhiheng.assessment.facts import Decision, Fact, Status
from zhiheng.errors import InputError
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import MEASURED
from zhiheng.pipeline import run
from zhiheng.scoring.table import Scorer

STEPS = [{"at": 10, "marks": 1}, {"at": 20, "marks": 2}]
MIXED = framework(
    [
        indicator(
            "A",
            [
                point(1, "yes_no", 4),
                point(2, "judged", 2, steps=[0, "0.5", 1]),
                point(3, "per_item", 1, each="0.2", cap=1),
                point(4, "steps", 2, measure="件", thresholds=STEPS),
                point(
                    5,
                    "steps",
                    2,
                    measure="天",
                    direction="lower",
                    thresholds=[{"at": 20, "marks": 1}, {"at": 10, "marks": 2}],
                ),
            ],
            11,
        ),
        indicator(
            "B",
            [
                point(6, "linear", 5, measure="%", floor=0, target=40),
                point(7, "linear", 3, measure="天", floor=30, target=3),
                point(8, "relative", 4, measure="件", method="minmax", lone="0.5"),
                point(9, "relative", 4, measure="元", method="minmax", direction="lower", lone=1),
                point(10, "relative", 6, measure="起", method="rank", lone=1),
                point(11, "deduct", 3, each="0.5", cap=2),
            ],
            25,
        ),
    ],
    total=36,
    vetoes=[],
)


def exact_totals(rules: Framework, rows: list[list[int]]) -> list[list[int]]:
    """Score the same table through facts and decisions."""
    facts, decisions = [], []
    for u, row in enumerate(rows):
        for (_, p), value in zip(rules.points, row, strict=True):
            if p.rule.kind in MEASURED:
                facts.append(Fact(f"u{u}", p.no, Status.VERIFIED, None, Decimal(value), p.rule.measure))  # type: ignore[union-attr]
            elif p.rule.kind in {"per_item", "deduct"}:
                facts.append(Fact(f"u{u}", p.no, Status.VERIFIED, None, Decimal(value)))
            else:
                decisions.append(Decision(f"u{u}", p.no, Status.VERIFIED, Decimal(value)))
    settings = Settings.model_validate(
        {
            "code": "c",
            "title": "c",
            "kind": "evidence",
            "framework": "tiny",
            "ranking": {"basis": "confirmed", "source": "doc"},
            "report": {"title": "r", "organisation": "o", "date": "2021-09", "area": "a"},
            "units": [{"code": f"u{u}", "name": f"n{u}"} for u in range(len(rows))],
        }
    )
    return run(Case(settings, rules, tuple(facts), tuple(decisions))).confirmed.tolist()  # type: ignore[no-any-return]


row = st.tuples(
    st.sampled_from([0, 4]),
    st.sampled_from([0, 1, 2]),
    st.integers(0, 8),
    st.integers(0, 30),
    st.integers(0, 30),
    st.integers(0, 50),
    st.integers(0, 40),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 6),
).map(list)


@given(st.lists(row, min_size=1, max_size=6))
def test_tables_are_scored_exactly_as_facts_are(rows: list[list[int]]) -> None:
    assert Scorer(MIXED).score(np.array(rows, float)).scores.tolist() == exact_totals(MIXED, rows)


def test_ranks_follow_the_totals() -> None:
    rng = np.random.default_rng(7)
    values = rng.integers(0, 4, (20, 11)).astype(float)
    found = Scorer(MIXED).score(values)
    assert found.ranks.tolist() == rankdata(-found.scores[:, 0], "min").tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", range(11))
def test_missing_value_is_refused_with_row_and_point_never_scored_as_zero(bad: float, column: int) -> None:
    values = np.ones((3, 11))
    values[1, column] = bad
    with pytest.raises(InputError, match="missing or not finite"):
        Scorer(MIXED).score(values)


def test_table_of_another_width_is_refused() -> None:
    with pytest.raises(InputError, match=r"needs \(units, 11\)"):
        Scorer(MIXED).score(np.ones((3, 10)))
