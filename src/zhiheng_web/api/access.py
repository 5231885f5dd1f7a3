"""Who calls: a token in the header, no cookies; every use is limited, and every refusal is a problem."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _

from zhiheng_web.accounts.adapter import client_address
from zhiheng_web.api.actions import note_use
from zhiheng_web.api.models import ApiToken
from zhiheng_web.api.problems import (
    MEDIA,
    AccountClosed,
    ApiRefused,
    TooMany,
    Unauthorised,
    bare_problem,
    problem,
)
from zhiheng_web.api.queries import token_of, why_closed

PREFIX = "/api/v1/"
MINUTE_S = 60
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="zhiheng"'}
Next = Callable[[HttpRequest], HttpResponse]


class ApiRequest(HttpRequest):
    """A request of a program that acts for a person."""

    auth: ApiToken
    by_token: bool
    caller: ApiToken | ApiRefused


class ApiMiddleware:
    """
    Takes cookies away from requests of the API, finds their token, and answers refusals as problems.

    It is the outermost of ours, so that no session, no language and no form of a browser counts for a program.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on with its caller."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        caller = _caller(request)
        request.caller = caller  # type: ignore[attr-defined]  # read by `Token`
        # What a request may send depends on whether its sender is known: read by the limit of bodies.
        request.by_token = isinstance(caller, ApiToken)  # type: ignore[attr-defined]
        response = _tagged(request, _as_problem(self.get_response(request)))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response["X-Content-Type-Options"] = "nosniff"
        response["Vary"] = "Authorization"
        return response


def _caller(request: HttpRequest) -> ApiToken | ApiRefused:
    """Return the token of a request, or why there is none that works."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return Unauthorised(_("请在请求头Authorization中给出访问令牌：Bearer 令牌。"), CHALLENGE)
    token = token_of(secret.strip())
    if token is None or not token.works:
        wait = _over(f"address-{client_address(request)}", settings.API_FAILURES_PER_MINUTE)
        return _too_many(wait) if wait else Unauthorised(_("访问令牌无效、已过期或者已吊销。"), CHALLENGE)
    wait = _over(f"token-{token.pk}", settings.API_PER_MINUTE)
    if wait:
        return _too_many(wait)
    closed = why_closed(token)
    if closed:
        return AccountClosed(closed)
    note_use(token)
    return token


def _too_many(wait: int) -> TooMany:
    return TooMany(_("请求过于频繁，请在%(wait)d秒后再试。") % {"wait": wait}, {"Retry-After": str(wait)})


def _over(name: str, most: int) -> int:
    """Count a request, and return the seconds to wait if there were too many in this minute, else 0."""
    now = int(time.time())
    key = f"api-{hashlib.sha256(name.encode()).hexdigest()}-{now // MINUTE_S}"
    cache.add(key, 0, 2 * MINUTE_S)
    try:
        count = cache.incr(key)
    except ValueError:
        # The store of the counters threw it out in between.
        count = 1
    return MINUTE_S - now % MINUTE_S if count > most else 0


def _as_problem(response: HttpResponse) -> HttpResponse:
    """Return an answer as it is, or as a problem where it refuses in words for people."""
    if response.status_code < HTTPStatus.BAD_REQUEST or response.headers.get("Content-Type") == MEDIA:
        return response
    found = _told(response) or bare_problem(response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            found[name] = response.headers[name]
    return found


def _told(response: HttpResponse) -> HttpResponse | None:
    """Return the problem that an answer of the site to a script tells of, if it does."""
    if not response.headers.get("Content-Type", "").startswith("application/json"):
        return None
    try:
        said = json.loads(response.content)
    except ValueError:
        return None
    if isinstance(said, dict) and {"code", "message"} <= said.keys():
        return problem(response.status_code, str(said["code"]), str(said["message"]))
    return None


def _tagged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer to a GET with its tag, or without content where the caller has it already."""
    if request.method != "GET" or response.status_code != HTTPStatus.OK:
        return response
    if not response.has_header("ETag"):
        if response.streaming:
            return response
        response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    same = get_conditional_response(request, etag=response["ETag"], response=response)
    content = getattr(response, "file_to_stream", None)
    if same is not response and content is not None:
        # Not the answer itself: that would end the request, and its connection to the database, too early.
        content.close()
    return same  # type: ignore[return-value]  # an answer was given, so an answer comes back
