"""The end of a stage: marks that come from comparing units, and the totals of all units, in a few bulk writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
from django.db.models import F
from django.utils.translation import gettext as _

from zhiheng.framework.rules import Relative
from zhiheng.marks import plain
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result, settled_totals
from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.machine import STAGES
from zhiheng_web.rounds.models import Round, RoundUnit

BATCH = 500
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class DecisionRefused(Refused):
    """A decision cannot be kept as it is."""

    code = "assessments.decision"


def settle(round_: Round, rows: Sequence[RoundUnit]) -> None:
    """
    Write the marks that come from comparing units, and with them the totals of all units, as the library has them.

    Parameters
    ----------
    round_, rows
        The round, and all its units, locked.

    Raises
    ------
    DecisionRefused
        If a point of a unit has no decision, or one that stays open.
    """
    framework = framework_of(round_.framework)
    points = [point.no for _, point in framework.points if isinstance(point.rule, Relative)]
    if not points:
        return
    waiting = list(Decision.objects.filter(round_unit__in=round_.units.all(), mark=None))
    _compare(round_, rows, points, waiting)
    by_mark: dict[object, list[int]] = {}
    for decision in waiting:
        by_mark.setdefault(decision.mark, []).append(decision.pk)
    # Marks come in few steps: one write a mark is far quicker than one that names a mark for every row.
    for mark, pks in by_mark.items():
        for part in _parts(pks):
            Decision.objects.filter(pk__in=part).update(mark=mark, version=F("version") + 1)
    write_totals(round_, rows)


def write_totals(round_: Round, rows: Sequence[RoundUnit]) -> None:
    """
    Write the totals of all units of a round of which every point is decided; the latest stage counts.

    Parameters
    ----------
    round_, rows
        The round, and all its units, locked.

    Raises
    ------
    DecisionRefused
        If a point of a unit has no decision, or one that stays open.
    """
    marks, applies = _marks(round_, rows)
    by_total: dict[int, list[int]] = {}
    for row, total in zip(rows, settled_totals(round_.framework, marks, applies).tolist(), strict=True):
        by_total.setdefault(total, []).append(row.pk)
    for total, pks in by_total.items():
        for part in _parts(pks):
            RoundUnit.objects.filter(pk__in=part).update(
                confirmed=total, claimed=total, possible=total, version=F("version") + 1
            )


def _parts(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    return (pks[start : start + BATCH] for start in range(0, len(pks), BATCH))


def _compare(round_: Round, rows: Sequence[RoundUnit], points: Sequence[int], waiting: Sequence[Decision]) -> None:
    """Give the waiting decisions their marks, and record them point by point."""
    framework = framework_of(round_.framework)
    # The others have their marks; what was shown for them would change nothing.
    result = round_result(content_of(round_, points))
    codes = {row.pk: row.code for row in rows}
    places = {unit.code: place for place, unit in enumerate(result.units)}
    told: dict[int, dict[str, str]] = {}
    for decision in waiting:
        code = codes[decision.round_unit_id]
        place, column = places[code], result.column(f"p{decision.point}")
        low, high = int(result.confirmed[place, column]), int(result.possible[place, column])
        if low != high:
            raise DecisionRefused(_("还有考核要点没有最终得分，不能结束核查。请逐个单位检查核定意见。"))
        decision.mark = framework.scale.marks(low)
        told.setdefault(decision.point, {})[code] = plain(decision.mark)
    for no, marks in sorted(told.items()):
        record("decision.settle", round_, name=f"{round_.title} {no}", after={"marks": marks})


def _marks(round_: Round, rows: Sequence[RoundUnit]) -> tuple[Ints, Bools]:
    """Return what was decided of all points, in ticks, and whether each applies: units by points."""
    framework = framework_of(round_.framework)
    ticks = cache(framework.scale.ticks)
    columns = {point.no: column for column, (_parent, point) in enumerate(framework.points)}
    places = {row.pk: place for place, row in enumerate(rows)}
    marks = np.full((len(rows), len(columns)), -1, np.int64)
    applies = np.ones(marks.shape, np.bool_)
    order = {str(stage): place for place, stage in enumerate(STAGES)}
    found = Decision.objects.filter(round_unit__round=round_).order_by()
    decided = found.values_list("stage", "round_unit_id", "point", "act", "mark")
    # The decision of the latest stage counts.
    for _stage, unit, no, act, mark in sorted(decided, key=lambda one: order[one[0]]):
        place = places[unit], columns[no]
        marks[place] = ticks(mark)
        applies[place] = act != Decision.Act.NOT_APPLICABLE
    if (marks < 0).any():
        raise DecisionRefused(_("还有考核要点没有最终得分，不能结束核查。请逐个单位检查核定意见。"))
    return marks, applies
