"""What is asked of a report: its formats and options; light enough for a command line that may not build one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zhiheng.report.edits import Edit
from zhiheng.scoring.result import Result

Format = Literal["docx", "pdf", "html", "xlsx"]
FORMATS: tuple[Format, ...] = ("docx", "pdf", "html", "xlsx")


@dataclass(frozen=True)
class Job:
    """
    What is written and how.

    Parameters
    ----------
    formats
        Files to write.
    pdf_a
        Whether the PDF follows PDF/A.
    fonts
        Folder with the user's own fonts (仿宋_GB2312, 方正小标宋), or None.
    previous
        Result of the last round, for a section on change, or None.
    edits
        What people changed in the generated text.
    """

    formats: Sequence[Format] = FORMATS
    pdf_a: bool = False
    fonts: Path | None = None
    previous: Result | None = None
    edits: tuple[Edit, ...] = ()
