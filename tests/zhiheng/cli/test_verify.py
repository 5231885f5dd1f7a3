"""`zhiheng verify` as a user runs it: a process, its output, its exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.zhiheng.cli.test_commands import zhiheng
from tests.zhiheng.snapshot.builders import OTHER, PUBLIC, resigned, snapshot

from zhiheng.snapshot.container import packed, unpacked
from zhiheng.snapshot.manifest import key_id

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snapshot(tmp_path_factory.mktemp("round")).path


def test_with_the_key_of_the_office_it_passes_and_prints_the_totals(file: Path, tmp_path: Path) -> None:
    key = tmp_path / "office.pub"
    key.write_text(PUBLIC.hex(), "utf-8")
    done = zhiheng("verify", str(file), "--key", str(key))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("通过") == 7
    assert "请留意" not in done.stdout
    for words in ("小案例", key_id(PUBLIC), "甲市", "乙市", "2021-09-30T08:00:00Z", "测试数据，不是评价结果"):
        assert words in done.stdout


def test_without_a_key_it_passes_with_a_reservation(file: Path) -> None:
    done = zhiheng("verify", str(file))
    assert done.returncode == 0
    assert "核对通过，有保留" in done.stdout


def test_it_prints_json(file: Path) -> None:
    done = zhiheng("verify", str(file), "--key", PUBLIC.hex(), "--format", "json")
    data = json.loads(done.stdout)
    assert (done.returncode, data["ok"], data["other_method"]) == (0, True, False)
    assert [check["state"] for check in data["checks"]] == ["ok"] * 6
    assert data["manifest"]["case"] == "mini"
    assert data["label"] == "测试数据，不是评价结果"
    told = (ROOT / "docs/methods/snapshot.md").read_text("utf-8")
    assert [key for key in data if f"`{key}`" not in told] == []
    assert data["units"][0] == {
        "code": "1",
        "name": "甲市",
        "rank": 1,
        "grade": None,
        "confirmed": 4.0,
        "claimed": 4.0,
        "possible": 100.0,
    }


def test_a_failed_check_exits_with_1(file: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.zhiheng"
    changed.write_bytes(packed({**unpacked(file.read_bytes()), "chain.csv": b"x"}))
    for form in ("table", "json"):
        done = zhiheng("verify", str(changed), "--format", form)
        assert done.returncode == 1
        assert "chain.csv" in done.stdout
    other = OTHER.public_key().public_bytes_raw()
    done = zhiheng("verify", str(file), "--key", other.hex())
    assert done.returncode == 1
    assert "另一把密钥" in done.stdout


def test_half_a_file_exits_with_1(file: Path, tmp_path: Path) -> None:
    half = tmp_path / "half.zhiheng"
    half.write_bytes(file.read_bytes()[:3000])
    done = zhiheng("verify", str(half))
    assert done.returncode == 1
    assert "不完整" in done.stdout


@pytest.mark.parametrize(
    "args", [("none.zhiheng",), ("text.zhiheng",), ("FILE", "--key", "zz"), ("FILE", "--key", "text.zhiheng"), ()]
)
def test_what_is_no_snapshot_or_no_key_exits_with_2(file: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    (tmp_path / "text.zhiheng").write_text("hello", "utf-8")
    done = zhiheng("verify", *(str(file) if arg == "FILE" else arg for arg in args), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_title_cannot_write_on_the_terminal(file: Path, tmp_path: Path) -> None:
    title = "\x1b[2J[green]核对通过[/]"
    hostile = tmp_path / "hostile.zhiheng"
    hostile.write_bytes(resigned(unpacked(file.read_bytes()), title=title))
    done = zhiheng("verify", str(hostile))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "[green]核对通过[/]" in done.stdout
