"""Checks of workbooks with archives, in the background: each file is checked in a process of its own."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from django.conf import settings

from zhiheng_web.exchange.actions import IMPORTS, State, check
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.jobs.queue import task

KEPT_S = 24 * 3600
"""Age from which a folder that no waiting import needs is taken away."""


@task()
def check_import(pk: int) -> None:
    """Check an import unless that is done; a job that was cut off starts over."""
    found = WorkbookImport.objects.select_related("round_unit__round__framework", "made_by").filter(pk=pk).first()
    if found is not None and found.state == State.CHECKING:
        check(found)


@task()
def sweep_imports() -> int:
    """Take away folders that no waiting import needs, older than a day, and return how many."""
    place = Path(settings.UPLOADS) / IMPORTS
    if not place.exists():
        return 0
    waiting = set(
        WorkbookImport.objects.filter(state__in=[State.CHECKING, State.READY]).values_list("folder", flat=True)
    )
    old = [
        folder
        for folder in place.iterdir()
        if folder.name not in waiting and folder.stat().st_mtime < time.time() - KEPT_S
    ]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)
