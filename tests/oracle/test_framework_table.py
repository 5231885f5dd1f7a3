"""The built-in Jilin framework agrees cell by cell with a table typed from the printed report."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from zhiheng.framework.load import load_framework
from zhiheng.framework.model import Indicator
from zhiheng.framework.rules import PerField, PerItem

TABLE = Path(__file__).parent / "framework.tsv"
KINDS = {
    "binary": "yes_no",
    "graded": "judged",
    "per_item_capped": "per_item",
    "per_field_capped": "per_field",
    "relative_count": "relative",
}
FRAMEWORK = load_framework("jilin-ip-2021")
PARENTS = {indicator.code: parent for _, parent, indicator in FRAMEWORK.nodes}


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def ancestors(no: int) -> tuple[Indicator, Indicator, Indicator]:
    """Return the indicators of levels 1, 2 and 3 above a point."""
    code = next(parent for parent, point in FRAMEWORK.points if point.no == no)
    third = FRAMEWORK.indicator(code)
    second = FRAMEWORK.indicator(PARENTS[third.code])
    return FRAMEWORK.indicator(PARENTS[second.code]), second, third


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["point_no"])
def test_titles_texts_and_marks_agree(row: dict[str, str]) -> None:
    no = int(row["point_no"])
    first, second, third = ancestors(no)
    point = FRAMEWORK.point(no)
    assert f"{first.number}. {first.title}" == row["level1"]
    assert (second.number, second.title) == (row["level2_no"], row["level2"])
    assert (third.number, third.title) == (row["level3_no"], row["level3"])
    marks = [part.marks for part in (first, second, third)]
    assert marks == [Decimal(row[f"level{level}_max"]) for level in (1, 2, 3)]
    assert point.text == row["point_text"]
    rule = point.rule
    assert rule.kind == KINDS[row["rule_type"]]
    if isinstance(rule, PerItem | PerField):
        assert (rule.each, rule.cap) == (Decimal(row["unit_score"]), Decimal(row["cap"]))
    assert point.marks == Decimal(row["cap"])


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["point_no"])
def test_the_veto_stands_where_the_table_marks_it(row: dict[str, str]) -> None:
    assert (int(row["point_no"]) in {veto.point for veto in FRAMEWORK.vetoes}) == (row["veto"] == "y")


def test_the_table_is_whole() -> None:
    assert [int(row["point_no"]) for row in rows()] == [point.no for _, point in FRAMEWORK.points] == list(range(1, 45))
    assert len({row["level3_no"] for row in rows()}) == 21
