"""A person's own account, and the page that explains his work."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from zhiheng_web.accounts.permissions import is_anybody
from zhiheng_web.accounts.queries import has_second_factor
from zhiheng_web.api.permissions import uses_api
from zhiheng_web.audit.queries import own_sign_ins
from zhiheng_web.site.access import SignedIn, page

MOST_SIGN_INS = 10


def _rules() -> dict[str, object]:
    """Return the rules of signing in as the settings have them."""
    return {
        "password_rules": password_validators_help_texts(),
        "password_days": settings.PASSWORD_DAYS,
        "failures": settings.AXES_FAILURE_LIMIT,
        "lockout_minutes": round(settings.AXES_COOLOFF_TIME * 60),
        "idle_minutes": settings.IDLE_MINUTES,
        "one_session": settings.ONE_SESSION,
    }


@page(is_anybody)
def profile(request: SignedIn) -> HttpResponse:
    """Show a person's own data, his last sign-ins, and the ways to password and second factor."""
    context = {
        "sign_ins": own_sign_ins(request.user.username)[:MOST_SIGN_INS],
        "second_factor": has_second_factor(request.user),
        "uses_api": uses_api(request.user),
        **_rules(),
    }
    return render(request, "site/account/profile.html", context)


@page(is_anybody)
def help_page(request: SignedIn) -> HttpResponse:
    """Explain step by step what a person of this role does here."""
    return render(request, f"site/help/{request.user.role}.html", _rules())


urlpatterns: list[URLPattern] = [
    path("profile/", profile, name="profile"),
    path("help/", help_page, name="help"),
]
