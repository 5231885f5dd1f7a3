"""A round as the library takes it: read some units at a time, so that thousands of them fit every database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from zhiheng.assessment.case import Unit
from zhiheng.assessment.claims import Claim, Item, Material, claim_facts
from zhiheng.assessment.facts import Decision as SettledMark
from zhiheng.assessment.facts import Fact, Status
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import Relative
from zhiheng.marks import plain
from zhiheng_web.assessments import models
from zhiheng_web.assessments.models import Answer, Attachment, Decision
from zhiheng_web.assessments.queries import STATUS_OF, report_date
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.machine import STAGES
from zhiheng_web.rounds.models import Round, RoundUnit

PART = 100
"""Units that are read at once."""
Progress = Callable[[int, int], None]
Settled = tuple[str, Decimal | None, str]
"""Act, mark and reason of a decision."""


@dataclass(frozen=True, slots=True)
class RoundContent:
    """
    All that a round holds, as the library takes it.

    Parameters
    ----------
    code, title, label, short_label
        Of the round.
    framework, period
        The rules, and the period as (from, to).
    organisation, area, whole, date
        For the report; the date as `YYYY-MM`.
    units
        Who is assessed, in order.
    facts, decisions
        What is claimed or verified, and what is settled.
    """

    code: str
    title: str
    label: str
    short_label: str
    framework: Framework
    period: tuple[str, str]
    organisation: str
    area: str
    whole: str
    date: str
    units: tuple[Unit, ...]
    facts: tuple[Fact, ...]
    decisions: tuple[SettledMark, ...]


def content_of(round_: Round, points: Collection[int] | None = None, progress: Progress | None = None) -> RoundContent:
    """Return all that a round holds; see `parts_of` for `points` and `progress`."""
    facts: list[Fact] = []
    decisions: list[SettledMark] = []
    for more_facts, more_decisions in parts_of(round_, points, progress):
        facts += more_facts
        decisions += more_decisions
    return replace(empty_content(round_), facts=tuple(facts), decisions=tuple(decisions))


def unit_content(row: RoundUnit) -> RoundContent:
    """Return a round as if this unit were its only one, with all that the unit has; for the account of its marks."""
    facts, decisions = _part(row.round, [row], None)
    return replace(empty_content(row.round, [row]), facts=tuple(facts), decisions=tuple(decisions))


def empty_content(round_: Round, rows: Sequence[RoundUnit] | None = None) -> RoundContent:
    """Return a round without facts and decisions, with all of its units or with these."""
    return RoundContent(
        code=round_.code,
        title=round_.title,
        label=round_.label,
        short_label=round_.short_label,
        framework=framework_of(round_.framework),
        period=(round_.period_start, round_.period_end),
        organisation=round_.organisation,
        area=round_.area,
        whole=round_.whole,
        date=report_date(round_),
        units=tuple(
            Unit(code=r.code, name=r.name, full_name=r.full_name, pronoun=r.pronoun, group=r.group)
            for r in (round_.units.all() if rows is None else rows)
        ),
        facts=(),
        decisions=(),
    )


def parts_of(
    round_: Round, points: Collection[int] | None = None, progress: Progress | None = None
) -> Iterator[tuple[list[Fact], list[SettledMark]]]:
    """
    Yield facts and decisions of some units after the other, in the order of the list.

    Parameters
    ----------
    round_, points
        The round, and which points are read; None for all.
    progress
        Called with (units done, units in all) after each part.
    """
    rows = list(round_.units.all())
    for start in range(0, len(rows), PART):
        part = rows[start : start + PART]
        yield _part(round_, part, points)
        if progress:
            progress(start + len(part), len(rows))


def _part(
    round_: Round, rows: Sequence[RoundUnit], points: Collection[int] | None
) -> tuple[list[Fact], list[SettledMark]]:
    """Return facts and decisions of some units."""
    codes = {row.pk: row.code for row in rows}
    where: dict[str, Any] = {"round_unit__in": codes}
    if points is not None:
        where["point__in"] = points
    decided = _decided(where)
    rules = {point.no: point for _, point in framework_of(round_.framework).points}
    facts: list[Fact] = []
    for unit, claim in _claims(where):
        settled = decided.get((unit, claim.point))
        point = rules[claim.point]
        if settled is not None and settled[1] is not None and isinstance(point.rule, Relative):
            # A settled relative mark measures nobody.
            continue
        status = Status.CLAIMED if settled is None else STATUS_OF[Decision.Act(settled[0])]
        facts += claim_facts(point, claim, codes[unit], status)
    marks = [
        SettledMark(codes[unit], no, STATUS_OF[Decision.Act(act)], _bare(mark), reason)
        for (unit, no), (act, mark, reason) in decided.items()
        if mark is not None
    ]
    return facts, marks


def _decided(where: Mapping[str, Any]) -> dict[tuple[int, int], Settled]:
    """Return the decisions that count, by unit and point: those of the latest stage."""
    order = {str(stage): place for place, stage in enumerate(STAGES)}
    columns = ("stage", "round_unit_id", "point", "act", "mark", "reason")
    found = Decision.objects.filter(**where).order_by("round_unit__position", "round_unit", "point")
    by_stage = sorted(found.values_list(*columns), key=lambda one: order[one[0]])
    return {(unit, no): (act, mark, reason) for _stage, unit, no, act, mark, reason in by_stage}


def _claims(where: Mapping[str, Any]) -> Iterator[tuple[int, Claim]]:
    """Return claims with the primary keys of their units, in the order of units and points."""
    within = {f"answer__{key}": value for key, value in where.items()}
    materials: dict[int, list[Material]] = {}
    attached = Attachment.objects.filter(**{f"item__{key}": value for key, value in within.items()})
    for item, name, pages in attached.order_by("position", "pk").values_list("item_id", "file__name", "pages"):
        materials.setdefault(item, []).append(Material(name, pages))
    items: dict[int, list[Item]] = {}
    columns = ("pk", "answer_id", "text", "date", "component", "count")
    shown = models.Item.objects.filter(**within).order_by("position", "pk").values_list(*columns)
    for pk, answer, text, date, component, count in shown:
        one = Item(text, date, component, None if count is None else _bare(count), tuple(materials.get(pk, ())))
        items.setdefault(answer, []).append(one)
    given = ("pk", "round_unit_id", "point", "stance", "mark", "value", "note")
    answers = Answer.objects.filter(**where).order_by("round_unit__position", "round_unit", "point")
    for pk, unit, point, stance, mark, value, note in answers.values_list(*given):
        yield (
            unit,
            Claim(
                point,
                stance,
                None if mark is None else _bare(mark),
                None if value is None else _bare(value),
                note,
                tuple(items.get(pk, ())),
            ),
        )


@lru_cache(maxsize=4096)
def _bare(number: Decimal) -> Decimal:
    """Return a number without the zeros that the column adds."""
    return Decimal(plain(number))
