"""Where the library writes and reads workbooks for the site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zhiheng.assessment.claims import Claim
from zhiheng.framework.model import Framework
from zhiheng.workbook.changes import WHAT_ZH, Change, compare_claims
from zhiheng.workbook.filled import Filled, read_unit_workbook
from zhiheng.workbook.layout import UnitSheet
from zhiheng.workbook.unit import write_unit_workbook

__all__ = ["WHAT_ZH", "Change", "Filled", "UnitSheet", "changes", "read", "write"]


def write(
    framework: Framework, sheet: UnitSheet, claims: Mapping[int, Claim], path: Path, marks: Mapping[int, str]
) -> None:
    """Write the workbook of a unit; `marks` are shown beside the points."""
    write_unit_workbook(framework, sheet, claims, path, marks=marks or None)


def read(path: Path, framework: Framework) -> Filled:
    """Return what a workbook holds. Refused: a file that is no workbook of ours (WorkbookError)."""
    return read_unit_workbook(path, framework)


def changes(framework: Framework, before: Mapping[int, Claim], after: Mapping[int, Claim]) -> tuple[Change, ...]:
    """Return what a workbook changes."""
    return compare_claims(framework, before, after)
