"""The built-in Jilin cases against tables checked by hand against the printed report."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Statement
from zhiheng.assessment.load import case_folder, load_case
from zhiheng.pipeline import run
from zhiheng.scoring.result import Result
from zhiheng.synthesis.account import tick_range

HERE = Path(__file__).parent
UNITS = ("长春市", "吉林市", "四平市", "辽源市", "通化市", "白山市", "松原市", "白城市", "延边州", "长白山")


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.fixture(scope="module")
def evidence() -> tuple[Case, Result]:
    case = load_case("jilin-2021")
    return case, run(case)


@pytest.fixture(scope="module")
def example() -> tuple[Case, Result]:
    case = load_case("jilin-2021-example")
    return case, run(case)


@pytest.mark.parametrize("row", table("evidence_score_bounds.tsv"), ids=lambda r: r["region"])
def test_confirmed_and_claimed_equal_the_hand_checked_sums(row: dict[str, str], evidence: tuple[Case, Result]) -> None:
    _, result = evidence
    total = result.interval(row["region"])
    assert result.scale.marks(total.confirmed) == Decimal(row["certain_sum"])
    assert result.scale.marks(total.claimed) == Decimal(row["certain_plus_partial_sum"])
    # Claimed marks plus all of point 19, which has no rule in the source.
    point19 = result.interval(row["region"], "p19")
    assert result.scale.marks(total.claimed + point19.possible) == Decimal(row["cap_if_point19_full"])
    known = [
        n.code for n in result.nodes if n.is_point and str(result.status(row["region"], int(n.code[1:]))) != "unknown"
    ]
    assert len(known) == int(row["points_with_evidence"])


def test_facts_are_those_of_the_report(evidence: tuple[Case, Result]) -> None:
    case, _ = evidence
    printed = [(r["region"], int(r["point_no"]), r["quote"]) for r in table("evidence.tsv")]
    names = {u.code: u.name for u in case.units}
    assert [(names[f.unit], f.point, f.quote) for f in case.facts] == printed


def test_published_totals_lie_within_the_intervals(evidence: tuple[Case, Result]) -> None:
    case, result = evidence
    assert [f for f in result.findings if f.id == "published.unsupported"] == []
    published = {u.code: case.published[u.code] for u in case.units}
    exact = {case.unit(u).name: p.exact for u, p in published.items() if p.exact is not None}
    assert exact == {"长春市": Decimal("82.4"), "长白山": Decimal("52.2")}
    for row in table("region_totals.tsv"):
        p = published[case.unit(row["region"]).code]
        assert (p.text, p.position) == (row["reported_total"], int(row["order_listed_in_text"]))


def test_changbaishan_point_10_adds_up_to_its_cap(evidence: tuple[Case, Result]) -> None:
    _, result = evidence
    assert result.interval("长白山", "p10").confirmed == 10


def test_silence_about_the_study_session_is_unknown_and_bars_nobody(evidence: tuple[Case, Result]) -> None:
    case, result = evidence
    known = {u.name for u in case.units if str(result.status(u.code, 1)) == "verified"}
    assert known == {"通化市", "长白山"}
    assert "优秀" in result.units[0].grades


def test_example_keeps_totals_bands_and_order_of_naming(example: tuple[Case, Result]) -> None:
    _, result = example
    total = {u.name: result.scale.marks(int(result.confirmed[i, 0])) for i, u in enumerate(result.units)}
    assert (total["长春市"], total["长白山"]) == (Decimal("82.4"), Decimal("52.2"))
    order = [r["region"] for r in sorted(table("region_totals.tsv"), key=lambda r: int(r["order_listed_in_text"]))]
    assert sorted(total, key=lambda u: -total[u]) == order
    assert [u.rank for u in sorted(result.units, key=lambda u: order.index(u.name))] == list(range(1, 11))
    assert all(70 < total[u] < Decimal("82.4") for u in order[1:5])
    assert all(60 < total[u] <= 70 for u in order[5:9])
    assert result.interval("长春市", "L1-4").confirmed == 30


def test_example_is_settled_labelled_and_honours_certain_evidence(
    example: tuple[Case, Result], evidence: tuple[Case, Result]
) -> None:
    (case, made), (_, known) = example, evidence
    assert made.settled
    assert "不是官方得分" in made.label
    assert len(case.decisions) == 440
    assert (made.confirmed >= known.confirmed).all()
    assert (made.confirmed <= known.possible).all()


def test_example_gives_every_region_another_place_in_the_relative_point(example: tuple[Case, Result]) -> None:
    _, result = example
    assert sorted(result.interval(u, "p19").confirmed for u in UNITS) == [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]


FINDINGS = [s for s in load_case("jilin-2021-example").statements if s.kind in {"strength", "weakness"}]


def test_both_cases_state_what_the_report_published() -> None:
    assert load_case("jilin-2021").statements == load_case("jilin-2021-example").statements


def test_findings_of_the_report_are_statements(example: tuple[Case, Result]) -> None:
    case, _ = example
    printed = [
        (r["region"], r["strength_or_weakness"], f"{r['level']}-{r['indicator_no']}", r["quote"])
        for r in table("findings.tsv")
    ]
    stated = [(case.unit(s.unit).name, str(s.kind), s.node, s.quote) for s in FINDINGS]
    assert sorted(stated) == sorted(printed)


@pytest.mark.parametrize("s", FINDINGS, ids=lambda s: f"{s.id}-{s.unit}-{s.node}")
def test_example_keeps_each_finding_that_is_not_listed_as_relaxed(s: Statement, example: tuple[Case, Result]) -> None:
    _, result = example
    account = (case_folder("jilin-2021-example") / "reconstruction.md").read_text("utf-8")
    relaxed = account.split("## 放宽的评语")[1].split("## ")[0]
    low, high = tick_range(s.relation, int(result.base[result.row(s.unit), result.column(s.node)]))
    holds = low <= result.interval(s.unit, s.node).confirmed <= high
    assert holds is (f"- {s.id} " not in relaxed)
