"""Letters and a mail server that is slow or goes silent: nobody waits for it, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from threading import Thread

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings
from tests.web.builders import city, filler, person
from tests.web.mail_server import MailServer

from zhiheng_web.accounts.models import User
from zhiheng_web.audit.models import Entry
from zhiheng_web.jobs.queue import enqueue, resume
from zhiheng_web.rounds import letters
from zhiheng_web.rounds.models import Notice
from zhiheng_web.rounds.tasks import mail_notices

pytestmark = [pytest.mark.usefixtures("real_database"), pytest.mark.sqlite_once]


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """Return a mail server that the site sends its letters to."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with MailServer() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def reader(number: int = 1) -> User:
    user = filler(number)
    User.objects.filter(pk=user.pk).update(email=f"r{number}@example.org")
    return user


def notice(title: str = "催办", number: int = 1) -> Notice:
    return Notice.objects.create(user=reader(number), kind="x", title=title)


def work() -> None:
    call_command("db_worker", batch=True, startup_delay=False, interval=0, verbosity=0)


def in_background() -> Thread:
    def run() -> None:
        try:
            mail_notices.call()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread


def test_others_write_while_the_mail_server_takes_its_time(server: MailServer) -> None:
    waiting = notice()
    server.answers.clear()
    sending = in_background()
    assert server.arrived.wait(30)
    # With the lock of SQLite held by the letter, these would end in "database is locked".
    city(7)
    Notice.objects.filter(pk=waiting.pk).update(read_at=timezone.now())
    waiting.refresh_from_db()
    assert waiting.mailing_at is not None
    assert waiting.mailed_at is None
    assert mail_notices.call() == 0
    server.answers.set()
    sending.join()
    waiting.refresh_from_db()
    assert waiting.mailed_at is not None
    assert waiting.read_at is not None
    assert len(server.taken) == 1


def test_a_letter_whose_answer_never_came_is_shown_and_not_sent_again(server: MailServer) -> None:
    first, second = notice("甲"), notice("乙", 2)
    server.silent = True
    with pytest.raises(SMTPServerDisconnected):
        mail_notices.call()
    assert len(server.taken) == 1
    server.silent = False
    assert mail_notices.call() == 1
    assert [title in "".join(server.taken) for title in ("r1@", "r2@")] == [True, True]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.mailed_at, second.mailed_at is None) == (None, False)
    # On its way until nobody can still be sending it.
    assert not letters.interrupted().exists()
    Notice.objects.filter(pk=first.pk).update(mailing_at=timezone.now() - letters.ON_THE_WAY - timedelta(seconds=1))
    assert list(letters.interrupted()) == [first]
    assert mail_notices.call() == 0
    assert len(server.taken) == 2


def test_a_worker_that_dies_while_it_sends_leaves_the_letter_to_a_person() -> None:
    begun = notice("甲")
    enqueue(mail_notices)
    DBTaskResult.objects.update(status="RUNNING", started_at=timezone.now())
    assert letters.begin(begun.pk) == begun
    assert resume() == 1
    work()
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    assert mail.outbox == []
    begun.refresh_from_db()
    assert begun.mailed_at is None


def interrupted(number: int = 1) -> Notice:
    made = notice(f"第{number}封", number)
    Notice.objects.filter(pk=made.pk).update(mailing_at=timezone.now() - timedelta(hours=1))
    return made


def page_of(role: str) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def test_the_system_administrator_has_them_sent_again() -> None:
    interrupted(1), interrupted(2)
    client = page_of("system")
    page = client.get("/jobs/").content.decode()
    assert "有 2 封通知邮件发送中断" in page
    # Who is written to and about what stays unsaid.
    assert "example.org" not in page
    assert "第1封" not in page
    client.post("/jobs/letters/", {"again": "1"})
    work()
    assert sorted(letter.to[0] for letter in mail.outbox) == ["r1@example.org", "r2@example.org"]
    assert "发送中断" not in client.get("/jobs/").content.decode()
    entry = Entry.objects.get(act="job.letters")
    assert (entry.actor, entry.after) == ("system", {"count": 2, "again": True})


def test_or_leaves_them_at_that() -> None:
    interrupted()
    client = page_of("system")
    client.post("/jobs/letters/", {"again": "0"})
    work()
    assert mail.outbox == []
    assert not letters.interrupted().exists()
    assert "已经处理" in client.post("/jobs/letters/", {"again": "0"}, follow=True).content.decode()
    assert Entry.objects.filter(act="job.letters").count() == 1


@pytest.mark.parametrize("role", ["administrator", "security", "auditor"])
def test_nobody_else_decides_about_letters(role: str) -> None:
    interrupted()
    assert page_of(role).post("/jobs/letters/", {"again": "1"}).status_code == 403
    with pytest.raises(letters.LetterRefused):
        letters.settle_interrupted(person(role), again=True)
    assert letters.interrupted().count() == 1
