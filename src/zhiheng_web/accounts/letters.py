"""Letters to people who get an account."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Invitation
from zhiheng_web.language import site_language

log = logging.getLogger(__name__)


def letters_leave() -> bool:
    """Return whether letters leave this installation; into a folder, a secret link is never written."""
    return "filebased" not in settings.EMAIL_BACKEND


def send_invitations(invited: Sequence[tuple[Invitation, str]]) -> int:
    """
    Send each invitation with its link to the address it names, and return how many letters went out.

    A mail server that fails is logged and no error: the links are on the screen.
    """
    with site_language():
        letters = [_letter(invitation, link) for invitation, link in invited if invitation.email]
    if not letters or not letters_leave():
        return 0
    try:
        return get_connection().send_messages(letters) or 0
    except (OSError, SMTPException):
        log.exception("invitations could not be sent")
        return 0


def _letter(invitation: Invitation, link: str) -> EmailMessage:
    until = localtime(invitation.expires_at)
    text = _(
        "%(name)s：\n\n%(site)s为您开通了账号“%(username)s”（%(role)s）。请在%(until)s前打开下面的链接设置密码，"
        "链接只能使用一次：\n\n%(link)s\n\n如非本人办理，请忽略本邮件。"
    ) % {
        "name": invitation.full_name,
        "site": settings.SITE_NAME,
        "username": invitation.username,
        "role": invitation.get_role_display(),
        "until": f"{until.year}年{until.month}月{until.day}日{until:%H:%M}",
        "link": link,
    }
    subject = _("%(site)s账号邀请") % {"site": settings.SITE_NAME}
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [invitation.email])
