"""Installations with data and a database of their own, run as their administrators run them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Installation:
    """
    An installation.

    Parameters
    ----------
    data
        Its folder.
    database
        Address of its PostgreSQL, or "" for an SQLite file in the folder.
    """

    data: Path
    database: str

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHIHENG_", "DJANGO_"))}
        own = {"ZHIHENG_DATA": str(self.data), "ZHIHENG_DATABASE_URL": self.database}
        return kept | own | {"DJANGO_SETTINGS_MODULE": "zhiheng_web.config.settings"} | more

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours; `more` are variables."""
        command = [str(Path(sys.executable).with_name("zhiheng")), *words]
        return subprocess.run(command, env=self.environment(**more), capture_output=True, text=True, check=False)

    def python(self, code: str, *words: str) -> str:
        """Run a program in it and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env=self.environment(), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Run a statement and return its rows."""
        if not self.database:
            with closing(sqlite3.connect(self.data / "zhiheng.sqlite3")) as database, database:
                return database.execute(query).fetchall()
        with psycopg.connect(self.database, autocommit=True) as database:
            answer = database.execute(query.encode())
            return answer.fetchall() if answer.description else []

    def contents(self) -> list[Path]:
        """Return the stored files of evidence."""
        return sorted(path for path in (self.data / "evidence").rglob("*") if path.is_file())


@contextmanager
def installations(folder: Path, count: int) -> Iterator[list[Installation]]:
    """Lend empty installations on the database that is tested; databases of PostgreSQL are thrown away afterwards."""
    server = os.environ.get("ZHIHENG_TEST_DATABASE_URL", "")
    places = [folder / f"installation-{number}" for number in range(count)]
    if not server:
        yield [Installation(place, "") for place in places]
        return
    names = [f"installation_{uuid.uuid4().hex}" for _ in places]
    with psycopg.connect(server, autocommit=True) as database:
        try:
            for name in names:
                database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            urls = [urlunsplit(urlsplit(server)._replace(path=f"/{name}")) for name in names]
            yield [Installation(place, url) for place, url in zip(places, urls, strict=True)]
        finally:
            for name in names:
                database.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
