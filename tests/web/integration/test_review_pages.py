"""The pages of expert review: who gets in, what nobody may see, what they keep, and how many queries they need."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import city, evidence, objecting_round, person, row_of
from tests.web.rights import close

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Decision
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.reviews.actions import Plan, declare_conflict, plan_review
from zhiheng_web.reviews.marking import submit_mark
from zhiheng_web.reviews.models import Assignment, Conflict, Review
from zhiheng_web.reviews.queries import plan_of
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
JUDGED = 2
UNSEEN = "只有一人知道的理由"
HOSTILE = "<img src=x onerror=alert(1)>"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def office() -> Client:
    return signed_in(person("administrator"))


def expert(number: int) -> User:
    found = person("expert", username=f"expert-{number}")
    User.objects.filter(pk=found.pk).update(full_name=f"评审人{number}号")
    found.refresh_from_db()
    return found


def planned(folder: Path, units: int = 1, *, people: int = 2, limit: str = "0.2", blind: bool = False) -> Round:
    made = objecting_round(folder, units, stage=Stage.EXPERT_REVIEW)
    chosen = [expert(n).pk for n in range(1, people + 1)]
    due = timezone.now() + timedelta(days=3)
    plan_review(person("administrator"), made, Plan({JUDGED: Decimal(limit)}, chosen, due, blind=blind), version=0)
    return made


def seats(made: Round, number: int = 1) -> list[Assignment]:
    found = Assignment.objects.filter(review__round_unit=row_of(made, number))
    return list(found.select_related("expert", "review").order_by("seat"))


def task_url(made: Round, one: Assignment, name: str = "review_point") -> str:
    return reverse(name, args=[made.code, one.pk])


def send(one: Assignment, made: Round, mark: str, reason: str = "材料充分") -> Any:
    one.refresh_from_db()
    data = {"mark": mark, "reason": reason, "version": one.version}
    return signed_in(one.expert).post(task_url(made, one), data)


def pages_of(client: Client, made: Round, one: Assignment) -> str:
    """Return all that an expert can read of a review."""
    urls = [
        reverse("review", args=[made.code]), task_url(made, one), task_url(made, one, "review_decline"),
        reverse("round", args=[made.code]), reverse("home"), reverse("inbox"), reverse("rounds"),
    ]  # fmt: skip
    return "".join(client.get(url).content.decode() for url in urls)


def test_an_expert_works_through_his_tasks(tmp_path: Path) -> None:
    made = planned(tmp_path, units=2)
    client = signed_in(expert(1))
    own = [one for n in (1, 2) for one in seats(made, n) if one.expert_id == expert(1).pk]
    listed = client.get(reverse("review", args=[made.code])).content.decode()
    assert "第1市" in listed
    assert "第2市" in listed
    shown = client.get(task_url(made, own[0])).content.decode()
    for words in ("评分规则", "制度", "核定得分", 'data-key="3"', "材料1.pdf"):
        assert words in shown
    answer = send(own[0], made, "2", "")
    assert answer["Location"] == task_url(made, own[1])
    assert send(own[1], made, "1")["Location"] == reverse("review", args=[made.code])
    assert Assignment.objects.filter(submitted_at__isnull=False).count() == 2


def test_what_was_typed_stays_when_it_is_refused(tmp_path: Path) -> None:
    made = planned(tmp_path)
    answer = send(seats(made)[0], made, "1", " ")
    assert answer.status_code == 422
    assert "得分与核定得分不同，请写明理由。" in answer.content.decode()
    assert 'value="1" checked' in answer.content.decode()
    assert send(seats(made)[0], made, "0.5", HOSTILE).status_code == 422
    assert HOSTILE not in send(seats(made)[0], made, "0.5", HOSTILE).content.decode()


def test_an_expert_never_reads_the_other_ones_mark_reason_or_name(tmp_path: Path) -> None:
    made = planned(tmp_path, people=3)
    one, other = seats(made)
    send(other, made, "0", UNSEEN)
    client = signed_in(one.expert)
    before = pages_of(client, made, one)
    assert UNSEEN not in before
    assert other.expert.full_name not in before
    send(one, made, "2")
    after = pages_of(client, made, one)
    assert UNSEEN not in after
    assert other.expert.full_name not in after
    third = seats(made)[2]
    send(third, made, "1", "折中")
    signed_in(person("administrator")).post(reverse("round_step", args=[made.code]), {"to": "objection"})
    made.refresh_from_db()
    assert made.stage == Stage.OBJECTION
    closed = pages_of(client, made, one)
    assert UNSEEN not in closed
    assert "折中" not in closed
    assert third.expert.full_name not in closed


def test_who_decides_sees_both_marks_with_reasons_and_no_name(tmp_path: Path) -> None:
    made = planned(tmp_path, people=3)
    one, other = seats(made)
    send(one, made, "2", "甲的理由")
    send(other, made, "0", UNSEEN)
    third = seats(made)[2]
    shown = signed_in(third.expert).get(task_url(made, third)).content.decode()
    assert UNSEEN in shown
    assert "甲的理由" in shown
    assert one.expert.full_name not in shown
    assert other.expert.full_name not in shown


def test_the_office_reads_no_mark_before_both_are_in(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path)
    one, other = seats(made)
    send(one, made, "1", UNSEEN)
    url = reverse("review_office", args=[made.code])
    before = office.get(url).content.decode()
    assert "1分</strong>" not in before
    assert UNSEEN not in before
    assert "已提交" in before
    assert UNSEEN not in office.get(reverse("review_statistics", args=[made.code])).content.decode()
    send(other, made, "1")
    assert office.get(url).content.decode().count("1分</strong>") == 2


def test_hidden_marks_are_nowhere_on_the_page(tmp_path: Path) -> None:
    made = planned(tmp_path, blind=True)
    Decision.objects.filter(point=JUDGED).update(reason=UNSEEN)
    one = seats(made)[0]
    shown = signed_in(one.expert).get(task_url(made, one)).content.decode()
    assert "核定得分" not in shown
    assert "自评得分" not in shown
    assert UNSEEN not in shown


def test_tasks_of_others_do_not_exist(tmp_path: Path) -> None:
    made = planned(tmp_path, people=2)
    one, other = seats(made)
    client = signed_in(one.expert)
    for name in ("review_point", "review_decline"):
        assert client.get(task_url(made, other, name)).status_code == 404
        assert client.post(task_url(made, other, name), {"mark": "2", "version": 1}).status_code == 404
    for role in ("administrator", "verifier", "leader", "auditor"):
        assert signed_in(person(role)).get(task_url(made, one)).status_code == 403
    assert signed_in(person("filler", city())).get(task_url(made, one)).status_code == 403


OFFICE = ("review_office", "review_plan", "review_conflicts", "review_statistics")


@pytest.mark.parametrize("role", ["expert", "verifier", "leader", "system", "auditor"])
def test_only_the_administrator_gets_into_the_office(role: str, tmp_path: Path) -> None:
    made = planned(tmp_path)
    client = signed_in(person(role))
    for name in OFFICE:
        assert client.get(reverse(name, args=[made.code])).status_code == 403
    assert client.post(reverse("review_assign", args=[made.code, seats(made)[0].pk])).status_code == 403


def file_url(file: EvidenceFile, name: str = "file") -> str:
    return reverse(name, args=[file.round_unit.round.code, file.round_unit.code, file.pk])


def test_an_expert_opens_files_of_his_points_only(tmp_path: Path) -> None:
    made = planned(tmp_path, units=2, people=2)
    one = seats(made, 1)[0]
    own = EvidenceFile.objects.get(round_unit=row_of(made, 1))
    loose = evidence(row_of_open(made, 1), tmp_path, "未使用.pdf")
    client = signed_in(one.expert)
    for name in ("file", "file_preview"):
        answer = client.get(file_url(own, name))
        assert answer.status_code == 200
        close(answer)
        assert client.get(file_url(loose, name)).status_code == 404
    stranger = signed_in(expert(9))
    assert stranger.get(file_url(own)).status_code == 404
    declare_conflict(person("administrator"), row_of(made, 1), one.expert, "曾任职")
    assert client.get(file_url(own)).status_code == 404
    elsewhere = reverse("file", args=[made.code, row_of(made, 2).code, own.pk])
    assert client.get(elsewhere).status_code == 404


def row_of_open(made: Round, number: int) -> Any:
    """Return a row of a round that takes files for a moment."""
    row = row_of(made, number)
    type(row).objects.filter(pk=row.pk).update(state="draft")
    Round.objects.filter(pk=made.pk).update(stage=Stage.SELF_ASSESSMENT)
    row.refresh_from_db()
    row.round.refresh_from_db()
    return row


def plan_data(**more: Any) -> dict[str, Any]:
    due = timezone.localtime(timezone.now() + timedelta(days=2))
    return {
        "double": "1", "due_at": f"{due:%Y-%m-%dT%H:%M}", "seed": 3, "version": 0,
        "experts": [expert(1).pk, expert(2).pk], "use-2": "on", "limit-2": "1", **more,
    }  # fmt: skip


def test_the_office_plans(office: Client, tmp_path: Path) -> None:
    made = objecting_round(tmp_path, 2, stage=Stage.EXPERT_REVIEW)
    expert(1), expert(2)
    url = reverse("review_plan", args=[made.code])
    shown = office.get(url).content.decode()
    assert 'name="use-2" id="id_use-2" checked' in shown
    assert 'name="use-1" id="id_use-1" checked' not in shown
    assert 'name="limit-1" value="0.4"' in shown
    refused = office.post(url, plan_data() | {"use-2": ""})
    assert refused.status_code == 422
    assert "请选择需要评审的考核要点" in refused.content.decode()
    assert office.post(url, plan_data())["Location"] == reverse("review_office", args=[made.code])
    plan = plan_of(made)
    assert plan is not None
    assert plan.double
    assert [(one.point, one.threshold) for one in plan.points.all()] == [(2, 1)]
    assert "保存并重新分配" in office.get(url).content.decode()
    send(seats(made)[0], made, "2")
    assert "已有专家提交评审意见，方案不能再改" in office.get(url).content.decode()


def test_exclusions_are_kept_and_ended(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path, people=3)
    url = reverse("review_conflicts", args=[made.code])
    one = seats(made)[0]
    data = {"expert": one.expert_id, "unit": row_of(made).pk, "reason": HOSTILE}
    assert office.post(url, data | {"reason": ""}).status_code == 422
    office.post(url, data)
    found = Conflict.objects.get()
    shown = office.get(url).content.decode()
    assert HOSTILE not in shown
    assert escape(HOSTILE) in shown
    assert "须改派" in office.get(reverse("review_office", args=[made.code]) + "?state=conflict").content.decode()
    office.post(reverse("review_conflict_end", args=[made.code, found.pk]), {"reason": "误报"})
    assert not Conflict.objects.exists()


def test_an_expert_declines_and_another_takes_over(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path, people=2)
    one = seats(made)[0]
    answer = signed_in(one.expert).post(task_url(made, one, "review_decline"), {"reason": "曾在该市任职"})
    assert answer["Location"] == reverse("review", args=[made.code])
    assert signed_in(one.expert).get(task_url(made, one)).status_code == 404
    url = reverse("review_assign", args=[made.code, one.pk])
    expert(3)
    choices = office.get(url).content.decode()
    assert "评审人3号" in choices
    assert f'value="{seats(made)[1].expert_id}"' not in choices
    office.post(url, {"expert": expert(3).pk, "reason": "原专家回避"})
    one.refresh_from_db()
    assert one.expert == expert(3)


def test_the_office_names_a_third_expert_where_there_is_none(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path, people=2)
    one, other = seats(made)
    send(one, made, "0")
    send(other, made, "2")
    page = office.get(reverse("review_office", args=[made.code])).content.decode()
    url = reverse("review_arbiter", args=[made.code, Review.objects.get().pk])
    assert url in page
    expert(3)
    office.post(url, {"expert": expert(3).pk, "reason": "方案中没有第三名专家"})
    assert seats(made)[2].expert == expert(3)


def test_the_step_says_what_is_missing_and_goes_on_without_plan(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path)
    board = reverse("round", args=[made.code])
    assert "还有1项没有评审完" in office.get(board).content.decode()
    office.post(reverse("round_step", args=[made.code]), {"to": "objection"})
    made.refresh_from_db()
    assert made.stage == Stage.EXPERT_REVIEW
    Review.objects.all().delete()
    assert "本轮次没有安排专家评审" in office.get(board).content.decode()
    office.post(reverse("round_step", args=[made.code]), {"to": "objection"})
    made.refresh_from_db()
    assert made.stage == Stage.OBJECTION


def test_statistics_say_why_they_are_undefined_and_who_is_mild(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path, units=6, limit="2")
    url = reverse("review_statistics", args=[made.code])
    assert "还没有两份意见都已提交的评审项" in office.get(url).content.decode()
    for number in range(1, 7):
        for one in seats(made, number):
            mild = one.expert_id == expert(1).pk
            given = "2" if mild else "1"
            submit_mark(one.expert, one, Decimal(given), "理由", version=1)
    shown = office.get(url).content.decode()
    assert "+50.0" in shown
    assert "-50.0" in shown
    assert "偏宽" in shown
    assert "偏严" in shown


def test_lists_need_as_many_queries_for_many_as_for_one(office: Client, tmp_path: Path) -> None:
    made = planned(tmp_path, units=1)
    urls = [
        (office, reverse("review_office", args=[made.code])),
        (signed_in(expert(1)), reverse("review", args=[made.code])),
    ]
    few = [_queries(client, url) for client, url in urls]
    for number in range(2, 12):
        row = made.units.create(
            unit=city(number), code=city(number).code, name=city(number).name, position=number, state="accepted"
        )
        Decision.objects.create(
            round_unit=row, point=JUDGED, act="accept", mark=2, reason_code="matches", by=person("verifier")
        )
    plan = Plan({JUDGED: Decimal(1)}, [expert(1).pk, expert(2).pk], timezone.now() + timedelta(days=1))
    plan_review(person("administrator"), made, plan, version=1)
    assert Assignment.objects.count() == 22
    assert [_queries(client, url) for client, url in urls] == few


def _queries(client: Client, url: str) -> int:
    client.get(url)  # the first one reads what stays in memory
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)
