from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Fact, Statement, Status
from zhiheng.errors import CaseError, InfeasibleError
from zhiheng.pipeline import run
from zhiheng.synthesis.account import Reconstruction
from zhiheng.synthesis.reconstruct import allowed_ticks, reconstruct

RULES = framework(
    [
        indicator("A", [point(1, "yes_no", 4), point(2, "judged", 2, steps=[0, "0.5", 1])], 6),
        indicator(
            "B",
            [point(3, "per_item", 1, each="0.2", cap=1), point(4, "relative", 3, measure="件", method="rank", lone=1)],
            4,
        ),
    ]
)
SAID = (
    Statement("T1", "c0", "total", "", "=", Decimal("9.6")),
    Statement("O1", "c0", "order", "", "", Decimal(1)),
    Statement("T2", "c1", "total", "", ">", Decimal(5)),
    Statement("O2", "c1", "order", "", "", Decimal(2)),
    Statement("T3", "c2", "total", "", "<=", Decimal(5)),
    Statement("O3", "c2", "order", "", "", Decimal(3)),
    Statement("P1", "c1", "score", "p2", "=", Decimal(1)),
)
FACTS = (
    Fact("c0", 3, Status.VERIFIED, Decimal("0.6")),
    Fact("c1", 1, Status.VERIFIED, Decimal(4)),
    Fact("c2", 2, Status.REJECTED, Decimal(0)),
    Fact("c2", 1, Status.CLAIMED, Decimal(4)),
)


@pytest.fixture
def base(case: Callable[..., Case]) -> Case:
    return case(rules=RULES, facts=FACTS, statements=SAID)


def marks(found: Reconstruction) -> dict[tuple[str, int], Decimal]:
    return {(d.unit, d.point): d.mark for d in found.decisions}


def totals(found: Reconstruction) -> dict[str, Decimal]:
    return {u: sum((m for (unit, _), m in marks(found).items() if unit == u), Decimal(0)) for u in ("c0", "c1", "c2")}


def test_published_totals_bands_order_and_scores_hold(base: Case) -> None:
    found = reconstruct(base)
    total = totals(found)
    assert total["c0"] == Decimal("9.6")
    assert Decimal(5) < total["c1"] < total["c0"]
    assert total["c2"] <= 5
    assert total["c2"] < total["c1"]
    assert marks(found)["c1", 2] == 1


def test_evidence_is_kept(base: Case) -> None:
    found = marks(reconstruct(base))
    assert found["c0", 3] >= Decimal("0.6")
    assert found["c1", 1] == 4
    assert found["c2", 2] == 0


def test_every_mark_is_one_its_rule_can_give(base: Case) -> None:
    found = marks(reconstruct(base))
    for (_, no), mark in found.items():
        if no != 4:
            assert RULES.scale.ticks(mark) in allowed_ticks(base, RULES.point(no))
    assert sorted(found[u, 4] for u in ("c0", "c1", "c2")) == [1, 2, 3]


def test_a_finding_against_verified_evidence_is_relaxed_with_its_reason(base: Case) -> None:
    weak = Statement("W1", "c1", "weakness", "A", "亟待提高", None)
    strong = Statement("W2", "c0", "strength", "A", "优势", None)
    found = reconstruct(replace(base, statements=(*SAID, weak, strong)))
    assert [r.statement.id for r in found.relaxed] == ["W1"]
    assert "已核实4分" in found.relaxed[0].reason
    assert {s.id for s in found.kept} == {"T1", "O1", "T2", "O2", "T3", "O3", "P1", "W2"}


def test_findings_that_can_hold_do_hold(base: Case) -> None:
    strong = Statement("W2", "c0", "strength", "B", "接近满分", None)
    found = reconstruct(replace(base, statements=(*SAID, strong)))
    assert not found.relaxed
    assert marks(found)["c0", 3] + marks(found)["c0", 4] >= Decimal("3.6")


def test_contradicting_hard_statements_are_refused(base: Case) -> None:
    wrong = Statement("T9", "c1", "total", "", "<", Decimal(4))
    with pytest.raises(InfeasibleError):
        reconstruct(replace(base, statements=(*SAID, wrong)))


def test_claims_that_are_not_honoured_are_listed(base: Case) -> None:
    wrong = Statement("P2", "c2", "score", "p1", "=", Decimal(0))
    found = reconstruct(replace(base, statements=(*SAID, wrong)))
    assert [(o.unit, o.point, o.claimed, o.mark) for o in found.overridden] == [("c2", 1, 4, 0)]


def test_the_same_seed_gives_the_same_marks(base: Case) -> None:
    assert reconstruct(base, 7).decisions == reconstruct(base, 7).decisions


def test_the_marks_score_as_decided(base: Case) -> None:
    found = reconstruct(base)
    result = run(replace(base, decisions=found.decisions))
    assert result.settled
    assert [result.scale.marks(int(t)) for t in result.confirmed[:, 0]] == list(totals(found).values())


def test_a_wording_without_a_rate_or_a_place_is_refused_by_its_number(base: Case) -> None:
    odd = Statement("W1", "c0", "weakness", "A", "差强人意", None)
    lost = Statement("W2", "c0", "weakness", "p1", "亟待提高", None)
    with pytest.raises(CaseError) as caught:
        reconstruct(replace(base, statements=(*SAID, odd, lost)))
    assert [(p.field, p.message[:2]) for p in caught.value.problems] == [("relation", "W1"), ("node", "W2")]
