"""Files that are alike, and content that nobody lists: found, marked, dismissed, swept."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from tests.web.builders import claims, evidence, filler, person, row_of, running_round

from zhiheng_web.assessments.actions import save_answer
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence import comparison
from zhiheng_web.evidence.actions import EvidenceRefused, dismiss, inspect, keep, remove
from zhiheng_web.evidence.comparison import compare
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.evidence.store import place
from zhiheng_web.evidence.tasks import compare_file, sweep_evidence
from zhiheng_web.rounds.machine import NotAllowed
from zhiheng_web.rounds.models import RoundUnit

pytestmark = pytest.mark.django_db

STORY = "".join(
    f"第{n}次联合执法检查市场主体{n * 37 % 91}户，查处假冒专利案件{n * 13 % 29}件，移送{n % 5}件。" for n in range(80)
)


def text_of(row: RoundUnit, folder: Path, text: str, name: str) -> EvidenceFile:
    path = folder / name
    path.write_text(text, "utf-8")
    return keep(filler(int(row.code[2:4])), row, path, name, inspect(path, name))


def pairs() -> set[tuple[int, int, str]]:
    return {(one.file_id, one.other_id, one.kind) for one in Likeness.objects.all()}


def test_the_same_file_of_another_unit_is_found_in_both_directions_and_once(tmp_path: Path) -> None:
    made = running_round(2)
    first, second = (evidence(row_of(made, n), tmp_path) for n in (1, 2))
    assert compare(first.pk) == 2
    assert compare(second.pk) == 0
    assert compare(first.pk) == 0
    assert pairs() == {(first.pk, second.pk, "same"), (second.pk, first.pk, "same")}


def test_a_text_that_was_changed_a_little_is_near_and_another_one_is_not(tmp_path: Path) -> None:
    made = running_round(3)
    first = text_of(row_of(made, 1), tmp_path, STORY, "一.txt")
    second = text_of(row_of(made, 2), tmp_path, STORY.replace("第7次", "第七次") + "特此报告。", "二.txt")
    third = text_of(row_of(made, 3), tmp_path, STORY[::-1].replace("户", "件次"), "三.txt")
    for file in (first, second, third):
        compare(file.pk)
    assert pairs() == {(first.pk, second.pk, "near"), (second.pk, first.pk, "near")}
    assert Likeness.objects.first().distance <= 11  # type: ignore[union-attr]


def test_two_files_of_one_unit_are_nobodys_concern(tmp_path: Path) -> None:
    row = row_of(running_round(1))
    text_of(row, tmp_path, STORY, "一.txt")
    assert compare(text_of(row, tmp_path, STORY + "。", "二.txt").pk) == 0


def test_what_was_handed_in_last_year_is_found_and_a_closed_round_is_left_alone(tmp_path: Path) -> None:
    old = running_round(1, code="r0")
    before = evidence(row_of(old), tmp_path)
    type(old).objects.filter(pk=old.pk).update(stage="publication")
    now = evidence(row_of(running_round(1, code="r1")), tmp_path)
    compare(now.pk)
    assert pairs() == {(now.pk, before.pk, "same")}


def test_a_circular_that_lies_with_everybody_gives_a_bounded_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "MOST_ALIKE", 2)
    made = running_round(5)
    files = [evidence(row_of(made, n), tmp_path) for n in range(1, 6)]
    for file in files:
        compare(file.pk)
    counts = [Likeness.objects.filter(file=file).count() for file in files]
    assert all(1 <= count <= 3 for count in counts)


def test_the_answers_that_use_an_alike_file_are_marked_until_it_is_dismissed(tmp_path: Path) -> None:
    made = running_round(2)
    rows = [row_of(made, n) for n in (1, 2)]
    files = [evidence(row, tmp_path) for row in rows]
    for row, file in zip(rows, files, strict=True):
        save_answer(person("filler", row.unit), row, 1, claims(file)[1], version=0)
    compare(files[0].pk)
    assert [list(row.answers.get().risks) for row in rows] == [["likeness"], ["likeness"]]
    assert [row_of(made, n).risks for n in (1, 2)] == [1, 1]
    found = Likeness.objects.get(file=files[0])
    with pytest.raises(NotAllowed):
        dismiss(filler(), found, "都是省里的通知")
    with pytest.raises(EvidenceRefused, match="理由"):
        dismiss(person("verifier"), found, "  ")
    dismiss(person("verifier"), found, "省里统一下发的通知")
    assert [list(row.answers.get().risks) for row in rows] == [[], []]
    assert [row_of(made, n).risks for n in (1, 2)] == [0, 0]
    assert Entry.objects.filter(act="evidence.dismiss").count() == 2


def test_removing_a_file_clears_the_mark_of_the_other_unit(tmp_path: Path) -> None:
    made = running_round(2)
    mine, theirs = (evidence(row_of(made, n), tmp_path) for n in (1, 2))
    save_answer(filler(1), row_of(made, 1), 1, claims(mine)[1], version=0)
    compare(mine.pk)
    remove(filler(2), theirs)
    assert row_of(made, 1).answers.get().risks == []
    assert row_of(made, 1).risks == 0


def test_keeping_a_file_queues_one_comparison(tmp_path: Path) -> None:
    file = evidence(row_of(running_round(1)), tmp_path)
    evidence(row_of(file.round_unit.round), tmp_path)
    jobs = DBTaskResult.objects.filter(task_path=compare_file.module_path)
    assert [job.args_kwargs["args"] for job in jobs] == [[file.pk]]
    file.delete()
    assert compare_file.call(file.pk or 0) == 0


def age(path: Path, days: float) -> None:
    then = (timezone.now() - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


def test_only_old_content_that_nobody_lists_is_swept(tmp_path: Path) -> None:
    listed = evidence(row_of(running_round(1)), tmp_path)
    store = Path(default_storage.path(""))
    stray = {name: store / place(name * 64) for name in ("a", "b")}
    half = store / "aa" / "aa" / "0123.part"
    for path in (*stray.values(), half):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    uploads = [Path(settings.UPLOADS, name) for name in ("old.upload", "new.upload")]
    for path in uploads:
        path.write_bytes(b"x")
    kept = store / place(listed.sha256)
    for path in (kept, stray["a"], half, uploads[0]):
        age(path, 1.1)
    for path in (stray["b"], uploads[1]):
        age(path, 0.9)
    try:
        sweep_evidence.call()
        assert [p.exists() for p in (kept, stray["a"], half, uploads[0], stray["b"], uploads[1])] == [
            True, False, False, False, True, True,
        ]  # fmt: skip
    finally:
        for path in (*stray.values(), half, *uploads):
            path.unlink(missing_ok=True)


def test_a_file_whose_content_could_not_be_read_is_compared_later(tmp_path: Path) -> None:
    made = running_round(2)
    old, new = (evidence(row_of(made, number), tmp_path, f"{number}.pdf") for number in (1, 2))
    EvidenceFile.objects.filter(pk=old.pk).update(uploaded_at=timezone.now() - timedelta(days=1, minutes=1))
    DBTaskResult.objects.all().delete()
    sweep_evidence.call()
    jobs = DBTaskResult.objects.filter(task_path=compare_file.module_path)
    assert [job.args_kwargs["args"] for job in jobs] == [[old.pk]]
    compare(old.pk)
    DBTaskResult.objects.all().delete()
    sweep_evidence.call()
    assert not DBTaskResult.objects.exists()
    assert EvidenceFile.objects.get(pk=new.pk).compared_at is None
