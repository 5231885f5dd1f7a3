from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Decision, Fact, Status
from zhiheng.assessment.load import load_case
from zhiheng.framework.load import load_framework
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document
from zhiheng.report.render.xlsx import render
from zhiheng.scoring.result import Result
from zhiheng.synthesis.simulate import simulate

Built = tuple[Case, Result]


@pytest.fixture(scope="module")
def example_file(tmp_path_factory: pytest.TempPathFactory, example: Built, example_document: Document) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "report.xlsx"
    render(*example, example_document, path)
    return path


@pytest.fixture(scope="module")
def evidence_file(tmp_path_factory: pytest.TempPathFactory, evidence: Built, evidence_document: Document) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "report.xlsx"
    render(*evidence, evidence_document, path)
    return path


def grid(book: Workbook, name: str) -> list[list[object]]:
    return [[c.value for c in row] for row in book[name].iter_rows(min_row=5)]


def test_every_sheet_is_listed_labelled_frozen_and_has_a_footer(example_file: Path) -> None:
    book = load_workbook(example_file)
    listed = [c.value for c in book["说明"]["A"]]
    for sheet in book.worksheets[1:]:
        assert sheet.title in listed
        assert "不是官方得分" in str(sheet["A2"].value)
        assert sheet.freeze_panes is not None
        assert "不是官方得分" in str(sheet.oddFooter.left.text)


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


@pytest.mark.office
def test_libreoffice_recalculates_every_formula_to_the_stored_value(
    example_file: Path, evidence_file: Path, tmp_path: Path
) -> None:
    if shutil.which("soffice") is None:
        if os.environ.get("CI"):
            pytest.fail("soffice is missing")
        pytest.skip("soffice is not installed")
    for path in (example_file, evidence_file):
        # A spreadsheet without stored values is calculated when it is opened.
        bare = tmp_path / "bare.xlsx"
        load_workbook(path).save(bare)
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [
            "soffice",
            profile,
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(tmp_path / "out"),
            str(bare),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        stored, again = (
            load_workbook(path, data_only=True),
            load_workbook(tmp_path / "out" / "bare.xlsx", data_only=True),
        )
        formulas = load_workbook(path)
        checked = 0
        for sheet in formulas.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.value.startswith("="):
                        mine, theirs = (
                            stored[sheet.title][cell.coordinate].value,
                            again[sheet.title][cell.coordinate].value,
                        )
                        assert (mine or 0) == pytest.approx(theirs or 0), (sheet.title, cell.coordinate)
                        checked += 1
        assert checked > 500


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


HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("http://x")',
    "a\x07b",
    "x" * 40_000,
    "{=1}",
    "http://x.y",
]


def test_hostile_text_stays_text(case: Callable[..., Case], tmp_path: Path) -> None:
    facts = tuple(Fact("c0", 1, Status.CLAIMED, Decimal(4), quote=text, note=text, source=text) for text in HOSTILE)
    made = case(facts=facts)
    result = run(made)
    path = tmp_path / "r.xlsx"
    render(made, result, compose(made, result), path)
    sheet = load_workbook(path)["佐证台账"]
    cells = [sheet.cell(5 + i, 10) for i in range(len(HOSTILE))]
    assert {c.data_type for c in cells} == {"s"}
    assert all(c.hyperlink is None for c in cells)
    assert cells[0].value == "=1+1"
    assert cells[6].value == "a b"
    assert len(str(cells[7].value)) < 32_767


def test_not_applicable_is_written_in_words(case: Callable[..., Case], tmp_path: Path) -> None:
    rules = framework([indicator("A", [point(1, "yes_no", 4), point(2, "yes_no", 6)], 10)], vetoes=[])
    decisions = tuple(
        Decision(
            u,
            no,
            Status.NOT_APPLICABLE if (u, no) == ("c0", 1) else Status.VERIFIED,
            Decimal(0) if no == 1 else Decimal(6),
        )
        for u in ("c0", "c1", "c2")
        for no in (1, 2)
    )
    made = case(rules=rules, decisions=decisions)
    result = run(made)
    path = tmp_path / "r.xlsx"
    render(made, result, compose(made, result), path)
    values = load_workbook(path, data_only=True)
    rows = {str(r[0]): r for r in grid(values, "各级得分")}
    assert rows["p1"][5:] == ["不适用", 0, 0]
    assert rows["总分"][5:] == [10, 6, 6]
    rates = {str(r[0]): r for r in grid(values, "各级得分率")}
    assert rates["A"][4] == 1


@pytest.mark.parametrize("units", [61])
def test_many_units_stand_in_rows(units: int, tmp_path: Path) -> None:
    simulate(load_framework("jilin-ip-2021"), units, 1, tmp_path / "case")
    made = load_case(tmp_path / "case")
    result = run(made)
    path = tmp_path / "r.xlsx"
    render(made, result, compose(made, result), path)
    rows = grid(load_workbook(path), "各级得分")
    assert len(rows) == units
    assert [r[2] for r in rows] == [float(t) / 10 for t in result.confirmed[:, 0]]


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
