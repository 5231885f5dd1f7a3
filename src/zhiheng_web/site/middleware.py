"""Lets every write know its actor, closes every page to people who are not signed in, and records refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from zhiheng.errors import ZhihengError
from zhiheng_web.accounts.adapter import client_address
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.signals import actor_of
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.audit.models import Outcome
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed

Next = Callable[[HttpRequest], HttpResponse]


class AuditMiddleware:
    """Names the actor of everything that a request writes, and records what was forbidden."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on with its actor."""
        user = request.user
        who = actor_of(user, request) if isinstance(user, User) else Actor(address=client_address(request))
        with acting(who):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Record what a signed-in person was not allowed to see or do."""
        if isinstance(exception, PermissionDenied) and isinstance(request.user, User):
            record("access.denied", f"path:{request.path}"[:80], name=f"{request.method} {request.path}"[:300],
                   outcome=Outcome.REFUSED)  # fmt: skip


class SignedInMiddleware(LoginRequiredMiddleware):
    """Closes every page; a page that is open to everybody says so itself."""


class RefusalMiddleware:
    """Turns a refusal into a message: nothing was written, and the person reads why and what to do."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal: a message for a part of a page, a message and the page again for a whole one."""
        if not isinstance(exception, ZhihengError):
            return None
        status = HTTPStatus.CONFLICT if isinstance(exception, Stale | NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY
        wants_part = getattr(request, "htmx", False) or request.headers.get("Accept", "").startswith("application/json")
        if wants_part:
            body = {"code": exception.code, "message": exception.message}
            response = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
            response["HX-Trigger"] = json.dumps({"toast": {"kind": "error", "text": exception.message}})
            response["HX-Reswap"] = "none"
            return response
        messages.error(request, exception.message)
        back = request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        if request.method == "POST" and safe:
            return redirect(back)
        return render(request, "refused.html", {"message": exception.message}, status=status)


class LanguageMiddleware:
    """Speaks the language that a person chose, else that of the site: a browser's own language decides nothing."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the language of the cookie."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response
