"""The case folder in the background: asked for once, prepared by the real worker, old when the round changes."""

from __future__ import annotations

import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from tests.web.builders import claims, evidence, filler, person, row_of, running_round

from zhiheng_web.assessments import exports
from zhiheng_web.assessments.actions import Given, save_answer
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.exports import ask, place, standing
from zhiheng_web.assessments.models import CaseExport
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.audit.models import Entry
from zhiheng_web.jobs.queue import resume
from zhiheng_web.rounds.machine import NotAllowed
from zhiheng_web.rounds.models import Round

pytestmark = pytest.mark.usefixtures("real_database")


@pytest.fixture(autouse=True)
def empty_folder() -> None:
    for path in place().iterdir():
        path.unlink()


def work() -> None:
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)


def office() -> Client:
    client = Client()
    client.force_login(person("verifier"))
    return client


def prepared(made: Round) -> CaseExport:
    ask(person("verifier"), made)
    work()
    assert standing(made).state == "ready"
    return CaseExport.objects.get(round=made)


def test_a_case_folder_is_prepared_by_the_worker_and_sent_with_an_entry_in_the_log() -> None:
    made, client = running_round(2), office()
    page = reverse("round_case", args=["r1"])
    assert "生成案例文件夹" in client.get(page).content.decode()
    assert client.post(reverse("round_case_file", args=["r1"])).status_code == 422
    assert client.post(page).status_code == 302
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 1s"' in part
    assert 'max="2"' in part
    assert "<html" not in part
    work()
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part
    assert "下载" in part
    answer = client.post(reverse("round_case_file", args=["r1"]))
    assert answer["X-Content-Type-Options"] == "nosniff"
    with zipfile.ZipFile(BytesIO(b"".join(answer))) as archive:
        assert "r1/facts.csv" in archive.namelist()
    assert Entry.objects.filter(act="round.export", actor="verifier").count() == 1
    assert standing(made).state == "ready"


def test_two_presses_start_one_job() -> None:
    made = running_round(1)
    first = ask(person("verifier"), made)
    assert ask(person("administrator"), made).job == first.job
    assert Entry.objects.filter(act="round.prepare_export").count() == 1
    assert DBTaskResult.objects.filter(task_path=exports.PREPARE).count() == 1
    work()
    assert CaseExport.objects.get().by == person("verifier")


def test_a_write_makes_the_file_old_and_a_new_one_takes_its_place() -> None:
    made = running_round(1)
    before = prepared(made)
    save_answer(filler(), row_of(made), 1, Given("no"), version=0)
    assert standing(made).state == "old"
    assert "内容已有变化" in office().get(reverse("round_case", args=["r1"])).content.decode()
    after = prepared(made)
    assert after.file != before.file
    assert [path.name for path in place().iterdir()] == [after.file]


def test_a_worker_that_dies_is_replaced_and_one_that_fails_is_said() -> None:
    made = running_round(1)
    asked = ask(person("verifier"), made)
    DBTaskResult.objects.filter(pk=asked.job).update(
        status=TaskResultStatus.RUNNING, worker_ids=["dead"], started_at=timezone.now()
    )
    place().joinpath(f"{made.pk}-dead.zip.part").write_bytes(b"half")
    place().joinpath("0-other.zip.part").write_bytes(b"being written")
    assert standing(made).state == "preparing"
    assert resume() == 1
    work()
    assert standing(made).state == "ready"
    assert {path.name for path in place().iterdir()} == {CaseExport.objects.get().file, "0-other.zip.part"}
    asked = ask(person("verifier"), made)
    DBTaskResult.objects.filter(pk=asked.job).update(status=TaskResultStatus.FAILED)
    assert standing(made).state == "failed"
    page = office().get(reverse("round_case", args=["r1"])).content.decode()
    assert "没有生成成功" in page
    assert "重新生成" in page


def test_a_job_that_runs_twice_prepares_once() -> None:
    made = running_round(1)
    kept = prepared(made)
    exports.prepare(kept.pk)
    assert CaseExport.objects.get().file == kept.file


def test_a_file_that_was_lost_is_prepared_anew() -> None:
    made = running_round(1)
    (place() / prepared(made).file).unlink()
    assert standing(made).state == "none"
    assert office().post(reverse("round_case_file", args=["r1"])).status_code == 422
    prepared(made)


def test_only_the_office_has_it_prepared() -> None:
    made = running_round(1)
    for user in (filler(), person("leader"), person("expert")):
        with pytest.raises(NotAllowed):
            ask(user, made)
        client = Client()
        client.force_login(user)
        assert client.get(reverse("round_case", args=["r1"])).status_code == 403
        assert client.post(reverse("round_case_file", args=["r1"])).status_code == 403
    assert not CaseExport.objects.exists()


def test_a_snapshot_sees_one_state_and_holds_up_nobody() -> None:
    made = running_round(1)
    other = connection.copy()
    try:
        with snapshot():
            before = Round.objects.get(pk=made.pk).title
            with other.cursor() as cursor:
                cursor.execute("update rounds_round set title = 'x'")
            assert Round.objects.get(pk=made.pk).title == before
    finally:
        other.close()
    assert Round.objects.get(pk=made.pk).title == "x"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a limit of SQLite")
def test_a_round_with_more_rows_than_one_query_may_name_is_read(tmp_path: Path) -> None:
    made = running_round(2)
    for number in (1, 2):
        row = row_of(made, number)
        for no, given in claims(evidence(row, tmp_path)).items():
            save_answer(filler(number), row, no, given, version=0)
    connection.ensure_connection()
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 5)
    try:
        content = content_of(made)
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    assert len(content.facts) == 10
    assert all(fact.source for fact in content.facts)
