"""Work of rounds in the background: notices as letters, reminders before deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import task
from zhiheng_web.language import site_language
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import notify_units
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Notice, Round, RoundUnit
from zhiheng_web.rounds.queries import unfinished, window

MAIL_DAYS = 3
"""Notices older than this are not mailed any more: a person who gets an address today is spared last year's letters."""
MAIL_SECONDS = 20
"""How long a mail server may take to answer."""
MOST_NAMED = 10
"""Addresses that a failed job names."""


class LettersRefused(Refused):
    """The mail server refused some letters; the others went out."""

    code = "rounds.letters_refused"


@task()
def mail_notices() -> int:
    """
    Send the notices of people with an address that were not sent yet, and return how many.

    Each letter is marked in the transaction that sends it, so a second run, or one beside this, sends none twice. What
    a mail server refuses ends the job as failed after all others went out; it is tried again with the next job.
    """
    waiting = list(_unsent(timezone.now()).order_by("pk").values_list("pk", "user__email"))
    if not waiting:
        return 0
    sent, refused = 0, []
    sender: BaseEmailBackend = get_connection(timeout=MAIL_SECONDS)
    with sender:
        for pk, address in waiting:
            try:
                sent += _mail(pk, sender)
            except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError):
                refused.append(address)
    if refused:
        words = {"count": len(refused), "addresses": "、".join(dict.fromkeys(refused[:MOST_NAMED]))}
        raise LettersRefused(_("有%(count)d封邮件被邮件服务器拒收：%(addresses)s") % words)
    return sent


def _unsent(now: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(
        mailed_at=None, made_at__gt=now - timedelta(days=MAIL_DAYS), user__is_active=True
    ).exclude(user__email="")


@transaction.atomic
def _mail(pk: int, sender: BaseEmailBackend) -> int:
    """Send one letter; return 0 where another worker was faster."""
    locked = Notice.objects.select_for_update(of=("self",), skip_locked=True)
    notice = locked.select_related("user", "round").filter(pk=pk, mailed_at=None).first()
    if notice is None:
        return 0
    notice.mailed_at = timezone.now()
    notice.save(update_fields=["mailed_at"])
    EmailMessage(
        # A title with a line break would be refused as an attempt to write headers.
        subject=f"【{settings.SITE_NAME}】{' '.join(notice.title.split())}",
        body=_letter(notice),
        to=[notice.user.email],
        connection=sender,
    ).send()
    return 1


def _letter(notice: Notice) -> str:
    place = getattr(settings, "SITE_URL", "").rstrip("/")
    parts = [
        _("%(name)s：") % {"name": notice.user.full_name},
        notice.title,
        notice.text,
        _("请登录系统查看：%(link)s") % {"link": f"{place}{notice.link}"} if place else _("请登录系统查看。"),
        _("本邮件由系统发出，请勿直接回复。"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


@task()
def remind_due(days: int) -> int:
    """
    Remind the people of units whose deadline comes within some days, and return how many were told.

    Each person is told once for each deadline and number of days, however often the job runs.
    """
    now = timezone.now()
    running = Round.objects.filter(stage__in=[Stage.SELF_ASSESSMENT, Stage.VERIFICATION]).prefetch_related("windows")
    return sum(_remind_round(each, days, now) for each in running)


@transaction.atomic
def _remind_round(round_: Round, days: int, now: datetime) -> int:
    # Two runs at once take turns, so that the second sees what the first has written.
    Round.objects.select_for_update().get(pk=round_.pk)
    kind = f"due_{days}"
    told = dict(
        Notice.objects.filter(round=round_, kind=kind).values_list("user__unit").annotate(Max("made_at"))
    )  # fmt: skip
    units: dict[datetime, list[int]] = {}
    for row, deadline in _due(round_, days, now):
        last = told.get(row.unit_id)
        if last is None or last < deadline - timedelta(days=days):
            units.setdefault(deadline, []).append(row.unit_id)
    count = 0
    for deadline, found in units.items():
        words = {"round": round_.title, "until": f"{timezone.localtime(deadline):%Y-%m-%d %H:%M}"}
        with site_language():
            title = _("“%(round)s”的自评将于%(until)s截止") % words
        count += notify_units(round_, found, kind, title)
    if count:
        record("round.remind", round_, after={"days": days, "people": count})
    return count


def _due(round_: Round, days: int, now: datetime) -> Iterator[tuple[RoundUnit, datetime]]:
    own = window(round_)
    for row in unfinished(round_).select_related("round"):
        deadline = row.situation(own).deadline
        if deadline is not None and now <= deadline <= now + timedelta(days=days):
            yield row, deadline
