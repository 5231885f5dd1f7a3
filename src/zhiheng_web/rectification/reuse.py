"""Takes what was rectified after the round before over into an answer of this round, proof and all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.framework.rules import PerField
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import Given, GivenItem, save_answer
from zhiheng_web.assessments.models import Answer
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence.actions import list_again, may_edit
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.actions import RectificationRefused, told
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.rectification.queries import carried
from zhiheng_web.rounds.actions import locked_unit
from zhiheng_web.rounds.models import RoundUnit

MOST_TEXT = 2_000
"""Characters of an item of an answer."""


@transaction.atomic
def reuse_proof(
    by: User, round_unit: RoundUnit, point_no: int, given: Given, *, version: int, now: datetime | None = None
) -> Answer:
    """
    Keep an answer with the result and the files of last round's item added; files come into the library of this round.

    A field of a fixed list is one that only the unit can choose, so the files go to the first item there is. Dates are
    of the unit as well. Refused: as for `save_answer`, and where the round before left nothing to take over.
    """
    row = locked_unit(round_unit.pk)
    may_edit(by, row, now or timezone.now())
    item = carried(row, [point_no]).get(point_no)
    if item is None or not item.shown.all():
        raise RectificationRefused(_("上一轮这一项没有可以沿用的整改材料。"))
    files = tuple((list_again(by, row, each.file).pk, "") for each in item.shown.all())
    merged = _merged(row, point_no, given, item, files)
    answer = save_answer(by, row, point_no, merged, version=version, now=now)
    record("rectification.reuse", answer, name=told(item), after={
        "point": point_no, "files": [each.file.name for each in item.shown.all()],
    })  # fmt: skip
    return answer


def _merged(
    row: RoundUnit, point_no: int, given: Given, item: RectificationItem, files: tuple[tuple[int, str], ...]
) -> Given:
    stance = given.stance if given.stance == Answer.Stance.YES else str(Answer.Stance.YES)
    there = {pk for one in given.items for pk, _pages in one.files}
    fresh = tuple(each for each in files if each[0] not in there)
    rule = framework_of(row.round.framework).point(point_no).rule
    fielded = isinstance(rule, PerField)
    if not fresh:
        return replace(given, stance=stance)
    if fielded and given.items:
        first = replace(given.items[0], files=(*given.items[0].files, *fresh))
        return replace(given, stance=stance, items=(first, *given.items[1:]))
    text = item.outcome.strip()[:MOST_TEXT]
    return replace(given, stance=stance, items=(*given.items, GivenItem(text, files=fresh)))
