"""The site as a process: it starts, answers, ends cleanly, and takes up its work again after being killed."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

from tests.web.e2e.conftest import Site, sqlite_only, start, stop

pytestmark = sqlite_only


def zhiheng(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("zhiheng")), *words]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ZHIHENG_", "DJANGO_"))}
    return subprocess.run(
        command, env=environment | {"ZHIHENG_DATA": str(data)}, capture_output=True, text=True, check=False
    )


def test_secrets_are_made_once_and_readable_by_the_owner_only(site: Site) -> None:
    key = site.data / "keys" / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((site.data / "demo.json").stat().st_mode) == 0o600


def test_answers_carry_the_headers_that_browsers_obey(site: Site) -> None:
    with urllib.request.urlopen(f"{site.address}/account/login/") as answer:
        headers, body = answer.headers, answer.read().decode()
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in body
    assert "style=" not in body


def test_the_log_of_the_demonstration_is_whole_and_tampering_is_found(site: Site, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    copy.mkdir()
    live, kept = site.data / "zhiheng.sqlite3", copy / "zhiheng.sqlite3"
    with closing(sqlite3.connect(live)) as source, closing(sqlite3.connect(kept)) as target:
        source.backup(target)
    whole = zhiheng(copy, "audit", "verify")
    assert (whole.returncode, "完整" in whole.stdout) == (0, True)
    with closing(sqlite3.connect(kept)) as database, database:
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit_entry SET actor_name = '别人' WHERE number = 10")
    forged = zhiheng(copy, "audit", "verify")
    assert forged.returncode == 1
    assert "第10条" in forged.stdout


def test_a_taken_port_is_named(site: Site, tmp_path: Path) -> None:
    port = site.address.rpartition(":")[2]
    done = zhiheng(tmp_path, "site", "serve", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_site_starts_again_on_the_same_data(tmp_path: Path) -> None:
    first = start(tmp_path)
    subprocess.run(["pkill", "-KILL", "-P", str(first.process.pid)], check=False)
    first.process.kill()
    first.process.wait()
    second = start(tmp_path)
    assert stop(second) == 0
    assert zhiheng(tmp_path, "audit", "verify").returncode == 0
