"""`zhiheng framework` as a user sees it: what is printed, the documented JSON, the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.zhiheng.framework.base import BASE, edited
from tests.zhiheng.framework.test_load import CHILD
from typer.testing import CliRunner, Result

from zhiheng.cli.framework import app
from zhiheng.errors import UnknownFrameworkError


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args), env={"COLUMNS": "200"}, catch_exceptions=True)


def write(folder: Path, text: str, name: str = "base.yaml") -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def test_list_names_every_built_in_framework() -> None:
    done = run("list")
    assert done.exit_code == 0
    assert "jilin-ip-2021" in done.output
    assert "open-data-city-2025" in done.output
    assert "三级指标21，考核要点44" in done.output


def test_show_prints_the_documented_json() -> None:
    data = json.loads(run("show", "jilin-ip-2021", "--format", "json").output)
    assert (data["code"], data["total"], data["counts"]) == ("jilin-ip-2021", 100, [4, 8, 21, 44])
    assert {"code", "level", "title", "marks", "parent"} <= set(data["nodes"][0])
    assert data["nodes"][0]["parent"] is None
    assert [node["marks"] for node in data["nodes"] if node["level"] == 1] == [27, 14, 56, 3]
    assert data["nodes"][4]["parent"] == "L1-1"
    first, tenth = data["points"][0], data["points"][9]
    assert (first["no"], first["parent"], first["marks"], first["rule"]["kind"]) == (1, "L3-1", 4, "yes_no")
    assert first["veto"]["bars"] == ["优秀"]
    assert tenth["veto"] is None
    assert (tenth["rule"]["kind"], tenth["rule"]["each"], tenth["rule"]["cap"]) == ("per_item", 0.2, 1)


def test_weights_are_added_to_the_json() -> None:
    data = json.loads(run("show", "open-data-city-2025", "-f", "json").output)
    node = next(n for n in data["nodes"] if n["code"] == "A1")
    assert (node["weight"], node["marks"]) == (0.6, None)
    assert data["points"][9]["rule"]["thresholds"] == [
        {"at": 70, "marks": 40}, {"at": 85, "marks": 70}, {"at": 95, "marks": 100},
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["tree", "table"])
def test_show_names_marks_rules_grades_and_vetoes(form: str) -> None:
    text = run("show", "open-data-city-2025", "--format", form).output
    for words in ("权重0.6", "35分", "加3分", "≥70%得40分", "每项扣5分，最多扣80分", "优秀15%", "考核要点5低于50分"):
        assert words in text
    assert ("几何平均" in text) == (form == "tree")


def test_a_narrow_table_wraps_titles_instead_of_cutting_them() -> None:
    done = CliRunner().invoke(app, ["show", "jilin-ip-2021", "-f", "table"], env={"COLUMNS": "80"})
    assert "…" not in done.output


def test_brackets_in_texts_are_not_markup(tmp_path: Path) -> None:
    path = write(tmp_path, edited(("title: 示范体系", 'title: "体系[bold]〔2024〕[/x]"')))
    for args in (("show", path), ("show", path, "-f", "table"), ("check", path)):
        done = run(*args)
        assert done.exception is None
    assert "体系[bold]〔2024〕[/x]" in run("show", path).output


def test_show_prints_how_a_child_differs_from_its_parent(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    text = run("show", write(tmp_path, CHILD, "county.yaml")).output
    assert "与上级体系 base 的分值差别" in text
    assert "改 L2-1 学习 [marks]：6 → 7" in text


def test_check_of_a_sound_framework_exits_with_0(tmp_path: Path) -> None:
    assert run("check", write(tmp_path, BASE)).exit_code == 0
    assert run("check", "jilin-ip-2021").exit_code == 0


@pytest.mark.parametrize(("edit", "line"), [
    (("total: 20", "total: 21"), "base.yaml:6 F102 错误 总分为21分"),
    (("lone: 1", "lone: 0"), "base.yaml:114 F313 警告 考核要点6"),
])  # fmt: skip
def test_findings_exit_with_1_and_name_their_line(edit: tuple[str, str], line: str, tmp_path: Path) -> None:
    done = run("check", write(tmp_path, edited(edit)))
    assert done.exit_code == 1
    assert line in done.output


def test_check_as_json(tmp_path: Path) -> None:
    done = run("check", write(tmp_path, edited(("total: 20", "total: 21"))), "--format", "json")
    (found,) = json.loads(done.stdout)
    assert (found["check"], found["severity"], found["line"], found["field"]) == ("F102", "error", 6, "total")


def test_a_framework_that_is_not_there_is_a_refusal() -> None:
    assert isinstance(run("show", "nothing").exception, UnknownFrameworkError)


def test_diff_prints_totals_and_changes(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    done = run("diff", str(tmp_path / "base.yaml"), write(tmp_path, CHILD, "county.yaml"))
    assert done.exit_code == 0
    for words in ("base 1 → county 1", "一级指标", "改 p1", "[marks]：4 → 5", "新增 county 县级办法"):
        assert words in done.output
    assert "没有差别" in run("diff", "jilin-ip-2021", "jilin-ip-2021").output
