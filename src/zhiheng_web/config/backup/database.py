"""The database as one file and back: SQLite by its own copy of a running database, PostgreSQL by its client tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.conninfo import make_conninfo

from zhiheng_web.config.backup.errors import BackupError, RestoreError

NAMES = {"sqlite": "zhiheng.sqlite3", "postgresql": "zhiheng.pgdump"}
"""Name of the copy in an archive, by the kind of database."""
Run = Callable[[str], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the copy of a database says.

    Parameters
    ----------
    migrations
        Names of the applied migrations by app.
    audit
        Number and hash of the last entry of the log.
    listed
        SHA-256 and size of every listed content of evidence.
    """

    migrations: dict[str, list[str]]
    audit: dict[str, Any]
    listed: list[tuple[str, int]]


def _facts(run: Run) -> Facts:
    migrations: dict[str, list[str]] = {}
    for app, name in run("SELECT app, name FROM django_migrations ORDER BY app, name"):
        migrations.setdefault(app, []).append(name)
    head = next(iter(run("SELECT number, hash FROM audit_head")), (0, ""))
    listed = run("SELECT DISTINCT sha256, size FROM evidence_evidencefile ORDER BY sha256")
    return Facts(migrations, {"number": head[0], "hash": head[1]}, [(str(name), int(size)) for name, size in listed])


def dump(target: Path) -> Facts:
    """Write a consistent copy while the site runs. Refused: PostgreSQL without its client tools (BackupError)."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgresql(target)


def _dump_sqlite(target: Path) -> Facts:
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as copy:
        connection.connection.backup(copy)
        # One file without a log of its own beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        state = copy.execute("PRAGMA integrity_check").fetchone()
        if state != ("ok",):
            raise BackupError(_("数据库已损坏，没有备份：%(why)s") % {"why": state})
        return _facts(copy.execute)


def _dump_postgresql(target: Path) -> Facts:
    with transaction.atomic(), connection.cursor() as cursor:
        # The tool and our own questions see one and the same state.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", "--schema=public"]
        _tool("pg_dump", [*words, f"--file={target}"], BackupError)

        def run(statement: str) -> Iterable[tuple[Any, ...]]:
            cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

        return _facts(run)


def _tool(name: str, words: list[str], refusal: type[BackupError | RestoreError]) -> None:
    path = shutil.which(name)
    if path is None:
        raise refusal(_("没有找到 %(name)s，请安装 PostgreSQL 客户端（postgresql-client）。") % {"name": name})
    given: dict[str, Any] = {
        key: value for key, value in connection.get_connection_params().items() if isinstance(value, str | int)
    }
    # A password on the command line could be read by everybody on this machine.
    password = str(given.pop("password", "") or "")
    for own in ("client_encoding", "prepare_threshold"):
        given.pop(own, None)
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    command = [path, *words, f"--dbname={make_conninfo(**given)}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise refusal(_("%(name)s 没有成功：%(why)s") % {"name": name, "why": done.stderr.strip()[-800:]})


def is_empty() -> bool:
    """Return whether the database holds no table."""
    if connection.vendor == "sqlite" and not Path(settings.DATABASES["default"]["NAME"]).exists():
        return True
    return not connection.introspection.table_names()


def sqlite_files() -> list[Path]:
    """Return the files of the SQLite database that are there."""
    name = str(settings.DATABASES["default"]["NAME"])
    return [path for ending in ("", "-wal", "-shm") if (path := Path(name + ending)).exists()]


def set_aside(folder: Path, schema: str) -> None:
    """Move the tables away: the files of SQLite into a folder, those of PostgreSQL into a schema of that name."""
    if connection.vendor == "sqlite":
        connection.close()
        for path in sqlite_files():
            shutil.move(path, folder / path.name)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER SCHEMA public RENAME TO {}").format(sql.Identifier(schema)))
        cursor.execute("CREATE SCHEMA public")


def load(source: Path) -> None:
    """Take a copy as the database; there is none or an empty one. Refused: what the tools refuse (RestoreError)."""
    if connection.vendor == "sqlite":
        connection.close()
        for path in sqlite_files():
            path.unlink()
        shutil.move(source, settings.DATABASES["default"]["NAME"])
        return
    connection.close()
    words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _tool("pg_restore", [*words, "--schema=public", str(source)], RestoreError)
