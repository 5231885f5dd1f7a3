"""Results: the totals of a round, the nodes of a unit; marks are null while they are open."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from zhiheng_web.accounts.models import User
from zhiheng_web.api.access import ApiRequest
from zhiheng_web.api.engine import head_of, nodes_of, total_of
from zhiheng_web.api.finding import REFUSALS, cut, round_of, unit_of
from zhiheng_web.api.problems import NoResult, NotPublished
from zhiheng_web.api.schemas import Code, Paging, ResultOut, UnitResultOut
from zhiheng_web.api.security import scoped
from zhiheng_web.results.queries import may_read
from zhiheng_web.results.source import result_of
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.queries import units_for

router = Router(tags=["results"])


@router.get(
    "/rounds/{code}/results", response={200: ResultOut, **REFUSALS}, url_name="api_results", operation_id="results",
    **scoped("read:results", _("考核轮次的总分、名次和等次")),
)  # fmt: skip
def results(request: ApiRequest, code: Code, paging: Query[Paging]) -> dict[str, Any]:
    """List the totals of the units that the caller may read."""
    user = request.auth.user
    found = round_of(user, code)
    _open_to(user, found)
    result = result_of(found)
    codes = units_for(user, found).values_list("code", flat=True)
    part = cut(codes, paging, lambda unit: total_of(result, unit))
    return head_of(found, result) | {"settled": result.settled} | part


@router.get(
    "/rounds/{code}/units/{unit}/results", response={200: UnitResultOut, **REFUSALS}, url_name="api_unit_results",
    operation_id="unit_results", **scoped("read:results", _("一个单位的各级指标和考核要点得分")),
)  # fmt: skip
def unit_results(request: ApiRequest, code: Code, unit: Code) -> dict[str, Any]:
    """Return the result of a unit node by node."""
    row = unit_of(request.auth.user, code, unit)
    _open_to(request.auth.user, row.round)
    result = result_of(row.round)
    return head_of(row.round, result) | total_of(result, row.code) | {"nodes": nodes_of(result, row.code)}


def _open_to(user: User, round_: Round) -> None:
    """Refuse rounds without result, and people of units before the publication."""
    if round_.stage == Stage.PREPARATION:
        raise NoResult(gettext("考核轮次还没有启动，没有结果。"))
    if not may_read(user, round_):
        raise NotPublished(gettext("结果还没有发布。"))
