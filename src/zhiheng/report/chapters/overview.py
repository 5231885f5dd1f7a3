"""Part one: why and how the assessment was made, and what the whole did in the period."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.prose import Prose
from zhiheng.report.content import Block, Heading, keyed, paragraph
from zhiheng.report.narrative.numbers import day


def overview_part(brief: Brief, number: str) -> Iterator[Block]:
    """Yield the overview; `number` is its Chinese number."""
    work = brief.subject.removesuffix("水平")
    yield Heading(1, f"{number}、{brief.area}{work}工作开展情况概述", "overview", new_page=True)
    yield from keyed("overview.work", Prose.of(brief).whole())
    yield paragraph(_scope(brief), key="overview.scope")
    yield paragraph(_sources(brief), key="overview.sources")


def _scope(brief: Brief) -> str:
    case = brief.case
    names = "、".join(u.official for u in case.units)
    listed = f"，即{names}" if len(case.units) <= 20 else ""  # noqa: PLR2004 - a longer list is unreadable in a sentence
    period = f"{day(case.period.start)}至{day(case.period.end)}"
    return (
        f"本次评估的对象为{len(case.units)}个地区{listed}。考核期为{period}，"
        "考核期以外的事实照录，但在发现中列出，由核查人员决定是否计入。"
    )


def _sources(brief: Brief) -> str:
    case = brief.case
    if brief.evidence:
        about = (
            f"评估依据为来源报告载明的{len(case.facts)}条事实。每条事实对应一项考核要点，登记了摘录、日期、出处和状态；"
            "已经载明完成情况的记为核实，只能间接说明或者没有数量的记为待核，评语表明未达到的记为不予认定。"
        )
    elif case.settings.based_on:
        about = (
            f"各要点得分为重构示例，共{len(case.decisions)}个，推算办法见附录2；"
            f"各地区工作情况取自来源报告载明的{len(case.activities)}项工作和{len(case.metrics)}个数据。"
        )
    else:
        about = f"评估依据为各地区报送并经核定的{len(case.decisions)}个要点得分和{len(case.facts)}条事实。"
    findings = len(brief.result.findings)
    return about + (f"计分中有{findings}条需要说明的发现，随附工作簿逐条列出。" if findings else "")
