"""Checks, waivers, the signed snapshot and the way back: only what is in order is frozen, and what is frozen stays."""

from __future__ import annotations

import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from tests.web.api import program
from tests.web.builders import filler, person, row_of
from tests.web.finished import ACCEPTED, alike, finalised_round, freeze, ready_round

from zhiheng.snapshot.verify import verify_snapshot
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import decide
from zhiheng_web.audit.keys import signing_key
from zhiheng_web.audit.models import Entry
from zhiheng_web.dashboards.engine.source import field_of
from zhiheng_web.evidence.actions import dismiss
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.jobs.queue import resume
from zhiheng_web.refusals import Refused
from zhiheng_web.results import actions, source
from zhiheng_web.results.actions import (
    Choice,
    ResultRefused,
    ask_finalise,
    finalise,
    publish,
    reopen,
    standing,
    take_up,
    waive,
    withdraw,
)
from zhiheng_web.results.checks import Found, checks, likeness_findings
from zhiheng_web.results.engine import KEY, public_key
from zhiheng_web.results.models import Finalisation, Snapshot, Waiver
from zhiheng_web.results.queries import place
from zhiheng_web.results.source import current, result_of, signed
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage, State
from zhiheng_web.rounds.models import Notice, Round

FINDING = Found("a" * 64, "warning", "220100", "p1", "日期不在考核期之内")


def office() -> object:
    return person("administrator")


@pytest.mark.django_db
def test_the_signed_file_verifies_and_holds_what_the_site_computes(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    kept = Snapshot.objects.get(round=made)
    path = place() / kept.file
    checked = verify_snapshot(path, public_key())
    assert checked.ok, checked.checks
    assert checked.sha256 == kept.sha256
    assert path.stat().st_size == kept.size
    expected = round_result(content_of(made))
    # The hash of the data is that of the folder, in which the rules are a file.
    assert replace(signed(kept), hashes=expected.hashes).to_json() == expected.to_json()
    assert kept.result_hash == signed(kept).digest()
    assert made.stage == Stage.PUBLICATION
    assert Entry.objects.filter(act="result.finalise", actor="administrator", after__sha256=kept.sha256).count() == 1
    assert Entry.objects.filter(act="round.move", after__stage="publication", actor="administrator").count() == 1
    assert stat.S_IMODE((Path(settings.DATA) / "keys" / KEY).stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        chain = archive.read("chain.csv").decode().splitlines()
    assert len(chain) == 1 + 3 * 4
    assert "220300,第3市,1,verification,reject,0,no_evidence,没有材料" in chain


@pytest.mark.django_db
def test_a_file_signed_by_another_key_is_none_of_ours(tmp_path: Path) -> None:
    kept = Snapshot.objects.get(round=finalised_round(tmp_path))
    other = signing_key("another").public_key().public_bytes_raw()
    assert not verify_snapshot(place() / kept.file, other).ok


@pytest.mark.django_db
def test_the_same_content_gives_the_same_bytes_again(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    first = Snapshot.objects.get(round=made)
    before = (place() / first.file).read_bytes()
    reopen(person("administrator"), made, "核对名称")
    second = freeze(made)
    assert second.pk != first.pk
    assert (place() / second.file).read_bytes() == before
    first.refresh_from_db()
    assert first.superseded_reason == "核对名称"
    assert Entry.objects.filter(act="result.supersede", after__reason="核对名称").count() == 1


@pytest.mark.django_db
def test_another_mark_gives_another_file_and_the_old_one_stays(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    first = Snapshot.objects.get(round=made)
    reopen(person("administrator"), made, "更正得分")
    Decision.objects.filter(round_unit=row_of(made, 2), point=1).update(mark=4, act="accept")
    made.units.filter(pk=row_of(made, 2).pk).update(version=99)
    second = freeze(made)
    assert second.result_hash != first.result_hash
    assert verify_snapshot(place() / first.file, public_key()).ok
    assert verify_snapshot(place() / second.file, public_key()).ok


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["unit", "point", "mark", "likeness", "finding"])
def test_whatever_is_open_keeps_a_round_from_being_finalised(tmp_path: Path, fault: str) -> None:
    made, row = ready_round(tmp_path), None
    row = row_of(made)
    findings = []
    if fault == "unit":
        made.units.filter(pk=row.pk).update(state=State.SUBMITTED)
    elif fault == "point":
        Decision.objects.filter(round_unit=row, point=1).delete()
        made.units.filter(pk=row.pk).update(decided=3)
    elif fault == "mark":
        Decision.objects.filter(round_unit=row, point=1).update(mark=None)
    elif fault == "likeness":
        files = [row_of(made, n).files.get() for n in (1, 2)]
        Likeness.objects.create(file=files[0], other=files[1], kind=Likeness.Kind.SAME)
        Likeness.objects.create(file=files[1], other=files[0], kind=Likeness.Kind.SAME)
    else:
        findings = [FINDING]
    assert [check.left for check in checks(made, findings) if check.left] == [1]
    with pytest.raises(ResultRefused, match="还不能定稿"):
        ask_finalise(person("administrator"), made, findings)
    assert not Finalisation.objects.exists()


@pytest.mark.django_db
def test_a_finding_may_stand_with_a_reason_and_be_taken_up_again(tmp_path: Path) -> None:
    made, by = ready_round(tmp_path), person("administrator")
    with pytest.raises(ResultRefused, match="理由"):
        waive(by, made, FINDING, "  ")
    waive(by, made, FINDING, "经核实在考核期内")
    with pytest.raises(Stale):
        waive(by, made, FINDING, "再次")
    ask_finalise(by, made, [FINDING])
    take_up(by, made, FINDING.key)
    Finalisation.objects.all().delete()
    with pytest.raises(ResultRefused):
        ask_finalise(by, made, [FINDING])
    assert list(Entry.objects.filter(act__startswith="result.").order_by("number").values_list("act", flat=True)) == [
        "result.waive", "result.ask", "result.take_up",
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_dismissed_likeness_needs_no_waiver_and_a_pair_counts_once(tmp_path: Path) -> None:
    made = ready_round(tmp_path)
    files = [row_of(made, n).files.get() for n in (1, 2)]
    pairs = [
        Likeness.objects.create(file=files[i], other=files[1 - i], kind=Likeness.Kind.NEAR) for i in (0, 1)
    ]  # fmt: skip
    assert alike(made) == 1
    waive(person("administrator"), made, likeness_findings(made)[0], "同一份省级文件")
    assert all(check.passed for check in checks(made, []))
    Waiver.objects.all().delete()
    dismiss(person("verifier"), pairs[0], "同一份省级文件")
    assert alike(made) == 0


@pytest.mark.django_db
def test_the_job_itself_looks_for_what_the_library_finds(tmp_path: Path) -> None:
    made = ready_round(tmp_path)
    row_of(made).answers.get(point=1).items.update(date="2031-01")
    # Nobody has looked at the draft yet, so the press cannot know.
    asked = ask_finalise(person("administrator"), made, None)
    finalise(asked.pk)
    asked.refresh_from_db()
    assert "还不能定稿" in asked.message
    assert standing(made).state == "failed"
    assert not Snapshot.objects.exists()
    assert Round.objects.get(pk=made.pk).stage == Stage.FINALISATION


@pytest.mark.django_db
def test_a_write_while_the_file_is_made_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ready_round(tmp_path)
    asked = ask_finalise(person("administrator"), made, [])
    write = actions.write_frozen

    def slow(*args: object, **more: object) -> object:
        done = write(*args, **more)  # type: ignore[arg-type]
        made.units.filter(pk=row_of(made).pk).update(version=99)
        return done

    monkeypatch.setattr(actions, "write_frozen", slow)
    finalise(asked.pk)
    asked.refresh_from_db()
    assert "有变化" in asked.message
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_nothing_is_decided_once_it_is_frozen(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    for stage in (Stage.PUBLICATION, Stage.FINALISATION):
        Round.objects.filter(pk=made.pk).update(stage=stage)
        with pytest.raises(NotAllowed):
            decide(person("verifier"), row_of(made), 1, ACCEPTED, version=1, answer_version=1)
    assert Decision.objects.filter(round_unit__round=made).exclude(version=1).count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["verifier", "leader", "expert", "auditor", "system"])
def test_others_neither_finalise_nor_publish(tmp_path: Path, role: str) -> None:
    made, by = finalised_round(tmp_path, 1), person(role)
    for act in (
        lambda: ask_finalise(by, made, []),
        lambda: waive(by, made, FINDING, "理由"),
        lambda: take_up(by, made, FINDING.key),
        lambda: reopen(by, made, "理由"),
        lambda: publish(by, made, Choice("full", "none")),
        lambda: withdraw(by, made, "理由"),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.django_db
def test_a_result_is_published_once_and_withdrawn_with_a_reason(tmp_path: Path) -> None:
    made, by = finalised_round(tmp_path, 2), person("administrator")
    filler()
    publish(by, made, Choice("totals", "none"))
    assert Notice.objects.filter(kind="published", round=made).exists()
    with pytest.raises(ResultRefused, match="已经发布"):
        publish(by, made, Choice("full", "none"))
    with pytest.raises(ResultRefused, match="先撤回"):
        reopen(by, made, "理由")
    with pytest.raises(ResultRefused, match="理由"):
        withdraw(by, made, " ")
    withdraw(by, made, "名称有误")
    with pytest.raises(ResultRefused, match="没有公开"):
        withdraw(by, made, "名称有误")
    reopen(by, made, "更正名称")
    assert Snapshot.objects.filter(superseded_at=None).count() == 0


@pytest.mark.django_db
def test_a_note_must_not_name_who_is_hidden(tmp_path: Path) -> None:
    made = finalised_round(tmp_path, 2)
    with pytest.raises(ResultRefused, match="第2市"):
        publish(person("administrator"), made, Choice("totals", "anonymous", "第2市进步明显"))
    publish(person("administrator"), made, Choice("totals", "none", "第2市进步明显"))


@pytest.mark.django_db
def test_a_round_that_was_not_finalised_is_not_published(tmp_path: Path) -> None:
    made = ready_round(tmp_path, 1)
    with pytest.raises(Refused):
        publish(person("administrator"), made, Choice("full", "none"))


def work() -> None:
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)


@pytest.mark.usefixtures("real_database")
def test_two_presses_start_one_job_and_the_worker_does_it(tmp_path: Path) -> None:
    made = ready_round(tmp_path)
    first = ask_finalise(person("administrator"), made, [])
    second = ask_finalise(person("administrator"), made, [])
    assert second.job == first.job
    assert standing(made).state == "running"
    assert DBTaskResult.objects.filter(task_path=actions.FINALISE).count() == 1
    work()
    assert standing(made).state == "done"
    assert Snapshot.objects.filter(round=made).count() == 1
    finalise(first.pk)
    assert Snapshot.objects.filter(round=made).count() == 1


@pytest.mark.usefixtures("real_database")
def test_a_worker_that_died_after_the_file_and_before_the_row_is_replaced(tmp_path: Path) -> None:
    made = ready_round(tmp_path)
    asked = ask_finalise(person("administrator"), made, [])
    DBTaskResult.objects.filter(pk=asked.job).update(
        status=TaskResultStatus.RUNNING, worker_ids=["dead"], started_at=timezone.now()
    )
    place().joinpath(f"{made.pk}-{'0' * 32}.zhiheng").write_bytes(b"nobody names this")
    place().joinpath(f"{made.pk}-dead.work").mkdir()
    place().joinpath(f"{made.pk}-dead.work", "case.yaml").write_bytes(b"half")
    assert resume() == 1
    work()
    kept = Snapshot.objects.get(round=made)
    assert [path.name for path in place().glob(f"{made.pk}-*")] == [kept.file]
    assert verify_snapshot(place() / kept.file, public_key()).ok


@pytest.mark.usefixtures("real_database")
def test_a_large_round_is_worked_out_in_the_background_and_anew_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "INLINE_UNITS", 1)
    made = ready_round(tmp_path, 2)
    page, api = Client(), program(person("leader"))
    page.force_login(person("leader"))
    dashboard, told = reverse("dashboard", args=["r1"]), "/api/v1/rounds/r1/results"
    assert "正在计算结果" in page.get(dashboard).content.decode()
    again = {"HX-Request": "true", "HX-Target": "result-state"}
    assert "HX-Refresh" not in page.get(dashboard, headers=again)
    answer = api.get(told)
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "5", "results.not_ready")
    assert answer["Content-Type"] == "application/problem+json"
    assert DBTaskResult.objects.filter(task_path__endswith="prepare_draft").count() == 1
    work()
    assert page.get(dashboard, headers=again)["HX-Refresh"] == "true"
    found = current(made)
    assert found.state == "ready"
    assert found.result is not None
    assert found.result.to_json() == round_result(content_of(made)).to_json()
    assert api.get(told).status_code == 200
    made.units.filter(pk=row_of(made).pk).update(version=99)
    assert current(made).state == "old"
    # People see the last result with a note, programs are told to wait.
    assert "刚有变化" in page.get(dashboard).content.decode()
    assert api.get(told).status_code == 503
    work()
    assert current(made).state == "ready"


@pytest.mark.django_db
def test_a_result_is_worked_out_once_for_each_state_and_anew_where_its_file_is_broken(tmp_path: Path) -> None:
    made = ready_round(tmp_path, 2)
    first = current(made)
    assert current(Round.objects.get(pk=made.pk)).result is first.result
    made.units.filter(pk=row_of(made).pk).update(version=99)
    second = current(made)
    assert second.key != first.key
    assert [path.name for path in source.folder().glob(f"{made.pk}-*")] == [second.key]
    (source.folder() / second.key).write_text("{")
    source._results.clear()
    again = current(made)
    assert again.result is not None
    assert second.result is not None
    assert again.result.digest() == second.result.digest()


@pytest.mark.django_db
def test_after_the_end_pages_dashboards_and_api_give_what_was_signed(tmp_path: Path) -> None:
    made = finalised_round(tmp_path)
    kept = Snapshot.objects.get(round=made)
    # Nobody can do this; if somebody could, nothing of it would show.
    Decision.objects.filter(round_unit__round=made).update(mark=0)
    made.units.update(version=99)
    held = signed(kept)
    assert held.digest() == kept.result_hash
    assert held.to_json() != round_result(content_of(made)).to_json()
    assert current(made).result is held
    assert field_of(made).result is held
    assert result_of(made) is held
    totals = {unit.name: held.scale.text(held.interval(unit.code).confirmed) for unit in held.units}
    page, api = Client(), program(person("leader"))
    page.force_login(person("leader"))
    lines = page.get(reverse("dashboard", args=["r1"]) + "?as=csv").getvalue().decode().splitlines()[1:]
    assert {line.split(",")[2]: line.split(",")[4] for line in lines} == totals
    shown = page.get(reverse("results", args=["r1"])).content.decode()
    assert all(f">{total}</a>" in shown for total in totals.values())
    items = api.get("/api/v1/rounds/r1/results").json()["items"]
    assert {one["name"]: f"{one['mark']:g}" for one in items} == totals


@pytest.mark.django_db
def test_a_signed_file_that_was_changed_is_not_shown(tmp_path: Path) -> None:
    made = finalised_round(tmp_path, 1)
    path = place() / Snapshot.objects.get(round=made).file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    source._results.clear()
    with pytest.raises(source.SnapshotLost):
        current(made)
    assert program(person("leader")).get("/api/v1/rounds/r1/results").status_code == 503
