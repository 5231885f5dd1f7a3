"""Measures every request and says in one line of the log how it went: view, status, time, role, and no word more."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from zhiheng_web.accounts.models import Role, User

Next = Callable[[HttpRequest], HttpResponse]
REQUEST: ContextVar[str] = ContextVar("request", default="")
"""Key of the request that is being answered, or "" in the background."""
HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[0-9A-Za-z-]{8,64}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_NOBODY, _UNKNOWN = "anonymous", "unknown"

REQUESTS = Counter("zhiheng_requests", "Answered requests.", ["view", "method", "status"])
SECONDS = Histogram(
    "zhiheng_request_seconds", "Time to answer.", ["view"],
    buckets=(0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip
FAILED_SIGN_INS = Counter("zhiheng_failed_sign_ins", "Sign-ins with a wrong name or password.")

_log = logging.getLogger("zhiheng.request")


def view_of(request: HttpRequest) -> str:
    """Return the name of the view, which people cannot choose: of an address that leads nowhere, "unknown"."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return _UNKNOWN
    return str(match.view_name if match.url_name else match.func.__name__)


def role_of(request: HttpRequest) -> str:
    """Return the role of who asks, without asking the database for one who was not looked up."""
    # The user of a request is lazy; only what has been looked up already is in its cache.
    user = getattr(request, "_cached_user", None)
    return str(user.role) if isinstance(user, User) and user.role in Role.values else _NOBODY


class TelemetryMiddleware:
    """Counts and times a request, gives it a key, and writes its line."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the key in a header."""
        started, key = time.perf_counter(), _key(request)
        token = REQUEST.set(key)
        try:
            response = self.get_response(request)
            response[HEADER] = key
            self._note(request, response.status_code, time.perf_counter() - started)
            return response
        finally:
            REQUEST.reset(token)

    def _note(self, request: HttpRequest, status: int, seconds: float) -> None:
        view = view_of(request)
        method = request.method if request.method in _METHODS else _UNKNOWN
        REQUESTS.labels(view, method, status).inc()
        SECONDS.labels(view).observe(seconds)
        level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
        words = {"view": view, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
        _log.log(level, "request", extra={"facts": words | {"role": role_of(request)}})


def _key(request: HttpRequest) -> str:
    """Return the key that our own proxy gave, or a new one."""
    given = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
    return given if _GIVEN.fullmatch(given) else uuid.uuid4().hex


def count_failed_sign_in(**_named: object) -> None:
    """Count a sign-in that failed."""
    FAILED_SIGN_INS.inc()


user_login_failed.connect(count_failed_sign_in, dispatch_uid="count_failed_sign_in")
