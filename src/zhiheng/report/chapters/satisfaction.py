"""The public satisfaction survey beside the assessment; a line that says so where the case has none."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.report.chapters.brief import Brief
from zhiheng.report.content import Block, Heading, paragraph


def satisfaction_section(brief: Brief, number: str) -> Iterator[Block]:
    """Yield the section on the survey."""
    yield Heading(2, f"{number}社会满意度调查", "satisfaction")
    yield paragraph(
        f"本轮案例没有提供社会公众对{brief.area}{brief.subject.removesuffix('水平')}工作满意度的调查数据，"
        "本报告不作满意度比较，评估结果也未计入满意度。"
    )
