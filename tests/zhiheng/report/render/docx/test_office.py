"""The finished file in LibreOffice: it opens, converts to PDF, and a round trip keeps the charts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from tests.zhiheng.report.render.docx.samples import Written

from zhiheng.report.content import Document

pytestmark = pytest.mark.office


def test_report_prints_with_its_label_on_every_page(
    report: Written, document: Document, office: Callable[[Path, str], Path]
):
    pages = ["".join(page.extract_text().split()) for page in PdfReader(office(report.path, "pdf")).pages]
    assert 10 <= len(pages) <= 25
    label = "".join(document.label.split())
    assert all(label in page for page in pages)
    text = "".join(pages)
    assert "附录1：知识产权保护水平指标考核要点及说明" in text
    assert "图2各地区知识产权保护水平得分情况" in text


def test_round_trip_keeps_every_chart(report: Written, office: Callable[[Path, str], Path]):
    with ZipFile(office(report.path, "docx")) as archive:
        charts = [name for name in archive.namelist() if name.startswith("word/charts/chart")]
    assert len(charts) == 4
