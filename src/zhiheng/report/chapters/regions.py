"""Part three, region by region: what was done, the profile of marks, and the finding."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zhiheng.assessment.case import Unit
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.drawings import evidence_profile, unit_radar
from zhiheng.report.chapters.prose import Prose, finding_paragraphs
from zhiheng.report.content import Block, Cell, Heading, Ref, Table, cell, keyed, paragraph
from zhiheng.report.narrative.numbers import percent

ANCHOR = re.compile(r"[0-9A-Za-z._-]{1,40}")
"""Codes of units that can be part of an anchor."""
MOST_SECTIONS = 60
"""Beyond this many units a section for each would make a report nobody opens; the workbook holds them all."""


def regions_section(brief: Brief, number: str) -> Iterator[Block]:
    """Yield a section for every unit, in printed order."""
    yield Heading(2, f"{number}分地区评估", "by-region")
    if len(brief.case.units) > MOST_SECTIONS:
        yield paragraph(
            f"本轮有{len(brief.case.units)}个地区，分地区的得分、材料和短板见随附工作簿report.xlsx，本报告只列比较结果。"
        )
        return
    prose = Prose.of(brief)
    # Codes name a unit also when others come or go before it; what cannot be an anchor is counted instead.
    by_code = all(ANCHOR.fullmatch(unit.code) for unit in brief.case.units)
    for place, unit in enumerate(brief.case.units, 1):
        yield from _region(brief, prose, unit, place, f"region-{unit.code if by_code else place}")


def _region(brief: Brief, prose: Prose, unit: Unit, place: int, key: str) -> Iterator[Block]:
    yield Heading(3, f"{place}. {unit.name}{brief.subject}评估", key, new_page=place > 1)
    yield from keyed(f"unit.{unit.code}.work", prose.activities(unit))
    figure = evidence_profile(brief, unit, f"fig-{key}") if brief.evidence else unit_radar(brief, unit, f"fig-{key}")
    if brief.evidence:
        yield paragraph(f"{unit.name}各项内容的得分区间见", Ref(figure.key), "。", key=f"unit.{unit.code}.figure")
        yield figure
    else:
        yield paragraph(
            f"{unit.name}{brief.subject}各考核内容评估情况见", Ref(figure.key), "和", Ref(f"tab-{key}"), "。",
            key=f"unit.{unit.code}.figure",
        )  # fmt: skip
        yield figure
        yield _unit_table(brief, unit, f"tab-{key}")
    yield from keyed(f"unit.{unit.code}.finding", finding_paragraphs(brief, unit))


def _unit_table(brief: Brief, unit: Unit, key: str) -> Table:
    """Build the table of a unit's first-level scores beside the field."""
    head = tuple(
        cell(t, strong=True)
        for t in (brief.case.framework.level_names[0], "分值", "得分", "得分率", f"{brief.whole}平均得分率", "名次")
    )
    rows: list[tuple[Cell, ...]] = [head]
    scale = brief.result.scale
    for diagnosis in (*brief.diagnosis.nodes(unit.code, 1), brief.diagnosis.node(unit.code, "")):
        if diagnosis is None:
            continue
        node = brief.result.nodes[brief.result.column(diagnosis.code)]
        total = not diagnosis.code
        name = "总分" if total else f"{node.number}. {node.title}"
        texts = (
            scale.text(diagnosis.full),
            scale.text(diagnosis.score),
            percent(diagnosis.rate),
            percent(diagnosis.mean),
        )
        rows.append(
            (
                cell(name, align="left", strong=total),
                *(cell(t, strong=total) for t in texts),
                cell(str(diagnosis.rank), strong=total),
            )
        )
    return Table(key, f"{unit.name}{brief.subject}得分情况", (4.2, 1.2, 1.2, 1.4, 2.6, 1.0), tuple(rows))
