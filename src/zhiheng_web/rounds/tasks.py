"""Work of rounds in the background: notices as letters, reminders before deadlines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import task
from zhiheng_web.language import listed, site_language
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds import letters
from zhiheng_web.rounds.actions import notify_units
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Notice, Round, RoundUnit
from zhiheng_web.rounds.queries import unfinished, window

MOST_NAMED = 10
"""Addresses that a failed job names."""


class LettersRefused(Refused):
    """The mail server refused some letters; the others went out."""

    code = "rounds.letters_refused"


@task()
def mail_notices() -> int:
    """
    Send the notices of people with an address that were not sent yet, and return how many.

    Each letter is marked before it is handed to the mail server and again after, with no transaction open in between:
    a second run, or one beside this, sends none twice, and nobody waits for the mail server. What the server refuses
    ends the job as failed after all others went out, and is tried again with the next job. Where it goes silent, the
    letter may have left: it stays marked, and the system administrator decides (letters.interrupted).
    """
    waiting = list(letters.waiting().order_by("pk").values_list("pk", flat=True))
    if not waiting:
        return 0
    sent, refused = 0, []
    sender: BaseEmailBackend = get_connection()
    with sender:
        for pk in waiting:
            notice = letters.begin(pk)
            if notice is None:
                continue
            try:
                _letter(notice, sender).send()
            except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError):
                letters.not_taken(notice)
                refused.append(notice.user.email)
            else:
                letters.sent(notice)
                sent += 1
    if refused:
        words = {"count": len(refused), "addresses": listed(dict.fromkeys(refused[:MOST_NAMED]))}
        raise LettersRefused(_("有%(count)d封邮件被邮件服务器拒收：%(addresses)s") % words)
    return sent


def _letter(notice: Notice, sender: BaseEmailBackend) -> EmailMessage:
    return EmailMessage(
        # A title with a line break would be refused as an attempt to write headers.
        subject=f"【{settings.SITE_NAME}】{' '.join(notice.title.split())}",
        body=_text(notice),
        to=[notice.user.email],
        connection=sender,
    )


def _text(notice: Notice) -> str:
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
