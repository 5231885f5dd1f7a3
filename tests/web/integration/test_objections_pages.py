"""The pages of objections: who gets in, what they keep, what they say, and how many queries they need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import approver, city, filler, objecting_round, pdf, person, row_of

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Decision
from zhiheng_web.objections.actions import Draft, file_objection, save_draft
from zhiheng_web.objections.models import Objection
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit, Window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HOSTILE = "<img src=x onerror=alert(1)>"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def row(tmp_path: Path) -> RoundUnit:
    return row_of(objecting_round(tmp_path))


def at(name: str, row: RoundUnit, *more: object) -> str:
    return reverse(name, args=[row.round.code, row.code, *more])


def filed(row: RoundUnit, point: int = 3, text: str = "附签到表") -> Objection:
    one = save_draft(person("filler", row.unit), row, point, Draft(text, Decimal("0.4")), version=0)
    return file_objection(person("approver", row.unit), one, version=1)


@contextmanager
def counted(seen: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    seen.append(len(queries))


def test_a_unit_s_way_over_the_pages(row: RoundUnit, tmp_path: Path) -> None:
    client = signed_in(filler())
    assert "提出申诉" in client.get(at("objection_point", row, 3)).content.decode()
    upload = SimpleUploadedFile("签到表.pdf", pdf(tmp_path / "s.pdf", title="s").read_bytes(), "application/pdf")
    sent = {"text": f"附签到表{HOSTILE}", "wanted": "0.4", "version": "0", "uploads": upload}
    assert client.post(at("objection_save", row, 3), sent).status_code == 302
    one = Objection.objects.get()
    assert ([each.file.name for each in one.shown.all()], one.wanted) == (["签到表.pdf"], Decimal("0.4"))
    shown = client.get(at("objection_point", row, 3)).content.decode()
    assert "申诉草稿" in shown
    assert HOSTILE not in shown
    other = signed_in(approver())
    assert "提交申诉" in other.get(at("objection_point", row, 3)).content.decode()
    assert other.post(at("objection_file", row, one.pk), {"version": "1"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.filed_by) == ("filed", approver())
    listed = client.get(at("unit_objections", row)).content.decode()
    assert "待答复" in listed
    assert HOSTILE not in client.get(at("objection_point", row, 3)).content.decode()
    assert other.post(at("objection_withdraw", row, one.pk), {"version": "2"}).status_code == 302
    assert "已撤回的申诉" in client.get(at("objection_point", row, 3)).content.decode()


def test_the_library_takes_files_while_objections_are_open(row: RoundUnit) -> None:
    client, page = signed_in(filler()), at("library", row)
    assert client.get(page).context["may_edit"]
    Window.objects.filter(stage=Stage.OBJECTION).update(closes_at=timezone.now() - timedelta(minutes=1))
    assert not client.get(page).context["may_edit"]


def test_what_was_typed_stays_after_a_refusal(row: RoundUnit) -> None:
    client = signed_in(filler())
    refused = client.post(at("objection_save", row, 3), {"text": "理由很长", "wanted": "0.03", "version": "0"})
    assert refused.status_code == 422
    assert "理由很长" in refused.content.decode()
    assert "整数倍" in refused.content.decode()
    filed(row)
    late = client.post(at("objection_save", row, 3), {"text": "晚到的修改", "version": "0"})
    assert late.status_code == 422
    assert "晚到的修改" in late.content.decode()
    assert "已经提交" in late.content.decode()
    assert not Objection.objects.filter(text="晚到的修改").exists()


def test_the_office_answers_beside_claim_and_evidence(row: RoundUnit) -> None:
    one = filed(row, text=HOSTILE)
    client = signed_in(person("administrator"))
    shown = client.get(at("objection_answer", row, one.pk)).content.decode()
    assert "单位申报" in shown
    assert "不在考核期内" in shown
    assert "佐证材料：材料1.pdf" in shown
    assert HOSTILE not in shown
    form: dict[str, Any] = {"outcome": "granted", "mark": "0.2", "applies": "yes", "reason": "写了很久", "version": "2"}
    refused = client.post(at("objection_answer", row, one.pk), form)
    assert refused.status_code == 422
    assert "部分支持" in refused.content.decode()
    assert "写了很久" in refused.content.decode()
    done = client.post(at("objection_answer", row, one.pk), form | {"outcome": "partly"}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("objections", args=[row.round.code])
    assert "申诉已全部答复" in done.content.decode()
    row.refresh_from_db()
    assert row.confirmed == 82
    own = signed_in(filler()).get(at("objection_point", row, 3)).content.decode()
    assert "写了很久" in own
    assert "答复后得分0.2分" in own


def test_a_verifier_is_told_that_he_cannot_judge_himself(row: RoundUnit) -> None:
    one = filed(row)
    client = signed_in(person("verifier"))
    shown = client.get(at("objection_answer", row, one.pk)).content.decode()
    assert "由您核定" in shown
    assert 'name="outcome"' not in shown
    form = {"outcome": "rejected", "reason": "不", "version": "2"}
    client.post(at("objection_answer", row, one.pk), form)
    one.refresh_from_db()
    assert one.state == "filed"


def test_strangers_learn_nothing(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path, 2))
    one = filed(row, text="内部情况")
    reads = [at("objection_point", row, 3), at("objection_answer", row, one.pk)]
    reads.append(reverse("objections", args=[row.round.code]))
    writes = [at("objection_save", row, 3), at("objection_file", row, one.pk), at("objection_withdraw", row, one.pk)]
    writes += [at("objection_answer", row, one.pk), reverse("objections_close", args=[row.round.code])]
    for user in (filler(2), approver(2), person("expert"), person("auditor"), person("system")):
        client = signed_in(user)
        for answer in [*map(client.get, reads), *map(client.post, writes)]:
            assert answer.status_code in {403, 404}, (user, answer.request["PATH_INFO"])
            assert "内部情况" not in answer.content.decode()
    for user, allowed in ((filler(), 2), (approver(), 2), (person("leader"), 0), (person("verifier"), 1)):
        client = signed_in(user)
        statuses = [client.post(write).status_code for write in writes]
        assert sum(status != 403 for status in statuses) == allowed, (user, statuses)
    one.refresh_from_db()
    assert (one.state, one.version) == ("filed", 2)


def test_a_draft_is_not_before_the_office(row: RoundUnit) -> None:
    one = save_draft(filler(), row, 3, Draft("还在起草"), version=0)
    client = signed_in(person("administrator"))
    assert client.get(at("objection_answer", row, one.pk)).status_code == 404
    for page in (at("unit_objections", row), at("objection_point", row, 3), reverse("objections", args=["r1"])):
        assert "还在起草" not in client.get(page).content.decode()
    assert "还没有单位提出申诉" in client.get(reverse("objections", args=["r1"])).content.decode()


def test_the_list_filters_and_closes(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2)
    first, second = filed(row_of(made, 1)), filed(row_of(made, 2))
    client, page = signed_in(person("administrator")), reverse("objections", args=[made.code])
    assert [one.pk for one, _name in client.get(page).context["rows"]] == [first.pk, second.pk]
    assert [one.pk for one, _name in client.get(page, {"q": "第2市"}).context["rows"]] == [second.pk]
    client.post(reverse("objections_close", args=[made.code]))
    made.refresh_from_db()
    assert made.stage == Stage.OBJECTION
    step = {"to": "finalisation", "reason": ""}
    client.post(reverse("round_step", args=[made.code]), step)
    made.refresh_from_db()
    assert made.stage == Stage.OBJECTION, "the step on the board asks for the answers as well"
    form = {"outcome": "rejected", "reason": "不", "version": "2"}
    for one in (first, second):
        client.post(at("objection_answer", one.round_unit, one.pk), form)
    rows = client.get(page, {"state": "answered"}).context["rows"]
    assert [one.outcome for one, _name in rows] == ["rejected", "rejected"]
    assert client.get(page).context["counts"]["rejected"] == 2
    assert signed_in(person("verifier")).post(reverse("objections_close", args=[made.code])).status_code == 403
    client.post(reverse("objections_close", args=[made.code]))
    made.refresh_from_db()
    assert made.stage == Stage.FINALISATION


def test_pages_say_when_it_is_too_late(row: RoundUnit) -> None:
    Window.objects.filter(stage=Stage.OBJECTION).update(closes_at=timezone.now() - timedelta(minutes=1))
    client = signed_in(filler())
    shown = client.get(at("objection_point", row, 3)).content.decode()
    assert "不能再提出" in shown
    assert 'name="text"' not in shown
    client.post(at("objection_save", row, 3), {"text": "a", "version": "0"})
    assert not Objection.objects.exists()
    Round.objects.update(stage=Stage.PUBLICATION)
    assert "不能提出申诉" in client.get(at("unit_objections", row)).content.decode()


def test_as_many_queries_for_thirty_objections_as_for_one(tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 1)
    row = row_of(made)

    def add(number: int) -> None:
        unit = RoundUnit.objects.create(
            round=made, unit=person("filler", city(number)).unit, code=f"u{number}", name=f"单位{number}"
        )
        Objection.objects.create(
            round_unit=unit, point=3, text="a", state="filed", raised_by=filler(), written_by=filler(),
            filed_by=approver(), filed_at=timezone.now(),
        )  # fmt: skip

    filed(row)
    client, page, seen = signed_in(person("administrator")), reverse("objections", args=[made.code]), []
    client.get(page)
    with counted(seen):
        client.get(page)
    for number in range(40, 69):
        add(number)
    with counted(seen):
        assert len(client.get(page).context["rows"]) == 30
    own = signed_in(filler())
    own.get(at("unit_objections", row))
    with counted(seen):
        own.get(at("unit_objections", row))
    for no in (1, 2, 4):
        Objection.objects.create(
            round_unit=row, point=no, text="a", raised_by=filler(),
            written_by=person("filler", row.unit, username=f"filler-{no}"),
        )  # fmt: skip
    with counted(seen):
        own.get(at("unit_objections", row))
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]


def test_a_decision_of_this_stage_is_the_last_word(row: RoundUnit) -> None:
    one = filed(row)
    form = {"outcome": "granted", "mark": "", "applies": "no", "reason": "不适用", "version": "2"}
    signed_in(person("administrator")).post(at("objection_answer", row, one.pk), form)
    assert Decision.objects.get(stage=Stage.OBJECTION).act == "not_applicable"
