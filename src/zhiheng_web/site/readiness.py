"""Whether the site can serve people now, and if not why."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from zhiheng_web.evidence.inspection.limits import MIB
from zhiheng_web.evidence.store import folder_path
from zhiheng_web.jobs.queue import overview

PROBE = "ready"
"""A name that is asked for in a store that is no folder; it need not be there."""


@dataclass(frozen=True, slots=True)
class Check:
    """
    One thing that must hold.

    Parameters
    ----------
    name
        What was looked at: database, migrations, store, worker, disk.
    reason
        What is wrong, or "". It names no person and no file of one.
    """

    name: str
    reason: str


def checks() -> list[Check]:
    """Look at everything; what cannot be looked at because the database is away is not named twice."""
    found = [Check("database", _asked(_database))]
    if not found[0].reason:
        found += [Check("migrations", _asked(_migrations)), Check("worker", _asked(_worker))]
    return [*found, Check("store", _asked(_store)), Check("disk", _asked(_disk))]


def _asked(look: Callable[[], str]) -> str:
    try:
        return look()
    except (DatabaseError, OSError) as error:
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return ""


@cache
def _wanted() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ())


def _migrations() -> str:
    missing = _wanted() - set(MigrationRecorder(connection).applied_migrations())
    return f"{len(missing)} not applied" if missing else ""


def _worker() -> str:
    return "jobs wait and no worker takes them" if overview().stuck else ""


def _store() -> str:
    folder = folder_path("")
    if folder is None:
        default_storage.exists(PROBE)
        return ""
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"ready")
        probe.flush()
    return ""


def _disk() -> str:
    free = shutil.disk_usage(Path(settings.DATA)).free // MIB
    return f"{free} MB free, {settings.MIN_FREE_MB} wanted" if free < settings.MIN_FREE_MB else ""
