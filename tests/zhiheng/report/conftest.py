"""The built-in cases as finished documents, made once for all tests of the report."""

from __future__ import annotations

import pytest

from zhiheng.assessment.case import Case
from zhiheng.assessment.load import load_case
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document
from zhiheng.scoring.result import Result


@pytest.fixture(scope="session")
def example() -> tuple[Case, Result]:
    case = load_case("jilin-2021-example")
    return case, run(case)


@pytest.fixture(scope="session")
def evidence() -> tuple[Case, Result]:
    case = load_case("jilin-2021")
    return case, run(case)


@pytest.fixture(scope="session")
def example_document(example: tuple[Case, Result]) -> Document:
    return compose(*example)


@pytest.fixture(scope="session")
def evidence_document(evidence: tuple[Case, Result]) -> Document:
    return compose(*evidence)
