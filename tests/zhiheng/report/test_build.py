from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from zhiheng.assessment.case import Case
from zhiheng.errors import RenderError
from zhiheng.report import build as building
from zhiheng.report.build import FORMATS, Job, build
from zhiheng.scoring.result import Result

Example = tuple[Case, Result]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, example: Example) -> Path:
    folder = tmp_path_factory.mktemp("report")
    build(*example, folder)
    return folder


def test_four_files_are_written_and_nothing_else_is_left(built: Path) -> None:
    assert sorted(p.name for p in built.iterdir()) == sorted(f"report.{f}" for f in FORMATS)


def word_contents(path: Path) -> dict[str, int]:
    """Read text and page of every entry of the contents; they stand in a content control that python-docx skips."""
    found = {}
    for entry in docx.Document(str(path)).element.body.iter(qn("w:p")):
        if entry.pPr is not None and re.fullmatch(r"TOC\d", str(entry.style)):
            texts = [t.text for t in entry.iter(qn("w:t"))]
            found["".join(texts[:-1])] = int(texts[-1])
    return found


def pdf_pages(path: Path) -> dict[str, int]:
    """Read the sheet of every bookmark, counted from the first heading of the body as page 1."""
    reader = PdfReader(path)
    sheets = {str(item.title).strip(): reader.get_destination_page_number(item) for item in _flat(reader.outline)}
    first = next(sheet for title, sheet in sheets.items() if title.startswith("一、"))
    return {title: sheet - first + 1 for title, sheet in sheets.items()}


@pytest.mark.office
def test_contents_of_word_name_the_pages_that_an_office_program_sets(
    built: Path, office: Callable[[Path, str], Path]
) -> None:
    printed = office(built / "report.docx", "pdf")
    contents, pages = word_contents(built / "report.docx"), pdf_pages(printed)
    assert len(contents) > 20
    assert contents.keys() <= pages.keys()
    off = {title: (page, pages[title]) for title, page in contents.items() if page != pages[title]}
    # The faces of the office are not those of the PDF, so a heading at the edge of a page may fall on the next one.
    assert len(off) <= 2
    assert all(abs(a - b) == 1 for a, b in off.values())


def test_bookmarks_of_the_pdf_are_the_entries_of_the_word_contents(built: Path) -> None:
    assert word_contents(built / "report.docx").keys() == pdf_pages(built / "report.pdf").keys() - {
        "摘\u3000要",
        "目\u3000录",
        "工 作 组",
    }


def _flat(outline: object) -> list[object]:
    found: list[object] = []
    for item in outline if isinstance(outline, list) else [outline]:
        found += _flat(item) if isinstance(item, list) else [item]
    return found


def test_every_format_prints_the_same_total(built: Path) -> None:
    pdf = "".join(page.extract_text() for page in PdfReader(built / "report.pdf").pages)
    html = (built / "report.html").read_text("utf-8")
    word = docx.Document(str(built / "report.docx"))
    cells = {c.text for t in word.tables for r in t.rows for c in r.cells}
    sheet = CalamineWorkbook.from_path(str(built / "report.xlsx"))
    numbers = {v for name in sheet.sheet_names for row in sheet.get_sheet_by_name(name).to_python() for v in row}
    assert "82.4" in pdf
    assert "82.4" in html
    assert "82.4" in cells
    assert 82.4 in numbers


def test_label_is_in_every_format(built: Path) -> None:
    label = "不是官方得分"
    for page in PdfReader(built / "report.pdf").pages:
        assert label in page.extract_text().replace("\n", "")
    assert label in (built / "report.html").read_text("utf-8")
    with zipfile.ZipFile(built / "report.docx") as parts:
        headers = [parts.read(n).decode() for n in parts.namelist() if n.startswith("word/header")]
    assert headers
    assert any(label in h for h in headers)
    sheet = CalamineWorkbook.from_path(str(built / "report.xlsx"))
    assert all(label in str(sheet.get_sheet_by_name(n).to_python()) for n in sheet.sheet_names)


def test_same_case_gives_the_same_bytes(built: Path, example: Example, tmp_path: Path) -> None:
    build(*example, tmp_path)
    for name in FORMATS:
        assert (tmp_path / f"report.{name}").read_bytes() == (built / f"report.{name}").read_bytes(), name


def test_only_asked_formats_are_written(example: Example, tmp_path: Path) -> None:
    files = build(*example, tmp_path, Job(formats=("html",)))
    assert files == (tmp_path / "report.html",)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_failure_leaves_the_earlier_report_untouched(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(*example, tmp_path, Job(formats=("html",)))
    before = (tmp_path / "report.html").read_bytes()

    def fail(*_: object, **__: object) -> None:
        message = "the disk is full"
        raise RenderError(message)

    monkeypatch.setattr(building.xlsx, "render", fail)
    with pytest.raises(RenderError):
        build(*example, tmp_path, Job(formats=("html", "xlsx")))
    assert (tmp_path / "report.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
