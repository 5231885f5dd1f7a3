"""Reads of units and people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Collate
from django.http import HttpRequest
from django.utils import timezone

from zhiheng_web.accounts.models import Invitation, Unit, User
from zhiheng_web.accounts.permissions import is_security, is_system, roles_seen_by

CODES_APP, CODES_ACTION = "allauth.account", "login_failed"
"""Under which allauth counts wrong codes of the second factor."""


def units_below(unit: Unit | None) -> QuerySet[Unit]:
    """Return a unit and all below it; all units for people of no unit."""
    return Unit.objects.all() if unit is None else Unit.objects.filter(path__startswith=unit.path)


def tree(*, text: str = "", level: str = "") -> QuerySet[Unit]:
    """Return units in the order of the tree by filter, with the unit above and the number of active people."""
    found = Unit.objects.select_related("parent").annotate(
        people_count=Count("people", filter=Q(people__is_active=True))
    )
    if text:
        found = found.filter(Q(name__icontains=text) | Q(full_name__icontains=text) | Q(code__startswith=text))
    if level:
        found = found.filter(level=level)
    # The order of a language would leave out the slashes of the path, and with them the tree.
    return found.order_by(Collate("path", "C" if connection.vendor == "postgresql" else "BINARY"))


def people(by: User, *, role: str = "", unit: str = "", text: str = "", state: str = "") -> QuerySet[User]:
    """Return accounts that `by` may see, by filter; `unit` is a code and takes in all units below it."""
    found = User.objects.select_related("unit").order_by("username")
    if not (is_system(by) or is_security(by)):
        found = found.filter(role__in=roles_seen_by(by))
    if role:
        found = found.filter(role=role)
    if unit:
        found = found.filter(Q(unit__code=unit) | Q(unit__path__contains=f"/{unit}/"))
    if text:
        of_text = Q(full_name__icontains=text) | Q(username__icontains=text) | Q(unit__name__icontains=text)
        found = found.filter(of_text)
    if state == "locked":
        found = found.filter(username__in=list(lockouts()))
    elif state == "unused":
        found = found.filter(last_login=None, is_active=True)
    elif state:
        found = found.filter(is_active=state == "active")
    return found


def people_of(unit: Unit) -> QuerySet[User]:
    """Return the people who fill in and approve for a unit."""
    return User.objects.filter(unit=unit, is_active=True)


def invitations(by: User, *, state: str = "", text: str = "") -> QuerySet[Invitation]:
    """Return invitations that `by` may see: open, accepted, withdrawn, expired, or all."""
    found = Invitation.objects.select_related("unit", "invited_by").order_by("-made_at", "-pk")
    if not (is_system(by) or is_security(by)):
        found = found.filter(role__in=roles_seen_by(by))
    if text:
        found = found.filter(Q(full_name__icontains=text) | Q(username__icontains=text))
    now = timezone.now()
    of_state = {
        "open": Q(accepted_at=None, withdrawn_at=None, expires_at__gt=now),
        "accepted": Q(accepted_at__isnull=False),
        "withdrawn": Q(withdrawn_at__isnull=False),
        "expired": Q(accepted_at=None, withdrawn_at=None, expires_at__lte=now),
    }
    return found.filter(of_state[state]) if state in of_state else found


def lockouts(usernames: Iterable[str] | None = None) -> dict[str, datetime]:
    """Return the names that are locked after too many wrong passwords or codes, with the time when each lock ends."""
    names = None if usernames is None else list(usernames)
    found = _locked_by_passwords(names)
    for name, until in _locked_by_codes(names).items():
        found[name] = max(until, found.get(name, until))
    return found


def _locked_by_passwords(usernames: list[str] | None) -> dict[str, datetime]:
    lasts = timedelta(hours=settings.AXES_COOLOFF_TIME)
    attempts = AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - lasts)
    if usernames is not None:
        attempts = attempts.filter(username__in=usernames)
    rows = (
        attempts.order_by()
        .values("username")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
    )
    return {row["username"]: row["last"] + lasts for row in rows}


def _locked_by_codes(usernames: list[str] | None) -> dict[str, datetime]:
    """Return who gave too many wrong codes: allauth keeps the times of the last ones in the cache, newest first."""
    owners = Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    if usernames is not None:
        owners = owners.filter(user__username__in=usernames)
    names = dict(owners.values_list("user_id", "user__username"))
    found: dict[str, datetime] = {}
    for rate in ratelimit.get_rates(app=CODES_APP, action=CODES_ACTION):
        keys = {_codes_key(rate, pk): name for pk, name in names.items()}
        oldest_that_counts = timezone.now() - timedelta(seconds=rate.duration)
        for key, times in cache.get_many(keys).items():
            wrong = [datetime.fromtimestamp(each, UTC) for each in times]
            wrong = [each for each in wrong if each > oldest_that_counts]
            if len(wrong) >= rate.amount:
                found[keys[key]] = wrong[rate.amount - 1] + timedelta(seconds=rate.duration)
    return found


def _codes_key(rate: ratelimit.Rate, pk: int) -> str:
    key: str = ratelimit.get_cache_key(
        HttpRequest(), app=CODES_APP, action=CODES_ACTION, rate=rate, key=codes_counter(pk)
    )
    return key


def codes_counter(pk: int) -> str:
    """Return the name under which allauth counts the wrong codes of an account."""
    return f"mfa-auth-user-{pk}"


def second_factor_of(user: User) -> Authenticator | None:
    """Return the second factor of an account, with the times when it was set up and last used."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()


def has_second_factor(user: User) -> bool:
    """Return whether an account asks for a code after the password."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def known_username(name: str) -> str:
    """Return a username as it is stored, whatever the case it is typed in; a name nobody has in lower case."""
    found = User.objects.filter(username__iexact=name).values_list("username", flat=True).first()
    return found or name.lower()


def token_hash(token: str) -> str:
    """Return what is kept of the secret of an invitation."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitation(token: str) -> Invitation | None:
    """Return the invitation of a link while it works."""
    found = Invitation.objects.select_related("unit", "invited_by").filter(token_hash=token_hash(token)).first()
    return found if found and found.open else None
