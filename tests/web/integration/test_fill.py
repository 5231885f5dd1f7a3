"""The page of a unit: what is typed comes back, scores are those of the library, refusals lose nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import framework, indicator, point
from tests.web.builders import (
    approver,
    claims,
    evidence,
    filler,
    pdf,
    person,
    row_of,
    running_round,
)

from zhiheng.assessment.claims import claim_facts
from zhiheng.scoring.points import score_point
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer
from zhiheng_web.assessments.engine import explain_claim
from zhiheng_web.assessments.models import Answer, Item
from zhiheng_web.assessments.queries import answers_of, carried_over, claim_of
from zhiheng_web.assessments.verification import return_unit
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import Round, RoundUnit, Window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HTMX = {"HX-Request": "true"}


def every_kind() -> str:
    """Return a framework with one point of each kind as YAML."""
    steps = [{"at": 5, "marks": 1}, {"at": 10, "marks": 2}]
    made = framework(
        [
            indicator(
                "A",
                [
                    point(1, "yes_no", 2),
                    point(2, "judged", 2, steps=[0, "0.5", 1]),
                    point(3, "per_item", 1, each="0.2", cap=1),
                    point(4, "per_field", 2, each="0.5", cap=2, fields=["专利", "商标"], open=True),
                    point(5, "steps", 2, measure="件", thresholds=steps),
                ],
                9,
            ),
            indicator(
                "B",
                [
                    point(6, "linear", 2, measure="%", floor=60, target=100),
                    point(7, "relative", 2, measure="件", method="rank", lone=1),
                    point(8, "deduct", 2, each="0.5"),
                    point(9, "bonus", 1, each="0.5", cap=1),
                ],
                6,
            ),
        ],
        code="every",
        total=15,
        vetoes=[],
    )
    return yaml.safe_dump(made.model_dump(mode="json", by_alias=True, exclude_none=True), allow_unicode=True)


def every_round(**more: Any) -> Round:
    version = add_framework(person("administrator"), every_kind())
    return running_round(units=2, framework=version, **more)


@pytest.fixture
def row() -> RoundUnit:
    return row_of(every_round())


def address(row: RoundUnit, rest: str = "") -> str:
    return f"/rounds/{row.round.code}/units/{row.code}/{rest}"


def signed_in(client: Client) -> Client:
    client.force_login(filler())
    return client


FORMS: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {
    1: ({"choice": "yes", "row": ["i0"], "text.i0": "已办", "date.i0": "2020年5月"}, {"stance": "yes"}),
    2: ({"choice": "yes:1", "row": ["a"], "text.a": "制度"}, {"stance": "yes", "mark": Decimal(1)}),
    3: (
        {"choice": "yes", "row": ["n1", "n0"], "text.n1": "先", "count.n1": "２", "text.n0": "后"},
        {"stance": "yes"},
    ),
    4: (
        {
            "choice": "yes",
            "row": ["f0", "f1", "n0"],
            "component.f1": "商标",
            "text.f1": "行动",
            "component.n0": "老字号",
        },
        {"stance": "yes"},
    ),
    5: ({"choice": "yes", "value": "1,012"}, {"stance": "yes", "value": Decimal(1012)}),
    6: ({"choice": "yes", "value": "80"}, {"stance": "yes", "value": Decimal(80)}),
    7: ({"choice": "yes", "value": "3"}, {"stance": "yes", "value": Decimal(3)}),
    8: ({"choice": "yes", "row": ["n0"], "text.n0": "通报", "count.n0": "3"}, {"stance": "yes"}),
    9: ({"choice": "no", "note": "没有"}, {"stance": "no", "note": "没有"}),
}
SCORES = {1: "2", 2: "1", 3: "0.6", 4: "1", 5: "2", 6: "1", 7: "0", 8: "0.5", 9: "0"}


@pytest.mark.parametrize("no", sorted(FORMS))
def test_what_is_typed_is_kept_shown_again_and_scored_by_the_library(client: Client, row: RoundUnit, no: int) -> None:
    form, expected = FORMS[no]
    signed_in(client)
    answer = client.post(address(row, f"points/{no}/"), {"version": 0, **form}, headers=HTMX)
    assert answer.status_code == 200, answer.content.decode()
    kept = answers_of(row)[no]
    assert {name: getattr(kept, name) for name in expected} == expected
    rules = framework_of(row.round.framework)
    claim = claim_of(kept, no)
    scored = score_point(rules, rules.point(no), claim_facts(rules.point(no), claim, "unit")).interval.claimed
    account = explain_claim(rules, rules.point(no), claim)
    assert (account.marks, rules.scale.text(scored)) == (SCORES[no], SCORES[no])
    assert f"<strong>{SCORES[no]}</strong>" in answer.content.decode()
    page = client.get(address(row), {"at": "A" if no < 6 else "B"}).content.decode()
    for name, typed in form.items():
        if name.startswith("text."):
            assert f">{typed}</textarea>" in page
    assert f'value="{form["choice"]}" checked' in page


def test_rows_keep_their_order_and_blank_ones_are_not_kept(client: Client, row: RoundUnit) -> None:
    form = {"choice": "yes", "row": ["b", "x", "a"], "text.a": "甲", "text.b": "乙", "text.x": "  "}
    signed_in(client).post(address(row, "points/3/"), {"version": 0, **form}, headers=HTMX)
    assert list(Item.objects.values_list("text", flat=True)) == ["乙", "甲"]


def test_over_the_cap_is_said(client: Client, row: RoundUnit) -> None:
    form = {"choice": "yes", "row": ["a"], "text.a": "多", "count.a": "7"}
    body = signed_in(client).post(address(row, "points/3/"), {"version": 0, **form}, headers=HTMX).content.decode()
    assert "7项×0.2分＝1.4分，超过封顶，按1分计" in body


def test_a_date_outside_the_period_is_said_while_the_unit_can_still_mend_it(client: Client, row: RoundUnit) -> None:
    form = {"choice": "yes", "row": ["a"], "text.a": "旧事", "date.a": "2012"}
    body = signed_in(client).post(address(row, "points/3/"), {"version": 0, **form}, headers=HTMX).content.decode()
    assert "有日期不在考核期内" in body


def test_a_save_sends_tree_total_and_version_anew(client: Client, row: RoundUnit) -> None:
    body = signed_in(client).post(address(row, "points/9/"), {"choice": "no"}, headers=HTMX).content.decode()
    assert 'id="n-B" hx-swap-oob="true"' in body
    assert 'id="n-A"' not in body
    assert 'id="fill-total" hx-swap-oob="true"' in body
    assert '<input type="hidden" name="version" id="p9-version" value="1" hx-swap-oob="true">' in body


@pytest.mark.parametrize(
    ("form", "field", "key"),
    [
        ({"choice": "yes", "row": ["a"], "text.a": "甲", "date.a": "去年夏天"}, "date", "a"),
        ({"choice": "yes", "row": ["a"], "text.a": "甲", "count.a": "两次"}, "count", "a"),
        ({"choice": "yes", "row": ["a"], "text.a": "甲", "count.a": "0.5"}, "count", "a"),
        ({"choice": "maybe"}, "stance", ""),
        ({"choice": "yes", "row": ["a"], "text.a": "甲", "file.a": ["999"]}, "items", ""),
        ({"choice": "yes", "value": "3"}, "value", ""),
    ],
)
def test_a_fault_is_named_at_its_field_and_nothing_is_kept(
    client: Client, row: RoundUnit, form: dict[str, Any], field: str, key: str
) -> None:
    answer = signed_in(client).post(address(row, "points/3/"), {"version": 0, **form}, headers=HTMX)
    assert answer.status_code == 422
    found = json.loads(answer["HX-Trigger"])["faults"]
    assert (found["point"], found["faults"][0]["field"], found["faults"][0]["key"]) == (3, field, key)
    assert "未保存：" in answer.content.decode()
    assert not Answer.objects.exists()


def test_without_scripts_a_refused_answer_comes_back_as_it_was_typed(client: Client, row: RoundUnit) -> None:
    form = {"choice": "yes", "row": ["a"], "text.a": "很长的文字", "date.a": "去年夏天", "version": 0}
    answer = signed_in(client).post(address(row, "points/3/"), form)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert ">很长的文字</textarea>" in body
    assert 'value="去年夏天"' in body
    assert "无法识别" in body


def test_without_scripts_a_kept_answer_leads_back_to_its_point(client: Client, row: RoundUnit) -> None:
    answer = signed_in(client).post(address(row, "points/9/"), {"choice": "no", "version": 0})
    assert answer.url == address(row, "?at=B#p9")  # type: ignore[attr-defined]


def test_an_answer_of_somebody_else_stands_beside_ones_own(client: Client, row: RoundUnit) -> None:
    save_answer(filler(), row, 1, Given("yes", items=(GivenItem("别人的"),)), version=0)
    form = {"choice": "no", "version": 0}
    answer = signed_in(client).post(address(row, "points/1/"), form, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "别人的" in body
    assert 'data-overwrite="1"' in body
    assert answers_of(row)[1].stance == "yes"
    client.post(address(row, "points/1/"), {**form, "version": 1}, headers=HTMX)
    assert answers_of(row)[1].stance == "no"


def test_a_deadline_that_passes_while_typing_leaves_the_page_and_says_so(client: Client, row: RoundUnit) -> None:
    signed_in(client)
    Window.objects.filter(round=row.round).update(closes_at=timezone.now() - timedelta(minutes=1))
    answer = client.post(address(row, "points/1/"), {"choice": "no", "version": 0}, headers=HTMX)
    assert answer.status_code == 422
    assert answer["HX-Reswap"] == "none"
    assert "已过截止时间" in answer.content.decode()
    assert not Answer.objects.exists()


def test_people_of_another_unit_find_nothing(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    file = evidence(row, tmp_path)
    client.force_login(filler(2))
    for rest in ("", "points/1/", "files/", "sheet.pdf"):
        assert client.get(address(row, rest)).status_code == 404, rest
    for rest in ("points/1/", "points/1/copy/", "act/", "files/add/", f"files/{file.pk}/remove/"):
        assert client.post(address(row, rest), {"choice": "no", "version": 0}).status_code == 404, rest
    assert EvidenceFile.objects.count() == 1


@pytest.mark.parametrize("role", ["administrator", "verifier", "leader"])
def test_the_office_reads_and_does_not_write(client: Client, row: RoundUnit, role: str) -> None:
    save_answer(filler(), row, 1, Given("yes", items=(GivenItem("已办"),)), version=0)
    client.force_login(person(role))
    body = client.get(address(row), {"at": "A"}).content.decode()
    assert "已办" in body
    assert "<textarea" not in body
    assert client.post(address(row, "points/1/"), {"choice": "no", "version": 1}).status_code == 403
    assert client.post(address(row, "act/"), {"act": "submit"}).status_code == 403
    assert client.get(address(row), {"at": "all"}).status_code == 200


def test_hostile_text_stays_text(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    bad = '</textarea><script>alert(1)</script>"><img src=x>'
    file = evidence(row, tmp_path)
    given = Given("yes", note=bad, items=(GivenItem(bad, files=((file.pk, '"><b>'),)),))
    save_answer(filler(), row, 1, given, version=0)
    signed_in(client)
    for query in ({"at": "A"}, {"at": "all"}):
        body = client.get(address(row), query).content.decode()
        assert "<script>alert" not in body
        assert '"><b>' not in body
    client.force_login(person("leader"))
    assert "<script>alert" not in client.get(address(row), {"at": "A"}).content.decode()


def test_the_page_takes_as_many_queries_for_many_rows_as_for_one(
    client: Client, row: RoundUnit, tmp_path: Path
) -> None:
    files = [evidence(row, tmp_path, f"{n}.pdf") for n in range(5)]
    signed_in(client)

    def fill(no: int, rows: int, version: int) -> None:
        items = tuple(GivenItem(f"{n}", files=tuple((f.pk, "") for f in files[:rows])) for n in range(rows))
        save_answer(filler(), row, no, Given("yes", items=items), version=version)

    def counted(place: str) -> int:
        client.get(address(row), {"at": place})
        with CaptureQueriesContext(connection) as found:
            assert client.get(address(row), {"at": place}).status_code == 200
        return len(found)

    fill(3, 1, 0)
    few = [counted("A"), counted("all"), counted("read")]
    fill(3, 5, 1)
    fill(1, 5, 0)
    assert [counted("A"), counted("all"), counted("read")] == few
    save_answer(filler(), row, 8, Given("yes", items=(GivenItem("通报", files=((files[0].pk, ""),)),)), version=0)
    assert counted("B") == few[0]


def test_a_save_takes_as_many_queries_for_many_rows_as_for_one(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    files = [evidence(row, tmp_path, f"{n}.pdf") for n in range(5)]
    signed_in(client)

    def counted(rows: int, version: int) -> int:
        keys = [f"i{n}" for n in range(rows)]
        form = {f"text.{key}": f"{key} {version}" for key in keys} | {
            f"file.{key}": [f.pk for f in files[:rows]] for key in keys
        }
        with CaptureQueriesContext(connection) as found:
            answer = client.post(
                address(row, "points/3/"),
                {"version": version, "choice": "yes", "row": keys, **form},
                headers=HTMX,
            )
        assert answer.status_code == 200
        return len(found)

    counted(1, 0)
    few = counted(1, 1)
    assert counted(5, 2) == few


def test_an_approver_reads_all_points_on_one_page(client: Client, row: RoundUnit) -> None:
    client.force_login(approver())
    body = client.get(address(row), {"at": "read"}).content.decode()
    assert [f'id="p{no}"' in body for no in range(1, 10)] == [True] * 9
    assert "<textarea" not in body


def test_what_is_missing_is_listed_with_the_way_to_its_field(client: Client, row: RoundUnit) -> None:
    save_answer(filler(), row, 3, Given("yes", items=(GivenItem("培训"),)), version=0)
    answer = signed_in(client).post(address(row, "act/"), {"act": "hand_over"})
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "还有9项考核要点没有填写完整" in body
    assert f'href="{address(row)}?at=A#p3-items"' in body
    assert f'href="{address(row)}?at=B#p8-choice"' in body
    assert row_of(row.round).state == State.DRAFT


def complete(row: RoundUnit, folder: Path) -> None:
    file = evidence(row, folder)
    for no, given in claims(file).items():
        save_answer(filler(), row, no, given, version=0)


def test_filler_hands_over_and_takes_back_and_the_approver_returns_and_submits(client: Client, tmp_path: Path) -> None:
    made = running_round(units=1)
    row = row_of(made)
    complete(row, tmp_path)
    signed_in(client).post(address(row, "act/"), {"act": "hand_over"})
    assert row_of(made).state == State.PENDING
    client.post(address(row, "act/"), {"act": "take_back"})
    assert row_of(made).state == State.DRAFT
    hand_over(filler(), row)
    client.force_login(approver())
    assert "报送即表示" in client.get(address(row)).content.decode()
    assert client.post(address(row, "act/"), {"act": "send_back", "reason": " "}).status_code == 422
    client.post(address(row, "act/"), {"act": "send_back", "reason": "第3项请补充"})
    assert row_of(made).state == State.DRAFT
    signed_in(client)
    assert "第3项请补充" in client.get(address(row), {"at": "all"}).content.decode()
    hand_over(filler(), row)
    client.force_login(approver())
    client.post(address(row, "act/"), {"act": "submit"})
    assert row_of(made).state == State.SUBMITTED


def test_a_return_shows_reason_deadline_and_remark_at_the_point(client: Client, tmp_path: Path) -> None:
    made = running_round(units=1)
    row = row_of(made)
    complete(row, tmp_path)
    hand_over(filler(), row)
    client.force_login(approver())
    client.post(address(row, "act/"), {"act": "submit"})
    return_unit(person("administrator"), row, "请补正材料", timezone.now() + timedelta(days=3), {3: "缺签到表"})
    body = signed_in(client).get(address(row), {"at": "B"}).content.decode()
    assert "请补正材料" in body
    assert "缺签到表" in body


def test_words_of_the_round_before_are_taken_over_without_evidence_and_dates(client: Client, tmp_path: Path) -> None:
    before = running_round(units=1, code="r0")
    old = row_of(before)
    file = evidence(old, tmp_path)
    items = (GivenItem("培训班", date="2019-05", count=Decimal(2), files=((file.pk, "1"),)), GivenItem("座谈会"))
    save_answer(filler(), old, 3, Given("yes", items=items), version=0)
    row = row_of(running_round(units=1, code="r1", previous=before))
    signed_in(client)
    page = client.get(address(row), {"at": "B"}).content.decode()
    assert "沿用文字" in page
    assert page.index("fill-sides") < page.index('class="fill-previous"')
    form = {"version": 0, "choice": "", "row": ["n0"], "text.n0": "座谈会"}
    assert client.post(address(row, "points/3/copy/"), form, headers=HTMX).status_code == 200
    kept = [(i.text, i.date, i.count, i.attachments.count()) for i in answers_of(row)[3].items.all()]
    assert kept == [("座谈会", "", None, 0), ("培训班", "", None, 0)]
    assert answers_of(row)[3].stance == "yes"


@pytest.mark.parametrize(
    ("no", "given", "carried"),
    [
        (1, Given("yes", items=(GivenItem("制度仍在执行"),)), True),
        (1, Given("yes"), False),
        (1, Given("no", note="没有"), False),
        (1, Given("not_applicable", note="没有港口"), True),
        (4, Given("yes", items=(GivenItem("", component="专利"),)), True),
    ],
)
def test_only_words_that_can_still_hold_are_offered(client: Client, no: int, given: Given, *, carried: bool) -> None:
    before = running_round(units=1, code="r0")
    save_answer(filler(), row_of(before), no, given, version=0)
    row = row_of(running_round(units=1, code="r1", previous=before))
    page = signed_in(client).get(address(row), {"at": "A" if no < 3 else "B"}).content.decode()
    assert "上一轮填报" in page
    assert ("data-copy-previous" in page) == carried
    form = {"version": 0, "choice": ""}
    answer = client.post(address(row, f"points/{no}/copy/"), form, headers=HTMX)
    assert answer.status_code == (200 if carried else 422)
    assert (no in answers_of(row)) == carried


def test_what_belongs_to_its_period_is_not_offered() -> None:
    version = add_framework(person("administrator"), every_kind())
    before = Answer(stance="yes", note="去年的情况")
    offered = {p.rule.kind for _parent, p in framework_of(version).points if carried_over(p.rule, before)}
    assert offered == {"yes_no", "judged", "per_item", "per_field"}


def test_next_leads_to_the_next_point_that_is_not_complete(client: Client, row: RoundUnit) -> None:
    save_answer(filler(), row, 6, Given("no"), version=0)
    signed_in(client)
    assert client.get(address(row), {"next": "5"}).url == address(row, "?at=B#p7")  # type: ignore[attr-defined]
    assert client.get(address(row), {"next": "9"}).url == address(row, "?at=A#p1")  # type: ignore[attr-defined]


def test_a_point_that_is_not_there_is_not_found(client: Client, row: RoundUnit) -> None:
    assert signed_in(client).post(address(row, "points/77/"), {"choice": "no"}).status_code == 404


def test_a_file_that_comes_with_a_form_is_kept_at_its_row(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    upload = SimpleUploadedFile("通知.pdf", pdf(tmp_path / "a.pdf").read_bytes(), "application/pdf")
    form = {"choice": "yes", "row": ["n0"], "text.n0": "已办", "upload.n0": upload, "version": 0}
    signed_in(client).post(address(row, "points/1/"), form)
    item = answers_of(row)[1].items.get()
    assert [a.file.name for a in item.attachments.all()] == ["通知.pdf"]
    assert answers_of(row)[1].complete


def test_the_sheet_is_a_pdf_of_this_unit(client: Client, row: RoundUnit) -> None:
    answer = signed_in(client).get(address(row, "sheet.pdf"))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert content.startswith(b"%PDF")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in answer["Content-Disposition"]
