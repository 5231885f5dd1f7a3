"""Front matter: cover, work group and abstract."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.prose import found_problems, overall_sentences
from zhiheng.report.content import Cover, Paragraph, WorkGroup, paragraph
from zhiheng.report.narrative.numbers import day, listing, marks


def cover(brief: Brief) -> Cover:
    """Return the cover of the report."""
    settings = brief.case.settings.report
    return Cover(settings.title, settings.subtitle, settings.organisation, day(settings.date))


def work_group(brief: Brief) -> WorkGroup:
    """Return the work group of the case."""
    return WorkGroup(tuple((role.role, role.names) for role in brief.case.settings.report.work_group))


def abstract(brief: Brief) -> Iterator[Paragraph]:
    """Yield the three paragraphs of the abstract: what was assessed, what came out, what is to be done."""
    framework, case = brief.case.framework, brief.case
    counts = "、".join(f"{n}项{name}" for n, name in zip(framework.counts, framework.level_names, strict=True))
    period = f"{day(case.period.start)}至{day(case.period.end)}"
    opening = (
        f"本报告对{brief.area}{len(case.units)}个地区的{brief.subject}作出评估。评估采用{framework.title}，"
        f"由{counts}组成，满分{marks(framework.total)}；考核期为{period}。"
    )
    if brief.evidence:
        facts = len(case.facts)
        opening += f"依据是各地区公开的{facts}条事实，逐条登记日期、出处和核实状态，得分以区间表示。"
    elif case.facts:
        opening += f"各地区工作情况取自{len(case.facts)}条登记在册的事实和{len(case.activities)}项工作记录。"
    yield paragraph(opening, key="abstract.scope")
    yield paragraph("".join(overall_sentences(brief)), key="abstract.results")
    found = found_problems(brief)
    if found:
        heads, answers = (listing([p.title for p in found]), listing([p.measure for p in found]))
        yield paragraph(
            f"评估反映的突出问题，{heads}针对这些问题，报告提出相应建议，{answers}", key="abstract.problems"
        )
