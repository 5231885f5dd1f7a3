"""Rounds: the list, one with its stages and windows, its units."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from zhiheng_web.api.access import ApiRequest
from zhiheng_web.api.finding import REFUSALS, cut, round_of
from zhiheng_web.api.schemas import Code, Listed, Paging, RoundOut, RoundWhole, UnitOut
from zhiheng_web.api.security import scoped
from zhiheng_web.rounds.machine import STAGES
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import rounds_for, units_for

router = Router(tags=["rounds"])


@router.get(
    "/rounds", response={200: Listed[RoundOut], **REFUSALS}, url_name="api_rounds", operation_id="rounds",
    **scoped("read:rounds", _("考核轮次列表")),
)  # fmt: skip
def rounds(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List the rounds that the caller may see, the newest first."""
    return cut(rounds_for(request.auth.user).order_by("-made_at", "-pk"), paging, _head)


def _head(round_: Round) -> dict[str, Any]:
    return {
        "code": round_.code, "title": round_.title, "stage": round_.stage, "framework": round_.framework_id,
        "period_start": round_.period_start, "period_end": round_.period_end, "organisation": round_.organisation,
        "area": round_.area, "label": round_.label, "version": round_.version,
    }  # fmt: skip


@router.get(
    "/rounds/{code}", response={200: RoundWhole, **REFUSALS}, url_name="api_round", operation_id="round",
    **scoped("read:rounds", _("一个考核轮次和它的阶段、起止时间")),
)  # fmt: skip
def round_(request: ApiRequest, code: Code) -> dict[str, Any]:
    """Return one round with its stages and windows."""
    found = round_of(request.auth.user, code)
    order = {str(stage): place for place, stage in enumerate(STAGES)}
    windows = sorted(found.windows.all(), key=lambda w: order[w.stage])
    return _head(found) | {
        "stages": [str(stage) for stage in STAGES],
        "windows": [{"stage": w.stage, "opens_at": w.opens_at, "closes_at": w.closes_at} for w in windows],
    }


@router.get(
    "/rounds/{code}/units", response={200: Listed[UnitOut], **REFUSALS}, url_name="api_units", operation_id="units",
    **scoped("read:rounds", _("考核轮次的评价对象")),
)  # fmt: skip
def units(request: ApiRequest, code: Code, paging: Query[Paging]) -> dict[str, Any]:
    """List the units of a round that the caller may read."""
    return cut(units_for(request.auth.user, round_of(request.auth.user, code)), paging, unit_values)


def unit_values(row: RoundUnit) -> dict[str, Any]:
    """Return what is told of a unit."""
    return {
        "code": row.code, "name": row.name, "full_name": row.full_name, "group": row.group, "state": row.state,
        "state_at": row.state_at, "points": row.points, "answered": row.answered, "complete": row.complete,
        "version": row.version,
    }  # fmt: skip
