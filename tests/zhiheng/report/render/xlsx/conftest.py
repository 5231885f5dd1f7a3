"""The workbooks of the built-in cases, written once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from zhiheng.assessment.case import Case
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document
from zhiheng.report.render.xlsx import render
from zhiheng.scoring.result import Result


@pytest.fixture(scope="session")
def example_file(
    tmp_path_factory: pytest.TempPathFactory, example: tuple[Case, Result], example_document: Document
) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "report.xlsx"
    render(*example, example_document, path)
    return path


@pytest.fixture(scope="session")
def evidence_file(
    tmp_path_factory: pytest.TempPathFactory, evidence: tuple[Case, Result], evidence_document: Document
) -> Path:
    path = tmp_path_factory.mktemp("xlsx") / "report.xlsx"
    render(*evidence, evidence_document, path)
    return path


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Case], tuple[Result, Path]]:
    """Score a case and write its workbook."""

    def write(made: Case) -> tuple[Result, Path]:
        result, path = run(made), tmp_path / "report.xlsx"
        render(made, result, compose(made, result), path)
        return result, path

    return write
