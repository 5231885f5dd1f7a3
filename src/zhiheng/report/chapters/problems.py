"""Part four: problems from the weakest indicators of the field, each answered by a countermeasure."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.prose import countermeasure_texts, found_problems
from zhiheng.report.content import Block, Heading, paragraph


def problems_part(brief: Brief, number: str) -> Iterator[Block]:
    """Yield problems and countermeasures; `number` is the Chinese number of the part."""
    work = brief.subject.removesuffix("水平")
    yield Heading(1, f"{number}、{brief.area}{work}工作的问题分析与对策建议", "problems", new_page=True)
    yield Heading(2, "（一）问题分析", "problem-analysis")
    found = found_problems(brief)
    if not found:
        yield paragraph(f"本轮各项指标平均得分率均在较好以上，没有发现{brief.whole}性的突出问题。")
    for problem in found:
        yield paragraph(problem.text, key=f"problems.{problem.indicators[0].code}")
    yield Heading(2, "（二）对策建议", "countermeasures")
    if not found:
        yield paragraph("建议保持现有工作力度，针对各地区个别失分要点逐项整改。")
    for problem, text in zip(found, countermeasure_texts(brief, found), strict=True):
        yield paragraph(text, key=f"countermeasures.{problem.indicators[0].code}")
