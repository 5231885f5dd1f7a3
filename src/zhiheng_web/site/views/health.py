"""Pages for machines: whether the site can serve people, and its figures."""

from __future__ import annotations

from http import HTTPStatus
from secrets import compare_digest

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from prometheus_client import CONTENT_TYPE_LATEST

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.site import metrics as figures
from zhiheng_web.site.access import open_page
from zhiheng_web.site.readiness import checks

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP")
LOOPBACK = ("127.0.0.1", "::1")


def is_local(request: HttpRequest) -> bool:
    """Return whether a request comes from this machine itself; through a proxy it comes from anywhere."""
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not any(name in request.headers for name in FORWARDED)


@open_page()
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 or 503; reasons are for this machine and for administrators."""
    found = checks()
    bad = [check for check in found if check.reason]
    status = HTTPStatus.SERVICE_UNAVAILABLE if bad else HTTPStatus.OK
    words = "unavailable" if bad else "ready"
    # Who is signed in is asked last and only where the database answers.
    if is_local(request) or (found[0].reason == "" and _is_administrator(request)):
        reasons = {check.name: check.reason or "ok" for check in found}
        return JsonResponse({"status": words, "checks": reasons}, status=status)
    return HttpResponse(f"{words}\n", content_type="text/plain", status=status)


def _is_administrator(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and user.role in {Role.ADMINISTRATOR, Role.SYSTEM}


@open_page()
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the figures to whoever has the token; without one in the settings, to this machine only. Others: 404."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    else:
        allowed = is_local(request)
    if not allowed:
        raise Http404
    return HttpResponse(figures.text(), content_type=CONTENT_TYPE_LATEST)


urlpatterns: list[URLPattern] = [
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
