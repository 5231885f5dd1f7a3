"""The workbook that goes with the report: marks that recalculate, evidence, settings and the numbers of the figures."""

from __future__ import annotations

from pathlib import Path

from zhiheng.assessment.case import Case
from zhiheng.report.content import Document
from zhiheng.report.render.xlsx.book import Book
from zhiheng.report.render.xlsx.evidence import (
    decisions_sheet,
    findings_sheet,
    ledger_sheet,
    losses_sheet,
    statements_sheet,
)
from zhiheng.report.render.xlsx.figures import figures_sheet
from zhiheng.report.render.xlsx.levels import level_sheets
from zhiheng.report.render.xlsx.ranking import ranking_sheet
from zhiheng.report.render.xlsx.reference import about_sheet, fill_about, framework_sheet, settings_sheet
from zhiheng.report.render.xlsx.revisions import revisions_sheet
from zhiheng.scoring.result import Result

__all__ = ["render"]


def render(case: Case, result: Result, document: Document, path: Path) -> None:
    """
    Write the workbook.

    Parameters
    ----------
    case, result
        The case and its result.
    document
        The report, for cover, settings and the numbers behind its figures.
    path
        File to write; its folder exists.
    """
    cover = document.cover
    book = Book(path, title=cover.name, author=cover.organisation, label=document.label, step=result.step)
    about = about_sheet(book)
    ranking_sheet(book, result)
    level_sheets(book, case, result)
    losses_sheet(book, result)
    decisions_sheet(book, case)
    ledger_sheet(book, case)
    statements_sheet(book, case)
    findings_sheet(book, case, result)
    framework_sheet(book, case)
    settings_sheet(book, document)
    figures_sheet(book, document)
    revisions_sheet(book, document)
    fill_about(book, about, document, result)
    book.close()
