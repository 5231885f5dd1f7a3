"""Case and result -> the neutral document: front matter, four parts and two appendices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zhiheng.assessment.case import Case
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.change import change_section
from zhiheng.report.chapters.comparison import comparison_section, overall_section
from zhiheng.report.chapters.framework import framework_part
from zhiheng.report.chapters.front import abstract, cover, work_group
from zhiheng.report.chapters.method_appendix import method_appendix
from zhiheng.report.chapters.overview import overview_part
from zhiheng.report.chapters.points_appendix import points_appendix
from zhiheng.report.chapters.problems import problems_part
from zhiheng.report.chapters.regions import regions_section
from zhiheng.report.chapters.revisions import revised
from zhiheng.report.chapters.satisfaction import satisfaction_section
from zhiheng.report.content import Block, Document, Heading
from zhiheng.report.edits import Edit
from zhiheng.scoring.diagnose import Diagnosis
from zhiheng.scoring.result import Result


def compose(case: Case, result: Result, previous: Result | None = None, edits: Sequence[Edit] = ()) -> Document:
    """
    Return the report of a case as a neutral document.

    Parameters
    ----------
    case, result
        The case and its result.
    previous
        Result of the last round, for a section on change, or None.
    edits
        What people changed in the generated text; the report then says so.

    Returns
    -------
    Document
        The same arguments always give the same document.

    Raises
    ------
    EditsError
        If an edit cannot be used.
    """
    brief = Brief(case, result, Diagnosis(result))
    document = Document(
        cover=cover(brief),
        work_group=work_group(brief),
        abstract=tuple(abstract(brief)),
        body=tuple(_body(brief, previous)),
        label=case.settings.label,
        short_label=case.settings.short_label,
        properties={
            "language": case.framework.language,
            "keywords": f"{brief.area}、{brief.subject}、评估报告",
            "framework_hash": result.hashes.framework,
            "data_hash": result.hashes.data,
            "method_hash": result.hashes.method,
            "result_hash": result.digest(),
        },
    )
    return revised(document, edits) if edits else document


def _body(brief: Brief, previous: Result | None) -> Iterator[Block]:
    yield from overview_part(brief, "一")
    yield from framework_part(brief, "二")
    yield Heading(1, f"三、各地区{brief.subject}评估", "regions", new_page=True)
    yield from overall_section(brief, "（一）")
    yield from regions_section(brief, "（二）")
    yield from comparison_section(brief, "（三）")
    if previous is not None:
        yield from change_section(brief, previous, "（四）")
    yield from satisfaction_section(brief, "（四）" if previous is None else "（五）")
    yield from problems_part(brief, "四")
    yield from points_appendix(brief)
    yield from method_appendix(brief)
