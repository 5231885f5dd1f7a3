"""How allauth works here: nobody signs himself up, and passwords change through our action."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhiheng_web.accounts.actions import change_password
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import known_username
from zhiheng_web.audit.context import Actor, acting


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Closes sign-up and records changes of passwords."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: accounts come by invitation."""
        del request
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the counting of failed passwords to axes, which the security administrator can reset."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """
        Check a name and a password.

        allauth finds `Zhang` by `zhang`, axes counts each spelling on its own; so both get the one that is stored.
        """
        if credentials.get("username"):
            credentials["username"] = known_username(str(credentials["username"]))
        found: User | None = super().authenticate(request, **credentials)
        return found

    def set_password(self, user: User, password: str) -> None:
        """Set a password that its owner chose; by a link of a letter he acts without being signed in."""
        with acting(Actor(user.username, user.full_name, user.role, client_address(self.request))):
            change_password(user, password)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter, but none to an address that belongs to no account: anybody can type any address."""
        if template_prefix != "account/email/unknown_account":
            super().send_mail(template_prefix, email, context)

    def format_email_subject(self, subject: str) -> str:
        """Return a subject that begins with the name of the site."""
        return _("【%(site)s】%(subject)s") % {"site": settings.SITE_NAME, "subject": subject}

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the person, as the settings trust it."""
        return client_address(request)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Leave usernames alone."""


def client_address(request: HttpRequest) -> str:
    """Return the network address behind a request; a header is believed only from a proxy that is ours."""
    if settings.BEHIND_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            return str(forwarded).rsplit(",", 1)[-1].strip()[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]
