from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Decision, Status
from zhiheng.framework.load import load_framework
from zhiheng.pipeline import run
from zhiheng.scoring.diagnose import Diagnosis
from zhiheng.scoring.tree import Tree

WEIGHTED = framework(
    [
        indicator(
            "A",
            [
                point(1, "judged", weight="0.25", steps=[0, "0.5", 1]),
                point(2, "judged", weight="0.75", steps=[0, "0.5", 1]),
            ],
            weight="0.6",
        ),
        indicator("B", [point(3, "judged", weight=1, steps=[0, "0.5", 1])], weight="0.4"),
    ],
    total=100,
    precision="0.01",
    vetoes=[],
)


def test_what_recovers_most_is_told_on_the_scale_of_the_total(case: Callable[..., Case]) -> None:
    marks = {1: "0", 2: "50", 3: "50"}
    decisions = tuple(Decision("c0", no, Status.VERIFIED, Decimal(m)) for no, m in marks.items())
    result = run(case(["甲市"], rules=WEIGHTED, decisions=decisions))
    lost = Diagnosis(result).lost_points("甲市")
    # 100 x 0.6 x 0.75 x 0.5, 100 x 0.4 x 0.5, 100 x 0.6 x 0.25: the point with most lost marks recovers least.
    assert [(d.code, d.recovers) for d in lost] == [("p2", 22.5), ("p3", 20.0), ("p1", 15.0)]
    for d in lost:
        improved = tuple(
            Decision("c0", no, Status.VERIFIED, Decimal(100 if f"p{no}" == d.code else m)) for no, m in marks.items()
        )
        better = run(case(["甲市"], rules=WEIGHTED, decisions=improved))
        gained = int(better.confirmed[0, 0] - result.confirmed[0, 0])
        assert gained == round(d.recovers * 100)


def test_shares_of_a_tree_of_sums_are_shares_of_the_marks(case: Callable[..., Case]) -> None:
    jilin = load_framework("jilin-ip-2021")
    result = run(case(["甲市"], rules=jilin))
    assert [s * 1000 for s in result.shares] == [Fraction(node.full) for node in Tree(jilin).nodes]


def test_an_indicator_of_bonuses_has_no_share_of_the_total(case: Callable[..., Case]) -> None:
    rules = framework(
        [indicator("A", [point(1, "yes_no", 10)], 10), indicator("B", [point(2, "bonus", 2, each=1, cap=2)], 2)],
        vetoes=[], total=12,
    )  # fmt: skip
    result = run(case(["甲市"], rules=rules))
    assert result.shares[result.column("p2")] == 0
