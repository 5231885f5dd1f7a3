"""The pages of verification: who gets in, what they show and keep, and how many queries they need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import approver, claims, evidence, filler, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer, submit
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.sampling import sampled_points, set_share
from zhiheng_web.assessments.verification import Ruling, decide
from zhiheng_web.evidence.comparison import compare
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage, State
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HTMX = {"HX-Request": "true"}
HOSTILE = "<img src=x onerror=alert(1)>"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def verifier() -> Client:
    return signed_in(person("verifier"))


def in_verification(folder: Path, units: int = 1, *, late: bool = False, **more: Any) -> Round:
    """Return a round in verification; `late` gives the third point a date outside the period."""
    made = running_round(units, **more)
    for number in range(1, units + 1):
        row = row_of(made, number)
        given = claims(evidence(row, folder, f"通知{number}.pdf"))
        if late:
            given[3] = Given("yes", items=(GivenItem(HOSTILE, date="2015", files=given[3].items[0].files),))
        for no, one in given.items():
            save_answer(filler(number), row, no, one, version=0)
        hand_over(filler(number), row)
        submit(approver(number), row)
    return move_round(person("administrator"), made, Stage.VERIFICATION)


def url(name: str, row: RoundUnit, *more: object) -> str:
    return reverse(name, args=[row.round.code, row.code, *more])


def form(act: str, code: str = "", *, mark: str = "", reason: str = "") -> dict[str, Any]:
    return {"act": act, "reason_code": code, "mark": mark, "reason": reason, "version": 0, "answer_version": 1}


@contextmanager
def counted(seen: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    seen.append(len(queries))


OFFICE_PAGES = ("verify_unit", "verify_point", "verify_return", "verify_reopen")


def test_only_the_office_gets_in_and_strangers_learn_nothing(tmp_path: Path) -> None:
    row = row_of(in_verification(tmp_path, 2))
    code = row.round.code
    pages = [reverse("verify", args=[code]), reverse("verify_sampling", args=[code])]
    pages += [url(name, row, *([1] if name == "verify_point" else [])) for name in OFFICE_PAGES]
    for role in ("verifier", "administrator"):
        client = signed_in(person(role))
        assert [client.get(page, follow=True).status_code for page in pages] == [200] * 6, role
    for user in (filler(1), approver(1), filler(2), person("expert"), person("leader"), person("auditor")):
        client = signed_in(user)
        answers = [client.get(page) for page in pages]
        assert [answer.status_code for answer in answers] == [403] * 6, user
        assert not any(row.name in answer.content.decode() for answer in answers) or user.unit_id == row.unit_id
    finish = reverse("verify_finish", args=[code])
    assert signed_in(person("verifier")).get(finish).status_code == 403
    assert signed_in(person("administrator")).get(finish).status_code == 200


def test_writes_are_refused_to_everybody_else_as_well(tmp_path: Path) -> None:
    row = row_of(in_verification(tmp_path))
    posts = [url(name, row) for name in ("verify_accept_rest", "verify_accept", "verify_return", "verify_reopen")]
    posts.append(url("verify_point", row, 1))
    for user in (filler(1), approver(1), person("expert"), person("leader"), person("auditor")):
        client = signed_in(user)
        assert [client.post(post, form("accept")).status_code for post in posts] == [403] * 5, user
    administrator = signed_in(person("administrator"))
    refused = administrator.post(url("verify_point", row, 1), form("accept"), headers=HTMX)
    assert (refused.status_code, refused.json()["code"]) == (409, "rounds.not_allowed")
    assert not Decision.objects.exists()


def test_the_list_puts_the_gravest_risk_first_and_filters(tmp_path: Path, verifier: Client) -> None:
    made = in_verification(tmp_path, 2, late=True)
    page = reverse("verify", args=[made.code])
    shown = verifier.get(page)
    assert [(r["answer"].point, len(r["risks"])) for r in shown.context["rows"]][:3] == [(3, 1), (3, 1), (1, 0)]
    assert len(shown.context["rows"]) == 8

    def points(**asked: str) -> list[tuple[int, int]]:
        rows = verifier.get(page, asked).context["rows"]
        return [(int(r["unit"].code[2:4]), r["point"].no) for r in rows]

    assert points(risk="date_outside") == [(1, 3), (2, 3)]
    assert points(risk="likeness") == []
    assert points(risk="any", q="第2市") == [(2, 3)]
    assert points(indicator="B", q="2201") == [(1, 3), (1, 4)]
    assert points(indicator="nowhere") == []
    row = row_of(made)
    decide(person("verifier"), row, 3, Ruling("accept", "matches"), version=0, answer_version=1)
    assert points(risk="date_outside") == [(2, 3)]
    assert points(state="decided") == [(1, 3)]
    assert len(points(state="")) == 8


def test_the_list_of_the_sample_has_the_drawn_points_only(tmp_path: Path, verifier: Client) -> None:
    made = in_verification(tmp_path, late=True, sample_share=0)
    rows = verifier.get(reverse("verify", args=[made.code]), {"sampled": "1"}).context["rows"]
    assert [r["point"].no for r in rows] == [3]


@pytest.mark.parametrize("share", [0, 30, 70, 100])
def test_the_list_of_the_sample_is_the_plan_also_after_the_share_was_set_anew(
    tmp_path: Path, verifier: Client, share: int
) -> None:
    made = running_round(3, sample_share=50)
    for number in (1, 2, 3):
        for no, given in claims(evidence(row_of(made, number), tmp_path)).items():
            save_answer(filler(number), row_of(made, number), no, given, version=0)
    set_share(person("administrator"), made, share, version=made.version)
    RoundUnit.objects.update(state=State.SUBMITTED)
    rows = verifier.get(reverse("verify", args=[made.code]), {"sampled": "1", "state": ""}).context["rows"]
    assert {(r["unit"].pk, r["point"].no) for r in rows} == {
        (row.pk, no) for row in made.units.all() for no in sampled_points(row_of(made, int(row.code[2:4])))
    }


def test_units_that_did_not_hand_in_are_not_on_the_list(tmp_path: Path, verifier: Client) -> None:
    made = running_round(1)
    save_answer(filler(), row_of(made), 1, claims(evidence(row_of(made), tmp_path))[1], version=0)
    shown = verifier.get(reverse("verify", args=[made.code]))
    assert shown.context["rows"] == []
    assert "没有待核定的要点" in shown.content.decode()


def test_lists_need_the_same_queries_for_one_unit_and_for_many(tmp_path: Path, verifier: Client) -> None:
    one = in_verification(tmp_path, 1, code="one", sample_share=20)
    many = in_verification(tmp_path, 9, code="many", sample_share=20)
    for asked in ({}, {"by": "unit"}, {"sampled": "1"}, {"risk": "any", "state": ""}):
        seen: list[int] = []
        for made in (one, many):
            verifier.get(reverse("verify", args=[made.code]), asked)
            with counted(seen):
                verifier.get(reverse("verify", args=[made.code]), asked)
        assert seen[0] == seen[1] <= 20, asked


def test_the_work_page_needs_the_same_queries_however_much_a_unit_shows(tmp_path: Path, verifier: Client) -> None:
    row = row_of(in_verification(tmp_path))
    item = row.answers.get(point=1).items.get()
    file = EvidenceFile.objects.get()
    seen: list[int] = []
    verifier.get(url("verify_unit", row), {"point": 1})
    with counted(seen):
        verifier.get(url("verify_unit", row), {"point": 1})
    for number in range(12):
        more = type(item).objects.create(answer=item.answer, position=number + 1, text="又一项", date="2020")
        more.attachments.create(file=file)
    with counted(seen):
        verifier.get(url("verify_unit", row), {"point": 1})
    assert seen[0] == seen[1] <= 30


def test_saving_goes_on_to_the_next_undecided_point_and_renews_what_is_around_it(
    tmp_path: Path, verifier: Client
) -> None:
    row = row_of(in_verification(tmp_path))
    saved = verifier.post(url("verify_point", row, 1), form("accept"), headers=HTMX)
    assert saved.status_code == 200
    assert saved["HX-Push-Url"].endswith("verify/?point=2")
    assert "4分" in json.loads(saved["HX-Trigger"])["toast"]["text"]
    html = saved.content.decode()
    assert 'id="verify-summary"' in html
    assert 'id="verify-nav"' in html
    assert html.count('hx-swap-oob="true"') == 2
    assert "1/4" in html
    decision = Decision.objects.get()
    assert (decision.reason_code, decision.mark) == ("matches", 4)
    plain = verifier.post(url("verify_point", row, 4), form("accept"))
    assert plain["Location"].endswith("verify/?point=2")


def test_a_refused_decision_stays_on_the_page_with_what_was_typed(tmp_path: Path, verifier: Client) -> None:
    row = row_of(in_verification(tmp_path))
    asked = form("adjust", "over_claim", mark="0.25", reason="签到表只有一次<b>")
    refused = verifier.post(url("verify_point", row, 3), asked, headers=HTMX)
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "0.1分的整数倍" in html
    assert 'value="0.25"' in html
    assert "签到表只有一次&lt;b&gt;" in html
    missing = verifier.post(url("verify_point", row, 3), form("adjust"), headers=HTMX).content.decode()
    for words in ("请填写核定得分", "请选择理由", "请写明理由"):
        assert words in missing
    assert "请选择核定意见" in verifier.post(url("verify_point", row, 3), form(""), headers=HTMX).content.decode()
    assert not Decision.objects.exists()


def test_a_decision_that_another_verifier_made_is_shown_beside_what_was_typed(tmp_path: Path, verifier: Client) -> None:
    row = row_of(in_verification(tmp_path))
    other = person("verifier", username="other")
    decide(other, row, 3, Ruling("reject", "other", reason="甲说不符"), version=0, answer_version=1)
    stale = verifier.post(url("verify_point", row, 3), form("adjust", "over_claim", mark="0.2", reason="乙说少一次"))
    html = stale.content.decode()
    assert stale.status_code == 422
    assert "您的核定没有保存" in html
    assert "甲说不符" in html
    assert "乙说少一次" in html
    assert 'name="version" value="1"' in html


def test_what_a_unit_writes_is_escaped(tmp_path: Path, verifier: Client) -> None:
    made = in_verification(tmp_path, late=True)
    row = row_of(made)
    EvidenceFile.objects.update(name=HOSTILE)
    RoundUnit.objects.update(name=HOSTILE)
    for page in (url("verify_unit", row) + "?point=3", reverse("verify", args=[made.code]), url("verify_return", row)):
        html = verifier.get(page).content.decode()
        assert HOSTILE not in html
        assert "&lt;img src=x" in html


def test_points_that_do_not_exist_are_not_found(tmp_path: Path, verifier: Client) -> None:
    row = row_of(in_verification(tmp_path))
    assert verifier.get(url("verify_point", row, 99)).status_code == 404
    for asked in ("99", "x", "٣", "9" * 40):
        assert verifier.get(url("verify_unit", row), {"point": asked}).context["no"] == 1


def test_a_unit_is_returned_with_remarks_by_the_page(tmp_path: Path, verifier: Client) -> None:
    row = row_of(in_verification(tmp_path))
    past = f"{timezone.localtime() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    asked = {"reason": "请补充", "due_at": past, "remark-3": "缺签到表", "remark-1": " "}
    assert verifier.post(url("verify_return", row), asked).status_code == 422
    assert row_of(row.round).state == State.SUBMITTED
    asked["due_at"] = f"{timezone.localtime() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    assert verifier.post(url("verify_return", row), asked).status_code == 302
    row = row_of(row.round)
    assert row.state == State.RETURNED
    assert [(r.point, r.text) for r in row.remarks.all()] == [(3, "缺签到表")]
    html = verifier.get(url("verify_unit", row)).content.decode()
    assert 'id="ruling"' not in html
    assert "重新报送后可以核定" in html


def test_the_whole_way_by_the_pages(tmp_path: Path, verifier: Client) -> None:
    made = in_verification(tmp_path, sample_share=0)
    row = row_of(made)
    verifier.post(url("verify_accept_rest", row))
    verifier.post(url("verify_accept", row))
    assert row_of(made).state == State.ACCEPTED
    assert verifier.post(url("verify_reopen", row), {"reason": ""}).status_code == 422
    verifier.post(url("verify_reopen", row), {"reason": "发现重复申报"})
    assert row_of(made).state == State.SUBMITTED
    verifier.post(url("verify_accept", row))
    administrator = signed_in(person("administrator"))
    administrator.post(reverse("verify_finish", args=[made.code]))
    made.refresh_from_db()
    assert made.stage == Stage.EXPERT_REVIEW


def test_the_end_names_what_is_missing(tmp_path: Path) -> None:
    made = in_verification(tmp_path, 2)
    html = signed_in(person("administrator")).get(reverse("verify_finish", args=[made.code])).content.decode()
    assert "2个单位中还有2个没有核定完成" in html
    assert "第2市" in html
    assert 'data-confirm-ok="结束核查"' not in html


def test_files_that_look_alike_are_shown_side_by_side_and_dismissed_by_the_office(
    tmp_path: Path, verifier: Client
) -> None:
    made = running_round(2)
    files = [evidence(row_of(made, n), tmp_path, "同一份.pdf") for n in (1, 2)]
    compare(files[0].pk)
    row = row_of(made)
    found = Likeness.objects.get(file=files[0])
    page = url("verify_alike", row, found.pk)
    html = verifier.get(page).content.decode()
    assert "第1市" in html
    assert "第2市" in html
    assert signed_in(filler(1)).get(page).status_code == 403
    assert verifier.get(url("verify_alike", row_of(made, 2), found.pk)).status_code == 404
    assert verifier.post(page, {"reason": " "}).status_code == 422
    verifier.post(page, {"reason": "省里统一下发"})
    assert not Likeness.objects.filter(dismissed_at=None).exists()
    assert "已认定可以并存" in verifier.get(page).content.decode()


def test_the_share_is_set_on_its_page_by_administrators_only() -> None:
    made = running_round(1)
    page = reverse("verify_sampling", args=[made.code])
    asked = {"share": "25", "version": str(made.version)}
    refused = signed_in(person("verifier")).post(page, asked, headers=HTMX)
    assert refused.status_code == 409
    administrator = signed_in(person("administrator"))
    assert administrator.post(page, asked | {"share": "101"}).status_code == 422
    assert administrator.post(page, asked).status_code == 302
    made.refresh_from_db()
    assert made.sample_share == 25
    assert "抽查1项" in administrator.get(page).content.decode()
