from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import framework, indicator, point, tiny_framework

import zhiheng
from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Decision, Fact, Statement, Status
from zhiheng.errors import ResultError
from zhiheng.pipeline import METHOD_FILES, run
from zhiheng.scoring.compare import compare
from zhiheng.scoring.diagnose import Diagnosis, Ladder
from zhiheng.scoring.explain import explain
from zhiheng.scoring.result import Result

Make = Callable[..., Case]
V, C, R, NA = Status.VERIFIED, Status.CLAIMED, Status.REJECTED, Status.NOT_APPLICABLE


def fact(unit: str, no: int, status: Status, mark: str | None = None, **more: object) -> Fact:
    return Fact(unit, no, status, None if mark is None else Decimal(mark), **more)  # type: ignore[arg-type]


def settled(make: Make, marks: dict[str, list[str]], **more: object) -> Case:
    decisions = tuple(Decision(u, no, V, Decimal(m)) for u, row in marks.items() for no, m in enumerate(row, 1))
    return make(decisions=decisions, **more)


ROUND = {"c0": ["4", "2", "1", "2"], "c1": ["0", "2", "1", "3"], "c2": ["4", "1", "0.4", "1"]}


def test_settled_round_gives_totals_ranks_and_vetoed_grade(case: Make) -> None:
    result = run(settled(case, ROUND))
    assert result.settled
    assert result.confirmed[:, 0].tolist() == [90, 60, 64]
    assert [(u.rank, u.grade) for u in result.units] == [(1, "优"), (3, "良"), (2, "良")]


def test_veto_acts_on_the_grade_and_leaves_the_marks(case: Make) -> None:
    rules = framework(
        [indicator("A", [point(1, "yes_no", 1), point(2, "yes_no", 9)], 10)],
        vetoes=[{"id": "v", "point": 1, "below": 1, "bars": ["优"], "text": "未做不评优", "source": "doc"}],
    )
    result = run(settled(case, {"c0": ["0", "9"], "c1": ["1", "9"], "c2": ["1", "0"]}, rules=rules))
    assert result.confirmed[:, 0].tolist() == [90, 100, 10]
    assert [u.grade for u in result.units] == ["良", "优", "差"]
    assert "未做不评优" in result.units[0].grade_reason


def test_open_marks_give_intervals_rank_bounds_and_no_grade(case: Make) -> None:
    result = run(
        case(facts=(fact("c0", 1, V, "4"), fact("c0", 2, V, "2"), fact("c1", 1, C, "4"), fact("c2", 1, R, "0")))
    )
    assert [result.interval(u).confirmed for u in ("甲市", "乙市", "丙市")] == [60, 0, 0]
    assert [result.interval(u).claimed for u in ("甲市", "乙市", "丙市")] == [60, 40, 0]
    assert [result.interval(u).possible for u in ("甲市", "乙市", "丙市")] == [100, 100, 60]
    assert [(u.rank_best, u.rank_worst) for u in result.units] == [(1, 2), (1, 3), (1, 3)]
    assert result.units[0].grade is None
    assert result.units[0].grades == ("优", "良")
    assert result.status("乙市", 1) is C


def test_order_of_rows_changes_no_byte(case: Make) -> None:
    facts = [
        fact("c0", 3, V, "0.4"),
        fact("c0", 3, C, "0.2"),
        fact("c1", 4, V, component="专利"),
        fact("c2", 2, C, "1", date="2019"),
    ]
    assert run(case(facts=tuple(facts))).to_json() == run(case(facts=tuple(facts[::-1]))).to_json()


def test_fact_outside_the_period_is_found_and_one_across_its_border_noted(case: Make) -> None:
    result = run(
        case(
            facts=(
                fact("c0", 1, V, "4", date="2019-12", line=7),
                fact("c1", 1, V, "4", date="2021"),
                fact("c2", 1, V, "4", date="2021-06-30"),
            )
        )
    )
    assert [(f.id, f.severity, f.unit, f.node, f.line) for f in result.findings] == [
        ("fact.outside_period", "warning", "c0", "p1", 7),
        ("fact.across_period", "info", "c1", "p1", 0),
    ]


@pytest.mark.parametrize(
    ("relation", "value", "supported"),
    [
        ("=", "6.5", True),
        ("=", "10.1", False),
        ("=", "5.9", False),
        (">", "10", False),
        (">", "9.9", True),
        ("<", "6", False),
        ("<", "6.1", True),
        ("<=", "6", True),
    ],
)
def test_published_total_outside_the_interval_is_an_error(
    relation: str, value: str, supported: bool, case: Make
) -> None:
    said = Statement("S1", "c0", "total", "", relation, Decimal(value))
    result = run(case(facts=(fact("c0", 1, V, "4"), fact("c0", 2, V, "2")), statements=(said,)))
    assert [f.id for f in result.findings] == ([] if supported else ["published.unsupported"])


def test_published_basis_ranks_by_published_order_and_grades_by_band(case: Make) -> None:
    said = (
        Statement("1", "c0", "order", "", "", Decimal(2)),
        Statement("2", "c0", "total", "", "=", Decimal(6)),
        Statement("3", "c1", "order", "", "", Decimal(1)),
        Statement("4", "c1", "total", "", ">", Decimal(6)),
    )
    result = run(case(statements=said, basis="published"))
    assert [u.rank for u in result.units] == [2, 1, None]
    assert [u.grade for u in result.units] == ["良", None, None]
    # Above 6 may be the best grade, which the open veto point may bar.
    assert result.units[1].grades == ("优", "良")
    assert [u.published for u in result.units] == ["6", ">6", ""]


RELATIVE = framework(
    [
        indicator(
            "A",
            [point(1, "relative", 6, measure="件", method="rank", lone=1, precision="0.1"), point(2, "yes_no", 4)],
            10,
        )
    ],
    vetoes=[],
)


def counts(*rows: tuple[str, Status, int]) -> tuple[Fact, ...]:
    return tuple(fact(u, 1, s, value=Decimal(n), measure="件") for u, s, n in rows)


def test_relative_point_waits_for_all_units(case: Make) -> None:
    result = run(case(rules=RELATIVE, facts=counts(("c0", V, 9), ("c1", V, 5))))
    assert [(i.confirmed, i.claimed, i.possible) for i in (result.interval(u, "p1") for u in ("c0", "c1", "c2"))] == [
        (0, 0, 60)
    ] * 3


def test_relative_point_is_claimed_until_every_value_is_verified(case: Make) -> None:
    result = run(case(rules=RELATIVE, facts=counts(("c0", V, 9), ("c1", V, 5), ("c2", C, 1))))
    assert [result.interval(u, "p1").claimed for u in ("c0", "c1", "c2")] == [60, 40, 20]
    assert [result.interval(u, "p1").confirmed for u in ("c0", "c1", "c2")] == [0, 0, 0]


def test_relative_point_settles_when_all_values_are_verified(case: Make) -> None:
    result = run(case(rules=RELATIVE, facts=counts(("c0", V, 9), ("c1", V, 5), ("c2", V, 5))))
    assert [result.interval(u, "p1").confirmed for u in ("c0", "c1", "c2")] == [60, 40, 40]
    assert all(result.interval(u, "p1").settled for u in ("c0", "c1", "c2"))


def test_a_unit_whose_value_is_rejected_holds_up_nobody(case: Make) -> None:
    facts = (*counts(("c0", V, 9), ("c1", V, 5)), *counts(("c2", R, 99)))
    result = run(case(rules=RELATIVE, facts=facts))
    assert [result.interval(u, "p1").confirmed for u in ("c0", "c1", "c2")] == [60, 30, 0]
    assert all(result.interval(u, "p1").settled for u in ("c0", "c1", "c2"))


def test_units_to_which_a_relative_point_does_not_apply_are_not_compared(case: Make) -> None:
    facts = (*counts(("c0", V, 9), ("c1", V, 5)), fact("c2", 1, NA))
    result = run(case(rules=RELATIVE, facts=facts))
    assert [result.interval(u, "p1").confirmed for u in ("c0", "c1")] == [60, 30]
    assert result.base[2].tolist() == [100, 40, 0, 40]


@pytest.mark.parametrize(("policy", "total"), [("leaves_base", 67), ("full", 80), ("zero", 40)])
def test_not_applicable_by_policy(policy: str, total: int, case: Make) -> None:
    rules = framework(
        [indicator("A", [point(1, "yes_no", 4), point(2, "yes_no", 4), point(3, "yes_no", 2)], 10)],
        vetoes=[],
        not_applicable={"policy": policy, "source": "doc"},
    )
    decisions = (Decision("c0", 1, NA, Decimal(0)), Decision("c0", 2, V, Decimal(4)), Decision("c0", 3, R, Decimal(0)))
    assert run(case(rules=rules, decisions=decisions)).confirmed[0, 0] == total


def test_result_survives_saving_and_refuses_tampered_shapes(case: Make) -> None:
    result = run(settled(case, ROUND))
    text = result.to_json()
    assert Result.from_json(text).to_json() == text
    with pytest.raises(ResultError, match="cannot be read"):
        Result.from_json(text.replace('"confirmed":[[', '"confirmed":[[1,', 1))
    with pytest.raises(ResultError):
        Result.from_json(text.replace('"format":1', '"format":99'))
    with pytest.raises(ResultError):
        Result.from_json("[]")


def test_hashes_change_with_their_input_alone(case: Make) -> None:
    a, b = run(settled(case, ROUND)), run(settled(case, {**ROUND, "c2": ["4", "1", "0.4", "2"]}))
    assert a.hashes.framework == b.hashes.framework
    assert a.hashes.method == b.hashes.method
    assert a.hashes.data != b.hashes.data


def test_diagnosis_counts_no_unit_to_which_a_node_does_not_apply(case: Make) -> None:
    made = settled(case, ROUND)
    absent = tuple(
        dataclasses.replace(d, status=NA, mark=Decimal(0)) if d.unit == "c2" and d.point in {3, 4} else d
        for d in made.decisions
    )
    diagnosis = Diagnosis(run(dataclasses.replace(made, decisions=absent)))
    b = diagnosis.node("甲市", "B")
    assert b is not None
    assert b.mean == pytest.approx((3 / 4 + 4 / 4) / 2)
    assert diagnosis.node("丙市", "B") is None


def test_diagnosis_names_strengths_weaknesses_and_what_recovers_most(case: Make) -> None:
    diagnosis = Diagnosis(run(settled(case, ROUND)))
    verdicts = {(u, d.code): (d.word, d.verdict) for u in ("甲市", "乙市", "丙市") for d in diagnosis.nodes(u, 1)}
    assert verdicts["甲市", "A"] == ("满分", "strength")
    assert verdicts["乙市", "A"] == ("亟待提高", "weakness")
    assert verdicts["丙市", "B"] == ("亟待提高", "weakness")
    assert [(d.code, d.lost) for d in diagnosis.lost_points("丙市")] == [("p4", 20), ("p2", 10), ("p3", 6)]
    assert [code for code, _ in diagnosis.weakest(1)] == ["B", "A"]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_ladder_always_has_a_word_and_never_praises_the_weak(rate: float, mean: float, own: float) -> None:
    ladder = Ladder()
    assert ladder.word(rate) in [w for _, w in ladder.steps]
    verdict = ladder.verdict(rate, mean, own)
    assert not (verdict == "strength" and rate < ladder.strong)
    assert not (verdict == "weakness" and rate >= ladder.weak)


def test_change_splits_exactly_into_score_weight_and_framework(case: Make) -> None:
    later_rules = framework(
        [
            indicator(
                "A", [point(1, "yes_no", 3), point(2, "judged", 2, steps=[0, "0.5", 1]), point(5, "yes_no", 1)], 6
            ),
            indicator(
                "B",
                [
                    point(3, "per_item", 1, each="0.2", cap=1),
                    point(4, "per_field", 3, each=1, cap=3, fields=["a", "b", "c"]),
                ],
                4,
            ),
        ],
        vetoes=[],
    )
    before = run(settled(case, ROUND))
    decisions = tuple(Decision("c0", no, V, Decimal(m)) for no, m in ((1, "3"), (2, "1"), (5, "1"), (3, "1"), (4, "3")))
    after = run(case(["甲市", "丁市"], rules=later_rules, decisions=decisions))
    found = compare(before, after)
    [change] = [c for c in found.changes if c.unit == "c0"]
    assert (change.before, change.after) == (9, 9)
    # Point 2: 1.0 -> 0.5 of 2 marks; point 4: 2/3 -> 1 of 3 marks; point 1: 4 -> 3 marks at rate 1; point 5 is new.
    assert (change.score, change.weight, change.framework) == (Fraction(0), Fraction(-1), Fraction(1))
    assert found.only_before == ("丙市",)


def test_explanation_shows_facts_cap_and_source(case: Make) -> None:
    made = case(facts=(fact("c0", 3, V, "0.8", quote="四次"), fact("c0", 3, V, "1.4"), fact("c0", 3, C, "0.2")))
    found = explain(made, run(made), "甲市", "p3")
    assert [line.counted for line in found.facts] == ["＋0.8分", "＋1.4分", "＋0.2分（待核）"]
    assert found.steps[0] == "核实：0.8＋1.4＝2.2分，超过上限，按1分计"
    assert found.rule_source == "《文件》"


def test_explanation_of_the_total_reaches_every_point(case: Make) -> None:
    made = settled(case, ROUND)
    found = explain(made, run(made), "甲市", "")
    assert [p.code for p in found.parts] == ["A", "B"]
    assert [q.code for p in found.parts for q in p.parts] == ["p1", "p2", "p3", "p4"]
    assert "6＋3 → 9分" in found.steps[0]


marks = st.tuples(
    st.sampled_from(["0", "4"]),
    st.sampled_from(["0", "1", "2"]),
    st.sampled_from(["0", "0.2", "1"]),
    st.sampled_from(["0", "1", "3"]),
)


@given(st.lists(marks, min_size=3, max_size=3), st.permutations([0, 1, 2]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_permuting_units_permutes_the_result(case: Make, rows: list[tuple[str, ...]], order: list[int]) -> None:
    plain = run(settled(case, {f"c{i}": list(row) for i, row in enumerate(rows)}))
    moved = run(settled(case, {f"c{i}": list(rows[j]) for i, j in enumerate(order)}))
    assert np.array_equal(moved.confirmed, plain.confirmed[order])
    assert [u.rank for u in moved.units] == [plain.units[j].rank for j in order]
    assert [u.grade for u in moved.units] == [plain.units[j].grade for j in order]


def test_pipeline_loads_no_web_plotting_or_document_package() -> None:
    code = (
        "import sys, zhiheng.pipeline, zhiheng.assessment.load\n"
        "bad = {'django', 'matplotlib', 'docx', 'pptx', 'typst', 'quickjs', 'xlsxwriter', 'typer', 'rich', 'scipy'}\n"
        "print(sorted(bad & {m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tiny_framework_has_the_marks_its_docstring_says() -> None:
    assert sum(p.marks or 0 for _, p in tiny_framework().points) == 10


def imported(name: str, found: set[str]) -> None:
    """Add the files that a module of the library imports, itself included."""
    package = Path(zhiheng.__file__).parent
    place = package.joinpath(*name.split(".")[1:])
    path = next((p for p in (place.with_suffix(".py"), place / "__init__.py") if p.is_file()), None)
    if path is None or str(path.relative_to(package)) in found or path == package / "__init__.py":
        return
    if path.stat().st_size:
        found.add(path.relative_to(package).as_posix())
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zhiheng"):
            for each in (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)):
                imported(each, found)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("zhiheng"):
                    imported(alias.name, found)


def test_every_module_that_can_move_a_mark_is_part_of_the_method() -> None:
    found: set[str] = set()
    for root in ("zhiheng.pipeline", "zhiheng.assessment.load"):
        imported(root, found)
    # They question frameworks and change nothing.
    computing = {
        name for name in found if not name.startswith("framework/checks/") and not name.endswith("__init__.py")
    }
    assert set(METHOD_FILES) == computing
