"""The pages of rectification: who gets in, what they show and keep, how many queries they need, what is exported."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from tests.web.builders import approver, city, filler, pdf, person, row_of, running_round
from tests.web.rectifying import due, filed, issued_round, item_of, rectifying_round

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Answer
from zhiheng_web.rectification.actions import close_item, withdraw_item
from zhiheng_web.rectification.issuing import issue_all
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.rounds.machine import Stage, State
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HOSTILE = "<img src=x onerror=alert(1)>"
MOMENT = "%Y-%m-%dT%H:%M"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, item: RectificationItem) -> str:
    return reverse(name, args=[item.round_unit.round.code, item.round_unit.code, item.pk])


@contextmanager
def counted(seen: list[int]) -> Iterator[None]:
    with CaptureQueriesContext(connection) as queries:
        yield
    seen.append(len(queries))


def test_the_way_of_an_item_over_the_pages(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 2)
    item, client = item_of(made), signed_in(filler())
    assert "待办整改3项" in client.get("/").content.decode()
    register = client.get(reverse("rectification", args=[made.code]))
    assert register.headers["Location"] == reverse("rectification_unit", args=[made.code, item.round_unit.code])
    shown = client.get(at("rectification_item", item)).content.decode()
    assert "不改变已公布的得分" in shown
    assert "1分（最终得分1分，分值2分）" in shown
    upload = SimpleUploadedFile("制度.pdf", pdf(tmp_path / "z.pdf", title="z").read_bytes(), "application/pdf")
    bad = {"owner": "", "measure": HOSTILE, "outcome": "印发", "version": "1"}
    refused = client.post(at("rectification_save", item), bad)
    assert refused.status_code == 422
    assert "请填写责任人" in refused.content.decode()
    assert HOSTILE not in refused.content.decode()
    kept = client.post(at("rectification_save", item), bad | {"owner": HOSTILE, "uploads": upload})
    assert kept.status_code == 302
    stale = client.post(at("rectification_save", item), bad | {"owner": "晚到", "version": "1"})
    assert stale.status_code == 422
    assert "其他人刚刚处理" in stale.content.decode()
    assert "晚到" in stale.content.decode()
    boss = signed_in(approver())
    assert HOSTILE not in boss.get(at("rectification_item", item)).content.decode()
    assert boss.post(at("rectification_submit", item), {"version": "2"}).status_code == 302
    office = signed_in(person("verifier"))
    assert "待复核整改1项" in office.get("/").content.decode()
    form = {"verdict": "return", "remark": "", "due_at": "", "version": "3"}
    refused = office.post(at("rectification_check", item), form)
    assert refused.status_code == 422
    assert "请写明退回的理由" in refused.content.decode()
    form |= {"remark": f"缺公章{HOSTILE}", "due_at": timezone.localtime(due()).strftime(MOMENT)}
    assert office.post(at("rectification_check", item), form).status_code == 302
    assert "缺公章" in client.get(at("rectification_item", item)).content.decode()
    assert HOSTILE not in client.get(at("rectification_item", item)).content.decode()
    chief = signed_in(person("administrator"))
    more = {"extend-due_at": "2020-01-01T00:00", "extend-reason": "灾情", "extend-version": "4"}
    assert chief.post(at("rectification_extend", item), more).status_code == 422
    gone = {"withdraw-reason": "合并", "withdraw-version": "4"}
    assert chief.post(at("rectification_withdraw", item), gone).status_code == 302
    late = client.post(at("rectification_save", item), bad | {"owner": "晚到", "version": "5"})
    assert late.status_code == 422
    assert RectificationItem.objects.get(pk=item.pk).state == "withdrawn"
    assert client.get(reverse("rectification_unit", args=[made.code, item.round_unit.code])).status_code == 200


def test_issuing_shows_what_it_will_do_and_does_it_once(tmp_path: Path) -> None:
    made = rectifying_round(tmp_path, 2)
    client, url = signed_in(person("administrator")), reverse("rectification_issue", args=[made.code])
    assert "将向2个单位下达7项" in client.get(url).content.decode()
    chosen = {"at_least": "1", "due_at": timezone.localtime(due()).strftime(MOMENT), "request": HOSTILE}
    preview = client.get(url, chosen).content.decode()
    assert "将向2个单位下达5项" in preview
    assert HOSTILE not in preview
    assert client.get(url, chosen | {"at_least": "0.05"}).status_code == 422
    past = client.post(url, chosen | {"due_at": "2020-01-01T00:00"})
    assert "晚于当前时间" in past.content.decode()
    assert client.post(url, chosen).status_code == 302
    assert client.post(url, chosen | {"at_least": "0"}).status_code == 302
    assert Issuing.objects.get().at_least == 10
    assert "正在下达" in client.get(url).content.decode()
    issue_all(Issuing.objects.get().pk)
    done = client.get(url, headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert RectificationItem.objects.count() == 5
    add = reverse("rectification_add", args=[made.code, row_of(made).code])
    assert "3. " in client.get(add).content.decode()
    given = {"point": "3", "one_due_at": chosen["due_at"], "one_request": ""}
    assert client.post(add, given | {"point": "1"}).status_code == 422
    assert client.post(add, given).status_code == 302
    assert item_of(made, 1, 3).lost == 6


def test_what_is_exported_is_what_is_shown(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 3, label="示例数据", short_label="示例")
    one = filed(made, tmp_path, 3, 2)
    close_item(person("verifier"), one, version=one.version)
    RectificationItem.objects.filter(round_unit=row_of(made, 2)).update(
        due_at=timezone.now() - timedelta(days=1), owner="=HYPERLINK(1)"
    )
    client, url = signed_in(person("leader")), reverse("rectification", args=[made.code])
    for query in ({}, {"late": "1", "order": "-lost"}, {"q": "第3市", "state": "issued"}, {"q": "没有"}):
        page = client.get(url, query)
        sheet = load_workbook(io.BytesIO(client.get(url, query | {"as": "xlsx"}).content)).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
        lines = page.context["lines"]
        wanted = [
            (line.row.code, line.item.point, float(line.lost), str(line.item.get_state_display()), line.overdue)
            for line in lines
        ]
        assert [(r[0], r[2], r[6], r[7], r[9] == "是") for r in rows] == wanted, query
        assert all(row[-1] == "示例数据" for row in rows)
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert len(client.get(url, {"late": "1"}).context["lines"]) == 4
    units = client.get(url, {"view": "units"}).context
    assert [(u.name, u.counts.all, u.counts.done, u.counts.overdue) for u in units["units"]] == [
        ("第2市", 4, 0, 4), ("第1市", 3, 0, 0), ("第3市", 4, 1, 0),
    ]  # fmt: skip
    drawn = client.get(url, {"figure": "rectification", "as": "csv"})
    text = b"".join(drawn.streaming_content).decode()  # type: ignore[attr-defined]  # a streamed file
    assert "第3市,1,0,0,3,4" in text
    assert client.get(url, {"figure": "rectification", "as": "svg"}).content.startswith(b"<svg")
    assert client.get(url, {"figure": "other", "as": "svg"}).status_code == 404


def test_queries_do_not_grow_with_items(tmp_path: Path) -> None:
    made = issued_round(tmp_path)
    row = row_of(made)
    following = running_round(1, code="next", previous=made)
    urls = {
        "register": (person("administrator"), reverse("rectification", args=[made.code])),
        "units": (person("administrator"), reverse("rectification", args=[made.code]) + "?view=units"),
        "unit": (filler(), reverse("rectification_unit", args=[made.code, row.code])),
        "rounds": (person("leader"), reverse("rectifications")),
        "home": (filler(), "/"),
        "fill": (filler(), reverse("unit", args=[following.code, row.code]) + "?at=all"),
    }
    seen: dict[str, list[int]] = {name: [] for name in urls}
    for more in (0, 30):
        RectificationItem.objects.bulk_create(
            RectificationItem(round_unit=row, point=100 + n, title="项", full=2, final=1, lost=1, due_at=due())
            for n in range(more)
        )
        for name, (user, url) in urls.items():
            client = signed_in(user)
            client.get(url)
            with counted(seen[name]):
                assert client.get(url).status_code == 200, name
    assert all(first == second for first, second in seen.values()), seen


def test_who_reads_and_who_does_not(tmp_path: Path) -> None:
    made = issued_round(tmp_path, 2)
    item = item_of(made)
    item.request = "内部要求"
    item.save()
    reads = [
        reverse("rectification", args=[made.code]), at("rectification_item", item),
        reverse("rectification_unit", args=[made.code, item.round_unit.code]),
    ]  # fmt: skip
    writes = [at(f"rectification_{act}", item) for act in ("save", "submit", "check", "extend", "withdraw")]
    writes += [reverse("rectification_issue", args=[made.code])]
    for user in (person("expert"), person("system"), person("security"), person("auditor")):
        client = signed_in(user)
        assert {client.get(url).status_code for url in reads} | {client.post(url).status_code for url in writes} == {
            403
        }
    stranger = signed_in(filler(2))
    assert stranger.get(reads[1]).status_code == stranger.get(reads[2]).status_code == 404
    assert stranger.post(writes[0]).status_code == 404
    leader = signed_in(person("leader"))
    assert all(leader.get(url).status_code == 200 for url in reads)
    assert "内部要求" in leader.get(reads[1]).content.decode()
    assert {leader.post(url).status_code for url in writes} == {403}


def test_the_next_round_shows_what_was_lost_and_takes_proof_over(tmp_path: Path) -> None:
    made = issued_round(tmp_path)
    filed(made, tmp_path)
    withdraw_item(person("administrator"), item_of(made, 1, 3), "合并", version=1)
    following = running_round(1, code="next", previous=made)
    row = row_of(following)
    client = signed_in(filler())
    start = client.get(reverse("unit", args=[following.code, row.code])).content.decode()
    assert "还有2项整改没有完成" in start
    point = client.get(reverse("point", args=[following.code, row.code, 2])).content.decode()
    assert "上一轮整改" in point
    assert "已经印发" in point
    assert "整改1-2.pdf" in point
    assert "上一轮整改" not in client.get(reverse("point", args=[following.code, row.code, 3])).content.decode()
    took = client.post(reverse("point_proof", args=[following.code, row.code, 2]), {"version": "0", "choice": ""})
    assert took.status_code == 302
    answer = Answer.objects.get(round_unit=row, point=2)
    assert [i.text for i in answer.items.all()] == ["已经印发"]
    none = client.post(reverse("point_proof", args=[following.code, row.code, 4]), {"version": "0"})
    assert none.status_code == 422
    assert "没有可以沿用的整改材料" in none.content.decode()
    _verified(following, row)
    shown = signed_in(person("verifier")).get(reverse("verify_unit", args=[following.code, row.code]) + "?point=2")
    assert "上一轮整改" in shown.content.decode()
    # What experts see stays as it was: their pages show no earlier round.
    assert city(1).people.count() == 2


def _verified(following: Round, row: RoundUnit) -> None:
    Round.objects.filter(pk=following.pk).update(stage=Stage.VERIFICATION)
    RoundUnit.objects.filter(pk=row.pk).update(state=State.SUBMITTED)
