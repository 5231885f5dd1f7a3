from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.zhiheng.report.render.xlsx.samples import grid

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Fact, Status
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import DataTable, Document, Figure, NativeChart, Series
from zhiheng.report.render.xlsx import render
from zhiheng.report.render.xlsx.book import TOP, Book
from zhiheng.scoring.result import Result
from zhiheng.sheets.setup import Column

Write = Callable[[Case], tuple[Result, Path]]
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x")',
    "{=1}",
    "http://x.y",
    "_x0041_",
    "<r><t>x</t></r>",
    "<r>&</r>",
]


def ledger_of(case: Callable[..., Case], written: Write, texts: list[str]) -> list[object]:
    facts = tuple(Fact("c0", 1, Status.CLAIMED, Decimal(4), quote=t, note=t, source=t) for t in texts)
    _, path = written(case(facts=facts))
    sheet = load_workbook(path)["佐证台账"]
    cells = [sheet.cell(5 + i, 10) for i in range(len(texts))]
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.hyperlink is None for c in cells)
    return [c.value for c in cells]


def test_hostile_text_stays_text(case: Callable[..., Case], written: Write) -> None:
    shown = ledger_of(case, written, HOSTILE)
    assert [str(s).strip() for s in shown] == [t.strip() for t in HOSTILE]


def test_characters_that_xml_cannot_hold_become_spaces(case: Callable[..., Case], written: Write) -> None:
    assert ledger_of(case, written, ["a\x07b", "a\uffffb"]) == ["a b"] * 2


@pytest.mark.parametrize("character", ["x", "字", "😀"])
def test_a_text_too_long_for_a_cell_is_cut_and_says_so(
    case: Callable[..., Case], written: Write, character: str
) -> None:
    (shown,) = ledger_of(case, written, [character * 40_000])
    assert len(str(shown).encode("utf-16-le")) // 2 < 32_767
    assert str(shown).endswith("（已截断）")


def test_a_long_label_with_codes_stays_in_the_footer(case: Callable[..., Case], written: Write) -> None:
    made = case()
    label = "&P数据&" * 80
    made = replace(made, settings=made.settings.model_copy(update={"label": label, "short_label": "短"}))
    _, path = written(made)
    for sheet in load_workbook(path).worksheets:
        footer = str(sheet.oddFooter.left.text)
        assert footer.startswith("&&P数据&&")
        assert len(f"&L{footer}&R{sheet.oddFooter.right.text}") <= 255


def figure(caption: str, rows: tuple[tuple[str | float | None, ...], ...], columns: tuple[str, ...]) -> Figure:
    native = NativeChart("radar", tuple(str(r[0]) for r in rows), (Series("值", (1.0,) * len(rows), "#000000"),), 1.0)
    return Figure(f"fig-{caption}", caption, "", {}, 100, 50, DataTable(columns, rows), native)


def drawn(case: Callable[..., Case], path: Path, *figures: Figure) -> list[list[object]]:
    made = case()
    result = run(made)
    document: Document = replace(compose(made, result), body=figures)
    render(made, result, document, path)
    return [[c.value for c in row] for row in load_workbook(path)["图表数据"].iter_rows(min_row=4)]


def test_a_figure_without_a_number_leaves_the_cell_empty(case: Callable[..., Case], tmp_path: Path) -> None:
    rows = (("甲", None, 1.0), ("乙", float("nan"), 2.0), ("丙", float("inf"), 3.0))
    shown = drawn(case, tmp_path / "r.xlsx", figure("=Sheet!$A$1", rows, ("名", "值", "又值")))
    assert shown[0][0] == "图 1　=Sheet!$A$1"
    assert [r[:3] for r in shown[2:5]] == [["甲", None, 1], ["乙", None, 2], ["丙", None, 3]]


def test_a_figure_wider_than_a_page_is_turned(case: Callable[..., Case], tmp_path: Path) -> None:
    columns = ("地区", *(f"指标{i}" for i in range(20)))
    rows = (("甲", *map(float, range(20))), ("乙", *map(float, range(20, 40))))
    shown = drawn(
        case, tmp_path / "r.xlsx", figure("宽", rows, columns), figure("窄", (("甲", 1.0, 2.0),), ("a", "b", "c"))
    )
    assert shown[1][:3] == ["地区", "甲", "乙"]
    assert shown[2][:3] == ["指标0", 0, 20]
    assert shown[21][:3] == ["指标19", 19, 39]
    assert [r[0] for r in shown[22:24]] == [None, "图 2　窄"]


def test_rows_beyond_the_capacity_of_a_sheet_are_counted_not_dropped_in_silence(tmp_path: Path) -> None:
    book = Book(tmp_path / "r.xlsx", title="", author="", label="标注", step=Decimal("0.1"))
    columns = [Column("数", 8, "number")]
    sheet = book.sheet("表", "表", columns, note="原来的注")
    book.rows(sheet, columns, [[i] for i in range(10)], most=TOP + 6)
    book.close()
    read = load_workbook(tmp_path / "r.xlsx")
    assert [r[0] for r in grid(read, "表")] == [0, 1, 2, 3, 4, 5]
    assert read["表"]["A3"].value == "共10行，超出工作表的容量，只列前6行。"
    assert read["表"]["A2"].value == "标注"


@pytest.mark.parametrize(("step", "shown"), [("1", "0"), ("0.1", "0.0"), ("0.25", "0.00"), ("5", "0")])
def test_marks_show_the_decimals_of_the_step(tmp_path: Path, step: str, shown: str) -> None:
    book = Book(tmp_path / "r.xlsx", title="", author="", label="", step=Decimal(step))
    columns = [Column("分", 8, "marks")]
    book.rows(book.sheet("表", "表", columns), columns, [[1.0]])
    book.close()
    assert load_workbook(tmp_path / "r.xlsx")["表"]["A5"].number_format == shown
