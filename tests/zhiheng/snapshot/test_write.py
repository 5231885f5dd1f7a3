"""A snapshot is written whole or not at all, from a folder that needs nothing outside it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.zhiheng.snapshot.builders import EXTRAS, KEY, MADE_AT, PUBLIC, RULES, SETTINGS, round_folder, snapshot

from zhiheng import __version__
from zhiheng.assessment.load import load_case
from zhiheng.errors import CaseError, FileMissingError, InputError, SnapshotError
from zhiheng.pipeline import run
from zhiheng.snapshot import write
from zhiheng.snapshot.manifest import digest, key_id
from zhiheng.snapshot.verify import verify_snapshot
from zhiheng.snapshot.write import SnapshotSummary, write_snapshot

ROOT = Path(__file__).parents[3]
CHILD = """
import sys
from pathlib import Path
from tests.zhiheng.snapshot.builders import KEY, MADE_AT
from zhiheng.snapshot.write import write_snapshot
print("ready", flush=True)
while True:
    write_snapshot(Path(sys.argv[1]), Path(sys.argv[2]), KEY, MADE_AT)
    print("written", flush=True)
"""


def held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_holds_the_folder_the_result_and_the_extras(written: SnapshotSummary, members: dict[str, bytes]) -> None:
    folder = written.path.parent / "case"
    assert {name: members[f"case/{name}"] for name in held(folder)} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }
    assert members["result.json"] == run(load_case(folder)).to_json().encode()
    assert members["chain.csv"] == EXTRAS["chain.csv"]
    assert len(members) == 3 + len(list(folder.iterdir())) + 1


def test_the_manifest_names_everything(written: SnapshotSummary, members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"])
    result = json.loads(members["result.json"])
    assert manifest == {
        "format": 1,
        "case": "mini",
        "title": "小案例",
        "made_at": "2021-09-30T08:00:00Z",
        "zhiheng": __version__,
        "units": 2,
        "hashes": result["hashes"],
        "members": {n: digest(d) for n, d in members.items() if n not in {"manifest.json", "signature"}},
        "public_key": PUBLIC.hex(),
        "key_id": key_id(PUBLIC),
    }
    assert written.manifest.to_bytes() == members["manifest.json"]
    KEY.public_key().verify(members["signature"], members["manifest.json"])


def test_the_summary_is_of_the_file(written: SnapshotSummary, content: bytes) -> None:
    assert (written.size, written.sha256) == (len(content), digest(content))
    assert written.result.interval("甲市", "p1").confirmed == 40


def test_the_same_round_gives_the_same_bytes(content: bytes, tmp_path: Path) -> None:
    assert snapshot(tmp_path).path.read_bytes() == content


def test_the_time_is_written_in_utc_and_needs_a_zone(tmp_path: Path) -> None:
    folder, target = round_folder(tmp_path / "case"), tmp_path / "a.zhiheng"
    beijing = datetime(2021, 9, 30, 16, tzinfo=timezone(timedelta(hours=8)))
    assert write_snapshot(folder, target, KEY, beijing).manifest.made_at == "2021-09-30T08:00:00Z"
    with pytest.raises(SnapshotError, match="time zone"):
        write_snapshot(folder, tmp_path / "b.zhiheng", KEY, beijing.replace(tzinfo=None))
    assert not (tmp_path / "b.zhiheng").exists()


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (SETTINGS.replace("framework.yaml", "jilin-ip-2021"), "framework"),
        (SETTINGS.replace("framework.yaml", "../outside.yaml"), "framework"),
        (SETTINGS.replace("framework.yaml", "{outside}"), "framework"),
        (SETTINGS + "based_on: jilin-2021\n", "based_on"),
        (SETTINGS + "based_on: ../other\n", "based_on"),
    ],
)
def test_a_case_that_needs_something_outside_is_refused(tmp_path: Path, settings: str, field: str) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_bytes(RULES.read_bytes())
    folder = round_folder(tmp_path / "case")
    (folder / "case.yaml").write_text(settings.replace("{outside}", str(outside)), "utf-8")
    with pytest.raises(CaseError) as refused:
        write_snapshot(folder, tmp_path / "a.zhiheng", KEY, MADE_AT)
    assert [(p.file, p.field) for p in refused.value.problems] == [("case.yaml", field)]
    assert not (tmp_path / "a.zhiheng").exists()


@pytest.mark.parametrize("parent", ["jilin-ip-2021", "../outside", "framework"])
def test_rules_that_extend_something_outside_or_themselves_are_refused(tmp_path: Path, parent: str) -> None:
    (tmp_path / "outside.yaml").write_bytes(RULES.read_bytes())
    folder = round_folder(tmp_path / "case")
    (folder / "framework.yaml").write_text(f"extends: {parent}\ncode: child\nversion: '2'\n", "utf-8")
    with pytest.raises(CaseError) as refused:
        write_snapshot(folder, tmp_path / "a.zhiheng", KEY, MADE_AT)
    assert [(p.file, p.field) for p in refused.value.problems] == [("framework.yaml", "extends")]


def test_rules_that_extend_a_file_beside_are_whole(tmp_path: Path) -> None:
    folder = round_folder(tmp_path / "case")
    (folder / "parent.yaml").write_bytes(RULES.read_bytes())
    (folder / "framework.yaml").write_text("extends: parent\ncode: child\nversion: '2'\n", "utf-8")
    summary = write_snapshot(folder, tmp_path / "a.zhiheng", KEY, MADE_AT)
    assert summary.result.framework == "child"
    assert verify_snapshot(summary.path, PUBLIC).ok


def test_a_folder_without_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError):
        write_snapshot(tmp_path, tmp_path / "a.zhiheng", KEY, MADE_AT)


def test_a_case_with_faults_is_refused_with_its_rows(tmp_path: Path) -> None:
    folder = round_folder(tmp_path / "case")
    (folder / "decisions.csv").write_text("unit,point,status,mark,reason\n甲市,1,verified,99,\n", "utf-8")
    with pytest.raises(InputError) as refused:
        write_snapshot(folder, tmp_path / "a.zhiheng", KEY, MADE_AT)
    assert refused.value.problems[0].line == 2
    assert held(tmp_path) == ["case"]


@pytest.mark.parametrize("name", ["sub", ".hidden", "a b.csv"])
def test_folders_and_odd_names_are_refused_rather_than_left_out(tmp_path: Path, name: str) -> None:
    folder = round_folder(tmp_path / "case")
    (folder / name).mkdir()
    with pytest.raises(SnapshotError, match="plain files"):
        write_snapshot(folder, tmp_path / "a.zhiheng", KEY, MADE_AT)


@pytest.mark.parametrize("name", ["result.json", "manifest.json", "signature", "case/x.csv", "../x", "a/b", ""])
def test_an_extra_takes_no_name_of_ours_and_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotError, match="cannot be the name"):
        write_snapshot(round_folder(tmp_path / "case"), tmp_path / "a.zhiheng", KEY, MADE_AT, {name: b""})


@pytest.mark.parametrize(("limit", "words"), [("MAX_BYTES", "bytes"), ("MAX_MEMBERS", "files")])
def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(write, limit, 3)
    with pytest.raises(SnapshotError, match=words):
        snapshot(tmp_path)
    assert held(tmp_path) == ["case"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    folder, target = round_folder(tmp_path / "case"), tmp_path / "a.zhiheng"
    target.mkdir()
    with pytest.raises(OSError, match=r"a\.zhiheng"):
        write_snapshot(folder, target, KEY, datetime(2021, 9, 30, tzinfo=UTC))
    assert held(tmp_path) == ["a.zhiheng", "case"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
@pytest.mark.parametrize("wait_for", ["ready", "written"])
def test_a_kill_leaves_no_file_or_a_whole_one(tmp_path: Path, wait_for: str) -> None:
    folder, target = round_folder(tmp_path / "case"), tmp_path / "a.zhiheng"
    command = [sys.executable, "-c", CHILD, str(folder), str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        assert any(line.strip() == wait_for for line in child.stdout)
        child.kill()
    assert wait_for == "ready" or target.exists()
    assert not target.exists() or verify_snapshot(target, PUBLIC).ok
