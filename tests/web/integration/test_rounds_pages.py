"""Setting up a round, its windows and units, and the steps to other stages, as pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import city, draft_round, open_draft, person, province, row_of, running_round, tiny_version

from zhiheng_web.accounts.models import Role, Unit
from zhiheng_web.audit.models import Entry
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.rounds.actions import RoundRefused, Stale, choose_units, move_round, save_round, save_windows
from zhiheng_web.rounds.forms import MOMENT
from zhiheng_web.rounds.machine import NotAllowed, Stage, State
from zhiheng_web.rounds.models import Notice, Round, RoundUnit, Window

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]

DAY = timedelta(days=1)


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(person(role, city() if role in {"filler", "approver"} else None))
    return client


def settings_of(**more: Any) -> dict[str, Any]:
    now = timezone.localtime()
    data = {
        "title": "考核二〇二六", "code": "2026", "framework": tiny_version().pk, "period_start": "2020",
        "period_end": "2021-06", "organisation": "某局", "area": "某省", "whole": "全省", "sample_share": 100,
        "version": 1,
        "self_assessment_opens_at": f"{now:{MOMENT}}", "self_assessment_closes_at": f"{now + 10 * DAY:{MOMENT}}",
        "verification_opens_at": f"{now + 11 * DAY:{MOMENT}}", "verification_closes_at": f"{now + 20 * DAY:{MOMENT}}",
        "units": [city(1).pk],
    }  # fmt: skip
    return data | more


def test_a_round_is_set_up_on_one_page_and_opened() -> None:
    client = signed_in("administrator")
    county = Unit.objects.create(code="220101", name="某区", parent=city(1), level="county")
    assert city(2).code < city(3).code
    answer = client.post(reverse("round_new"), settings_of(levels=["county"], codes="220200，\n220300"))
    made = Round.objects.get()
    assert answer.url == reverse("round", args=["2026"])
    assert [r.code for r in made.units.all()] == ["220100", county.code, "220200", "220300"]
    assert {w.stage for w in made.windows.all()} == {"self_assessment", "verification"}
    assert "启动自评" in client.get(answer.url).content.decode()
    person("filler", city(2))
    client.post(reverse("round_step", args=["2026"]), {"to": "self_assessment"})
    made.refresh_from_db()
    assert (made.stage, made.framework.locked) == (Stage.SELF_ASSESSMENT, True)
    assert Notice.objects.get().link == reverse("round", args=["2026"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"self_assessment_closes_at": ""}, "这个字段是必填项"),
        ({"verification_opens_at": "2001-01-01T00:00"}, "不能早于前一阶段"),
        ({"verification_closes_at": "2001-01-01T00:00"}, "截止时间须晚于开始时间"),
        ({"objection_opens_at": "2099-01-01T00:00"}, "须一起填写"),
        ({"codes": "220100 999999"}, "代码不存在：999999"),
        ({"code": "大写"}, "有效"),
        ({"code": "new"}, "请换一个代码"),
        ({"period_start": "2022"}, "结束早于开始"),
        ({"period_start": "2020-13"}, "日期不存在"),
        ({"sample_share": 101}, "0至100"),
        ({"units": ["<b>"]}, "有效"),
        ({"label": "示例数据"}, "须同时填写"),
        ({"short_label": "示例"}, "须同时填写"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_their_field_and_stay_typed(more: dict[str, Any], words: str) -> None:
    answer = signed_in("administrator").post(reverse("round_new"), settings_of(**more))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "考核二〇二六" in page
    assert "<b>" not in page
    assert not Round.objects.exists()


def test_a_round_takes_the_period_of_its_framework_where_none_is_given() -> None:
    signed_in("administrator").post(reverse("round_new"), settings_of(period_start="", period_end=""))
    made = Round.objects.get()
    assert (made.period_start, made.period_end) == ("2020", "2021-06")


def test_a_framework_with_errors_is_not_offered_and_not_taken() -> None:
    FrameworkVersion.objects.filter(pk=tiny_version().pk).update(errors=1)
    answer = signed_in("administrator").post(reverse("round_new"), settings_of())
    assert answer.status_code == 422
    bad = Round(code="x", title="x", framework=tiny_version(), period_start="2020", period_end="2021")
    with pytest.raises(RoundRefused, match="1处错误"):
        save_round(person("administrator"), bad)


def test_settings_of_a_round_in_preparation_are_changed_and_a_stale_form_keeps_what_was_typed() -> None:
    client, made = signed_in("administrator"), draft_round(units=2)
    url = reverse("round_settings", args=["r1"])
    assert client.post(url, settings_of(code="r1", title="新名称", version=1)).status_code == 302
    assert [r.code for r in made.units.all()] == ["220100"]
    answer = client.post(url, settings_of(code="r1", title="迟到的名称", version=1))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "其他人已修改" in page
    assert "迟到的名称" in page
    assert Round.objects.get().title == "新名称"


def test_after_the_start_only_windows_change_and_the_units_are_told() -> None:
    client, made = signed_in("administrator"), running_round(units=1)
    person("filler", city())
    url = reverse("round_settings", args=["r1"])
    page = client.get(url).content.decode()
    assert 'name="title"' not in page
    data = settings_of(version=made.version, title="改名")
    assert client.post(url, data).status_code == 302
    made.refresh_from_db()
    assert made.title == "考核r1"
    assert "截止时间改为" in Notice.objects.latest("pk").title
    entry = Entry.objects.filter(act="round.windows").get()
    assert set(entry.before) == {"self_assessment"}
    assert set(entry.after) == {"self_assessment", "verification"}
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "其他人已修改" in answer.content.decode()


def test_windows_are_checked_by_the_action_as_well() -> None:
    made, by = running_round(units=1), person("administrator")
    now = timezone.now()
    wrong = Window(stage=Stage.SELF_ASSESSMENT, opens_at=now, closes_at=now - DAY)
    with pytest.raises(RoundRefused, match="晚于开始"):
        save_windows(by, made, [wrong], version=made.version)
    with pytest.raises(RoundRefused, match="须保留自评"):
        save_windows(by, made, [], version=made.version)
    right = Window(stage=Stage.SELF_ASSESSMENT, opens_at=now, closes_at=now + DAY)
    with pytest.raises(Stale):
        save_windows(by, made, [right], version=made.version - 1)
    with pytest.raises(NotAllowed):
        save_windows(person("verifier"), made, [right], version=made.version)
    assert made.windows.count() == 1


def test_a_round_that_lacks_units_says_so_and_does_not_start() -> None:
    client, made = signed_in("administrator"), draft_round(units=1)
    choose_units(person("administrator"), made, [])
    Window.objects.all().delete()
    page = client.get(reverse("round", args=["r1"])).content.decode()
    assert "尚未选择评价对象" in page
    assert "尚未设定自评的起止时间" in page
    client.post(reverse("round_step", args=["r1"]), {"to": "self_assessment"})
    made.refresh_from_db()
    assert made.stage == Stage.PREPARATION


def test_units_that_nobody_can_fill_in_are_counted_before_the_start() -> None:
    client = signed_in("administrator")
    draft_round(units=3)
    person("filler", city(1))
    gone = person("filler", city(2))
    gone.is_active = False
    gone.save()
    person("approver", city(3))
    assert "其中2个单位还没有填报员账号" in client.get(reverse("round", args=["r1"])).content.decode()


def test_going_back_needs_a_reason_and_going_on_needs_accepted_units() -> None:
    client, made = signed_in("administrator"), running_round(units=2)
    url = reverse("round_step", args=["r1"])
    client.post(url, {"to": "verification"})
    assert "还有2个单位没有核定完成" in client.get(reverse("round", args=["r1"])).content.decode()
    assert client.post(url, {"to": "expert_review"}).status_code == 422
    assert client.post(url, {"to": "self_assessment", "reason": " "}).status_code == 422
    assert client.post(url, {"to": "publication"}).status_code == 422
    assert client.post(url, {"to": "<b>"}).status_code == 422
    made.refresh_from_db()
    assert made.stage == Stage.VERIFICATION
    client.post(url, {"to": "self_assessment", "reason": "名单有误"})
    made.refresh_from_db()
    assert made.stage == Stage.SELF_ASSESSMENT
    assert Entry.objects.filter(act="round.move").latest("number").after["reason"] == "名单有误"
    move_round(person("administrator"), made, Stage.VERIFICATION)
    RoundUnit.objects.update(state=State.ACCEPTED)
    client.post(url, {"to": "expert_review"})
    made.refresh_from_db()
    assert made.stage == Stage.EXPERT_REVIEW


@pytest.mark.parametrize("role", Role.values)
def test_only_the_administrator_sets_up_and_moves_rounds(role: str) -> None:
    made = running_round(units=1)
    if role == "administrator":
        return
    client = signed_in(role)
    for name, args in (("round_new", ()), ("round_settings", ("r1",)), ("unit_extend", ("r1", "220100"))):
        assert client.get(reverse(name, args=args)).status_code == 403
        assert client.post(reverse(name, args=args), settings_of()).status_code == 403
    for name in ("round_step", "round_remind"):
        assert client.post(reverse(name, args=["r1"]), {"to": "verification"}).status_code == 403
    made.refresh_from_db()
    assert (made.stage, Round.objects.count()) == (Stage.SELF_ASSESSMENT, 1)


@pytest.mark.parametrize("role", Role.values)
def test_who_sees_a_round_and_what_of_it(role: str) -> None:
    running_round(units=2)
    row_of(Round.objects.get(), 2)
    answer = signed_in(role).get(reverse("round", args=["r1"]))
    page = answer.content.decode()
    if role in {"system", "security", "auditor"}:
        assert answer.status_code == 403
    elif role in {"filler", "approver"}:
        assert answer.url == reverse("unit", args=["r1", "220100"])
    else:
        assert answer.status_code == 200
        assert ("第2市" in page) == (role != "expert")
        assert ("催办" in page) == (role == "administrator")
        assert ("变更阶段" in page) == (role == "administrator")


def test_people_of_a_unit_see_no_round_in_preparation_and_none_of_others() -> None:
    made = draft_round(units=1)
    client = signed_in("filler")
    assert client.get(reverse("round", args=["r1"])).status_code == 404
    open_draft(made)
    other = Client()
    other.force_login(person("filler", city(2)))
    assert other.get(reverse("round", args=["r1"])).status_code == 404
    assert "考核r1" not in other.get(reverse("rounds")).content.decode()
    assert "考核r1" in client.get(reverse("rounds")).content.decode()


def test_hostile_names_are_shown_as_text() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    Unit.objects.create(code="22h", name=hostile, parent=province())
    client = signed_in("administrator")
    client.post(reverse("round_new"), settings_of(title=hostile, codes="22h", label=hostile, short_label="示例"))
    for url in (reverse("round", args=["2026"]), reverse("rounds"), reverse("round_settings", args=["2026"]), "/"):
        page = client.get(url).content.decode()
        assert hostile not in page
        assert "&lt;img" in page
