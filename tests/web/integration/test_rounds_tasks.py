"""Letters and reminders in the background, run by the real worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings
from tests.web.builders import city, draft_round, filler, open_draft, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.jobs.queue import enqueue
from zhiheng_web.rounds.actions import extend
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import Notice, RoundUnit, Window
from zhiheng_web.rounds.tasks import mail_notices, remind_due

pytestmark = pytest.mark.usefixtures("real_database")

DAY = timedelta(days=1)


def work() -> None:
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)


def reachable(number: int = 1, address: str = "a@example.org") -> User:
    user = filler(number)
    user.email = address
    user.save()
    return user


def test_opening_a_round_sends_each_person_with_an_address_one_letter() -> None:
    reachable(1), filler(2), reachable(3, "c@example.org")
    running_round(units=3)
    assert mail.outbox == []
    work()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["a@example.org", "c@example.org"]
    assert mail.outbox[0].subject == "【知衡】“考核r1”开始自评"
    assert Notice.objects.filter(mailed_at=None).get().user == filler(2)
    enqueue(mail_notices)
    enqueue(mail_notices)
    work()
    assert len(mail.outbox) == 2


def test_a_write_that_is_undone_leaves_neither_notice_nor_job() -> None:
    reachable()
    made = draft_round(units=1)
    with transaction.atomic():
        open_draft(made)
        assert DBTaskResult.objects.exists()
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.exists()
    work()
    assert mail.outbox == []


def test_nobody_is_mailed_without_an_address() -> None:
    filler()
    running_round(units=1)
    assert not DBTaskResult.objects.exists()


def test_what_a_mail_server_refuses_goes_out_later(settings: Settings) -> None:
    reachable()
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    running_round(units=1)
    work()
    assert Notice.objects.get().mailed_at is None
    assert DBTaskResult.objects.get().status == "FAILED"
    settings.EMAIL_BACKEND = working
    enqueue(mail_notices)
    work()
    assert len(mail.outbox) == 1


class Choosy(EmailBackend):
    """A mail server that knows one of the addresses not."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for letter in email_messages:
            if letter.to == ["gone@example.org"]:
                raise SMTPRecipientsRefused({"gone@example.org": (550, b"no such user")})
        return super().send_messages(email_messages)


def test_one_address_that_is_refused_keeps_nobody_else_waiting(settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{Choosy.__name__}"
    for user, name in ((reachable(1, "gone@example.org"), "甲"), (reachable(2, "b@example.org"), "乙")):
        Notice.objects.create(user=user, kind="x", title=name)
    enqueue(mail_notices)
    work()
    assert [letter.to for letter in mail.outbox] == [["b@example.org"]]
    assert Notice.objects.get(mailed_at=None).title == "甲"
    job = DBTaskResult.objects.get()
    assert job.status == "FAILED"
    assert "gone@example.org" in job.traceback


def test_old_notices_and_people_who_left_get_no_letters() -> None:
    user, left = reachable(1), reachable(2, "b@example.org")
    Notice.objects.create(user=user, kind="x", title="旧", made_at=timezone.now() - 30 * DAY)
    Notice.objects.create(user=left, kind="x", title="离任")
    User.objects.filter(pk=left.pk).update(is_active=False)
    enqueue(mail_notices)
    work()
    assert mail.outbox == []


def test_a_title_cannot_add_headers_to_a_letter(settings: Settings) -> None:
    settings.SITE_URL = "https://example.org/"
    Notice.objects.create(
        user=reachable(), kind="x", title="催办\r\nBcc: x@example.org", text="正文", link="/rounds/r1/"
    )
    enqueue(mail_notices)
    work()
    (letter,) = mail.outbox
    assert letter.subject == "【知衡】催办 Bcc: x@example.org"
    assert letter.recipients() == ["a@example.org"]
    assert "https://example.org/rounds/r1/" in letter.body


def due_notices() -> list[str]:
    return list(Notice.objects.filter(kind__startswith="due").order_by("pk").values_list("user__username", flat=True))


def test_units_are_reminded_once_before_their_deadline_and_again_after_an_extension() -> None:
    made = running_round(units=3)
    for number in (1, 2, 3):
        filler(number)
    reachable(1)
    now = timezone.now()
    Window.objects.update(closes_at=now + 2 * DAY)
    RoundUnit.objects.filter(pk=row_of(made, 2).pk).update(state=State.SUBMITTED)
    RoundUnit.objects.filter(pk=row_of(made, 3).pk).update(extended_to=now + 20 * DAY)
    for _ in range(2):
        enqueue(remind_due, 3)
        work()
    assert due_notices() == ["filler-220100"]
    enqueue(remind_due, 1)
    work()
    assert due_notices() == ["filler-220100"]
    # A new deadline beyond the reach of the first reminder is one to be reminded of again.
    Notice.objects.update(made_at=now - 5 * DAY)
    extend(person("administrator"), row_of(made, 1), now + 2 * DAY + timedelta(hours=1), "延期")
    enqueue(remind_due, 3)
    work()
    assert due_notices() == ["filler-220100", "filler-220100"]


def test_the_command_of_the_timer_puts_one_job_for_each_number_of_days() -> None:
    running_round(units=1)
    filler()
    Window.objects.update(closes_at=timezone.now() + DAY / 2)
    call_command("remind", days=[3, 1], verbosity=0)
    work()
    assert Notice.objects.filter(kind__in=["due_3", "due_1"]).count() == 2
    assert city(1).people.count() == 1
