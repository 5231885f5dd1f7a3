"""Loading: built-in frameworks, refusals with lines, `extends` and `overrides`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.zhiheng.framework.base import BASE, edited, loaded

from zhiheng.errors import FileMissingError, FrameworkError, UnknownFrameworkError, UnknownNodeError
from zhiheng.framework.load import builtin_codes, load, load_framework
from zhiheng.framework.overrides import apply_overrides
from zhiheng.framework.rules import Relative
from zhiheng.framework.yaml_lines import read

CHILD = """\
code: county
version: "1"
extends: base
title: 县级体系
sources:
  county: {title: 县级办法}
overrides:
  L2-1: {marks: 7}
  p1:
    marks: 5
    text: 组织学习的，得5分（未学习的不列甲等）
    source: county
  L2-2: {marks: 5}
  p4: {marks: 2, text: "执法成效的评判，得2分"}
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    (tmp_path / "county.yaml").write_text(CHILD, "utf-8")
    return tmp_path / "county.yaml"


def test_the_built_in_frameworks_load() -> None:
    assert builtin_codes() == ("jilin-ip-2021", "open-data-city-2025")
    assert load_framework("jilin-ip-2021").counts == (4, 8, 21, 44)
    assert load_framework("open-data-city-2025").counts == (4, 7, 16)


def test_the_example_says_that_it_is_one() -> None:
    framework = load_framework("open-data-city-2025")
    assert framework.sources["example"].note == "示例体系，不是任何机关发布的标准"
    assert all(point.short for _, point in framework.points)
    assert all(indicator.short for _, _, indicator in framework.nodes)


def test_the_two_frameworks_use_every_kind_of_rule() -> None:
    used = {p.rule.kind for code in builtin_codes() for _, p in load_framework(code).points}
    assert used == {"yes_no", "judged", "per_item", "per_field", "steps", "linear", "relative", "deduct", "bonus"}


@pytest.mark.parametrize(("old", "new", "line", "field", "words"), [
    ("precision: 0.1", "precision: 0", 7, "precision", "greater than 0"),
    ("total: 20", "total: 1e999999", 6, "total", "digits"),
    ("total: 20", "totl: 20", 6, "totl", "not known"),
    ("steps: [0, 0.5, 1]", "steps: [0, 1, 0.5]", 77, "indicators.0.children.1.points.1.rule", "rise from 0 to 1"),
    ("to: 2024-12-31", "to: 2024-13-31", 9, "period", "calendar"),
    ("to: 2024-12-31", "to: 2023", 9, "period", "text"),
    ("ranking: {source: doc}", "ranking: {source: ours}", 24, "ranking", "reason"),
    ("kind: linear", "kind: lineal", 132, "indicators.1.children.0.points.3.rule", "lineal"),
    ("floor: 60", "floor: 90", 132, "indicators.1.children.0.points.3.rule", "must differ"),
])  # fmt: skip
def test_a_fault_is_refused_with_its_line(
    old: str, new: str, line: int, field: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(FrameworkError) as caught:
        loaded(tmp_path, edited((old, new)))
    problem = next(p for p in caught.value.problems if p.field.startswith(field))
    assert words in problem.message
    assert problem.line == line, problem


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(FrameworkError) as caught:
        loaded(tmp_path, edited(("total: 20", "total: -1"), ("cap: 3", "cap: none"), ('version: "1"\n', "")))
    assert [p.field.rsplit(".", 1)[-1] for p in caught.value.problems] == ["version", "total", "cap"]


def test_names_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownFrameworkError, match="jilin-ip-2021"):
        load("nothing")
    with pytest.raises(FileMissingError):
        load(tmp_path / "nothing.yaml")
    framework = load_framework("jilin-ip-2021")
    with pytest.raises(UnknownNodeError, match="1 to 44"):
        framework.point(45)
    with pytest.raises(UnknownNodeError):
        framework.indicator("L9")


def test_files_that_are_no_framework(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    for content in (b"\xff\xfe\x00", b"- 1\n", b"", b"code: [", b"#" * 1_000_001):
        path.write_bytes(content)
        with pytest.raises(FrameworkError) as caught:
            load(path)
        assert len(caught.value.problems) == 1


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    assert loaded(tmp_path, "\ufeff" + BASE).framework.code == "base"


def test_a_child_changes_only_what_it_states(county: Path) -> None:
    child = load(county)
    base, framework = load_framework(county.with_name("base.yaml")), child.framework
    assert (framework.code, framework.title, framework.extends) == ("county", "县级体系", "base")
    assert framework.indicator("L2-1").marks == Decimal(7)
    assert framework.point(1).marks == Decimal(5)
    assert framework.point(1).rule == base.point(1).rule
    assert framework.point(2) == base.point(2)
    assert set(framework.sources) == {"doc", "county"}
    assert child.parent == base
    assert BASE in child.text
    assert CHILD in child.text


def test_lines_of_a_child_are_its_own(county: Path) -> None:
    source = load(county).source
    assert source.line(("indicators", 0, "children", 0, "points", 0, "marks")) == 10
    assert source.line(("indicators", 0, "children", 0, "points", 1, "marks")) == 1
    assert source.line(("sources", "county")) == 6


@pytest.mark.parametrize(("old", "new", "words"), [
    ("  p4: {", "  p44: {", "no such indicator or point"),
    ("  L2-2: {marks: 5}", "  L2-2: 5", "keys to replace"),
    ('version: "1"\n', "", "`version` of its own"),
    ("extends: base", "extends: nothing", "no framework 'nothing'"),
    ("extends: base", "extends: county", "extend each other"),
    ("  L2-2: {marks: 5}", "  L2-2: {marks: -5}", "greater than 0"),
])  # fmt: skip
def test_a_child_that_cannot_be_made_is_refused(old: str, new: str, words: str, county: Path) -> None:
    assert CHILD.count(old) == 1
    county.write_text(CHILD.replace(old, new), "utf-8")
    with pytest.raises(FrameworkError) as caught:
        load(county)
    assert any(words in p.message for p in caught.value.problems), caught.value.problems
    assert all(p.line for p in caught.value.problems)


def test_a_child_may_extend_a_built_in_framework(tmp_path: Path) -> None:
    text = (
        "code: c\nversion: '1'\nextends: jilin-ip-2021\noverrides:\n  p19:\n    rule:\n      kind: relative\n"
        "      measure: 件\n      method: minmax\n      lone: 1\n      evidence: 统计报表\n      source: report\n"
    )
    point = loaded(tmp_path, text, "c.yaml").framework.point(19)
    assert isinstance(point.rule, Relative)
    assert (point.rule.method, point.marks) == ("minmax", Decimal(6))


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 99), min_size=1, max_size=9))
def test_overrides_set_their_marks_and_nothing_else(marks: dict[int, int]) -> None:
    parent = read(BASE, "base.yaml")
    before = read(BASE, "base.yaml")
    rows = "".join(f"  p{no}: {{marks: {value}}}\n" for no, value in marks.items())
    child = read(f'code: c\nversion: "1"\nextends: base\noverrides:\n{rows}', "c.yaml")
    made = apply_overrides(parent, child, "c.yaml")
    assert parent.data == before.data
    new, old = _points(made.data), _points(before.data)
    for point, was in zip(new, old, strict=True):
        assert point == {**was, "marks": marks.get(was["no"], was["marks"])}
    lines = {no: 5 + i for i, no in enumerate(marks)}
    for path in [p for p in made.lines if p[-1:] == ("marks",) and "points" in p and "rule" not in p]:
        place: Any = made.data
        for part in path[:-1]:
            place = place[part]
        assert made.line(path) == lines.get(place["no"], 1)


def _points(data: Any) -> list[dict[str, Any]]:
    return [point for top in data["indicators"] for low in top["children"] for point in low["points"]]
