"""The difference of two frameworks names what was done, once and on the right part."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.zhiheng.framework.base import BASE, edited, loaded
from tests.zhiheng.framework.test_load import CHILD

from zhiheng.framework.diff import Change, diff
from zhiheng.framework.load import load, load_framework


def changes(folder: Path, *edits: tuple[str, str]) -> tuple[Change, ...]:
    old = loaded(folder, BASE).framework
    return diff(old, loaded(folder, edited(*edits), "new.yaml").framework).changes


@pytest.mark.parametrize("code", ["jilin-ip-2021", "open-data-city-2025"])
def test_a_framework_does_not_differ_from_itself(code: str) -> None:
    framework = load_framework(code)
    assert diff(framework, framework).same


P8 = "text: 满意度\n            marks: 2"
P9 = "获上级推广的，每次加0.5分，最多加1分"
BANDS = "甲等 16、乙等 10、丙等 0"


@pytest.mark.parametrize(("edit", "expected"), [
    (("title: 数据", "title: 统计"), Change("indicator", "renamed", "L2-3", "统计", "title", "数据", "统计")),
    (("code: L2-3", "code: L2-7"), Change("indicator", "renumbered", "L2-7", "数据", "", "L2-3", "L2-7")),
    (("text: 满意度", "text: 公众评价"), Change("point", "renamed", "p8", "公众评价", "text", "满意度", "公众评价")),
    (("- no: 9\n", "- no: 10\n"), Change("point", "renumbered", "p10", P9, "", "p9", "p10")),
    ((P8, P8.replace("2", "3")), Change("point", "changed", "p8", "满意度", "marks", "2", "3")),
    (("floor: 60", "floor: 70"), Change("rule", "changed", "p8", "满意度", "floor", "60", "70")),
    (
        ("{name: 乙等, from: 10}", "{name: 乙等, from: 12}"),
        Change("grades", "changed", "grades", "", "bands", BANDS, BANDS.replace("10", "12")),
    ),
    (("    below: 4\n", "    below: 3\n"), Change("vetoes", "changed", "study", "未学习的不列甲等", "below", "4", "3")),
    (("  - id: study", "  - id: learn"), Change("vetoes", "added", "learn", "未学习的不列甲等")),
    (("  - id: study", "  - id: learn"), Change("vetoes", "removed", "study", "未学习的不列甲等")),
    (
        ("ranking: {source: doc}", "ranking: {ties: dense, source: doc}"),
        Change("settings", "changed", "ranking", "", "ties", "best", "dense"),
    ),
    (("total: 20", "total: 30"), Change("settings", "changed", "total", "", "", "20", "30")),
    (
        ("{title: 示范文件}", "{title: 新文件}"),
        Change("sources", "changed", "doc", "新文件", "title", "示范文件", "新文件"),
    ),
])  # fmt: skip
def test_one_edit_is_one_change(edit: tuple[str, str], expected: Change, tmp_path: Path) -> None:
    found = changes(tmp_path, edit)
    assert expected in found
    assert len(found) == (2 if edit[0].startswith("  - id") else 1), found


def test_parts_come_and_go_and_move(tmp_path: Path) -> None:
    last = BASE[BASE.index("          - no: 9\n") :]
    moved = edited((last, "")).replace("      - code: L2-2\n", last + "      - code: L2-2\n")
    old = loaded(tmp_path, BASE).framework
    assert diff(old, loaded(tmp_path, moved, "m.yaml").framework).changes == (
        Change("point", "moved", "p9", "获上级推广的，每次加0.5分，最多加1分", "", "L2-3", "L2-1"),
    )
    short = loaded(tmp_path, edited((last, "")), "s.yaml").framework
    assert [(c.kind, c.code, c.before) for c in diff(old, short).changes] == [("removed", "p9", "1")]
    assert [(c.kind, c.code, c.after) for c in diff(short, old).changes] == [("added", "p9", "1")]


def test_a_renumbered_parent_is_no_move(tmp_path: Path) -> None:
    assert [c.kind for c in changes(tmp_path, ("code: L1-1", "code: L1-9"))] == ["renumbered"]


def test_swapped_numbers_are_read_by_the_text(tmp_path: Path) -> None:
    found = changes(
        tmp_path,
        ("- no: 7\n", "- no: 70\n"), ("- no: 8\n", "- no: 7\n"), ("- no: 70\n", "- no: 8\n"),
    )  # fmt: skip
    assert [(c.kind, c.before, c.after) for c in found] == [("renumbered", "p7", "p8"), ("renumbered", "p8", "p7")]


def test_a_rule_of_another_kind_differs_field_by_field(tmp_path: Path) -> None:
    found = changes(tmp_path, ("kind: per_item\n              each: 0.5\n              cap: 2", "kind: yes_no"))
    assert {(c.field, c.before, c.after) for c in found} == {
        ("kind", "per_item", "yes_no"), ("each", "0.5", ""), ("cap", "2", ""),
    }  # fmt: skip


def test_totals_by_level_leave_bonuses_out(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    (tmp_path / "county.yaml").write_text(CHILD, "utf-8")
    child = load(tmp_path / "county.yaml")
    assert child.parent is not None
    done = diff(child.parent, child.framework)
    assert [(c.code, c.before, c.after) for c in done.marks] == [
        ("L2-1", "6", "7"), ("L2-2", "6", "5"), ("p1", "4", "5"), ("p4", "3", "2"),
    ]  # fmt: skip
    assert [(t.level, t.before_count, t.after_marks) for t in done.totals] == [
        ("一级指标", 2, Decimal(20)), ("二级指标", 3, Decimal(20)), ("考核要点", 9, Decimal(20)),
    ]  # fmt: skip


def test_weights_have_no_total_and_depths_may_differ() -> None:
    done = diff(load_framework("jilin-ip-2021"), load_framework("open-data-city-2025"))
    assert [(t.level, t.before_count, t.after_count) for t in done.totals] == [
        ("一级指标", 4, 4), ("二级指标", 8, 7), ("三级指标", 21, 0), ("考核要点", 44, 16),
    ]  # fmt: skip
    assert done.totals[0].after_marks == 100
    assert done.totals[-1].after_marks is None
