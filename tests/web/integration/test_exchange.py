"""The workbook round trip: out, filled in as in Excel, in with evidence, looked at, applied as a whole."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from tests.web.builders import approver, claims, evidence, filler, pdf, person, row_of, running_round
from tests.web.workbooks import add_item, put

from zhiheng_web.assessments.actions import Given, hand_over, save_answer
from zhiheng_web.assessments.models import Answer, Attachment
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.exchange.actions import place_of, write_workbook
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.rounds.models import RoundUnit

pytestmark = pytest.mark.usefixtures("real_database")
Edit = Callable[[Worksheet, Worksheet], None]


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


def archive(folder: Path, *names: str) -> Path:
    path = folder / "佐证.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.write(pdf(folder / "x.pdf", title=name), name)
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
