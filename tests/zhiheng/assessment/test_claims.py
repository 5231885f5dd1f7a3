from __future__ import annotations

from decimal import Decimal

import pytest
from tests.builders import framework, indicator, point, tiny_framework

from zhiheng.assessment.claims import Claim, Item, Material, claim_facts, claim_faults, claim_gaps, judged_steps
from zhiheng.assessment.facts import Status
from zhiheng.framework.model import Framework
from zhiheng.scoring.points import score_point

TINY = tiny_framework()
PROOF = (Material("通知.pdf", "3"),)


def measured() -> Framework:
    return framework(
        [
            indicator("A", [point(1, "linear", 4, measure="件", floor=0, target=10)], 4),
            indicator("B", [point(2, "deduct", 6, each=1, cap=3)], 6),
        ],
        vetoes=[],
    )


def fields(rules: Framework, claim: Claim) -> list[str]:
    return [f.field for f in claim_faults(rules, rules.point(claim.point), claim)]


def gaps(rules: Framework, claim: Claim) -> list[str]:
    return [f.field for f in claim_gaps(rules, rules.point(claim.point), claim)]


def claimed(rules: Framework, claim: Claim) -> Decimal:
    target = rules.point(claim.point)
    interval = score_point(rules, target, claim_facts(target, claim, "c")).interval
    assert interval.confirmed == 0
    return rules.scale.marks(interval.claimed)


def test_a_judged_point_takes_only_its_steps() -> None:
    assert judged_steps(TINY, TINY.point(2)) == (0, 1, 2)
    assert fields(TINY, Claim(2, "yes", mark=Decimal("1.5"))) == ["mark"]
    assert fields(TINY, Claim(2, "yes", mark=Decimal(1))) == []
    with pytest.raises(TypeError, match="yes_no"):
        judged_steps(TINY, TINY.point(1))


def test_marks_and_numbers_are_refused_where_the_rule_does_not_read_them() -> None:
    assert fields(TINY, Claim(1, "yes", mark=Decimal(4), value=Decimal(1))) == ["mark", "value"]


@pytest.mark.parametrize("date", ["2021-13", "昨天", "2021-06-30..2020", "2021/6/30"])
def test_a_date_that_cannot_be_read_names_its_item(date: str) -> None:
    (fault,) = claim_faults(TINY, TINY.point(3), Claim(3, "yes", items=(Item("一"), Item("二", date=date))))
    assert (fault.field, fault.item) == ("date", 1)
    assert date in fault.message


def test_a_field_must_be_one_of_a_closed_list() -> None:
    assert fields(TINY, Claim(4, "yes", items=(Item(component="专利"), Item(component="植物新品种")))) == ["component"]
    assert fields(TINY, Claim(3, "yes", items=(Item("事", component="专利"),))) == ["component"]


@pytest.mark.parametrize("count", ["0", "-1", "1.5", "1000001"])
def test_a_count_is_a_positive_whole_number(count: str) -> None:
    assert fields(TINY, Claim(3, "yes", items=(Item("事", count=Decimal(count)),))) == ["count"]


def test_a_count_is_refused_where_items_are_not_counted() -> None:
    assert fields(TINY, Claim(1, "yes", items=(Item("事", count=Decimal(2)),))) == ["count"]
    assert fields(TINY, Claim(4, "yes", items=(Item(component="专利", count=Decimal(2)),))) == ["count"]


def test_an_empty_claim_lacks_a_stance_and_one_without_evidence_lacks_evidence() -> None:
    assert gaps(TINY, Claim(1)) == ["stance"]
    assert gaps(TINY, Claim(1, "yes")) == ["items"]
    assert gaps(TINY, Claim(1, "yes", items=(Item(materials=PROOF),))) == []
    assert gaps(TINY, Claim(1, "no")) == []
    assert gaps(TINY, Claim(1, "not_applicable", note=" ")) == ["note"]
    assert gaps(TINY, Claim(2, "yes", items=(Item(materials=PROOF),))) == ["mark"]
    assert gaps(TINY, Claim(3, "yes")) == ["items", "items"]
    assert gaps(TINY, Claim(4, "yes", items=(Item("事", materials=PROOF),))) == ["component"]
    assert gaps(TINY, Claim(3, "yes", items=(Item(date="2021"), Item("事", materials=PROOF)))) == ["text"]
    assert gaps(measured(), Claim(1, "yes", items=(Item(materials=PROOF),))) == ["value"]


def test_a_report_of_deductions_needs_items_but_no_evidence() -> None:
    assert gaps(measured(), Claim(2, "yes")) == ["items"]
    assert gaps(measured(), Claim(2, "yes", items=(Item("通报"),))) == []


def test_claims_score_by_their_rule() -> None:
    assert claimed(TINY, Claim(1, "yes", items=(Item("一"), Item("二")))) == 4
    assert claimed(TINY, Claim(1, "yes")) == 4
    assert claimed(TINY, Claim(2, "yes", mark=Decimal(1))) == 1
    assert claimed(TINY, Claim(3, "yes", items=(Item("一", count=Decimal(2)), Item("二")))) == Decimal("0.6")
    assert claimed(TINY, Claim(3, "yes", items=(Item("一", count=Decimal(90)),))) == 1
    assert claimed(TINY, Claim(4, "yes", items=(Item(component="专利"), Item(component="商标")))) == 2
    assert claimed(measured(), Claim(1, "yes", value=Decimal(5))) == 2
    assert claimed(measured(), Claim(2, "yes", items=(Item("一", count=Decimal(2)),))) == 4
    assert claimed(measured(), Claim(2, "no")) == 6


@pytest.mark.parametrize("stance", ["", "no", "not_applicable"])
def test_what_is_not_claimed_states_no_fact(stance: str) -> None:
    claim = Claim(3, stance, note="理由", items=(Item("一"),))  # type: ignore[arg-type]
    assert claim_facts(TINY.point(3), claim, "c") == ()


@pytest.mark.parametrize("no", [2, 1])
def test_an_unfinished_claim_states_no_fact(no: int) -> None:
    rules = TINY if no == 2 else measured()
    assert claim_facts(rules.point(no), Claim(no, "yes"), "c") == ()


def test_a_fact_carries_date_words_and_evidence() -> None:
    item = Item("会议", date="2021-03", materials=(Material("a.pdf", "第2页"), Material("b.pdf")))
    (fact,) = claim_facts(TINY.point(3), Claim(3, "yes", items=(item,)), "c", Status.VERIFIED)
    assert (fact.status, fact.date, fact.quote, fact.source) == (
        Status.VERIFIED, "2021-03", "会议", "《a.pdf》第2页；《b.pdf》",
    )  # fmt: skip
