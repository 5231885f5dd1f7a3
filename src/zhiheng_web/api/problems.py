"""Refusals as programs read them: problem details after RFC 9457, with the codes of the library and the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.errors import InputError, ZhihengError
from zhiheng_web.assessments.actions import FaultyAnswer, Incomplete
from zhiheng_web.evidence.store import ContentMissing, StoreAway
from zhiheng_web.refusals import Refused
from zhiheng_web.results.source import RETRY_S, NotReady, SnapshotLost
from zhiheng_web.results.source import NoResult as NothingToScore
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed

MEDIA = "application/problem+json"
TITLES = {
    400: gettext_lazy("请求无法识别"),
    401: gettext_lazy("没有有效的访问令牌"),
    403: gettext_lazy("没有权限"),
    404: gettext_lazy("没有这样的内容"),
    405: gettext_lazy("该地址不接受这种方法"),
    409: gettext_lazy("与当前状态冲突"),
    412: gettext_lazy("内容已被修改"),
    413: gettext_lazy("请求过大"),
    422: gettext_lazy("内容有误"),
    428: gettext_lazy("须写明版本"),
    429: gettext_lazy("请求过于频繁"),
    500: gettext_lazy("系统出错"),
    503: gettext_lazy("暂时无法处理"),
}
"""Titles of problems by status."""
CODES = {400: "api.unreadable", 401: "api.unauthorised", 403: "api.forbidden", 404: "api.not_found", 405: "api.method",
         413: "evidence.size", 500: "api.fault"}  # fmt: skip
"""Codes of problems that no class of ours stands for."""
Fields = Iterable[tuple[str, str]]
"""What is wrong, as (field, message)."""


class ApiRefused(Refused):
    """A request that the API refuses by itself."""

    code = "api.refused"
    status = 400

    def __init__(self, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = dict(headers or {})


class Unauthorised(ApiRefused):
    """No token, or one that does not work."""

    code, status = "api.unauthorised", 401


class AccountClosed(ApiRefused):
    """The account behind a token may not sign in."""

    code, status = "api.account", 403


class OutOfScope(ApiRefused):
    """The token was not made for this."""

    code, status = "api.scope", 403


class NotPublished(ApiRefused):
    """The result is not published yet."""

    code, status = "api.not_published", 403


class NoResult(ApiRefused):
    """A round that was not opened has no result."""

    code, status = "api.no_result", 409


class NotTheVersion(ApiRefused):
    """What is there is not the version that the request names."""

    code, status = "api.precondition", 412


class VersionMissing(ApiRefused):
    """A write has to name the version that it is about."""

    code, status = "api.precondition_missing", 428


class TooMany(ApiRefused):
    """More requests than are allowed in a minute."""

    code, status = "api.rate", 429


def problem(
    status: int, code: str, detail: str, *, fields: Fields = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a problem as an answer."""
    listed = [{"field": field, "message": message} for field, message in fields]
    body = {
        "type": f"urn:zhiheng:problem:{code}",
        "title": str(TITLES.get(status, HTTPStatus(status).phrase)),
        "status": status,
        "detail": detail,
        "code": code,
        **({"errors": listed} if listed else {}),
    }
    response = JsonResponse(body, status=status, content_type=MEDIA, json_dumps_params={"ensure_ascii": False})
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def bare_problem(status: int) -> HttpResponse:
    """Return the problem for an answer that says no more than its status."""
    return problem(status, CODES.get(status, "api.refused"), f"{TITLES.get(status, HTTPStatus(status).phrase)}。")


def problem_of(error: ZhihengError) -> HttpResponse:
    """Return a refusal of the library or the site as an answer."""
    headers = error.headers if isinstance(error, ApiRefused) else None
    if isinstance(error, NotReady):
        headers = {"Retry-After": str(RETRY_S)}
    return problem(_status(error), error.code, error.message, fields=_fields(error), headers=headers)


def _status(error: ZhihengError) -> int:
    if isinstance(error, ApiRefused):
        return error.status
    if isinstance(error, Stale | NotAllowed | NothingToScore):
        return HTTPStatus.CONFLICT
    if isinstance(error, StoreAway | ContentMissing | NotReady | SnapshotLost):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _fields(error: ZhihengError) -> Fields:
    if isinstance(error, FaultyAnswer):
        return [(f.field if f.item is None else f"items.{f.item}.{f.field}", f.message) for f in error.faults]
    if isinstance(error, Incomplete):
        words = _("第%(no)d项：%(why)s")
        return [
            (f"answers.{no}", words % {"no": no, "why": f.message}) for no, gaps in error.gaps.items() for f in gaps
        ]
    if isinstance(error, InputError):
        return [(p.field, p.message) for p in error.problems]
    return []
