"""Takes a round away again that was set up by mistake and never opened."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.rounds.actions import RoundRefused, Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds


@dataclass(frozen=True, slots=True)
class Losses:
    """
    What goes with a round.

    Parameters
    ----------
    units, windows
        How many units were chosen, and for how many stages a time was set.
    """

    units: int
    windows: int


def losses(round_: Round) -> Losses:
    """Return what goes with a round."""
    return Losses(round_.units.count(), round_.windows.count())


def kept_by(round_: Round) -> str:
    """Return what keeps a round from being deleted, or "" when nothing does."""
    if round_.stage != Stage.PREPARATION or round_.frozen_at is not None:
        return _("考核轮次已经启动，不能删除。")
    if round_.following.exists():
        return _("有其他考核轮次以它为上一轮次，不能删除。")
    # Whatever an outer app keeps about a unit of a round: answers, files, decisions.
    for relation in RoundUnit._meta.related_objects:  # noqa: SLF001 - the documented way to ask a model
        if RoundUnit.objects.filter(round=round_, **{f"{relation.name}__isnull": False}).exists():
            return _("已有单位填报，不能删除。")
    return ""


@transaction.atomic
def remove_round(by: User, round_: Round, *, version: int) -> None:
    """
    Delete a round in preparation with its windows and its list of units; units and framework stay.

    A framework is locked only when a round is opened, so one that no other round uses may be removed or changed again.
    Refused: people who do not manage rounds, a round that was opened or has answers (RoundRefused), one that was
    changed since it was shown (Stale).
    """
    if not manages_rounds(by):
        raise NotAllowed(_("只有省级管理员可以管理考核轮次。"))
    row = Round.objects.select_for_update(of=("self",)).filter(pk=round_.pk).first()
    if row is None:
        raise RoundRefused(_("该考核轮次已被删除。"))
    if row.version != version:
        raise Stale(_("其他人已修改本轮次的设置，请刷新后再改。"))
    reason = kept_by(row)
    if reason:
        raise RoundRefused(reason)
    windows = [f"{w.stage} {w.opens_at.isoformat()} {w.closes_at.isoformat()}" for w in row.windows.all()]
    codes = list(row.units.values_list("code", flat=True))
    settings = (
        "code", "title", "period_start", "period_end", "organisation", "area", "whole", "label", "short_label",
        "sample_share",
    )  # fmt: skip
    record("round.remove", row, before={
        **{name: getattr(row, name) for name in settings}, "framework": str(row.framework),
        "framework_hash": row.framework.content_hash, "windows": windows, "count": len(codes), "units": codes[:200],
    })  # fmt: skip
    row.delete()
