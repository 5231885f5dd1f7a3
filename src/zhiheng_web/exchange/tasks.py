"""Checks of workbooks with archives, in the background: each file is checked in a process of its own."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from zhiheng_web.exchange.actions import IMPORTS, WAITING, State, check, expire
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.jobs.queue import task

KEPT_S = 24 * 3600
"""Age from which a folder that no waiting import needs is taken away."""
WAITS_FOR = timedelta(days=14)
"""How long a checked import waits for its confirmation."""


@task()
def check_import(pk: int) -> None:
    """Check an import unless that is done; a job that was cut off starts over."""
    found = WorkbookImport.objects.select_related("round_unit__round__framework", "made_by").filter(pk=pk).first()
    if found is not None and found.state == State.CHECKING:
        check(found)


@task()
def sweep_imports() -> int:
    """
    End imports that wait too long, take away folders that no waiting import needs, and return how many.

    A check that has not ended after a day never will: its job was given up.
    """
    now = timezone.now()
    expire(State.CHECKING, now - timedelta(seconds=KEPT_S))
    expire(State.READY, now - WAITS_FOR)
    place = Path(settings.UPLOADS) / IMPORTS
    if not place.exists():
        return 0
    waiting = set(WorkbookImport.objects.filter(state__in=WAITING).values_list("folder", flat=True))
    old = [folder for folder in place.iterdir() if folder.name not in waiting and _age_s(folder) > KEPT_S]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _age_s(folder: Path) -> float:
    """Return the seconds since something was put into a folder; 0 where it has just gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:
        return 0.0
