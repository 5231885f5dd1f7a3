"""The sampling plan of verification: which points are looked at, and the share that is set beforehand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from zhiheng.framework.model import Framework
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.models import Answer
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import RoundRefused, Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds

OPEN = (Stage.PREPARATION, Stage.SELF_ASSESSMENT)
"""Stages in which the share may still be set: before anybody knows what will be looked at."""
BATCH = 500
"""Rows that one query names."""
ALL = 100
"""Share at which everything is looked at, in percent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """
    What the plan has to know about one answer.

    Parameters
    ----------
    point
        Number of the point.
    stance
        What the unit says.
    at_risk
        Whether something makes the answer worth a second look.
    """

    point: int
    stance: str
    at_risk: bool


def sample(numbers: Sequence[int], answers: Iterable[Answered], share: int, seed: str) -> frozenset[int]:
    """
    Return the points of one unit that are looked at.

    Parameters
    ----------
    numbers
        All points of the framework.
    answers
        What the unit answered.
    share
        Share of the points without risk, in percent from 0 to 100; a part of a point counts as one.
    seed
        Codes of round and unit. Which points are drawn follows from it alone, so that nobody chooses them.

    Returns
    -------
    All points at risk, without an answer or said not to apply, and the drawn ones of the rest.
    """
    known = {a.point: a for a in answers}
    must = {
        no for no in numbers if (a := known.get(no)) is None or a.at_risk or a.stance in {"", "not_applicable"}
    }  # fmt: skip
    rest = sorted(
        (no for no in numbers if no not in must), key=lambda no: hashlib.sha256(f"{seed}/{no}".encode()).digest()
    )
    return frozenset(must | set(rest[: -(-len(rest) * share // ALL)]))


def sampled_points(round_unit: RoundUnit) -> frozenset[int]:
    """Return the points of a unit that the plan asks to look at; see `sample`."""
    return samples(round_unit.round, [round_unit])[round_unit.pk]


def samples(round_: Round, rows: Iterable[RoundUnit]) -> Mapping[int, frozenset[int]]:
    """Return the points to look at for each of several units, by primary key, in one query."""
    codes = {row.pk: row.code for row in rows}
    found = Answer.objects.filter(round_unit__in=codes).values_list("round_unit_id", "point", "stance", "risks")
    return _drawn(round_, codes, ((pk, Answered(point, stance, bool(risks))) for pk, point, stance, risks in found))


def _drawn(
    round_: Round, codes: Mapping[int, str], found: Iterable[tuple[int, Answered]]
) -> Mapping[int, frozenset[int]]:
    numbers = point_numbers(framework_of(round_.framework))
    answers: dict[int, list[Answered]] = {pk: [] for pk in codes}
    for pk, answered in found:
        answers[pk].append(answered)
    return {
        pk: sample(numbers, answers[pk], round_.sample_share, f"{round_.code}/{code}") for pk, code in codes.items()
    }


def mark_sampled(round_: Round, rows: Sequence[RoundUnit]) -> None:
    """
    Write to the answers of locked units whether the plan asks to look at them, for the list of verification.

    Call it whenever answers or the share change; `samples` says the same of one unit, and of points without an answer.
    """
    codes = {row.pk: row.code for row in rows}
    columns = ("pk", "round_unit_id", "sampled", "point", "stance", "risks")
    found = [
        (pk, unit, sampled, Answered(point, stance, bool(risks)))
        for pk, unit, sampled, point, stance, risks in Answer.objects.filter(round_unit__in=codes).values_list(*columns)
    ]
    drawn = _drawn(round_, codes, ((unit, answered) for _pk, unit, _sampled, answered in found))
    turned: dict[bool, list[int]] = {True: [], False: []}
    for pk, unit, sampled, answered in found:
        if sampled != (answered.point in drawn[unit]):
            turned[not sampled].append(pk)
    for sampled, pks in turned.items():
        for start in range(0, len(pks), BATCH):
            Answer.objects.filter(pk__in=pks[start : start + BATCH]).update(sampled=sampled)


def point_numbers(framework: Framework) -> tuple[int, ...]:
    """Return the numbers of all points in printed order."""
    return tuple(point.no for _parent, point in framework.points)


def drawn_count(points: int, share: int) -> int:
    """Return how many points of a unit without any risk the plan draws."""
    return -(-points * share // ALL)


@transaction.atomic
def set_share(by: User, round_: Round, share: int, *, version: int) -> Round:
    """
    Set the share of the points without risk that are looked at.

    Refused: people who do not manage rounds, once verification has begun (RoundRefused), a round that was changed
    meanwhile (Stale).
    """
    if not manages_rounds(by):
        raise NotAllowed(_("只有省级管理员可以设定抽查比例。"))
    row = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if row.stage not in OPEN:
        raise RoundRefused(_("核查已经开始，抽查比例不能再改动。"))
    if row.version != version:
        raise Stale(_("其他人已修改本轮次的设置，请刷新后再改。"))
    if not 0 <= share <= ALL:
        raise RoundRefused(_("抽查比例须在0至100之间。"))
    # Whoever saves an answer now is waited for, so that no unit keeps the draw of the old share.
    units = list(row.units.select_for_update())
    before = row.sample_share
    row.sample_share = share
    row.version += 1
    row.save(update_fields=["sample_share", "version"])
    for start in range(0, len(units), BATCH):
        mark_sampled(row, units[start : start + BATCH])
    record("round.sample", row, before={"share": before}, after={"share": share})
    return row
