"""How a claim comes to its score, in words, and what of it the unit states by itself once the office has decided."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pypdf
import pytest
from django.utils import timezone
from tests.builders import framework, indicator, point
from tests.web.builders import approver, claims, evidence, filler, person, row_of, running_round

from zhiheng.assessment.claims import Claim, Item
from zhiheng_web.assessments.actions import hand_over, save_answer, submit
from zhiheng_web.assessments.engine import explain_claim, sheet_pdf
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.assessments.verification import Ruling, decide, return_unit
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.site.views.fill_tree import progress_of

STEPS = [{"at": 5, "marks": 1}, {"at": 10, "marks": 2}]
RULES = framework(
    [
        indicator(
            "A",
            [
                point(1, "yes_no", 4),
                point(2, "judged", 2, steps=[0, "0.5", 1]),
                point(3, "per_item", 1, each="0.2", cap=1),
                point(4, "per_field", 3, each=1, cap=2, fields=["专利", "商标", "著作权"]),
                point(5, "steps", 2, measure="件", thresholds=STEPS),
                point(6, "linear", 2, measure="%", floor=60, target=100),
                point(7, "relative", 2, measure="件", method="rank", lone=1),
                point(8, "deduct", 2, each="0.5", cap=1),
                point(9, "bonus", 1, each="0.5", cap=1),
            ],
            18,
        )
    ],
    total=18,
    vetoes=[],
)


def items(*counts: int | None, components: tuple[str, ...] = ()) -> tuple[Item, ...]:
    if components:
        return tuple(Item(component=name) for name in components)
    return tuple(Item("事", count=None if count is None else Decimal(count)) for count in counts)


@pytest.mark.parametrize(
    ("claim", "marks", "how", "capped"),
    [
        (Claim(1, "yes"), "4", "按申报计4分", False),
        (Claim(1, "no"), "0", "不申报，计0分", False),
        (Claim(1), "0", "尚未填写", False),
        (Claim(2, "yes", mark=Decimal(1)), "1", "按申报计1分", False),
        (Claim(2, "yes"), "0", "尚未选择档次", False),
        (Claim(3, "yes", items=items(2, None)), "0.6", "3项×0.2分＝0.6分，封顶1分", False),
        (Claim(3, "yes", items=items(7)), "1", "7项×0.2分＝1.4分，超过封顶，按1分计", True),
        (Claim(3, "yes"), "0", "0项×0.2分＝0分，封顶1分", False),
        (Claim(4, "yes", items=items(components=("专利", "专利"))), "1", "1个领域×1分＝1分，封顶2分", False),
        (
            Claim(4, "yes", items=items(components=("专利", "商标", "著作权"))),
            "2",
            "3个领域×1分＝3分，超过封顶，按2分计",
            True,
        ),
        (Claim(5, "yes", value=Decimal(7)), "1", "7件，按档次计1分", False),
        (Claim(5, "yes"), "0", "尚未填写数值", False),
        (Claim(6, "yes", value=Decimal(90)), "1.5", "90%，按比例折算为1.5分", False),
        (Claim(7, "yes", value=Decimal(3)), "0", "已填3件，与其他单位比较后计分，目前计0分", False),
        (Claim(8, "no"), "2", "没有扣分事项，按满分计", False),
        (Claim(8, "yes", items=items(1)), "1.5", "满分2分－1项×0.5分＝1.5分", False),
        (Claim(8, "yes", items=items(9)), "1", "满分2分－9项×0.5分＝1分（最多扣1分）", False),
        (Claim(8, "yes"), "0", "尚未列出扣分事项", False),
        (Claim(9, "yes", items=items(1)), "0.5", "1项×0.5分＝0.5分，封顶1分", False),
        (
            Claim(9, "not_applicable", note="无"),
            "0",
            "不适用：经核查认定后，该要点退出基数，总分按比例折算",
            False,
        ),
    ],
)
def test_the_arithmetic_is_said(claim: Claim, marks: str, how: str, *, capped: bool) -> None:
    account = explain_claim(RULES, RULES.point(claim.point), claim)
    assert (account.marks, account.how, account.capped) == (marks, how, capped)


@pytest.mark.django_db
def test_what_a_unit_states_stays_when_the_office_decides_otherwise(tmp_path: Path) -> None:
    made = running_round(units=1)
    row = row_of(made)
    for no, given in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, given, version=0)
    hand_over(filler(), row)
    submit(approver(), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    decide(person("verifier"), row_of(made), 1, Ruling("reject", "no_evidence", reason="没有"), version=0,
           answer_version=1)  # fmt: skip
    row = row_of(made)
    seen = progress_of(person("verifier"), row)
    assert (seen.whole().claimed, seen.whole().confirmed, seen.decided) == ("7.4", "0", 1)
    (page,) = pypdf.PdfReader(io.BytesIO(sheet_pdf(row, decisions_of(row), datetime(2026, 1, 2, tzinfo=UTC)))).pages
    text = "".join(page.extract_text().split())
    assert "合计107.4" in text
    assert "尚未报送" not in text


@pytest.mark.django_db
def test_an_answer_that_is_saved_as_it_was_keeps_its_decision_and_version(tmp_path: Path) -> None:
    made = running_round(units=1)
    row = row_of(made)
    given = claims(evidence(row, tmp_path))
    for no, each in given.items():
        save_answer(filler(), row, no, each, version=0)
    hand_over(filler(), row)
    submit(approver(), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    decide(person("verifier"), row_of(made), 1, Ruling("accept", "matches"), version=0, answer_version=1)
    return_unit(person("verifier"), row_of(made), "请补充", timezone.now() + timedelta(days=1), {1: "说明"})
    assert save_answer(filler(), row_of(made), 1, given[1], version=1).version == 1
    row = row_of(made)
    assert (row.decided, row.remarks.get().settled_at) == (1, None)
    changed = replace(given[1], items=(replace(given[1].items[0], files=((given[1].items[0].files[0][0], "2"),)),))
    assert save_answer(filler(), row, 1, changed, version=1).version == 2
    assert row_of(made).decided == 0
