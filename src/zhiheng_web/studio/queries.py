"""Reads of reports: where files lie, what the text is made from, versions and edits."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from zhiheng_web.assessments.exports import stamp_of
from zhiheng_web.results.queries import snapshot_of
from zhiheng_web.rounds.models import Round
from zhiheng_web.studio.models import Edit, Report, Version

FOLDER, WORK = "reports", ".reports-work"
"""Folders of finished files, which a backup holds, and of those that are being written, which it leaves out."""


def place() -> Path:
    """Return the folder of finished files."""
    return _folder(FOLDER)


def work_place() -> Path:
    """Return the folder of files that are being written; on the same disk, so that they move in one step."""
    return _folder(WORK)


def _folder(name: str) -> Path:
    folder = Path(settings.DATA) / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def source_stamp(round_: Round) -> str:
    """Return what changes with everything a report of a round is made from."""
    found = snapshot_of(round_)
    before = round_.previous and snapshot_of(round_.previous)
    own = f"s{found.pk}" if found else stamp_of(round_)
    return f"{own}-{before.pk if before else 0}"


def report_of(round_: Round) -> Report | None:
    """Return the generated text of a round, or None."""
    return Report.objects.filter(round=round_).first()


def edits_of(round_: Round) -> list[Edit]:
    """Return the edits of a round that were not taken back, in the order they were begun."""
    return list(Edit.objects.filter(round=round_).exclude(act="").select_related("by"))


def versions_of(round_: Round) -> QuerySet[Version]:
    """Return the versions of a round, the newest first, without their texts."""
    found = Version.objects.filter(round=round_).select_related("by").prefetch_related("files")
    return found.defer("texts", "edits")
