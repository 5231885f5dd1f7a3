"""Killed without warning in the middle of an upload or an import, the site leaves nothing half-written."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql
from tests.web.builders import pdf
from tests.web.e2e.conftest import Site, environment, start

ROOT = Path(__file__).parents[3]
SETTLES_S = 20
WORLD = """
import json, sys
import django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from pathlib import Path
from tests.web.builders import filler, row_of, running_round
from zhiheng.assessment.claims import Claim, Item, Material
from zhiheng_web.config.server import prepare
from zhiheng_web.evidence.actions import inspect
from zhiheng_web.exchange.actions import MEMBERS, place_of
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.exchange.plain import to_plain
from tests.web.builders import pdf
prepare()
row = row_of(running_round(units=1))
user = filler()
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.save()
imports = []
for number in range(int(sys.argv[1])):
    found = WorkbookImport(round_unit=row, made_by=user, workbook_name="a.xlsx", folder=f"{number:032d}", state="ready")
    place = place_of(found) / MEMBERS
    place.mkdir(parents=True)
    path = pdf(place / "x.pdf", title=str(number))
    seen = inspect(path, "x.pdf")
    found.files = [{"name": "x.pdf", "path": f"{MEMBERS}/x.pdf", "error": "", "used": True} | {
        k: getattr(seen, k) for k in type(seen).__slots__}]
    item = (Item(f"第{number}次", materials=(Material("x.pdf", ""),)),)
    found.claims = [to_plain(Claim(no, "yes", items=item if no != 4 else ())) for no in (1, 3)]
    found.save()
    imports.append(found.pk)
print(json.dumps({"session": store.session_key, "imports": imports, "row": row.pk}))
"""


@dataclass(frozen=True)
class Place:
    """
    Where a site keeps its data.

    Parameters
    ----------
    data
        Its folder.
    database
        Address of its PostgreSQL, or "" for an SQLite file in the folder.
    """

    data: Path
    database: str

    def world(self, imports: int = 0) -> dict[str, object]:
        """Make a round with one unit; return the session of its filler and imports that wait to be applied."""
        variables = environment(self.data, self.database, DJANGO_SETTINGS_MODULE="zhiheng_web.config.settings")
        command = [sys.executable, "-c", WORLD, str(imports)]
        done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return found

    def start(self) -> Site:
        return start(self.data, "--workers", "1", database=self.database)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Run a statement once whatever the killed site had under way has ended, and return its rows."""
        if not self.database:
            with closing(sqlite3.connect(self.data / "zhiheng.sqlite3")) as database, database:
                return database.execute(query).fetchall()
        with psycopg.connect(self.database, autocommit=True) as database:
            busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            until = time.monotonic() + SETTLES_S
            while database.execute(busy).fetchone() != (1,):
                assert time.monotonic() < until
                time.sleep(0.05)
            answer = database.execute(query.encode())
            return answer.fetchall() if answer.description else []

    def intact(self) -> None:
        """Check that the database and the log are whole, and that every listed file has its content."""
        if not self.database:
            assert self.rows("PRAGMA integrity_check") == [("ok",)]
        command = [str(Path(sys.executable).with_name("zhiheng")), "audit", "verify"]
        variables = environment(self.data, self.database)
        done = subprocess.run(command, env=variables, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
        for sha256, size in self.rows("SELECT sha256, size FROM evidence_evidencefile"):
            name = str(sha256)
            content = (self.data / "evidence" / name[:2] / name[2:4] / name).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, name)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return a place on the database that is tested; a PostgreSQL gives one of its own, thrown away afterwards."""
    server = os.environ.get("ZHIHENG_TEST_DATABASE_URL", "")
    if not server:
        yield Place(tmp_path / "data", "")
        return
    name = f"faults_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as database:
        database.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            parts = urlsplit(server)
            yield Place(tmp_path / "data", urlunsplit(parts._replace(path=f"/{name}")))
        finally:
            database.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def kill(site: Site) -> None:
    """Kill the server and all its children as a power failure does."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()[1:]]
    doomed = {site.process.pid}
    while more := {pid for pid, parent in parents if parent in doomed} - doomed:
        doomed |= more
    for pid in doomed:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    site.process.wait()


def ask(site: Site, method: str, path: str, session: object, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """Send a request as a signed-in filler; return status and the token against forgery."""
    token = headers.pop("token", "")
    sent = {"Cookie": f"zhiheng={session}; zhiheng_csrf={token}", "X-CSRFToken": token, **headers}
    with closing(http.client.HTTPConnection(site.address.removeprefix("http://"), timeout=30)) as connection:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        answer.read()
    cookies = answer.headers.get_all("Set-Cookie", [])
    found = next((c.split(";")[0].partition("=")[2] for c in cookies if c.startswith("zhiheng_csrf")), token)
    return answer.status, found


@pytest.mark.sqlite_once
def test_an_upload_that_is_cut_off_lists_no_file(place: Place, tmp_path: Path) -> None:
    made = place.world()
    site = place.start()
    unit = "/rounds/r1/units/220100/"
    status, token = ask(site, "GET", f"{unit}?at=A", made["session"])
    assert status == 200
    content = pdf(tmp_path / "a.pdf").read_bytes() + b"%" + b"x" * 8_000_000
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + content + b"\r\n--x--\r\n"
    connection = http.client.HTTPConnection(site.address.removeprefix("http://"))
    connection.putrequest("POST", f"{unit}files/add/")
    for name, value in {
        "Cookie": f"zhiheng={made['session']}; zhiheng_csrf={token}", "X-CSRFToken": token,
        "Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(len(body)),
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(body[: len(body) // 2])
    time.sleep(0.3)
    kill(site)
    connection.close()
    assert place.rows("SELECT * FROM evidence_evidencefile") == []
    place.intact()
    again = place.start()
    assert ask(again, "GET", f"{unit}?at=A", made["session"])[0] == 200
    kill(again)


DELAYS_S = (0.1,)
"""Moments of the kill after the confirmation; the second database gets fewer, because each takes two starts."""


@pytest.mark.sqlite_once
def test_an_import_that_is_cut_off_is_written_as_a_whole_or_not_at_all(place: Place) -> None:
    made = place.world(imports=len(DELAYS_S))
    imports = made["imports"]
    assert isinstance(imports, list)
    outcomes = set()
    for number, (delay, pk) in enumerate(zip(DELAYS_S, imports, strict=True)):
        # The comparison is with the unit as it is now.
        version = place.rows("SELECT version FROM rounds_roundunit")[0][0]
        place.rows(f"UPDATE exchange_workbookimport SET unit_version = {version} WHERE id = {pk}")  # noqa: S608 - our own numbers
        site = place.start()
        unit = "/rounds/r1/units/220100/"
        _status, token = ask(site, "GET", f"{unit}?at=A", made["session"])
        sending = threading.Thread(
            target=_quietly, args=(site, f"{unit}workbook/{pk}/apply/", made["session"], token), daemon=True
        )
        sending.start()
        time.sleep(delay)
        kill(site)
        sending.join(30)
        ((state,),) = place.rows(f"SELECT state FROM exchange_workbookimport WHERE id = {pk}")  # noqa: S608 - as above
        ((items,),) = place.rows(f"SELECT count(*) FROM assessments_item WHERE text = '第{number}次'")  # noqa: S608 - as above
        outcomes.add((state, items))
        place.intact()
    assert outcomes <= {("ready", 0), ("applied", 2)}
    assert outcomes


def _quietly(site: Site, path: str, session: object, token: str) -> None:
    try:
        ask(site, "POST", path, session, urlencode({"csrfmiddlewaretoken": token}).encode(), token=token,
            **{"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip
    except (OSError, http.client.HTTPException):
        return
