"""Refuses a request that announces more than its page takes, before any of its body is read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from zhiheng_web.evidence.queries import MB

V = TypeVar("V", bound=Callable[..., Any])
PLAIN_MB = 4
"""What a page takes that says nothing: more than a form without files can hold."""
DIGITS = 18
MARGIN_MB = 1
"""For the parts of a form beside its file."""


def takes_megabytes(name: str) -> Callable[[V], V]:
    """Let a view take bodies up to the megabytes of a setting; the outermost decorator of the view."""

    def mark(view: V) -> V:
        view.body_setting = name  # type: ignore[attr-defined]  # read by the middleware below
        return view

    return mark


class BodyLimitMiddleware:
    """
    Answers 413 where the announced length is more than the page takes.

    It stands before the protection against forged requests, which reads the body. People who are not signed in send no
    files, so for them every page takes little; a program that shows a token counts as signed in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Refuse a body that is too long for the page that would take it."""
        del args, kwargs
        name = getattr(view, "body_setting", "")
        known = name and (getattr(request, "by_token", False) or "_auth_user_id" in request.session)
        most = getattr(settings, name) + MARGIN_MB if known else PLAIN_MB
        if announced(request) <= most * MB:
            return None
        return too_large(request, getattr(settings, name) if known else PLAIN_MB)


def announced(request: HttpRequest) -> int:
    """Return the length that a request announces; 0 where it announces none that can be read."""
    given = str(request.META.get("CONTENT_LENGTH") or "0")
    if not given.isdecimal():
        return 0
    return int(given) if len(given) <= DIGITS else sys.maxsize


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    """Answer that a file is too large."""
    message = _("文件超过了%(most)d MB的上限，没有上传。请压缩或者拆分后再传。") % {"most": most}
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if request.headers.get("Accept", "").startswith("application/json") or request.headers.get("HX-Request"):
        return JsonResponse(
            {"code": "evidence.size", "message": message}, status=status, json_dumps_params={"ensure_ascii": False}
        )
    return render(request, "refused.html", {"message": message}, status=status)
