"""Reads of dashboards: the earlier rounds that a round can be compared with."""

from __future__ import annotations

from django.db.models import Q

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.queries import rounds_for

MOST_OFFERED = 20


def earlier_rounds(user: User, round_: Round) -> list[Round]:
    """
    Return the rounds before one with which it can be compared, the one to begin with first.

    These are the round that the settings name as the last one, and earlier ones under the same framework, another
    version of it, or one that this framework was made from: points with one code mean the same there.
    """
    framework, parent = round_.framework, round_.framework.parent
    kin = Q(framework__code=framework.code) | Q(framework__parent=framework)
    if parent is not None:
        kin |= Q(framework__parent=parent) | Q(framework__code=parent.code)
    named = Q(pk=round_.previous_id)
    found = (
        rounds_for(user)
        .filter(named | (kin & Q(period_start__lt=round_.period_start)))
        .exclude(pk=round_.pk)
        .exclude(stage=Stage.PREPARATION)
        .order_by("-period_start", "-pk")[:MOST_OFFERED]
    )
    return sorted(found, key=lambda one: one.pk != round_.previous_id)
