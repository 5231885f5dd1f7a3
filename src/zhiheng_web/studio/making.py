"""Makes a version: files written aside, moved into place in one step, then listed in one transaction."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from zhiheng.errors import ZhihengError
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.jobs.queue import under_way
from zhiheng_web.rounds.models import Round
from zhiheng_web.studio.actions import StudioRefused
from zhiheng_web.studio.diff import differences
from zhiheng_web.studio.engine import ReportMaterial, Written, material_of, write_version
from zhiheng_web.studio.models import Version, VersionFile
from zhiheng_web.studio.queries import place, source_stamp, work_place

STEPS = (
    gettext_noop("读取数据"), gettext_noop("撰写内容"), gettext_noop("绘制图表"), gettext_noop("排版 PDF"),
    gettext_noop("生成网页"), gettext_noop("生成工作簿"), gettext_noop("生成 Word 文件"),
)  # fmt: skip
"""Steps in their order, as the library names them."""
PROGRESS_S = 3600


def progress(version: Version) -> tuple[int, str]:
    """Return how many steps of a version are begun, and the last of them in words."""
    at = min(int(cache.get(_key(version.pk)) or 0), len(STEPS) - 1)
    return at, _(STEPS[at])


def broken_off(version: Version) -> bool:
    """Return whether a version waits although its job has ended."""
    return version.state == Version.State.WAITING and not under_way(version.job)


def make(pk: int) -> None:
    """
    Make a version that is waited for.

    A job that was cut off starts over; one that ended before does nothing. What is refused is kept as a message.
    """
    found = Version.objects.select_related("by").filter(pk=pk, state=Version.State.WAITING).first()
    if found is None:
        return
    try:
        with acting(Actor(found.by.username, found.by.full_name, found.by.role)):
            _make(found)
    except ZhihengError as error:
        Version.objects.filter(pk=pk, state=Version.State.WAITING).update(
            state=Version.State.FAILED, message=error.message
        )


def _make(found: Version) -> None:
    _sweep(found.round_id)
    cache.set(_key(found.pk), 0, PROGRESS_S)
    work = work_place() / f"{found.round_id}-{found.pk}-{secrets.token_hex(8)}"
    work.mkdir(mode=0o700)
    try:
        with snapshot():
            round_ = Round.objects.select_related("framework", "previous").get(pk=found.round_id)
            stamp = source_stamp(round_)
            material = material_of(round_)
        written = write_version(material, found.edits, work, lambda step: _begun(found.pk, step))
        name = f"{found.round_id}-{found.pk}-{secrets.token_hex(8)}"
        for path in (*work.iterdir(), work):
            _on_disk(path)
        work.replace(place() / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _on_disk(place())
    _store(found, stamp, name, material, written)


def _begun(pk: int, step: str) -> None:
    if step in STEPS:
        cache.set(_key(pk), STEPS.index(step), PROGRESS_S)


@transaction.atomic
def _store(found: Version, stamp: str, name: str, material: ReportMaterial, written: Written) -> None:
    version = Version.objects.select_for_update(of=("self",)).select_related("round").get(pk=found.pk)
    if version.state != Version.State.WAITING:
        raise StudioRefused(_("这个版本已经结束，不再改动。"))
    before = Version.objects.filter(round=version.round_id, state=Version.State.READY).order_by("-number").first()
    if before is not None:
        version.changes = {
            "since": before.number,
            "result": before.result_hash != written.result_hash,
            "edits": before.edits_hash != version.edits_hash,
            "paragraphs": sum(len(d.paragraphs) for d in differences(before.texts, written.texts)),
        }
    version.state, version.made_at, version.message = Version.State.READY, timezone.now(), ""
    version.stamp, version.frozen, version.folder = stamp, material.frozen, name
    version.result_hash, version.counts, version.texts = written.result_hash, dict(written.counts), written.texts
    version.save()
    VersionFile.objects.bulk_create(
        [VersionFile(version=version, format=f, sha256=sha, size=size) for f, (sha, size) in written.files.items()]
    )
    record("report.version", version, name=f"{version.round.title} {version.number}", after={
        "hash": version.result_hash, **{f: sha for f, (sha, _size) in written.files.items()},
    })  # fmt: skip


def _on_disk(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before a row says that they are there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(round_pk: int) -> None:
    """Take away what a crash left behind of this round: no other version of it is being made."""
    named = set(Version.objects.filter(round=round_pk).values_list("folder", flat=True))
    for folder in (work_place(), place()):
        for path in folder.glob(f"{round_pk}-*"):
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)


def _key(pk: int) -> str:
    return f"report-version-{pk}"
