"""The result of a round while it is not final: worked out in the background, kept until the round changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.assessments.exports import stamp_of
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.refusals import Refused
from zhiheng_web.results.engine import Result, frozen_result, save_draft, saved_result
from zhiheng_web.results.models import Draft, Snapshot
from zhiheng_web.results.queries import place, snapshot_of
from zhiheng_web.rounds.models import Round

PREPARE = "zhiheng_web.results.tasks.prepare_draft"


@dataclass(frozen=True)
class Current:
    """
    The result of a round as it can be shown now.

    Parameters
    ----------
    state
        `frozen` (the signed one), `ready`, `old` (the round has changed, a newer one is on its way), `preparing` or
        `failed`.
    result
        The result, or None while there is none.
    """

    state: str
    result: Result | None = None


class SnapshotLost(Refused):
    """The file of a snapshot is not there: it must be brought back from a backup."""

    code = "results.lost"


def folder() -> Path:
    """Return the folder of drafts; what lies there can be worked out again."""
    found = Path(settings.UPLOADS) / "drafts"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def signed(found: Snapshot) -> Result:
    """Return the result of a snapshot. Refused: one whose file is not there (SnapshotLost)."""
    path = place() / found.file
    if not path.is_file():
        raise SnapshotLost(_("找不到已签名的结果文件，请联系系统管理员从备份中恢复。"))
    return frozen_result(path, found.sha256)


def current(round_: Round) -> Current:
    """Return the result of a round: the signed one, else the draft; one that is old or missing is asked for."""
    found = snapshot_of(round_)
    if found is not None:
        return Current("frozen", signed(found))
    return draft(round_)


def draft(round_: Round) -> Current:
    """Return the draft of a round, and ask for it where it is old or missing."""
    found = Draft.objects.filter(round=round_).first()
    stamp = stamp_of(round_)
    path = folder() / found.file if found and found.file else None
    there = found is not None and path is not None and path.is_file()
    if there and found is not None and path is not None and found.stamp == stamp:
        return Current("ready", saved_result(path, found.stamp))
    # What failed is not asked for again by everybody who looks; a change of the round or a press does that.
    failed = found is not None and found.job is not None and not under_way(found.job) and found.made_at is None
    if not failed:
        ask_draft(round_)
    old = saved_result(path, found.stamp) if there and found is not None and path is not None else None
    return Current("failed" if failed else "old" if old else "preparing", old)


@transaction.atomic
def ask_draft(round_: Round) -> Draft:
    """Have the result of a round worked out; one that is under way is not started again."""
    Round.objects.select_for_update().get(pk=round_.pk)
    found = Draft.objects.filter(round=round_).first() or Draft(round=round_)
    if under_way(found.job):
        return found
    found.asked_at, found.made_at = timezone.now(), None
    found.save()
    found.job = enqueue_named(PREPARE, found.pk)
    found.save(update_fields=["job"])
    return found


def prepare(pk: int) -> None:
    """Work a draft out that is waited for, and let it take the place of the one before."""
    found = Draft.objects.filter(pk=pk).first()
    if found is None or found.made_at is not None:
        return
    name = f"{found.round_id}-{secrets.token_hex(8)}.json"
    with snapshot():
        round_ = Round.objects.select_related("framework").get(pk=found.round_id)
        stamp = stamp_of(round_)
        save_draft(round_, folder() / name)
    Draft.objects.filter(pk=pk).update(file=name, stamp=stamp, made_at=timezone.now())
    for path in folder().glob(f"{found.round_id}-*"):
        if path.name != name:
            path.unlink(missing_ok=True)
