"""Where the library works for frameworks: hashes of content, and the workbook in which one is typed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from zhiheng.framework.model import Framework
from zhiheng.pipeline import framework_hash
from zhiheng.workbook.template import write_framework_template
from zhiheng.workbook.template_read import read_framework_template


def content_hash(framework: Framework) -> str:
    """Return the hash under which results name a framework."""
    return framework_hash(framework)


def template_bytes(framework: Framework | None = None) -> bytes:
    """Return the workbook in which a framework is typed: empty, or filled with one to start from."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "template.xlsx")
        write_framework_template(path, framework)
        return path.read_bytes()


def workbook_text(path: Path) -> str:
    """
    Return the framework of a filled workbook as YAML.

    Raises
    ------
    WorkbookError
        If it is not our workbook, or holds cells that cannot be used; carries sheet and cell of each.
    """
    return read_framework_template(path)
