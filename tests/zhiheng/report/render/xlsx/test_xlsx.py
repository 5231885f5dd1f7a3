from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.zhiheng.report.render.xlsx.samples import grid, heads

from zhiheng.assessment.case import Case
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document
from zhiheng.report.render.xlsx import render
from zhiheng.scoring.result import Result

Built = tuple[Case, Result]


def test_every_sheet_is_listed_labelled_frozen_and_has_a_footer(example_file: Path) -> None:
    book = load_workbook(example_file)
    listed = [c.value for c in book["说明"]["A"]]
    for sheet in book.worksheets:
        assert "不是官方得分" in str(sheet.oddFooter.left.text)
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for sheet in book.worksheets[1:]:
        assert sheet.title in listed
        assert "不是官方得分" in str(sheet["A2"].value)
        assert sheet.freeze_panes is not None
        assert sheet.print_title_rows is not None
    links = {str(c.hyperlink.location) for c in book["说明"]["A"] if c.hyperlink}
    assert links == {f"'{sheet.title}'!A1" for sheet in book.worksheets[1:]}


def test_the_label_is_the_first_thing_seen_merged_and_red(example_file: Path, example_document: Document) -> None:
    sheet = load_workbook(example_file)["说明"]
    assert sheet["A1"].value == example_document.label
    assert sheet["A1"].font.color.rgb == "FFB3261E"
    assert "A1:B1" in [str(area) for area in sheet.merged_cells.ranges]


def test_a_round_without_a_label_has_no_empty_banner(case: Callable[..., Case], tmp_path: Path) -> None:
    made = case()
    result = run(made)
    render(made, result, compose(made, result), tmp_path / "r.xlsx")
    book = load_workbook(tmp_path / "r.xlsx")
    assert book["说明"]["A1"].value == "报告"
    assert book["总分排名"].oddFooter.left.text in {None, ""}


def test_the_first_sheet_names_the_hashes_and_explains_every_status(example_file: Path, example: Built) -> None:
    _, result = example
    rows = {r[0].value: r[1].value for r in load_workbook(example_file)["说明"].iter_rows()}
    assert rows["校验值：数据"] == result.hashes.data
    assert rows["校验值：指标体系"] == result.hashes.framework
    assert rows["校验值：方法"] == result.hashes.method
    assert {"核实", "待核", "不予认定", "不适用", "不明"} <= set(rows)


def test_differences_follow_the_statistics_under_the_table(evidence_file: Path, evidence: Built) -> None:
    _, result = evidence
    formulas, values = load_workbook(evidence_file), load_workbook(evidence_file, data_only=True)
    names = heads(values, "总分排名")
    mean = float(result.confirmed[:, 0].mean()) / 10
    rows = {r[1]: r for r in grid(values, "总分排名")}
    assert rows["平均"][4] == pytest.approx(mean)
    row = rows["吉林市"]
    assert row[names.index("与平均分之差")] == pytest.approx(float(str(row[4])) - mean)
    assert row[names.index("与最高分之差")] == 0
    assert grid(formulas, "总分排名")[0][names.index("与平均分之差")] == "=E5-E$16"
    assert formulas["总分排名"]["E16"].value == "=AVERAGE(E5:E14)"


def test_a_settled_round_shows_the_published_totals_beside_its_own(example_file: Path) -> None:
    book = load_workbook(example_file, data_only=True)
    column = heads(book, "总分排名").index("公布总分")
    shown = {r[1]: r[column] for r in grid(book, "总分排名")}
    assert (shown["长春市"], shown["长白山"], shown["延边州"]) == (82.4, 52.2, ">70")


def test_a_row_is_as_tall_as_its_longest_text(evidence_file: Path) -> None:
    sheet = load_workbook(evidence_file)["佐证台账"]
    tall = next(r for r in sheet.iter_rows(min_row=5) if len(str(r[9].value)) > 60)
    assert (sheet.row_dimensions[tall[0].row].height or 0) >= 3 * 15


def test_rules_of_the_source_name_it_and_ours_give_a_reason(example_file: Path, example: Built) -> None:
    case, _ = example
    rows = {r[0]: r for r in grid(load_workbook(example_file), "指标体系")}
    for _, point in case.framework.points:
        where, why = rows[f"p{point.no}"][6:8]
        if point.rule.source == "ours":
            assert where == "本系统设定"
            assert point.rule.reason in str(why)
        else:
            assert where == f"《{case.framework.sources[point.rule.source].title}》"


def test_totals_are_marks_and_differences_are_formulas_with_right_values(example_file: Path, example: Built) -> None:
    formulas, values = load_workbook(example_file), load_workbook(example_file, data_only=True)
    row = next(r for r in grid(values, "总分排名") if r[1] == "长春市")
    assert row[3] == 82.4
    assert row[4] == pytest.approx(0.824)
    assert row[6] == 0
    _, result = example
    mean = float(result.confirmed[:, 0].mean()) / 10
    assert row[5] == pytest.approx(82.4 - mean)
    assert str(next(r for r in grid(formulas, "总分排名") if r[1] == "长春市")[5]).startswith("=D")


def test_indicator_rows_sum_their_children(example_file: Path, example: Built) -> None:
    formulas, values = load_workbook(example_file), load_workbook(example_file, data_only=True)
    _, result = example
    rows = {str(r[0]): (r, v) for r, v in zip(grid(formulas, "各级得分"), grid(values, "各级得分"), strict=True)}
    assert len(rows) == 1 + 4 + 8 + 21 + 44
    for code, (row, shown) in rows.items():
        node = "" if code == "总分" else code
        assert shown[5] == pytest.approx(float(result.scale.marks(result.interval("长春市", node).confirmed)))
        assert isinstance(row[5], str) is not code.startswith("p")


def test_missing_material_is_an_empty_cell_not_zero(evidence_file: Path) -> None:
    values = load_workbook(evidence_file, data_only=True)
    rows = {str(r[0]): r for r in grid(values, "已核实得分")}
    assert rows["p5"][5:] == [None] * 10  # nobody published anything on point 5
    assert rows["p16"][5 + 3] == 0  # 辽源市: rejected, a zero that is known
    assert rows["p16"][5] == 4
    assert {str(r[0]): r for r in grid(values, "最多可能得分")}["p5"][5] == 3


def test_ledger_holds_every_fact_with_status_and_source(evidence_file: Path, evidence: Built) -> None:
    case, _ = evidence
    rows = grid(load_workbook(evidence_file), "佐证台账")
    assert len(rows) == len(case.facts)
    assert {r[3] for r in rows} == {"核实", "待核", "不予认定"}
    assert [r[9] for r in rows] == [f.quote for f in case.facts]


def test_same_input_gives_the_same_bytes(
    example: Built, example_document: Document, example_file: Path, tmp_path: Path
) -> None:
    render(*example, example_document, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == example_file.read_bytes()


def test_charts_are_native(example_file: Path, evidence_file: Path) -> None:
    for path in (example_file, evidence_file):
        with zipfile.ZipFile(path) as parts:
            assert any("charts/chart" in n for n in parts.namelist())


def test_a_round_without_facts_or_statements_has_no_empty_sheets(case: Callable[..., Case], tmp_path: Path) -> None:
    made = replace(case(), facts=(), statements=())
    result = run(made)
    path = tmp_path / "r.xlsx"
    render(made, result, compose(made, result), path)
    names = load_workbook(path).sheetnames
    assert "佐证台账" not in names
    assert "公布结论" not in names
    assert "总分排名" in names
