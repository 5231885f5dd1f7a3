"""The report studio: edits outlive new facts and say so, versions are whole or absent, and each does only his part."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import docx
import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from tests.web.builders import person, row_of
from tests.web.finished import finalised_round, verified_round

from zhiheng.errors import EditsError
from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.models import Entry
from zhiheng_web.config.backup.place import others
from zhiheng_web.results.models import Snapshot
from zhiheng_web.results.queries import place as signed_place
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.studio import making
from zhiheng_web.studio.actions import Change, ask_version, confirm_edit, revert_edit, save_edit
from zhiheng_web.studio.diff import differences, pieces
from zhiheng_web.studio.making import make
from zhiheng_web.studio.models import Edit, Section, Version
from zhiheng_web.studio.outline import outline_of
from zhiheng_web.studio.queries import edits_of, place, report_of, work_place
from zhiheng_web.studio.text import ask_text, current, prepare

SCOPE = "overview.scope"


def texted(round_: Round) -> None:
    """Do what the job of the generated text does; those before it have ended."""
    DBTaskResult.objects.all().delete()
    prepare(ask_text(round_).pk)


def change(round_: Round, key: str = SCOPE, version: int = 0, *, act: str = "replace", **more: str) -> Change:
    """Return a change of a paragraph as somebody sees it now."""
    for section in Section.objects.filter(report__round=round_):
        for block in section.blocks:
            if block.get("key") == key and block["kind"] == "paragraph":
                spot = "after" if act == "after" else "own"
                return Change(section.key, key, spot, version, **{"basis": block["basis"], "act": act, **more})
    raise AssertionError(key)


def made_version(round_: Round, note: str = "") -> Version:
    """Do what the job of a version does."""
    version = ask_version(person("administrator"), round_, note)
    make(version.pk)
    version.refresh_from_db()
    assert version.message == ""
    return version


def words(version: Version) -> list[str]:
    return [p.text for p in docx.Document(str(place() / version.folder / "report.docx")).paragraphs]


@pytest.mark.django_db
def test_an_edit_outlives_new_facts_is_flagged_and_confirmed(tmp_path: Path) -> None:
    round_ = verified_round(tmp_path, 3)
    office = person("administrator")
    texted(round_)
    assert current(round_).state == "ready"
    save_edit(office, round_, change(round_, text="评估对象的说明由人改写，见{图:fig-tree}。"))
    save_edit(office, round_, change(round_, "abstract.results", text="结果由人改写。"))
    first = made_version(round_, "第一次")
    assert first.counts == {"in_force": 2, "stale": 0, "orphan": 0}
    assert not first.frozen
    told = words(first)
    assert "评估对象的说明由人改写，见图 1。" in told
    assert any("2段文字经人工修订" in line for line in told)
    headers = docx.Document(str(place() / first.folder / "report.docx")).sections[-1].header.paragraphs
    assert any("草稿" in p.text for p in headers)
    # A mark changes: what told of marks is flagged, what told of the list of units is not.
    Decision.objects.filter(round_unit=row_of(round_, 1), point=1).update(mark=0, act="reject")
    RoundUnit.objects.filter(pk=row_of(round_, 1).pk).update(version=99)
    assert current(round_).state == "old"
    texted(round_)
    found = outline_of(report_of(round_), edits_of(round_))  # type: ignore[arg-type]
    assert (found.edited, found.stale, found.orphans) == (2, 1, ())
    second = made_version(round_)
    assert second.counts == {"in_force": 1, "stale": 1, "orphan": 0}
    assert second.changes["result"]
    assert second.changes["since"] == 1
    assert "结果由人改写。" in words(second)
    # Other words alone do not take the flag away; a person who has looked does.
    save_edit(office, round_, change(round_, "abstract.results", 1, text="结果由人再次改写。"))
    assert outline_of(report_of(round_), edits_of(round_)).stale == 1  # type: ignore[arg-type]
    confirm_edit(office, round_, change(round_, "abstract.results", 2))
    assert outline_of(report_of(round_), edits_of(round_)).stale == 0  # type: ignore[arg-type]
    steps = Edit.objects.get(key="abstract.results").steps.values_list("version", "text")
    assert list(steps) == [(3, "结果由人再次改写。"), (2, "结果由人再次改写。"), (1, "结果由人改写。")]
    acts = set(Entry.objects.filter(act__startswith="report.").values_list("act", flat=True))
    assert acts == {"report.edit", "report.confirm", "report.ask", "report.version"}


@pytest.mark.django_db
def test_a_signed_round_gives_the_same_files_and_one_version_at_a_time(tmp_path: Path) -> None:
    round_ = finalised_round(tmp_path, 2)
    office = person("administrator")
    asked = ask_version(office, round_)
    assert ask_version(office, round_).pk == asked.pk
    make(asked.pk)
    make(asked.pk)
    first, second = Version.objects.get(pk=asked.pk), made_version(round_)
    assert first.frozen
    assert second.changes == {"since": 1, "result": False, "edits": False, "paragraphs": 0}
    for file in first.files.all():
        data = (place() / first.folder / f"report.{file.format}").read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256
        assert second.files.get(format=file.format).sha256 == file.sha256
    assert first.files.count() == 4
    assert "草稿" not in "".join(words(first))


@pytest.mark.django_db
def test_what_cannot_be_kept_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    round_ = verified_round(tmp_path, 1)
    office = person("administrator")
    texted(round_)
    seen = change(round_, text="改写")
    save_edit(office, round_, seen)
    with pytest.raises(Stale):
        save_edit(office, round_, seen)
    with pytest.raises(Stale):
        save_edit(office, round_, change(round_, "overview.sources", basis="0" * 64, text="改写"))
    for bad in ("见{图:fig-none}", "零宽\u200b", "长" * 5001):
        with pytest.raises(EditsError):
            save_edit(office, round_, change(round_, version=1, text=bad))
    with pytest.raises(EditsError):
        save_edit(office, round_, change(round_, version=1, act="remove"))
    with pytest.raises(NotAllowed):
        save_edit(person("leader"), round_, change(round_, version=1, text="领导改写"))
    with pytest.raises(NotAllowed):
        ask_version(person("verifier"), round_)
    kept = Edit.objects.get()
    assert (kept.text, kept.version) == ("改写", 1)
    # What is generated brings the paragraph back; so does taking the edit back, and its version goes on.
    save_edit(office, round_, change(round_, version=1, text=kept.generated))
    assert edits_of(round_) == []
    save_edit(office, round_, change(round_, version=2, text="再改"))
    revert_edit(office, round_, change(round_, version=3))
    assert Edit.objects.get().version == 4
    assert edits_of(round_) == []


@pytest.mark.django_db
def test_a_job_that_is_cut_off_leaves_nothing_and_the_next_one_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = verified_round(tmp_path, 1)
    version = ask_version(person("administrator"), round_)
    (work_place() / f"{round_.pk}-{version.pk}-left").mkdir()
    (place() / f"{round_.pk}-{version.pk}-moved").mkdir()

    def full(*_: object) -> None:
        msg = "the disk is full"
        raise OSError(msg)

    with monkeypatch.context() as patched:
        patched.setattr(making, "_store", full)
        with pytest.raises(OSError, match="disk"):
            make(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.WAITING
    assert version.files.count() == 0
    make(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.READY
    assert [p.name for p in place().glob(f"{round_.pk}-*")] == [version.folder]
    assert list(work_place().iterdir()) == []


@pytest.mark.django_db
@pytest.mark.sqlite_once
def test_pages_show_save_preview_compare_and_hand_out(tmp_path: Path) -> None:
    round_ = verified_round(tmp_path, 2)
    client, leader = Client(), Client()
    client.force_login(person("administrator"))
    leader.force_login(person("leader"))
    studio = reverse("studio", args=["r1"])
    assert "正在生成文字" in client.get(studio).content.decode()
    texted(round_)
    make_it = reverse("studio_make", args=["r1"])
    assert leader.post(make_it).status_code == 403
    assert client.post(make_it, {"note": "第一次"}).status_code == 302
    before = made_version(round_)
    assert before.note == "第一次"
    page = client.get(studio).content.decode()
    assert "一、" in page
    assert "第1版" in page
    section = reverse("studio_section", args=["r1", "overview"])
    generated = next(b for b in Section.objects.get(key="overview").blocks if b["key"] == SCOPE)
    assert generated["text"] in client.get(section).content.decode()
    form = {
        "key": SCOPE,
        "place": "own",
        "version": 0,
        "basis": generated["basis"],
        "text": "<b>改写</b>，见{图:fig-tree}。",
    }
    url = reverse("studio_edit", args=["r1", "overview"])
    saved = client.post(url, form, headers={"HX-Request": "true"}).content.decode()
    assert 'name="version" value="1"' in saved
    assert "<b>改写" not in saved
    refused = client.post(url, form, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    preview = client.get(reverse("studio_preview", args=["r1", "overview"])).content.decode()
    assert "&lt;b&gt;改写&lt;/b&gt;，见图 1。" in preview
    figure = client.get(reverse("studio_figure", args=["r1", "framework-tree", "fig-tree"]))
    assert figure["Content-Type"].startswith("image/svg")
    assert "sandbox" in figure["Content-Security-Policy"]
    assert "重新生成" in client.get(studio).content.decode()
    made_version(round_)
    compared = client.get(reverse("studio_compare", args=["r1"])).content.decode()
    assert "<ins>" in compared
    assert "两个版本所依据的结果相同" in compared
    answer = leader.get(reverse("studio_file", args=["r1", before.number, "xlsx"]))
    assert "%E8%8D%89%E7%A8%BF" in answer["Content-Disposition"]
    assert io.BytesIO(b"".join(answer)).read(2) == b"PK"  # type: ignore[arg-type]
    assert leader.get(section).status_code == 403
    assert "修订文字" not in leader.get(studio).content.decode()
    assert Entry.objects.filter(act="report.download").count() == 1
    exported = client.get(reverse("studio_edits", args=["r1"])).json()
    assert exported["edits"][0]["key"] == SCOPE
    assert "改写" in client.get(reverse("studio_history", args=["r1", Edit.objects.get().pk])).content.decode()


def test_a_backup_holds_finished_files_and_leaves_unfinished_ones_out() -> None:
    for folder in (place() / "9-9-a", work_place() / "9-9-b"):
        folder.mkdir(exist_ok=True)
        (folder / "report.pdf").write_bytes(b"%PDF")
    kept = [path for path in others() if path.name == "report.pdf"]
    assert place() / "9-9-a" / "report.pdf" in kept
    assert not any(path.is_relative_to(work_place()) for path in kept)


@pytest.mark.django_db
@pytest.mark.sqlite_once
def test_a_report_of_a_signed_round_is_never_made_from_anything_else(tmp_path: Path) -> None:
    round_ = finalised_round(tmp_path, 1)
    (signed_place() / Snapshot.objects.get(round=round_).file).unlink()
    version = ask_version(person("administrator"), round_)
    make(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.FAILED
    assert "备份" in version.message


def test_differences_keep_numbers_whole_and_name_sections() -> None:
    told = pieces("得分82.4分", "得分83.4分")
    assert [(p.kind, p.text) for p in told] == [("same", "得分"), ("gone", "82.4"), ("new", "83.4"), ("same", "分")]
    found = differences([["a", "甲", ["同", "旧"]], ["b", "乙", ["去"]]], [["a", "甲", ["同", "新", "添"]]])
    assert [(d.key, len(d.paragraphs)) for d in found] == [("a", 2), ("b", 1)]
