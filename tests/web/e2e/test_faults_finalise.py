"""Killed without warning while a round is finalised, the site leaves nothing half-written and ends it afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.web.e2e.conftest import environment
from tests.web.e2e.test_faults import ROOT, Place, ask, kill, place  # noqa: F401 - `place` is a fixture

WORLD = """
import json, sys, tempfile
from pathlib import Path
import django
django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests.web.builders import person
from tests.web.finished import ready_round
from zhiheng_web.config.server import prepare
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.results.actions import ask_finalise
prepare()
codes = [f"r{number}" for number in range(int(sys.argv[1]))]
made = []
for code in codes:
    folder = Path(tempfile.mkdtemp())
    made.append(ready_round(folder, 2, code=code))
Likeness.objects.all().delete()
user = person("administrator")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.save()
asked = ask_finalise(user, made[0], []).pk if len(sys.argv) > 2 else 0
print(json.dumps({"session": store.session_key, "codes": codes, "asked": asked}))
"""
KILLED = """
import os, signal, sys
import django
django.setup()
from zhiheng_web.results import actions
actions._store = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
actions.finalise(int(sys.argv[1]))
"""
ENDS_S = 60


def run(place: Place, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:  # noqa: F811 - a fixture
    variables = environment(place.data, place.database, DJANGO_SETTINGS_MODULE="zhiheng_web.config.settings")
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)


def world(place: Place, *arguments: str) -> dict[str, object]:  # noqa: F811 - a fixture
    done = run(place, WORLD, *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def files(place: Place) -> list[Path]:  # noqa: F811 - a fixture
    return sorted((place.data / "results").iterdir())


def snapshots(place: Place) -> list[tuple[object, ...]]:  # noqa: F811 - a fixture
    return place.rows(
        "SELECT r.code, r.stage, s.file FROM rounds_round r LEFT JOIN results_snapshot s ON s.round_id = r.id"
    )


def finalised(place: Place, codes: set[object]) -> bool:  # noqa: F811 - a fixture
    """Wait until the worker has ended the rounds, and check that each has one file that verifies offline."""
    until = time.monotonic() + ENDS_S
    while {code for code, stage, _file in snapshots(place) if stage == "publication"} < codes:
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    named = [str(file) for code, _stage, file in snapshots(place) if code in codes]
    assert len(named) == len(codes)
    command = [str(Path(sys.executable).with_name("zhiheng")), "verify"]
    for name in named:
        done = subprocess.run([*command, str(place.data / "results" / name)], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
    return True


def test_killed_between_the_file_and_the_row_the_round_is_finalised_afterwards(place: Place) -> None:  # noqa: F811 - a fixture
    made = world(place, "1", "asked")
    done = run(place, KILLED, str(made["asked"]))
    assert done.returncode == -signal.SIGKILL
    (left,) = files(place)
    assert snapshots(place) == [("r0", "finalisation", None)]
    site = place.start()
    try:
        assert finalised(place, {"r0"})
    finally:
        kill(site)
    assert files(place) == [left]
    place.intact()


@pytest.mark.parametrize("delay", [0.3])
def test_killed_at_any_moment_a_round_is_finalised_as_a_whole_or_not_at_all(place: Place, delay: float) -> None:  # noqa: F811 - a fixture
    made = world(place, "1")
    site = place.start()
    url = "/rounds/r0/finalise/"
    status, token = ask(site, "GET", url, made["session"])
    assert status == 200
    body = urlencode({"csrfmiddlewaretoken": token}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(site, "POST", url, made["session"], body, token=token, **form)[0] == 302
    time.sleep(delay)
    kill(site)
    ((_code, stage, file),) = snapshots(place)
    assert (stage, file is None) in {("finalisation", True), ("publication", False)}
    place.intact()
    again = place.start()
    try:
        assert finalised(place, {"r0"})
    finally:
        kill(again)
    assert [path for path in files(place) if path.suffix != ".zhiheng"] == []
