"""A backup is restored elsewhere; killed in the middle, a restore leaves the old data or says what happened."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.web.installation import Installation, installations

PASSPHRASE = "correct horse battery"  # noqa: S105 - of backups that exist in tests only
WORLD = """
import sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from tests.web.builders import claims, evidence, filler, row_of, running_round
from zhiheng_web.assessments.actions import save_answer
from zhiheng_web.config.server import prepare
prepare()
row = row_of(running_round(units=1))
file = evidence(row, Path(sys.argv[1]))
evidence(row, Path(sys.argv[1]), "第二份.pdf")
for no, given in claims(file).items():
    save_answer(filler(), row, no, given, version=0)
(Path(settings.DATA) / "keys" / "audit_ed25519").write_bytes(b"k" * 32)
(Path(settings.DATA) / "keys" / "audit_ed25519").chmod(0o600)
waiting = Path(settings.UPLOADS) / "imports" / "f" / "佐证材料.zip"
waiting.parent.mkdir(parents=True)
waiting.write_bytes(b"waits")
(Path(settings.UPLOADS) / "still-coming").write_bytes(b"half")
"""

SIGNED = """
import sys
from pathlib import Path
import django
django.setup()
from tests.web.finished import finalised_round
finalised_round(Path(sys.argv[1]), 1, code="signed")
"""


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data of an installation with a round that runs, on SQLite; tests take copies."""
    folder = tmp_path_factory.mktemp("made-once")
    place = Installation(folder / "data", "")
    place.python(WORLD, str(folder))
    return place.data


@pytest.fixture
def filled(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Installation, Installation]]:
    """Return an installation with a round that runs, and an empty one."""
    with installations(tmp_path, 2) as (old, new):
        if old.database:
            old.python(WORLD, str(tmp_path))
        else:
            shutil.copytree(request.getfixturevalue("made_once"), old.data)
        yield old, new


def backed_up(place: Installation, target: Path, **more: str) -> Path:
    done = place.run("backup", str(target), **more)
    assert done.returncode == 0, done.stderr
    return target


def test_a_backup_is_restored_elsewhere_with_everything_it_needs(
    filled: tuple[Installation, Installation], tmp_path: Path
) -> None:
    old, new = filled
    old.python(SIGNED, str(tmp_path))
    file = backed_up(old, tmp_path / "out.tar.gz")
    assert file.stat().st_mode & 0o777 == 0o600
    checked = old.run("backup", "--check", str(file))
    assert checked.returncode == 0
    assert "备份完整" in checked.stdout
    done = new.run("restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "佐证材料3份" in done.stdout
    answers = "SELECT point, stance FROM assessments_answer ORDER BY point"
    assert new.rows(answers) == old.rows(answers) != []
    assert [path.read_bytes() for path in new.contents()] == [path.read_bytes() for path in old.contents()]
    for key in ("secret_key", "second_factor_key", "audit_ed25519"):
        assert (new.data / "keys" / key).read_bytes() == (old.data / "keys" / key).read_bytes()
        assert (new.data / "keys" / key).stat().st_mode & 0o777 == 0o600
    assert (new.data / "uploads/imports/f/佐证材料.zip").read_bytes() == b"waits"
    assert not (new.data / "uploads/still-coming").exists()
    assert new.run("audit", "verify").returncode == 0
    # The signed result of the restored installation is the one that was signed, and holds by itself.
    ((name, public_key),) = new.rows("SELECT file, public_key FROM results_snapshot")
    (signed,) = new.data.rglob(str(name).rsplit("/", 1)[-1])
    told = new.run("verify", str(signed), "--key", str(public_key))
    assert told.returncode == 0, told.stdout
    content = bytearray(signed.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.zhiheng").write_bytes(content)
    assert new.run("verify", str(tmp_path / "flipped.zhiheng"), "--key", str(public_key)).returncode != 0
    acts = [row[0] for row in new.rows("SELECT act FROM audit_entry ORDER BY number")]
    assert acts[-1] == "backup.restored"
    assert [row[0] for row in old.rows("SELECT act FROM audit_entry ORDER BY number")][-1] == "backup.made"
    assert not (new.data / "restore-unfinished.json").exists()
    assert not list(tmp_path.glob("*.part"))
    # The restored log still refuses changes.
    with pytest.raises((sqlite3.DatabaseError, psycopg.DatabaseError)):
        new.rows("DELETE FROM audit_entry")


@pytest.mark.sqlite_once
def test_a_sealed_backup_needs_its_passphrase(filled: tuple[Installation, Installation], tmp_path: Path) -> None:
    old, new = filled
    file = backed_up(old, tmp_path / "out.sealed", ZHIHENG_BACKUP_PASSPHRASE=PASSPHRASE)
    assert b"audit" not in file.read_bytes()
    without = new.run("restore", str(file))
    assert (without.returncode, "backup.passphrase" in without.stderr) == (2, True)
    (tmp_path / "word").write_text(PASSPHRASE + "\n")
    done = new.run("restore", str(file), "--passphrase-file", str(tmp_path / "word"))
    assert done.returncode == 0, done.stderr


def test_data_that_is_there_is_never_overwritten(filled: tuple[Installation, Installation], tmp_path: Path) -> None:
    old, _new = filled
    file = backed_up(old, tmp_path / "out.tar.gz")
    again = old.run("backup", str(file))
    assert (again.returncode, "backup.refused" in again.stderr) == (2, True)
    old.rows("UPDATE assessments_answer SET note = 'later'")
    refused = old.run("restore", str(file))
    assert (refused.returncode, "restore.refused" in refused.stderr) == (2, True)
    assert old.rows("SELECT DISTINCT note FROM assessments_answer") == [("later",)]
    forced = old.run("restore", str(file), "--force")
    assert forced.returncode == 0, forced.stderr
    assert ("later",) not in old.rows("SELECT note FROM assessments_answer")
    (aside,) = old.data.glob("replaced-*")
    assert len([path for path in (aside / "evidence").rglob("*") if path.is_file()]) == 2
    kept = "SELECT DISTINCT note FROM {}assessments_answer"
    if old.database:
        ((schema,),) = old.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'zhiheng_replaced_%'")
        assert old.rows(kept.format(f"{schema}.")) == [("later",)]
        assert backed_up(old, tmp_path / "next.tar.gz").exists()
    else:
        assert Installation(aside, "").rows(kept.format("")) == [("later",)]


@pytest.mark.sqlite_once
def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(
    filled: tuple[Installation, Installation], tmp_path: Path
) -> None:
    old, new = filled
    old.rows("INSERT INTO django_migrations (app, name, applied) VALUES ('rounds', '9999_later', '2030-01-01')")
    file = backed_up(old, tmp_path / "out.tar.gz")
    refused = new.run("restore", str(file))
    assert (refused.returncode, "rounds.9999_later" in refused.stderr) == (2, True)
    assert not list(new.data.glob("replaced-*"))
    assert not (new.data / "restore-unfinished.json").exists()


@pytest.mark.sqlite_once
def test_content_that_was_lost_before_is_named_and_the_rest_is_kept(
    filled: tuple[Installation, Installation], tmp_path: Path
) -> None:
    old, new = filled
    first, second = old.contents()
    first.unlink()
    second.write_bytes(b"rotten")
    made = old.run("backup", str(tmp_path / "out.tar.gz"))
    assert made.returncode == 1
    assert first.name in made.stdout
    assert second.name in made.stdout
    done = new.run("restore", str(tmp_path / "out.tar.gz"))
    assert done.returncode == 1
    assert first.name in done.stdout
    assert new.rows("SELECT count(*) FROM evidence_evidencefile") == [(2,)]


@pytest.mark.sqlite_once
def test_content_that_does_not_verify_leaves_a_mark_and_no_site_starts(
    filled: tuple[Installation, Installation], tmp_path: Path
) -> None:
    old, new = filled
    # A log that somebody changed behind the triggers.
    triggers = "ALTER TABLE audit_entry DISABLE TRIGGER ALL" if old.database else "DROP TRIGGER audit_no_update"
    old.rows(triggers)
    old.rows("UPDATE audit_entry SET actor_name = 'somebody else' WHERE number = 2")
    file = backed_up(old, tmp_path / "out.tar.gz")
    done = new.run("restore", str(file))
    assert (done.returncode, "restore.unfinished" in done.stderr) == (2, True)
    assert json.loads((new.data / "restore-unfinished.json").read_text())["backup"] == "out.tar.gz"
    for words in (("site", "prepare"), ("backup", str(tmp_path / "x")), ("restore", str(file))):
        refused = new.run(*words)
        assert (refused.returncode, "restore.unfinished" in refused.stderr) == (2, True), words


@pytest.mark.sqlite_once
def test_a_restore_waits_for_no_running_site(filled: tuple[Installation, Installation], tmp_path: Path) -> None:
    old, new = filled
    file = backed_up(old, tmp_path / "out.tar.gz")
    holds = """
import sys
import django
django.setup()
from zhiheng_web.jobs.locks import SITE, held
with held(SITE, alone=False):
    print("held", flush=True)
    sys.stdin.read()
"""
    variables = new.environment()
    with subprocess.Popen([sys.executable, "-c", holds], env=variables, stdin=-1, stdout=-1) as site:
        assert site.stdout is not None
        assert site.stdout.readline() == b"held\n"
        refused = new.run("restore", str(file))
        site.communicate(b"")
    assert (refused.returncode, "正在运行" in refused.stderr) == (2, True)
    assert new.run("restore", str(file)).returncode == 0


@pytest.mark.parametrize("share", [0.75])
def test_a_restore_that_is_killed_leaves_the_old_data_or_a_mark(
    filled: tuple[Installation, Installation], tmp_path: Path, share: float
) -> None:
    old, _new = filled
    file = backed_up(old, tmp_path / "out.tar.gz")
    before = old.rows("SELECT count(*) FROM assessments_answer")
    started = time.monotonic()
    assert old.run("restore", str(file), "--force").returncode == 0
    takes = time.monotonic() - started
    command = [str(Path(sys.executable).with_name("zhiheng")), "restore", str(file), "--force"]
    with subprocess.Popen(command, env=old.environment(), stdout=-3, stderr=-3) as going:
        time.sleep(takes * share)
        going.kill()
    if not (old.data / "restore-unfinished.json").exists():
        assert old.rows("SELECT count(*) FROM assessments_answer") == before
        for path in old.contents():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        assert len(old.contents()) == 2
    else:
        assert old.run("site", "prepare").returncode == 2
    assert old.run("restore", str(file), "--force").returncode == 0
    assert old.rows("SELECT count(*) FROM assessments_answer") == before
    assert old.run("audit", "verify").returncode == 0
