"""Pages for machines: readiness with reasons for the machine itself only, figures by token, no word about people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from prometheus_client.parser import text_string_to_metric_families
from tests.web.builders import city, person, running_round

from zhiheng_web.jobs.queue import PATIENCE
from zhiheng_web.site import readiness

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
FAR = {"REMOTE_ADDR": "203.0.113.9"}


def waiting_job(since: timedelta) -> None:
    job = DBTaskResult.objects.create(
        status=TaskResultStatus.READY, args_kwargs={"args": ["张三"], "kwargs": {}}, run_after=None,
        task_path="zhiheng_web.evidence.tasks.sweep_evidence", backend_name="default", exception_class_path="",
        traceback="",
    )  # fmt: skip
    DBTaskResult.objects.filter(pk=job.pk).update(enqueued_at=timezone.now() - since)


def figures(client: Client, **more: Any) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(s.name, *(f"{k}={v}" for k, v in sorted(s.labels.items()))): s.value for f in families for s in f.samples}


@pytest.fixture
def store() -> Path:
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_site_that_can_serve_is_ready_and_names_every_check_to_the_machine_itself(
    client: Client, store: Path
) -> None:
    del store
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"] == dict.fromkeys(("database", "migrations", "worker", "store", "disk"), "ok")


@pytest.mark.parametrize("more", [FAR, {"headers": {"X-Forwarded-For": "127.0.0.1"}}])
def test_others_hear_only_whether_it_is_ready(client: Client, store: Path, more: dict[str, Any]) -> None:
    del store
    assert client.get("/readyz", **more).content == b"ready\n"
    client.force_login(person("filler", city()))
    assert client.get("/readyz", **more).content == b"ready\n"
    client.force_login(person("system"))
    assert client.get("/readyz", **more).json()["status"] == "ready"


def test_jobs_that_nobody_takes_a_full_disk_and_a_missing_migration_are_reasons(
    client: Client, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting_job(PATIENCE + timedelta(minutes=1))
    monkeypatch.setattr(settings, "MIN_FREE_MB", 10**12)
    readiness._wanted.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'rounds' AND name = '0001_initial'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    reasons = answer.json()["checks"]
    assert reasons["worker"].startswith("jobs wait")
    assert reasons["migrations"] == "1 not applied"
    assert "MB free" in reasons["disk"]
    assert client.get("/readyz", **FAR).content == b"unavailable\n"
    del store


def test_a_store_that_cannot_be_written_is_a_reason(client: Client, store: Path) -> None:
    away = store.with_name("away")
    store.rename(away)
    try:
        answer = client.get("/readyz")
    finally:
        away.rename(store)
    assert (answer.status_code, answer.json()["checks"]["store"]) == (503, "FileNotFoundError")


def test_the_figures_count_requests_units_jobs_and_failed_sign_ins(client: Client) -> None:
    running_round(units=3)
    waiting_job(timedelta(minutes=5))
    before = figures(client)
    client.get("/healthz")
    client.post("/account/login/", {"login": "nobody", "password": "wrong"})
    after = figures(client)

    def more(*name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more("zhiheng_requests_total", "method=GET", "status=200", "view=healthz") == 1
    assert more("zhiheng_request_seconds_count", "view=healthz") == 1
    assert more("zhiheng_failed_sign_ins_total") == 1
    assert after["zhiheng_units", "stage=self_assessment", "state=draft"] == 3
    assert after["zhiheng_jobs", "state=ready"] >= 1
    assert after["zhiheng_oldest_waiting_job_seconds",] >= 300
    assert after["zhiheng_database_bytes",] > 10_000


def test_the_figures_name_nobody(client: Client) -> None:
    running_round(units=1)
    person("verifier", username="zhang.san")
    client.get("/rounds/zhang.san/?q=张三")
    client.get("/nowhere/张三/")
    client.post("/account/login/", {"login": "zhang.san", "password": "wrong"})
    client.generic("ZHANG", "/healthz")
    text = client.get("/metrics").content.decode().lower()
    for word in ("zhang", "张三", "第1市", "127.0.0.1", "testserver"):
        assert word not in text


def test_the_figures_are_for_this_machine_or_for_the_token(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(person("administrator"))
    assert client.get("/metrics", **FAR).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    monkeypatch.setattr(settings, "METRICS_TOKEN", "s3cret-令牌")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    monkeypatch.setattr(settings, "METRICS_TOKEN", "s3cret")
    figures(client, **FAR, headers={"Authorization": "Bearer s3cret"})


def test_the_figures_take_as_many_questions_for_many_units_as_for_one(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    running_round(units=1)
    figures(client)
    running_round(units=20, code="r2")
    with django_assert_max_num_queries(6):
        figures(client)


def test_probes_are_not_sent_to_https(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    del store
    monkeypatch.setattr(settings, "SECURE_SSL_REDIRECT", True)
    # A client of its own: the setting is read when the middleware is made.
    client = Client()
    assert [client.get(f"/{name}").status_code for name in ("healthz", "readyz", "metrics")] == [200] * 3
    assert client.get("/").status_code == 301


def test_a_password_that_must_change_does_not_hide_the_probes(client: Client, store: Path) -> None:
    del store
    user = person("system")
    user.must_change_password = True
    user.save()
    client.force_login(user)
    assert client.get("/readyz").status_code == 200
