"""Rules of sessions: idle time, one session if set, passwords that must change, a second factor that must exist."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import has_second_factor

LAST_SEEN = "last_seen"
EVERY_S = 60
"""Seconds after which the time of the last request is written again, so that not every request writes."""
ALWAYS_OPEN = (
    "account_logout", "account_change_password", "account_reauthenticate", "mfa_index", "mfa_activate_totp",
    "mfa_generate_recovery_codes", "mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_reauthenticate",
    "set_language", "healthz", "readyz", "metrics",
)  # fmt: skip
"""Pages that someone can reach who first has to change a password or set up a second factor."""
Next = Callable[[HttpRequest], HttpResponse]


class SessionRulesMiddleware:
    """Ends sessions that are idle or replaced, and leads people to what they must do first."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Apply the rules to a signed-in person."""
        user = request.user
        if isinstance(user, User):
            ended = self._ended(request, user)
            if ended:
                logout(request)
                messages.warning(request, ended)
                return redirect(settings.LOGIN_URL)
            needed = self._needed(request, user)
            if needed:
                return needed
        return self.get_response(request)

    def _ended(self, request: HttpRequest, user: User) -> str:
        now = int(time.time())
        last = request.session.get(LAST_SEEN, now)
        if now - last > settings.IDLE_MINUTES * 60:
            return _("您已超过%(minutes)d分钟没有操作，为保证安全已退出登录。") % {"minutes": settings.IDLE_MINUTES}
        if LAST_SEEN not in request.session or now - last >= EVERY_S:
            request.session[LAST_SEEN] = now
        if settings.ONE_SESSION and user.session_key and user.session_key != request.session.session_key:
            return _("该账号已在别处登录，本次登录已结束。如非本人操作，请尽快修改密码。")
        return ""

    def _needed(self, request: HttpRequest, user: User) -> HttpResponse | None:
        if _name(request) in ALWAYS_OPEN or request.path.startswith(settings.STATIC_URL):
            return None
        old = user.password_changed_at < timezone.now() - timedelta(days=settings.PASSWORD_DAYS or 100_000)
        if user.must_change_password or old:
            messages.warning(request, _("密码已到期或者为一次性密码，请先修改密码。"))
            return _lead(request, "account_change_password")
        if user.needs_second_factor and not has_second_factor(user):
            messages.warning(request, _("您的角色须启用两步验证，请先完成设置。"))
            return _lead(request, "mfa_activate_totp")
        return None


def _lead(request: HttpRequest, name: str) -> HttpResponse:
    """Lead a person to a page; a part of a page that htmx asked for becomes the whole page."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(reverse(name))
    return redirect(name)


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""
