"""The commands as a user runs them: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HEAD = "unit,point,status,mark,value,measure,date,component,quote,source,note\n"


def zhiheng(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from zhiheng.cli.main import run; run()", *args]
    env = {**os.environ, "COLUMNS": "200", "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, cwd=cwd, env=env)


def test_score_prints_the_documented_json() -> None:
    done = zhiheng("score", "jilin-2021", "--format", "json")
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert {"case", "framework", "units", "findings"} <= set(data)
    first = data["units"][0]
    assert (first["name"], first["confirmed"], first["claimed"], first["published"]) == ("长春市", 16.0, 28.4, 82.4)
    assert {"code", "name", "confirmed", "claimed", "possible", "published", "rank", "grade", "nodes"} <= set(first)
    assert len(first["nodes"]) == 4 + 8 + 21 + 44
    last = data["units"][-1]
    assert (last["name"], last["confirmed"], last["claimed"], last["rank"]) == ("长白山", 16.0, 24.2, 10)


def test_score_writes_nothing_but_json_to_standard_output_when_saving(tmp_path: Path) -> None:
    saved = tmp_path / "result.json"
    done = zhiheng("score", "jilin-2021-example", "--format", "json", "--save", str(saved))
    assert json.loads(done.stdout)["case"] == "jilin-2021-example"
    assert json.loads(saved.read_text("utf-8"))["hashes"]["framework"]


def test_explain_names_rule_facts_cap_and_source() -> None:
    done = zhiheng("explain", "jilin-2021", "--unit", "长白山", "--point", "10")
    assert done.returncode == 0
    for words in ("每次0.2分，最多1分", "0.8＋1.4", "按1分计", "近两年共举办集中宣传活动4次", "状态：核实"):
        assert words in done.stdout


def test_findings_of_severity_error_exit_with_1(folder: Callable[..., Path]) -> None:
    statements = "id,unit,kind,node,relation,value,quote,source,inferred,note\nS1,甲市,total,,=,99,,,no,\n"
    done = zhiheng("score", str(folder(facts=HEAD + "甲市,16,rejected,0,,,,,,,\n", statements=statements)))
    assert done.returncode == 1
    assert "公布的总分99分" in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("score", "no-such-case"),
        ("explain", "jilin-2021", "--unit", "沈阳市"),
        ("explain", "jilin-2021", "--unit", "长春市", "--point", "45"),
        ("report", "jilin-2021", "--out", "x", "--formats", "doc"),
        ("report", "jilin-2021", "--out", "x", "--edits", "none.json"),
        ("reconstruct", "jilin-2021"),
        ("framework", "show", "nothing"),
    ],
)
def test_bad_input_exits_with_2_and_no_traceback(args: tuple[str, ...], tmp_path: Path) -> None:
    done = zhiheng(*args, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.strip()
    assert list(tmp_path.iterdir()) == []


def test_bad_rows_are_listed_with_file_line_and_column(folder: Callable[..., Path]) -> None:
    done = zhiheng("score", str(folder(facts=HEAD + "甲市,1,verified,5,,,,,,,\n乙市,99,claimed,1,,,,,,,\n")))
    assert done.returncode == 2
    assert "facts.csv:2 [mark]" in done.stderr
    assert "facts.csv:3 [point]" in done.stderr


def test_quiet_may_stand_before_or_after_the_command(tmp_path: Path) -> None:
    words = ["simulate", "jilin-ip-2021", "--units", "3"]
    for at, option in ((0, "--quiet"), (2, "-q"), (4, "--quiet")):
        done = zhiheng(*words[:at], option, *words[at:], "--out", str(tmp_path / str(at)))
        assert (done.returncode, done.stderr) == (0, "")


def test_quiet_leaves_standard_error_empty(tmp_path: Path) -> None:
    loud = zhiheng("simulate", "jilin-ip-2021", "--units", "3", "--out", str(tmp_path / "a"))
    quiet = zhiheng("--quiet", "simulate", "jilin-ip-2021", "--units", "3", "--out", str(tmp_path / "b"))
    assert "模拟" in loud.stderr
    assert quiet.stderr == ""


def test_compare_names_units_that_only_one_case_has(tmp_path: Path) -> None:
    for name, count in (("a", "4"), ("b", "5")):
        zhiheng("-q", "simulate", "jilin-ip-2021", "--units", count, "--seed", "3", "--out", str(tmp_path / name))
    done = zhiheng("compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert done.returncode == 0
    assert "只在本轮：模拟5" in done.stdout
