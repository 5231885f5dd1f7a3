"""The workbook round trip: out, filled in as in Excel, in with evidence, looked at, applied as a whole."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.web.builders import approver, claims, evidence, filler, pdf, person, row_of, running_round
from tests.web.workbooks import add_item, put

from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer
from zhiheng_web.assessments.models import Answer, Attachment
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence import store
from zhiheng_web.evidence.inspection import isolation
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.exchange.actions import IMPORTS, MOST_WAITING, ImportRefused, drop, place_of, write_workbook
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.exchange.tasks import WAITS_FOR, sweep_imports
from zhiheng_web.rounds.models import RoundUnit

pytestmark = pytest.mark.usefixtures("real_database")
Edit = Callable[[Worksheet, Worksheet], None]


@pytest.fixture(autouse=True)
def empty_folder() -> Iterator[None]:
    yield
    shutil.rmtree(Path(settings.UPLOADS) / IMPORTS, ignore_errors=True)


@pytest.fixture
def row(real_database: None) -> RoundUnit:  # noqa: ARG001 - comes first
    return row_of(running_round(units=2))


@pytest.fixture
def desk(client: Client, row: RoundUnit) -> Client:  # noqa: ARG001 - its people exist with it
    client.force_login(filler())
    return client


def filled(row: RoundUnit, folder: Path, edit: Edit) -> Path:
    path = folder / "填好.xlsx"
    write_workbook(row, path)
    book = load_workbook(path)
    edit(book["自评汇总"], book["事项明细"])
    book.save(path)
    return path


def archive(folder: Path, *names: str, title: str = "") -> Path:
    path = folder / "佐证.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.write(pdf(folder / "x.pdf", title=title or name), name)
    return path


def send(desk: Client, row: RoundUnit, workbook: Path, evidence_zip: Path | None = None) -> WorkbookImport:
    paths = {"workbook": workbook} | ({"archive": evidence_zip} if evidence_zip else {})
    with ExitStack() as stack:
        data = {name: stack.enter_context(path.open("rb")) for name, path in paths.items()}
        answer = desk.post(reverse("unit_workbook_upload", args=[row.round.code, row.code]), data)
    assert answer.status_code == 302, answer.content.decode()
    if evidence_zip:
        call_command("db_worker", batch=True, startup_delay=False, verbosity=0)
    return WorkbookImport.objects.get()


def shown(desk: Client, row: RoundUnit, found: WorkbookImport) -> str:
    return desk.get(reverse("unit_import", args=[row.round.code, row.code, found.pk])).content.decode()


def confirm(desk: Client, row: RoundUnit, found: WorkbookImport, act: str = "apply") -> int:
    return desk.post(reverse(f"unit_import_{act}", args=[row.round.code, row.code, found.pk])).status_code


def whole(summary: Worksheet, items: Worksheet) -> None:
    put(summary, 1, 填报情况="申报")
    put(summary, 2, 填报情况="申报", 申报档次=2)
    put(summary, 3, 填报情况="申报")
    put(summary, 4, 填报情况="不适用", 说明="本市没有")
    add_item(items, 1, 事项="办理", 日期="2020年5月", 佐证文件名="01-01 通知.pdf", 页码="2")
    add_item(items, 3, 事项="培训", 数量=3, 佐证文件名="03 签到表.pdf")


def test_a_workbook_with_evidence_is_shown_first_and_then_applied_as_a_whole(
    row: RoundUnit, desk: Client, tmp_path: Path
) -> None:
    names = ("01-01 通知.pdf", "02 制度.pdf", "03 签到表.pdf")
    found = send(desk, row, filled(row, tmp_path, whole), archive(tmp_path, *names))
    assert (found.state, found.errors, found.done) == ("ready", 0, 3)
    assert not Answer.objects.exists()
    page = shown(desk, row, found)
    assert "第4项" in page
    assert "确认导入" in page
    assert confirm(desk, row, found) == 302
    row.refresh_from_db()
    assert (row.answered, row.complete, row.claimed) == (4, 4, 40 + 20 + 6)
    # The second file was named by its number alone.
    by_point = {a.item.answer.point: (a.file.name, a.pages) for a in Attachment.objects.select_related("item__answer")}
    assert by_point == {1: ("01-01 通知.pdf", "2"), 2: ("02 制度.pdf", ""), 3: ("03 签到表.pdf", "")}
    assert Answer.objects.get(point=1).items.get().date == "2020-05"
    assert Entry.objects.filter(act="workbook.apply").exists()
    assert not place_of(found).exists()


def test_one_error_anywhere_keeps_everything_as_it_is(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    def edit(summary: Worksheet, items: Worksheet) -> None:
        whole(summary, items)
        put(summary, 2, 申报档次=1.5)

    found = send(desk, row, filled(row, tmp_path, edit), archive(tmp_path, "01-01 通知.pdf", "03 签到表.pdf"))
    (problem,) = [p for p in found.problems if p["severity"] == "error"]
    assert (problem["sheet"], problem["cell"][:1].isalpha()) == ("自评汇总", True)
    assert problem["cell"] in shown(desk, row, found)
    assert "确认导入" not in shown(desk, row, found)
    assert confirm(desk, row, found) in {302, 422}
    assert not Answer.objects.exists()
    assert not EvidenceFile.objects.exists()


def test_a_file_that_is_named_but_missing_is_an_error_with_its_point(
    row: RoundUnit, desk: Client, tmp_path: Path
) -> None:
    found = send(desk, row, filled(row, tmp_path, whole))
    assert found.state == "ready"
    assert [p["message"] for p in found.problems if p["severity"] == "error"] == [
        "第1项的佐证文件“01-01 通知.pdf”不在压缩包中，也不在已上传的材料中",
        "第3项的佐证文件“03 签到表.pdf”不在压缩包中，也不在已上传的材料中",
    ]


def test_a_file_that_the_unit_has_already_is_found_by_name(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    there = evidence(row, tmp_path, "旧材料.pdf")
    row.refresh_from_db()

    def edit(summary: Worksheet, items: Worksheet) -> None:
        put(summary, 1, 填报情况="申报")
        add_item(items, 1, 事项="办理", 佐证文件名="旧材料.PDF")

    found = send(desk, row, filled(row, tmp_path, edit))
    assert confirm(desk, row, found) == 302
    assert Attachment.objects.get().file == there


def test_a_file_sent_again_with_another_content_takes_the_place_of_the_old_one(
    row: RoundUnit, desk: Client, tmp_path: Path
) -> None:
    old = evidence(row, tmp_path, "旧材料.pdf")
    proof = GivenItem("办理", files=((old.pk, "1"),))
    save_answer(filler(), row, 1, Given("yes", items=(proof,)), version=0)
    row.refresh_from_db()
    sent = archive(tmp_path, "旧材料.pdf", title="更正")
    found = send(desk, row, filled(row, tmp_path, lambda _summary, _items: None), sent)
    (change,) = found.changes
    assert "旧材料.pdf（原有文件）" in change["old"]
    assert "旧材料.pdf（原有文件）" not in change["new"]
    assert confirm(desk, row, found) == 302
    attached = Attachment.objects.get()
    assert (attached.pages, attached.file.name) == ("1", "旧材料（2）.pdf")
    assert attached.file.sha256 != old.sha256


def test_a_workbook_that_changes_nothing_offers_nothing(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    file = evidence(row, tmp_path)
    for no, given in claims(file).items():
        save_answer(filler(), row, no, given, version=0)
    row.refresh_from_db()
    found = send(desk, row, filled(row, tmp_path, lambda _summary, _items: None))
    assert (found.claims, found.problems) == ([], [])
    assert "与网页上的填报相同" in shown(desk, row, found)


def test_a_write_between_look_and_confirmation_is_noticed(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    found = send(desk, row, filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报")))
    save_answer(filler(), row, 2, Given("no"), version=0)
    assert confirm(desk, row, found) in {302, 409}
    assert not Answer.objects.filter(point=1).exists()


def test_a_workbook_made_before_a_write_says_so(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    path = filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报"))
    save_answer(filler(), row, 2, Given("no"), version=0)
    found = send(desk, row, path)
    assert [p["severity"] for p in found.problems] == ["warning"]
    assert "有过改动" in found.problems[0]["message"]


def test_the_workbook_of_another_unit_is_refused(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    other = row.round.units.select_related("round__framework", "unit").exclude(pk=row.pk).get()
    found = send(desk, row, filled(other, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报")))
    assert found.errors == 1
    assert "不是本单位" in found.problems[0]["message"]
    assert confirm(desk, row, found) in {302, 422}
    assert not Answer.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"plain text", "=1+1".encode("utf-16")])
def test_a_file_that_is_no_workbook_fails_with_a_reason(
    row: RoundUnit, desk: Client, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content or b"\x00")
    found = send(desk, row, path)
    assert found.state == "failed"
    assert found.message
    assert "没有改动" in shown(desk, row, found)
    assert not place_of(found).exists()


def test_an_archive_that_leaves_its_folder_fails_and_leaves_nothing(
    row: RoundUnit, desk: Client, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as made:
        made.writestr("../../01 外面.pdf", b"%PDF-1.4")
    found = send(desk, row, filled(row, tmp_path, whole), bad)
    assert found.state == "failed"
    assert not list(Path(settings.UPLOADS).glob("**/*外面*"))


def test_a_hostile_file_in_the_archive_is_named_and_keeps_all_out(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    bad = archive(tmp_path, "01-01 通知.pdf")
    with zipfile.ZipFile(bad, "a") as made:
        made.writestr("03 签到表.pdf", b"<svg onload=alert(1)>")
    found = send(desk, row, filled(row, tmp_path, whole), bad)
    assert any("03 签到表.pdf" in p["message"] and p["severity"] == "error" for p in found.problems)


def test_a_check_that_was_cut_off_starts_over(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    book, proofs = filled(row, tmp_path, whole), archive(tmp_path, "01-01 通知.pdf", "02 制度.pdf", "03 签到表.pdf")
    with book.open("rb") as one, proofs.open("rb") as two:
        url = reverse("unit_workbook_upload", args=[row.round.code, row.code])
        desk.post(url, {"workbook": one, "archive": two})
    found = WorkbookImport.objects.get()
    assert found.state == "checking"
    # A worker died half-way: part of the archive is unpacked already.
    (place_of(found) / "members").mkdir()
    (place_of(found) / "members" / "01-01 通知.pdf").write_bytes(b"half")
    call_command("db_worker", batch=True, startup_delay=False, verbosity=0)
    found.refresh_from_db()
    assert (found.state, found.errors, len(found.files)) == ("ready", 0, 3)


def test_an_import_can_be_dropped_and_then_not_applied(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    found = send(desk, row, filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报")))
    assert confirm(desk, row, found, "drop") == 302
    assert not place_of(found).exists()
    assert confirm(desk, row, found) in {302, 422}
    assert not Answer.objects.exists()


def test_nothing_is_taken_in_while_the_unit_may_not_write(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    path = filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报"))
    for no, given in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, given, version=0)
    hand_over(filler(), row)
    with path.open("rb") as file:
        url = reverse("unit_workbook_upload", args=[row.round.code, row.code])
        assert desk.post(url, {"workbook": file}).status_code in {302, 409}
    assert not WorkbookImport.objects.exists()


def test_people_of_other_units_see_nothing_of_it(row: RoundUnit, client: Client, desk: Client, tmp_path: Path) -> None:
    found = send(desk, row, filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报")))
    place = [row.round.code, row.code]
    for stranger, code in ((filler(2), 404), (approver(2), 403), (person("auditor"), 403), (person("leader"), 403)):
        client.force_login(stranger)
        assert client.get(reverse("unit_import", args=[*place, found.pk])).status_code == code
        assert client.post(reverse("unit_import_apply", args=[*place, found.pk])).status_code == code
    client.force_login(filler(2))
    assert client.get(reverse("unit_workbook_file", args=place)).status_code == 404
    assert not Answer.objects.exists()


def test_the_workbook_goes_out_as_an_attachment_under_a_chinese_name(row: RoundUnit, desk: Client) -> None:
    answer = desk.get(reverse("unit_workbook_file", args=[row.round.code, row.code]))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]  # a streaming response


def test_no_more_than_a_few_imports_wait_at_the_same_time(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    path = filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报"))
    url = reverse("unit_workbook_upload", args=[row.round.code, row.code])
    for _ in range(MOST_WAITING + 1):
        with path.open("rb") as file:
            answer = desk.post(url, {"workbook": file})
    assert (answer.status_code, "等待确认" in answer.content.decode()) == (422, True)
    assert WorkbookImport.objects.count() == MOST_WAITING
    assert len(list((Path(settings.UPLOADS) / IMPORTS).iterdir())) == MOST_WAITING
    drop(filler(), WorkbookImport.objects.all()[0])
    with path.open("rb") as file:
        assert desk.post(url, {"workbook": file}).status_code == 302
    assert WorkbookImport.objects.count() == MOST_WAITING + 1


def test_an_upload_that_cannot_be_kept_leaves_no_folder(
    row: RoundUnit, desk: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(row, tmp_path, whole)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with path.open("rb") as file, pytest.raises(OSError, match="No space"):
        desk.post(reverse("unit_workbook_upload", args=[row.round.code, row.code]), {"workbook": file})
    assert list((Path(settings.UPLOADS) / IMPORTS).iterdir()) == []
    assert not WorkbookImport.objects.exists()


def test_a_check_that_breaks_ends_the_import_and_is_reported(
    row: RoundUnit, desk: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation.sys, "executable", "/bin/false")
    found = send(desk, row, filled(row, tmp_path, whole), archive(tmp_path, "01-01 通知.pdf"))
    assert found.state == "failed"
    assert "系统出错" in shown(desk, row, found)
    assert not place_of(found).exists()
    assert DBTaskResult.objects.get(task_path__endswith="check_import").status == "FAILED"


def test_imports_that_wait_too_long_end(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    path = filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报"))
    old = send(desk, row, path)
    now = timezone.now()
    folder = place_of(old)
    WorkbookImport.objects.update(made_at=now - WAITS_FOR - timedelta(minutes=1))
    stuck = WorkbookImport.objects.create(
        round_unit=row, made_by=filler(), folder="stuck", made_at=now - timedelta(days=1, minutes=1)
    )
    fresh = WorkbookImport.objects.create(round_unit=row, made_by=filler(), folder="fresh", state="ready")
    sweep_imports.call()
    assert not folder.exists()
    states = {pk: WorkbookImport.objects.get(pk=pk).state for pk in (old.pk, stuck.pk, fresh.pk)}
    assert states == {old.pk: "dropped", stuck.pk: "dropped", fresh.pk: "ready"}
    assert Entry.objects.filter(act="workbook.drop").count() == 2


def test_the_approver_does_not_drop_what_a_filler_handed_in(row: RoundUnit, desk: Client, tmp_path: Path) -> None:
    found = send(desk, row, filled(row, tmp_path, lambda summary, _i: put(summary, 1, 填报情况="不申报")))
    with pytest.raises(ImportRefused):
        drop(approver(), found)


def test_content_is_stored_before_the_unit_is_locked(
    row: RoundUnit, desk: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edit(summary: Worksheet, items: Worksheet) -> None:
        put(summary, 1, 填报情况="申报")
        for name in ("甲", "乙"):
            add_item(items, 1, 事项=name, 佐证文件名=f"01 先存{name}.pdf")

    found = send(desk, row, filled(row, tmp_path, edit), archive(tmp_path, "01 先存甲.pdf", "01 先存乙.pdf"))
    written: list[bool] = []
    copy = store._put_in_folder
    monkeypatch.setattr(store, "_put_in_folder", lambda *a: (written.append(connection.in_atomic_block), copy(*a)))
    assert confirm(desk, row, found) == 302
    assert written == [False] * 2
