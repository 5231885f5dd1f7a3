"""From case and result to what the narrative functions want, and their sentences back to the chapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from zhiheng.assessment.case import Unit
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.intervals import (
    evidence_problems,
    evidence_texts,
    published_sentences,
    silence_sentences,
)
from zhiheng.report.content import Paragraph, paragraph
from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.activities import Narrator
from zhiheng.report.narrative.diagnosis import LostPoint, UnitDiagnosis, finding
from zhiheng.report.narrative.ladder import NodeRate
from zhiheng.report.narrative.names import Naming
from zhiheng.report.narrative.overview import Standing, overview
from zhiheng.report.narrative.problems import IndicatorStat, Problem, countermeasures, problems
from zhiheng.scoring.diagnose import NodeDiagnosis

LOSS_SHOWN = 5
"""Points with missing marks that a finding may name."""


@dataclass(frozen=True)
class Prose:
    """
    Tells what the units did.

    Parameters
    ----------
    brief
        The case and its result.
    narrator
        Keeps the words of neighbours apart.
    """

    brief: Brief
    narrator: Narrator

    @classmethod
    def of(cls, brief: Brief) -> Prose:
        """Return the prose of a case."""
        case = brief.case
        namings = {u.name: Naming.of(u.name, u.pronoun, u.full_name) for u in case.units}
        report = case.settings.report
        namings[report.area] = Naming(report.area, report.area, report.whole)
        return cls(brief, Narrator(case.activities, case.metrics, namings))

    def activities(self, unit: Unit) -> list[Paragraph]:
        """Return the paragraphs about what a unit did; a line that says so where the case holds nothing."""
        told = self.narrator.paragraphs(unit.name)
        return told or [paragraph(f"{unit.official}没有提供工作情况的文字材料，以下只依据得分作出分析。")]

    def whole(self) -> list[Paragraph]:
        """Return the paragraphs about what the whole area did."""
        return self.narrator.paragraphs(self.brief.case.settings.report.area)


def standings(brief: Brief) -> tuple[Standing, ...]:
    """Return the units of a settled case for the overview."""
    results = {u.code: u for u in brief.result.units}
    return tuple(
        Standing(u.name, float(brief.marks(u.code)), int(results[u.code].rank or 0), results[u.code].grade or "")
        for u in brief.case.units
    )


def overall_sentences(brief: Brief) -> tuple[str, ...]:
    """Return what is said about all totals, as the lead of part three and in the abstract."""
    if brief.evidence:
        return published_sentences(brief)
    return overview(standings(brief), brief.case.framework.grades.names, whole=brief.whole)


def finding_paragraphs(brief: Brief, unit: Unit) -> Iterator[Paragraph]:
    """Yield the specific finding about a unit."""
    if brief.evidence:
        texts = evidence_texts(brief, unit)
    else:
        texts = finding(unit_diagnosis(brief, unit), brief.diagnosis.ladder.steps)
    for text in texts:
        yield paragraph(text)


def unit_diagnosis(brief: Brief, unit: Unit) -> UnitDiagnosis:
    """Return what a finding says about a unit of a settled case."""
    result = brief.result
    about = result.units[result.row(unit.code)]
    levels = [_rates(brief, unit, level) for level in range(1, 4)]
    same = [u.name for u in result.units if u.rank == about.rank and u.code != unit.code and about.rank is not None]
    lost = tuple(
        LostPoint(int(d.code[1:]), _node_name(brief, d.code), _printed(brief, d.recovers))
        for d in brief.diagnosis.lost_points(unit.code)[:LOSS_SHOWN]
    )
    means = brief.diagnosis.field[0]
    return UnitDiagnosis(
        name=unit.name,
        pronoun=unit.pronoun,
        total=float(brief.marks(unit.code)),
        rank=None if about.rank is None else int(about.rank),
        units=len(result.units),
        mean_total=float(
            brief.result.scale.marks(brief.result.scale.round(means[0] * brief.number(result.nodes[0].full)))
        ),
        level1=levels[0],
        level2=levels[1],
        level3=levels[2],
        lost=lost,
        grade=about.grade or "",
        veto_note=about.grade_reason,
        tie_note=f"{unit.name}与{'、'.join(same)}总分相同，名次并列" if same else "",
        seat=brief.case.units.index(unit),
        whole=brief.whole,
    )


def _rates(brief: Brief, unit: Unit, level: int) -> tuple[NodeRate, ...]:
    if level > brief.lowest_level:
        return ()
    return tuple(_rate(brief, d) for d in brief.diagnosis.nodes(unit.code, level))


def _rate(brief: Brief, d: NodeDiagnosis) -> NodeRate:
    node = brief.result.nodes[brief.result.column(d.code)]
    # Marks are told on the scale of the total: a point of a weighted indicator is worth its weight, not its own 100.
    worth = brief.worth(node)
    score = brief.number(d.score) if worth == brief.number(d.full) else round(worth * d.rate, 2)
    return NodeRate(node.number, node.title, node.short, score, worth, d.rate, d.mean, d.rank)


def _printed(brief: Brief, marks: float) -> float:
    """Return marks rounded to the precision of the framework."""
    scale = brief.result.scale
    return float(scale.marks(scale.round(marks)))


def _node_name(brief: Brief, code: str) -> str:
    return brief.result.nodes[brief.result.column(code)].short


def comparison_sentences(brief: Brief) -> Iterator[str]:
    """Yield sentences that compare the regions: where they lie close, where far apart, who is best where."""
    result = brief.result
    columns = [i for i in result.level(1) if not np.isnan(result.rates[:, i]).all()]
    if brief.evidence:
        yield from silence_sentences(brief)
        return
    if not columns or len(result.units) < 2:  # noqa: PLR2004 - one unit has nothing to compare
        return
    parts = []
    for column in columns:
        rates = result.rates[:, column]
        best, worst = int(np.nanargmax(rates)), int(np.nanargmin(rates))
        mean = float(np.nanmean(rates))
        if rates[best] == rates[worst]:
            parts.append(f"{result.nodes[column].short}各地区得分率均为{numbers.percent(mean)}")
            continue
        parts.append(
            f"{result.nodes[column].short}平均得分率{numbers.percent(mean)}，{_units_at(brief, column, rates[best])}最高，"
            f"为{numbers.percent(float(rates[best]))}，{_units_at(brief, column, rates[worst])}最低，为{numbers.percent(float(rates[worst]))}"
        )
    yield f"分{brief.case.framework.level_names[0]}看，{'；'.join(parts)}。"
    lowest = [(i, result.rates[:, i]) for i in result.level(brief.lowest_level)]
    spreads = sorted(
        ((float(np.nanmax(r) - np.nanmin(r)), i) for i, r in lowest if not np.isnan(r).all()), reverse=True
    )
    if spreads:
        wide = [result.nodes[i].short for spread, i in spreads[:3] if spread > 0]
        even = [result.nodes[i].short for spread, i in spreads if spread == 0]
        text = (
            f"地区之间差距最大的是{numbers.join(wide)}，最高与最低的得分率相差{numbers.gap(spreads[0][0])}。"
            if wide
            else ""
        )
        if even:
            text += f"{numbers.join(even)}各地区得分率相同。"
        yield text


def _units_at(brief: Brief, column: int, rate: float) -> str:
    names = [u.name for u, r in zip(brief.result.units, brief.result.rates[:, column], strict=True) if r == rate]
    return numbers.join(names) if len(names) <= 3 else f"{names[0]}等{len(names)}个地区"  # noqa: PLR2004 - a longer list hides the point


def found_problems(brief: Brief) -> tuple[Problem, ...]:
    """Return the problems of the whole field, at most four, most marks lost first."""
    if brief.evidence:
        return evidence_problems(brief)
    return problems(indicator_stats(brief), brief.case.framework.code, whole=brief.whole)


def countermeasure_texts(brief: Brief, found: tuple[Problem, ...]) -> tuple[str, ...]:
    """Return one paragraph of countermeasures for each problem."""
    return countermeasures(found, brief.case.framework.code)


def indicator_stats(brief: Brief) -> tuple[IndicatorStat, ...]:
    """Return every indicator of the lowest level over all units."""
    result = brief.result
    means = brief.diagnosis.field[0]
    found = []
    for column in result.level(brief.lowest_level):
        node = result.nodes[column]
        rates = result.rates[:, column]
        if np.isnan(rates).all():
            continue
        low = tuple(u.name for u, r in zip(result.units, rates, strict=True) if r < brief.diagnosis.ladder.weak - 1e-9)
        points = [i for i, n in enumerate(result.nodes) if n.is_point and n.parent == node.code]
        worst = [(int(result.nodes[i].number), result.nodes[i].short, _mean_lost(brief, i)) for i in points]
        found.append(
            IndicatorStat(
                code=node.code,
                title=node.title,
                short=node.short,
                parent=result.nodes[result.column(node.parent)].short,
                full=brief.worth(node),
                mean_rate=float(means[column]),
                mean_lost=_mean_lost(brief, column),
                low_units=low,
                worst=tuple(sorted((p for p in worst if p[2] > 0), key=lambda p: (-p[2], p[0]))),
            )
        )
    return tuple(found)


def _mean_lost(brief: Brief, column: int) -> float:
    """Return the mean of the marks of the total that units miss at a node, over the units it applies to."""
    rates = brief.result.rates[:, column]
    present = rates[~np.isnan(rates)]
    return round(float((1 - present).mean()) * brief.worth(brief.result.nodes[column]), 6) if len(present) else 0.0
