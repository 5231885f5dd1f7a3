from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import point, tiny_framework

from zhiheng.assessment.facts import Decision, Fact, Status
from zhiheng.framework.model import Framework, Point
from zhiheng.marks import Interval
from zhiheng.scoring.points import fact_findings, score_point

TINY = tiny_framework()
V, C, R = Status.VERIFIED, Status.CLAIMED, Status.REJECTED


def fact(no: int, status: Status, mark: str | None = None, **more: object) -> Fact:
    return Fact("c0", no, status, None if mark is None else Decimal(mark), **more)  # type: ignore[arg-type]


def interval(framework: Framework, no: int, *facts: Fact) -> Interval:
    return score_point(framework, framework.point(no), facts).interval


def test_point_without_facts_is_unknown_and_wide_open(tiny: Framework) -> None:
    scored = score_point(tiny, tiny.point(1), ())
    assert (scored.status, scored.interval) == (Status.UNKNOWN, Interval(0, 0, 40))


def test_several_facts_for_a_yes_no_point_count_once(tiny: Framework) -> None:
    assert interval(tiny, 1, fact(1, V, "4"), fact(1, V, "4"), fact(1, C)) == Interval(40, 40, 40)


def test_claimed_yes_no_is_claimed_not_confirmed(tiny: Framework) -> None:
    assert interval(tiny, 1, fact(1, C, "4")) == Interval(0, 40, 40)


def test_only_rejected_facts_close_a_point_at_zero(tiny: Framework) -> None:
    scored = score_point(tiny, tiny.point(1), [fact(1, R, "0")])
    assert (scored.status, scored.interval) == (R, Interval(0, 0, 0))


def test_a_rejected_fact_beside_a_live_one_leaves_the_point_open(tiny: Framework) -> None:
    assert interval(tiny, 1, fact(1, R, "0"), fact(1, C, "4")) == Interval(0, 40, 40)


def test_counted_items_add_up_to_the_cap_never_beyond(tiny: Framework) -> None:
    assert interval(tiny, 3, fact(3, V, "0.8"), fact(3, V, "1.4"), fact(3, C, "0.2")) == Interval(10, 10, 10)


def test_item_fact_without_mark_counts_each_for_every_item(tiny: Framework) -> None:
    assert interval(tiny, 3, fact(3, V, value=Decimal(3))).confirmed == 6
    assert interval(tiny, 3, fact(3, V)).confirmed == 2


def test_a_field_counts_once_however_often_it_is_shown(tiny: Framework) -> None:
    facts = [fact(4, V, component="专利"), fact(4, V, component="专利"), fact(4, C, component="商标")]
    assert interval(tiny, 4, *facts) == Interval(10, 20, 30)


def test_rejected_fields_lower_what_a_closed_list_can_still_give(tiny: Framework) -> None:
    facts = [fact(4, R, component="专利"), fact(4, R, component="商标"), fact(4, V, component="著作权")]
    assert interval(tiny, 4, *facts) == Interval(10, 10, 20)


def test_field_outside_a_closed_list_earns_nothing_and_is_found(tiny: Framework) -> None:
    facts = [fact(4, V, component="海关保护")]
    assert interval(tiny, 4, *facts).confirmed == 0
    [finding] = fact_findings(tiny.point(4), facts, lambda _: "甲市")
    assert "海关保护" in finding.message


def test_verified_judgement_settles_the_point_below_full_marks(tiny: Framework) -> None:
    assert interval(tiny, 2, fact(2, V, "1")) == Interval(10, 10, 10)


def test_decision_closes_the_interval(tiny: Framework) -> None:
    scored = score_point(tiny, tiny.point(1), [fact(1, C, "4")], Decision("c0", 1, R, Decimal(0)))
    assert (scored.status, scored.interval) == (R, Interval(0, 0, 0))


@pytest.mark.parametrize(("value", "marks"), [("0", "0"), ("9.9", "0"), ("10", "1"), ("25", "2"), ("99", "3")])
def test_steps_give_the_hardest_step_reached(value: str, marks: str, tiny: Framework) -> None:
    steps = [{"at": 10, "marks": 1}, {"at": 20, "marks": 2}, {"at": 30, "marks": 3}]
    p = Point.model_validate(point(9, "steps", 3, measure="件", thresholds=steps))
    scored = score_point(tiny, p, [fact(9, V, value=Decimal(value), measure="件")])
    assert scored.interval.confirmed == tiny.scale.ticks(marks)
    assert scored.interval.settled


@pytest.mark.parametrize(
    ("value", "marks"), [("20", "0"), ("10", "2.5"), ("0", "5"), ("-3", "5"), ("99", "0"), ("12.3", "1.9")]
)
def test_linear_runs_from_floor_to_target_and_rounds_once(value: str, marks: str, tiny: Framework) -> None:
    p = Point.model_validate(point(9, "linear", 5, measure="天", floor=20, target=0))
    scored = score_point(tiny, p, [fact(9, V, value=Decimal(value), measure="天")])
    assert scored.interval.confirmed == tiny.scale.ticks(marks)


def test_value_in_another_measure_does_not_count(tiny: Framework) -> None:
    p = Point.model_validate(point(9, "linear", 5, measure="天", floor=20, target=0))
    facts = [fact(9, V, value=Decimal(1), measure="小时")]
    assert score_point(tiny, p, facts).interval.confirmed == 0
    assert "小时" in fact_findings(p, facts, lambda _: "甲市")[0].message


def test_deductions_lower_full_marks_and_claims_only_the_lower_bound(tiny: Framework) -> None:
    p = Point.model_validate(point(9, "deduct", 5, each=1, cap=3))
    assert score_point(tiny, p, [fact(9, V), fact(9, C)]).interval == Interval(30, 30, 40)
    assert score_point(tiny, p, [fact(9, V, value=Decimal(7))]).interval == Interval(20, 20, 20)
    assert score_point(tiny, p, [fact(9, V, value=Decimal(0))]).interval == Interval(50, 50, 50)


def test_a_cleared_deduction_does_not_cost_all_marks(tiny: Framework) -> None:
    p = Point.model_validate(point(9, "deduct", 5, each=1, cap=3))
    assert score_point(tiny, p, [fact(9, R)]).interval == Interval(0, 0, 50)


def test_one_rejected_item_or_field_leaves_the_others_open(tiny: Framework) -> None:
    assert interval(tiny, 3, fact(3, R)) == Interval(0, 0, 10)
    assert interval(tiny, 4, fact(4, R, component="专利"), fact(4, R, component="商标")) == Interval(0, 0, 20)


def test_judged_mark_between_two_steps_counts_as_the_lower_and_is_found(tiny: Framework) -> None:
    facts = [fact(2, V, "1.3")]
    assert interval(tiny, 2, *facts) == Interval(10, 10, 10)
    assert "0、1、2分" in fact_findings(tiny.point(2), facts, lambda _: "甲市")[0].message


statuses = st.sampled_from([V, C])
facts_of = {
    1: st.builds(lambda s: fact(1, s, "4"), statuses),
    2: st.builds(lambda s, m: fact(2, s, m), statuses, st.sampled_from(["0", "1", "2"])),
    3: st.builds(lambda s, n: fact(3, s, value=Decimal(n)), statuses, st.integers(0, 9)),
    4: st.builds(
        lambda s, c: fact(4, s, component=c), statuses, st.sampled_from(["专利", "商标", "著作权", "地理标志", "其他"])
    ),
}


@given(st.data())
def test_more_evidence_never_lowers_a_mark(data: st.DataObject) -> None:
    no = data.draw(st.sampled_from([1, 2, 3, 4]))
    facts = data.draw(st.lists(facts_of[no], max_size=6))
    more = data.draw(facts_of[no])
    before = score_point(TINY, TINY.point(no), facts).interval
    after = score_point(TINY, TINY.point(no), [*facts, more]).interval
    assert after.confirmed >= before.confirmed
    assert after.claimed >= before.claimed


@given(st.data())
def test_interval_contains_every_completion(data: st.DataObject) -> None:
    no = data.draw(st.sampled_from([1, 2, 3, 4]))
    facts = data.draw(st.lists(facts_of[no], max_size=6))
    known = score_point(TINY, TINY.point(no), facts).interval
    assert known.confirmed <= known.claimed <= known.possible
    # A completion decides every claim; counted points may also gain new facts.
    decided = [
        f
        if f.status is V
        else Fact(f.unit, f.point, data.draw(st.sampled_from([V, R])), f.mark, f.value, component=f.component)
        for f in facts
    ]
    extra: list[Fact] = []
    if no in {3, 4} and not any(f.status is R for f in decided):
        extra = data.draw(st.lists(facts_of[no].filter(lambda f: f.status is V), max_size=2))
    final = score_point(TINY, TINY.point(no), [*decided, *extra]).interval
    assert known.confirmed <= final.confirmed <= known.possible


@given(st.data())
def test_order_of_facts_changes_nothing(data: st.DataObject) -> None:
    no = data.draw(st.sampled_from([1, 2, 3, 4]))
    facts = data.draw(st.lists(facts_of[no], max_size=6))
    shuffled = data.draw(st.permutations(facts))
    assert score_point(TINY, TINY.point(no), facts) == score_point(TINY, TINY.point(no), shuffled)
