"""Notices as letters: which wait, which are on their way, and which broke off so that nobody knows if they left."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import is_system
from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import enqueue_named
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import MAIL
from zhiheng_web.rounds.models import Notice

MAIL_DAYS = 3
"""Notices older than this are not mailed any more: a person who gets an address today is spared last year's letters."""
ON_THE_WAY = timedelta(minutes=5)
"""How long a letter may be on its way; the mail server is given up long before."""


class LetterRefused(Refused):
    """Nothing can be done about letters now, or not by this person."""

    code = "rounds.letters"


def waiting() -> QuerySet[Notice]:
    """Return the notices that are to be sent and that nobody has begun to send."""
    return _unsent().filter(mailing_at=None, user__is_active=True).exclude(user__email="")


def interrupted() -> QuerySet[Notice]:
    """Return the letters whose sending began and never ended: the worker died or the mail server went silent."""
    return _unsent().filter(mailing_at__lt=timezone.now() - ON_THE_WAY)


def _unsent() -> QuerySet[Notice]:
    return Notice.objects.filter(mailed_at=None, made_at__gt=timezone.now() - timedelta(days=MAIL_DAYS))


@transaction.atomic
def begin(pk: int) -> Notice | None:
    """
    Say that a letter is being sent and return it; None where another worker was faster.

    This is committed before the mail server is asked: whatever happens then, no other run sends the letter again, and
    nobody else waits for the mail server.
    """
    locked = waiting().select_for_update(of=("self",), skip_locked=True)
    notice = locked.select_related("user", "round").filter(pk=pk).first()
    if notice is not None:
        notice.mailing_at = timezone.now()
        notice.save(update_fields=["mailing_at"])
    return notice


def sent(notice: Notice) -> None:
    """Say that the mail server has taken a letter."""
    notice.mailed_at = timezone.now()
    notice.save(update_fields=["mailed_at"])


def not_taken(notice: Notice) -> None:
    """Say that the mail server has refused a letter, so that the next run tries again."""
    notice.mailing_at = None
    notice.save(update_fields=["mailing_at"])


@transaction.atomic
def settle_interrupted(by: User, *, again: bool) -> int:
    """
    Send the interrupted letters again, or leave them at that; return how many there were.

    Refused: others than the system administrator, no interrupted letters.
    """
    if not is_system(by):
        raise LetterRefused(_("只有系统管理员可以处理发送中断的邮件。"))
    found = interrupted()
    count = found.update(mailing_at=None) if again else found.update(mailed_at=F("mailing_at"))
    if not count:
        raise LetterRefused(_("没有发送中断的邮件，可能已经处理。"))
    record("job.letters", "letters", name=gettext_lazy("发送中断的邮件"), after={"count": count, "again": again})
    if again:
        enqueue_named(MAIL)
    return count
