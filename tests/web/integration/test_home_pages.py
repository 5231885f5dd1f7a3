"""The first page by role, the inbox, and the page of a refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import approver, city, filler, person, row_of, running_round

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage, State
from zhiheng_web.rounds.models import Notice, RoundUnit, Window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", Role.values)
def test_everybody_has_a_first_page_with_and_without_rounds(role: str) -> None:
    client = signed_in(person(role, city() if role in {"filler", "approver"} else None))
    assert client.get("/").status_code == 200
    running_round(units=2)
    page = client.get("/")
    assert page.status_code == 200
    sees = role not in {"system", "security", "auditor"}
    assert ("考核r1" in page.content.decode()) == sees


@pytest.mark.parametrize(
    ("state", "for_filler", "for_approver"),
    [
        (State.DRAFT, "填写考核要点，完成后送审", "等待填报员送审"),
        (State.PENDING, "等待审核员审核", "审核后报送，或者退回填报员"),
        (State.RETURNED, "按退回意见补正后重新送审", "等待填报员补正"),
        (State.SUBMITTED, "已报送，等待核查", "已报送，等待核查"),
        (State.ACCEPTED, "已核定，可以查看得分和理由", "已核定，可以查看得分和理由"),
    ],
)
def test_people_of_a_unit_read_what_comes_next(state: State, for_filler: str, for_approver: str) -> None:
    running_round(units=1)
    RoundUnit.objects.update(state=state)
    assert for_filler in signed_in(filler()).get("/").content.decode()
    assert for_approver in signed_in(approver()).get("/").content.decode()


def test_who_is_late_reads_whom_to_ask() -> None:
    running_round(units=1)
    Window.objects.update(opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now() - timedelta(days=1))
    page = signed_in(filler()).get("/").content.decode()
    assert "请联系省级管理员延长期限" in page
    assert "已逾期" in page


def test_a_verifier_is_led_to_the_units_that_wait() -> None:
    made = running_round(units=2)
    RoundUnit.objects.filter(pk=row_of(made, 2).pk).update(state=State.SUBMITTED)
    client = signed_in(person("verifier"))
    assert "没有等待核查的单位" in client.get("/").content.decode()
    move_round(person("administrator"), made, Stage.VERIFICATION)
    page = client.get("/").content.decode()
    assert reverse("verify_unit", args=["r1", "220200"]) in page
    assert reverse("verify_unit", args=["r1", "220100"]) not in page


def test_a_notice_is_read_once_it_is_opened_and_leads_to_its_page() -> None:
    user, stranger = filler(), filler(2)
    running_round(units=1)
    notice = Notice.objects.get(user=user)
    assert signed_in(stranger).get(reverse("notice", args=[notice.pk])).status_code == 404
    client = signed_in(user)
    assert "未读" in client.get(reverse("inbox")).content.decode()
    answer = client.get(reverse("notice", args=[notice.pk]))
    assert answer.url == reverse("round", args=["r1"])
    assert "未读" not in client.get(reverse("inbox")).content.decode()


def test_a_notice_never_leads_away_from_the_site() -> None:
    notice = Notice.objects.create(user=filler(), kind="x", title="x", link="//elsewhere.example/")
    assert signed_in(filler()).get(reverse("notice", args=[notice.pk])).url == reverse("inbox")


def test_all_notices_of_the_person_and_of_nobody_else_are_marked_as_read() -> None:
    Notice.objects.create(user=filler(1), kind="x", title="甲")
    Notice.objects.create(user=filler(2), kind="x", title="乙")
    page = signed_in(filler(1)).post(reverse("inbox"), follow=True).content.decode()
    assert "乙" not in page
    assert list(Notice.objects.filter(read_at=None).values_list("title", flat=True)) == ["乙"]


def test_a_refusal_is_told_on_a_page_with_a_way_back() -> None:
    running_round(units=1)
    answer = signed_in(person("administrator")).post(reverse("round_step", args=["r1"]), {"to": "publication"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "不能从“自评”直接进入“发布”" in page
    assert "没有保存任何改动" in page
