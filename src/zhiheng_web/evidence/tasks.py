"""What happens to evidence in the background: comparison with files of others, and sweeping of content nobody lists."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from zhiheng_web.evidence.comparison import compare
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.previews import sweep_previews
from zhiheng_web.evidence.store import NAME, stored_before, try_seize
from zhiheng_web.jobs.locks import CONTENT, held
from zhiheng_web.jobs.queue import enqueue, task

KEPT_FOR = timedelta(days=1)
"""Age from which content that nobody lists is taken away; an upload that is still going on is younger."""
LATER = -10
"""Priority: people who wait for a job come first."""

_log = logging.getLogger(__name__)


@task(priority=LATER)
def compare_file(pk: int) -> int:
    """Find what a file resembles; see `zhiheng_web.evidence.comparison`."""
    return compare(pk)


def compare_later(pk: int) -> None:
    """Put the comparison of a file into the queue, in the transaction that lists it."""
    enqueue(compare_file, pk)


@task(priority=LATER)
def sweep_evidence() -> int:
    """
    Take away stored content that no file lists and uploads that were left behind, both older than a day.

    Files as old that nobody has compared, because their content could not be read then, are put into the queue again.
    While a backup copies files none is taken away; the next day finds them.
    """
    now = timezone.now()
    before = now - KEPT_FOR
    for pk in EvidenceFile.objects.filter(compared_at=None, uploaded_at__lt=before).values_list("pk", flat=True):
        compare_later(pk)
    with held(CONTENT, alone=True) as free:
        return _sweep(now) if free else 0


def _sweep(now: datetime) -> int:
    before = now - KEPT_FOR
    count = sum(_sweep_upload(path, before.timestamp()) for path in Path(settings.UPLOADS).iterdir())
    sweep_previews(now)
    count += sum(_sweep_content(name) for name in stored_before(before))
    if count:
        _log.info("swept %d files that nobody listed", count)
    return count


def _sweep_content(name: str) -> bool:
    """Remove one stored name unless it is the content of a listed file; return whether it was removed."""
    sha256 = name.rpartition("/")[2]
    with transaction.atomic():
        if NAME.fullmatch(sha256):
            free = try_seize(sha256)
            if not free or EvidenceFile.objects.filter(sha256=sha256).exists():
                return False
        default_storage.delete(name)
    return True


def _sweep_upload(path: Path, before: float) -> bool:
    try:
        if not path.is_file() or path.stat().st_mtime >= before:
            return False
        path.unlink()
    except FileNotFoundError:
        return False
    return True
