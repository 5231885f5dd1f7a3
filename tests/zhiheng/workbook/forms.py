"""A framework with every kind of rule, claims of all shapes, and how a test fills a workbook in as people do."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet
from tests.builders import framework, indicator, point

from zhiheng.assessment.claims import Claim, Item, Material, judged_steps
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import COUNTED, MEASURED, Judged, PerField
from zhiheng.workbook.layout import HEAD_ROW, UnitSheet
from zhiheng.workbook.unit import write_unit_workbook

SHEET = UnitSheet("r1", "某年评价", "c0", "甲市", "2020年至2021年6月", "示例数据", "2021年8月31日", 7)


def every_kind() -> Framework:
    """Nine kinds of rules in 30 marks with a step of 0.1; the judged one is marked in steps of 0.2."""
    return framework(
        [
            indicator(
                "A",
                [
                    point(1, "yes_no", 4),
                    point(2, "judged", 3, steps=[0, "0.25", "0.5", 1], precision="0.2"),
                    point(3, "per_item", 1, each="0.3", cap=1),
                    point(4, "per_field", 3, each=1, cap=3, fields=["专利", "商标", "著作权", "地理标志"]),
                    point(5, "per_field", 2, each="0.5", cap=2, fields=["知识产权"], open=True),
                ],
                13,
            ),
            indicator(
                "B",
                [
                    point(
                        6, "steps", 5, measure="%",
                        thresholds=[{"at": 60, "marks": 1}, {"at": "80.5", "marks": "2.5"}, {"at": 95, "marks": 5}],
                    ),
                    point(
                        7, "steps", 2, measure="天", direction="lower",
                        thresholds=[{"at": 30, "marks": 1}, {"at": 10, "marks": 2}],
                    ),
                    point(8, "linear", 4, measure="件", floor="-10", target=90),
                    point(9, "relative", 3, measure="件", method="minmax", lone=1),
                    point(10, "deduct", 3, each="0.7", cap=2),
                    point(11, "bonus", 1, each="0.4", cap=1),
                ],
                17,
            ),
        ],
        total=30,
    )  # fmt: skip


def written(path: Path, rules: Framework, claims: Mapping[int, Claim] | None = None) -> Path:
    """Write a workbook into a folder and return it."""
    file = path / "自评.xlsx"
    write_unit_workbook(rules, SHEET, claims or {}, file)
    return file


class Filling:
    """A workbook opened as a person would, with cells named by sheet, head and row."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.book = openpyxl.load_workbook(file)

    def sheet(self, name: str) -> Worksheet:
        return self.book[name]

    def put(self, name: str, head: str, row: int, value: object) -> str:
        """Type a value in the n-th row under the heads, from 1, and return the address of the cell."""
        sheet = self.sheet(name)
        heads = [str(cell.value or "") for cell in sheet[HEAD_ROW + 1]]
        column = next(i for i, text in enumerate(heads, 1) if text.startswith(head))
        cell = sheet.cell(HEAD_ROW + 1 + row, column)
        cell.value = value  # type: ignore[assignment]
        return cell.coordinate

    def save(self, name: str | None = None) -> Path:
        file = self.file.with_name(name) if name else self.file
        self.book.save(file)
        return file


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=30).map(str.strip)
WORDS = st.one_of(
    TEXT, st.sampled_from(["=1+1", "+SUM(A1)", "@x", "-3", "<r>x</r>", "_x0041_", "甲\n乙", "2021-06", "1e5"])
)
NAMES = WORDS.map(lambda text: "".join(text.replace("；", "").replace(";", "").split("\n")).strip())
DATES = st.sampled_from(["", "2021", "2021-06", "2021-06-30", "2020..2021-06", "2020-01..", "..2021-06-30"])
MATERIALS = st.lists(
    st.builds(Material, NAMES.map(lambda n: f"{n}.pdf"), NAMES.filter(lambda p: p not in {"—", "-"})), max_size=3
).map(tuple)


def items(rules_point: Point) -> st.SearchStrategy[tuple[Item, ...]]:
    """Items that are valid for a point, none of them empty."""
    rule = rules_point.rule
    component: st.SearchStrategy[str] = st.just("")
    count: st.SearchStrategy[Decimal | None] = st.none()
    if isinstance(rule, PerField):
        component = WORDS if rule.open else st.sampled_from(["", *rule.fields])
    elif rule.kind in COUNTED:
        count = st.none() | st.integers(1, 1_000_000).map(Decimal)
    item = st.builds(Item, WORDS, DATES, component, count, MATERIALS)
    return st.lists(item.filter(lambda i: i != Item()), max_size=3).map(tuple)


@st.composite
def claims(draw: st.DrawFn, rules: Framework) -> dict[int, Claim]:
    """One valid claim for every point, finished or not."""
    made = {}
    for _, p in rules.points:
        mark = value = None
        if isinstance(p.rule, Judged):
            mark = draw(st.none() | st.sampled_from(judged_steps(rules, p)))
        if p.rule.kind in MEASURED:
            value = draw(st.none() | st.decimals(-1000, 1000, places=3) | st.just(Decimal("123456789012.123456789")))
        stance = draw(st.sampled_from(["", "yes", "no", "not_applicable"]))
        made[p.no] = Claim(p.no, stance, mark, value, draw(WORDS), draw(items(p)))
    return made
