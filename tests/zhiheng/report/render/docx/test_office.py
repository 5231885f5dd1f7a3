"""The finished file in LibreOffice: it opens, converts to PDF, and a round trip keeps the charts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from tests.zhiheng.report.render.docx.samples import Written

from zhiheng.report.content import Document

pytestmark = pytest.mark.office


@pytest.fixture(scope="session")
def convert(tmp_path_factory: pytest.TempPathFactory):
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("soffice is missing, and CI must open the report")
        pytest.skip("soffice is not installed")
    profile = tmp_path_factory.mktemp("profile").as_uri()

    def run(source: Path, kind: str) -> Path:
        folder = tmp_path_factory.mktemp("converted")
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind]
        subprocess.run([*command, "--outdir", folder, source], check=True, capture_output=True, timeout=180)
        return folder / f"{source.stem}.{kind}"

    return run


def test_report_prints_with_its_label_on_every_page_but_the_cover(
    report: Written, document: Document, convert: Callable[[Path, str], Path]
):
    pages = ["".join(page.extract_text().split()) for page in PdfReader(convert(report.path, "pdf")).pages]
    assert 10 <= len(pages) <= 25
    label = "".join(document.label.split())
    assert all(label in page for page in pages)
    text = "".join(pages)
    assert "附录1：知识产权保护水平指标考核要点及说明" in text
    assert "图2各地区知识产权保护水平得分情况" in text


def test_round_trip_keeps_every_chart(report: Written, convert: Callable[[Path, str], Path]):
    with ZipFile(convert(report.path, "docx")) as archive:
        charts = [name for name in archive.namelist() if name.startswith("word/charts/chart")]
    assert len(charts) == 4
