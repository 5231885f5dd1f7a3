"""Case folders of rounds as ZIP files: asked for, prepared in the background, handed out, and replaced when old."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import is_of_the_office
from zhiheng_web.assessments.case_folder import write_zip
from zhiheng_web.assessments.models import CaseExport
from zhiheng_web.assessments.queries import report_date
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.machine import NotAllowed
from zhiheng_web.rounds.models import Round, RoundUnit

FOLDER = "cases"
PREPARE = "zhiheng_web.assessments.tasks.prepare_case"
KEPT_S = 24 * 3600
"""Age from which a file of another round that no export names is left over for certain."""
PROGRESS_S = 3600
"""How long a figure of progress is kept."""


class ExportRefused(Refused):
    """There is no file to hand out."""

    code = "assessments.export"


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where the export of a round stands.

    Parameters
    ----------
    state
        `none`, `preparing`, `failed`, `old` (the round has changed since) or `ready`.
    done, total
        Units done and units in all, while it is prepared.
    made_at, size
        Of the file that is there, if any; size in bytes.
    """

    state: str
    done: int = 0
    total: int = 0
    made_at: datetime | None = None
    size: int = 0


def place() -> Path:
    """Return the folder of the files."""
    folder = Path(settings.UPLOADS) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def stamp_of(round_: Round) -> str:
    """Return what changes with every write to a round: a hash over its version and those of its units."""
    digest = hashlib.sha256(f"{round_.pk} {round_.version} {report_date(round_)}\n".encode())
    rows = RoundUnit.objects.filter(round=round_).order_by("position", "pk").values_list("code", "name", "version")
    for code, name, version in rows.iterator(chunk_size=2000):
        digest.update(f"{code} {name} {version}\n".encode())
    return digest.hexdigest()


def standing(round_: Round) -> Standing:
    """Return where the export of a round stands."""
    found = CaseExport.objects.filter(round=round_).first()
    if found is None:
        return Standing("none")
    made_at, size = found.made_at, found.size
    if under_way(found.job):
        done, total = cache.get(_key(found.pk)) or (0, round_.units.count())
        return Standing("preparing", done, total, made_at, size)
    if made_at is None or made_at < found.asked_at:
        return Standing("failed", made_at=made_at, size=size)
    if not (place() / found.file).is_file():
        return Standing("none")
    return Standing("ready" if found.stamp == stamp_of(round_) else "old", made_at=made_at, size=size)


@transaction.atomic
def ask(by: User, round_: Round) -> CaseExport:
    """
    Have the case folder of a round prepared; one that is being prepared is not started again.

    Refused: people who are not of the office.
    """
    if not is_of_the_office(by):
        raise NotAllowed(_("只有省级管理员和核查员可以导出案例文件夹。"))
    # Two who ask at once take turns, so that the second sees the job of the first.
    Round.objects.select_for_update().get(pk=round_.pk)
    found = CaseExport.objects.filter(round=round_).first() or CaseExport(round=round_)
    if under_way(found.job):
        return found
    found.by, found.asked_at = by, timezone.now()
    found.save()
    cache.delete(_key(found.pk))
    found.job = enqueue_named(PREPARE, found.pk)
    found.save(update_fields=["job"])
    record("round.prepare_export", round_)
    return found


def prepare(pk: int) -> None:
    """Write the file of an export that waits for it, and let it take the place of the one before."""
    found = CaseExport.objects.select_related("round__framework").filter(pk=pk).first()
    if found is None or (found.made_at is not None and found.made_at >= found.asked_at):
        return
    folder = place()
    name = f"{found.round_id}-{secrets.token_hex(8)}.zip"
    part = folder / f"{name}.part"
    try:
        with snapshot():
            round_ = Round.objects.select_related("framework").get(pk=found.round_id)
            stamp = stamp_of(round_)
            write_zip(round_, part, lambda done, total: cache.set(_key(pk), (done, total), PROGRESS_S))
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
    size = (folder / name).stat().st_size
    CaseExport.objects.filter(pk=pk).update(file=name, stamp=stamp, size=size, made_at=timezone.now())
    _sweep(folder, found.round_id)


def _sweep(folder: Path, round_pk: int) -> None:
    """Take away files that no export names: those that were replaced, and what a crash left behind."""
    named = set(CaseExport.objects.values_list("file", flat=True))
    before = time.time() - KEPT_S
    for path in folder.iterdir():
        # Another worker may be writing the file of another round at this moment.
        own_or_old = path.name.startswith(f"{round_pk}-") or path.stat().st_mtime < before
        if path.name not in named and own_or_old:
            # What somebody is downloading stays readable for him.
            path.unlink(missing_ok=True)


def hand_out(round_: Round) -> BinaryIO:
    """
    Return the last file of a round, open, and record that it was taken.

    Refused: a round of which none was prepared (ExportRefused). A round may have changed since: the page says so.
    """
    found = CaseExport.objects.filter(round=round_).first()
    try:
        content = (place() / found.file).open("rb") if found and found.file else None
    except FileNotFoundError:
        content = None
    if found is None or content is None:
        raise ExportRefused(_("案例文件夹还没有生成，请先生成。"))
    made_at = found.made_at.isoformat() if found.made_at else ""
    record("round.export", round_, after={"form": "case folder", "made_at": made_at})
    return content


def _key(pk: int) -> str:
    return f"case-export-{pk}"
