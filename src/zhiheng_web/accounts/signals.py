"""Sign-ins, failed ones, sign-outs and second factors go into the log."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from zhiheng_web.accounts.adapter import client_address
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import lockouts
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor
from zhiheng_web.audit.models import Outcome


def actor_of(user: User, request: HttpRequest | None) -> Actor:
    """Return a person as the actor of entries."""
    return Actor(user.username, user.full_name, user.role, client_address(request) if request else "")


def _tried(name: str, request: HttpRequest | None) -> Actor:
    """Return who tried to sign in: the account when there is one, so that nobody audits his own failures."""
    found = User.objects.filter(username=name).first()
    if found:
        return actor_of(found, request)
    return Actor(username=name, address=client_address(request) if request else "")


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    """Record a sign-in, and remember its session as the one that counts."""
    del sender, more
    _keep_session(request, user)
    record("session.sign_in", user, who=actor_of(user, request))


@receiver(password_changed)
def password_was_changed(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    """Remember the new key that Django gives the session of someone who changed his password."""
    del sender, more
    _keep_session(request, user)


def _keep_session(request: HttpRequest, user: User) -> None:
    if not request.session.session_key:
        request.session.save()
    user.session_key = request.session.session_key or ""
    User.objects.filter(pk=user.pk).update(session_key=user.session_key)


@receiver(user_logged_out)
def signed_out(sender: object, request: HttpRequest, user: User | None, **more: Any) -> None:
    """Record a sign-out."""
    del sender, more
    if isinstance(user, User):
        record("session.sign_out", user, who=actor_of(user, request))


@receiver(user_login_failed)
def failed(sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any) -> None:
    """Record a failed sign-in under the name that was tried."""
    del sender, more
    name = str(credentials.get("username", ""))[:40]
    record("session.sign_in", f"name:{name}", name=name, outcome=Outcome.REFUSED, who=_tried(name, request))


@receiver(user_locked_out)
def locked(sender: object, request: HttpRequest, username: str | None = None, **more: Any) -> None:
    """Record that an account was locked after too many failures."""
    del sender, more
    name = str(username or "")[:40]
    record("session.lock_out", f"name:{name}", name=name, outcome=Outcome.REFUSED, who=_tried(name, request))


@receiver(authentication_failed)
def code_failed(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    """Record a wrong code of the second factor, and the lock that the last one brings."""
    del sender, more
    who = actor_of(user, request)
    record("session.second_factor", user, outcome=Outcome.REFUSED, who=who)
    if user.username in lockouts([user.username]):
        record("session.lock_out", user, outcome=Outcome.REFUSED, who=who)


_KINDS = {Authenticator.Type.TOTP: "totp", Authenticator.Type.RECOVERY_CODES: "recovery_codes"}


def _record_factor(act: str, request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    record(act, user, after={"kind": _KINDS.get(authenticator.type, "other")}, who=actor_of(user, request))


@receiver(authenticator_added)
def factor_added(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """Record that a person set up a second factor."""
    del sender, more
    _record_factor("account.add_factor", request, user, authenticator)


@receiver(authenticator_removed)
def factor_removed(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """Record that a person gave a second factor up."""
    del sender, more
    _record_factor("account.remove_factor", request, user, authenticator)


@receiver(authenticator_reset)
def factor_renewed(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **more: Any) -> None:
    """Record that a person made new recovery codes."""
    del sender, more
    _record_factor("account.renew_factor", request, user, authenticator)
