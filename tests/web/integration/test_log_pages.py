"""The log, background jobs, one's own account and the help of each role."""

from __future__ import annotations

import ast
import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.web.builders import city, person

import zhiheng_web
from zhiheng_web.accounts.models import Role
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.acts import ACTS, KINDS, title_of
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import visible_to
from zhiheng_web.audit.triggers import install, remove
from zhiheng_web.jobs.queue import JobRefused, overview, retry
from zhiheng_web.rounds.machine import Act
from zhiheng_web.site.urls import urlpatterns

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]

ELSEWHERE = {
    Act.EDIT, Act.DECIDE, Act.OBJECT, Act.FILE_OBJECTION, Act.WITHDRAW_OBJECTION, Act.ANSWER_OBJECTION,
    Act.PROVE,
}  # fmt: skip
"""Acts that change no state of a unit; they are recorded by what writes them."""


def of(role: str) -> Client:
    client = Client()
    client.force_login(person(role, city() if role in ("filler", "approver") else None))
    return client


def by(role: str, username: str = "", act: str = "round.open", **more: object) -> Entry:
    with acting(Actor(username or role, f"{role}的姓名", role, "10.0.0.1")):
        return record(act, "round:1", name="考核", **more)  # type: ignore[arg-type]


# Who reads what


def test_nobody_audits_himself() -> None:
    for role in ("administrator", "security", "auditor"):
        by(role)
    by("auditor", "other-auditor")
    seen = {role: {e.actor for e in visible_to(role, role)} for role in Role.values}
    assert seen.pop("auditor") == {"administrator", "security", "other-auditor"}
    assert seen.pop("security") == {"auditor", "other-auditor"}
    assert set().union(*seen.values()) == set()


def test_failed_sign_ins_of_auditors_go_to_the_security_administrator_only(client: Client) -> None:
    person("auditor")
    client.post("/account/login/", {"login": "AUDITOR", "password": "wrong"})
    assert visible_to("security", "security").filter(act="session.sign_in").count() == 1
    assert not visible_to("auditor", "auditor").filter(act="session.sign_in").exists()


def test_entries_out_of_scope_are_not_found_one_by_one() -> None:
    own, other = by("auditor"), by("administrator")
    client = of("auditor")
    assert client.get(f"/audit/{own.number}/").status_code == 404
    assert client.get(f"/audit/{other.number}/").status_code == 200
    client = of("security")
    assert client.get(f"/audit/{own.number}/").status_code == 200
    assert client.get(f"/audit/{other.number}/").status_code == 404
    assert "administrator的姓名" not in client.get("/audit/").content.decode()
    exported = b"".join(client.get("/audit/export/").streaming_content).decode()
    assert "administrator的姓名" not in exported


def test_the_auditor_reads_the_log_and_nothing_else() -> None:
    auditor = person("auditor")
    open_to_him = {p.name for p in urlpatterns if p.callback.permission and p.callback.permission(auditor)}
    log = {"audit", "audit_entry", "audit_check", "audit_export"}
    assert open_to_him - log <= {"home", "inbox", "notice", "notices", "profile", "help"}
    assert log <= open_to_him
    for role in set(Role.values) - {"auditor", "security"}:
        user = person(role, city() if role in ("filler", "approver") else None)
        assert not any(p.callback.permission(user) for p in urlpatterns if p.name in log), role


# The screen


def test_filters_find_entries() -> None:
    by("administrator")
    by("verifier", act="decision.save")
    by("filler", "zhang", act="answer.save")
    client = of("auditor")

    def acts(query: str) -> list[str]:
        return sorted(e.act for e in client.get(f"/audit/?{query}").context["page"])

    assert acts("actor=zhang") == ["answer.save"]
    assert acts("actor=verifier的") == ["decision.save"]
    assert acts("act=round.") == ["round.open"]
    assert acts("act=decision.save") == ["decision.save"]
    assert acts("target=round:1&act=round.open") == ["round.open"]
    assert acts("outcome=refused") == []
    today = timezone.localdate()
    assert len(acts(f"first={today}&last={today}&target=考核")) == 3
    assert acts(f"first={today + timedelta(days=1)}") == []
    assert acts(f"last={today - timedelta(days=1)}") == []


def test_filters_that_make_no_sense_are_said_at_their_field_and_left_out() -> None:
    by("administrator")
    answer = of("auditor").get("/audit/?first=tomorrow&act=nonsense&outcome=x&page=999")
    assert answer.status_code == 200
    assert len(answer.context["page"]) == 1
    assert set(answer.context["form"].errors) == {"first", "act", "outcome"}


def test_an_entry_shows_the_difference_in_words_and_as_text() -> None:
    entry = by("administrator", before={"role": "filler", "active": True, "name": "旧"},
               after={"role": "filler", "active": False, "name": "<b>新</b>", "units": ["1", "2"]})  # fmt: skip
    page = of("auditor").get(f"/audit/{entry.number}/")
    changes = {c["title"]: (c["before"], c["after"], c["same"]) for c in page.context["changes"]}
    assert changes == {
        "角色": ("填报员", "填报员", True),
        "启用": ("是", "否", False),
        "名称": ("旧", "<b>新</b>", False),
        "单位": ("—", "1、2", False),
    }
    assert "<b>新</b>" not in page.content.decode()


def test_the_check_says_whether_the_log_is_whole_and_is_recorded() -> None:
    by("administrator"), by("administrator")
    client = of("auditor")
    answer = client.post("/audit/check/", headers={"HX-Request": "true"})
    assert "日志完整" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert Entry.objects.get(act="audit.verify").after["breaks"] == 0
    assert "日志完整" in client.post("/audit/check/").content.decode()
    remove(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET target_name = 'x' WHERE number = 1")
    install(connection)
    assert "第 1 条" in client.post("/audit/check/").content.decode()


def test_the_export_is_streamed_in_the_filter_and_runs_no_formula() -> None:
    by("administrator", after={"name": "=1+1"})
    by("verifier", act="decision.save", after={"reason": "@x"})
    with acting(Actor("=evil", "+evil", "filler")):
        record("answer.save", "-x")
    answer = of("auditor").get("/audit/export/?act=answer.save")
    assert answer.streaming
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode().removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][2:4] == ["'=evil", "'+evil"]
    assert rows[1][8] == "'-x"
    assert Entry.objects.get(act="audit.export").after["filters"] == {"act": "answer.save"}


def test_the_log_takes_as_many_queries_for_many_entries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = of("auditor")
    by("administrator")
    client.get("/audit/")
    with django_assert_max_num_queries(8) as few:
        client.get("/audit/")
    for _ in range(30):
        by("administrator")
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/audit/")


def recorded_acts() -> set[str]:
    """Return every act that the code of the site records, from its calls of `record` and their `act` arguments."""
    found = set()
    for file in Path(zhiheng_web.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[:1] if name in {"record", "_record_factor"} else []
            named = [k.value for k in node.keywords if k.arg == "act"] if name != "by" else []
            for value in [*first, *named]:
                found |= {
                    n.value for n in ast.walk(value)
                    if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.count(".") == 1
                    and not n.value.endswith(".")
                }  # fmt: skip
    return found


def test_every_recorded_act_has_a_title() -> None:
    acts = recorded_acts() | {f"unit.{act.value}" for act in Act if act not in ELSEWHERE}
    assert len(acts) > 40
    assert sorted(acts - set(ACTS)) == []
    assert {act.partition(".")[0] for act in ACTS} == set(KINDS)
    assert title_of("some.thing") == "some.thing"


# Jobs


def job(status: str, **more: object) -> DBTaskResult:
    fields = {
        "status": status, "args_kwargs": {"args": ["张三"], "kwargs": {}}, "task_path": "a.tasks.send", "traceback": "",
        "backend_name": "default", "run_after": timezone.now(), "exception_class_path": "",
    }  # fmt: skip
    return DBTaskResult.objects.create(**fields | more)


def test_jobs_show_what_failed_without_what_it_was_about() -> None:
    failed = job(TaskResultStatus.FAILED, exception_class_path="ValueError", traceback="ValueError: 张三的电话",
                 finished_at=timezone.now(), worker_ids=["w"])  # fmt: skip
    job(TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
    client = of("system")
    page = client.get("/jobs/").content.decode()
    assert "a.tasks.send" in page
    assert "ValueError" in page
    assert "张三" not in page
    client.post(f"/jobs/{failed.pk}/retry/")
    failed.refresh_from_db()
    assert (failed.status, failed.traceback, failed.finished_at) == (TaskResultStatus.READY, "", None)
    assert Entry.objects.get(act="job.retry").actor == "system"
    with pytest.raises(JobRefused):
        retry(failed.pk)


def test_a_queue_that_nobody_works_on_is_told() -> None:
    waiting = job(TaskResultStatus.READY)
    assert not overview().stuck
    DBTaskResult.objects.filter(pk=waiting.pk).update(enqueued_at=timezone.now() - timedelta(minutes=5))
    assert overview().stuck
    assert "后台进程可能没有启动" in of("system").get("/jobs/").content.decode()
    running = job(TaskResultStatus.RUNNING)
    assert not overview().stuck
    running.delete()
    DBTaskResult.objects.update(run_after=timezone.now() + timedelta(days=1))
    assert not overview().stuck


@pytest.mark.parametrize("role", sorted(set(Role.values) - {"system"}))
def test_only_the_system_administrator_sees_jobs(role: str) -> None:
    failed = job(TaskResultStatus.FAILED)
    client = of(role)
    assert client.get("/jobs/").status_code == 403
    assert client.post(f"/jobs/{failed.pk}/retry/").status_code == 403


# One's own account and help


def test_the_profile_shows_own_sign_ins_and_failed_tries_of_others(client: Client) -> None:
    person("verifier"), person("leader")
    client.post("/account/login/", {"login": "leader", "password": "Correct-horse-7"}, REMOTE_ADDR="10.0.0.9")
    client.post("/account/logout/")
    client.post("/account/login/", {"login": "verifier", "password": "wrong"}, REMOTE_ADDR="10.0.0.7")
    client.post("/account/login/", {"login": "verifier", "password": "Correct-horse-7"})
    page = client.get("/profile/").content.decode()
    assert "10.0.0.7" in page
    assert "10.0.0.9" not in page
    assert "/account/password/change/" in page


@pytest.mark.parametrize("role", Role.values)
def test_each_role_has_its_help_with_the_rules_as_set(role: str, settings: Settings) -> None:
    settings.IDLE_MINUTES = 17
    client = of(role)
    page = client.get("/help/").content.decode()
    assert f"{Role(role).label}的工作" in page
    assert "17 分钟没有操作" in page
    targets = re.findall(r'<p>[^<]*<a href="(/[^"]*)"', page)
    assert targets
    assert all(client.get(target).status_code == 200 for target in targets)
