"""Killed without warning while a report is made, the site leaves nothing half-written and ends it afterwards."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from pathlib import Path

import pytest
from tests.web.e2e.test_faults import Place, kill, place  # noqa: F401 - `place` is a fixture
from tests.web.e2e.test_faults_finalise import run

WORLD = """
import json, tempfile
from pathlib import Path
import django
django.setup()
from tests.web.builders import person, running_round
from zhiheng_web.config.server import prepare
from zhiheng_web.studio.actions import ask_version
prepare()
made = running_round(2)
print(json.dumps([ask_version(person("administrator"), made).pk]))
"""
KILLED = """
import os, signal, sys
import django
django.setup()
from zhiheng_web.studio import making
def end(*_): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "writing":
    begun = making._begun
    making._begun = lambda pk, step: end() if step == "生成工作簿" else begun(pk, step)
else:
    making._store = end
making.make(int(sys.argv[1]))
"""
ENDS_S = 60


def files(place: Place, folder: str) -> list[Path]:  # noqa: F811 - a fixture
    found = place.data / folder
    return sorted(p for p in found.rglob("*") if p.is_file()) if found.is_dir() else []


@pytest.mark.sqlite_once
def test_killed_at_two_moments_a_report_is_whole_or_absent(place: Place) -> None:  # noqa: F811 - a fixture
    asked = run(place, WORLD)
    assert asked.returncode == 0, asked.stderr
    (pk,) = json.loads(asked.stdout.splitlines()[-1])
    states = "SELECT state, folder FROM studio_version"
    for moment in ("writing", "listing"):
        done = run(place, KILLED, str(pk), moment)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert place.rows(states) == [("waiting", "")]
        assert place.rows("SELECT count(*) FROM studio_versionfile") == [(0,)]
        # Until the very last step nothing stands where finished files stand.
        assert (files(place, "reports") == []) == (moment != "listing")
    place.intact()
    site = place.start()
    try:
        until = time.monotonic() + ENDS_S
        while place.rows(states)[0][0] == "waiting" and time.monotonic() < until:
            time.sleep(0.2)
        ((state, folder),) = place.rows(states)
        assert state == "ready"
    finally:
        kill(site)
    listed = {(f"report.{form}", sha) for form, sha in place.rows("SELECT format, sha256 FROM studio_versionfile")}
    kept = files(place, "reports")
    assert {(p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in kept} == listed
    assert {p.parent.name for p in kept} == {folder}
    assert len(listed) == 4
    assert files(place, ".reports-work") == []
    place.intact()
