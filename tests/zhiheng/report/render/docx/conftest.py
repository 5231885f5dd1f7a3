"""The sample report, written once for all tests that only read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.zhiheng.report.render.docx.samples import PAGES, Written, sample_document, write

from zhiheng.report.content import Document


@pytest.fixture(scope="session")
def document() -> Document:
    return sample_document()


@pytest.fixture(scope="session")
def pages() -> dict[str, int]:
    return dict(PAGES)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Written]:
    def build(document: Document, pages: dict[str, int] | None = None, name: str = "report.docx") -> Written:
        return write(document, tmp_path / name, PAGES if pages is None else pages)

    return build


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(sample_document(), tmp_path_factory.mktemp("docx") / "report.docx", PAGES)
