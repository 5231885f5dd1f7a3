"""Two people at the same moment: nothing is lost, nothing is done twice, and the deadline holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone
from tests.web.builders import approver, city, filler, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import Given, hand_over, save_answer, submit
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, extend, move_round, save_windows
from zhiheng_web.rounds.machine import NotAllowed, Stage, State
from zhiheng_web.rounds.models import Notice, Round, RoundUnit, Window
from zhiheng_web.rounds.tasks import mail_notices

DAY = timedelta(days=1)


def at_once(*works: Callable[[], object]) -> list[object]:
    """Start works together and return what each returned or refused."""
    start = threading.Barrier(len(works))
    found: list[object] = [None] * len(works)

    def one(place: int, work: Callable[[], object]) -> None:
        start.wait()
        try:
            found[place] = work()
        except Refused as error:
            found[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(i, work)) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def pending(made: Round) -> RoundUnit:
    """Return a unit that waits for its approver."""
    row = row_of(made)
    for point in (1, 2, 3, 4):
        save_answer(filler(), row, point, Given("no"), version=0)
    return hand_over(filler(), row)


@pytest.mark.usefixtures("real_database")
def test_two_approvers_submit_at_the_deadline_and_it_counts_once() -> None:
    made = running_round(units=1)
    row, deadline = pending(made), made.windows.get().closes_at
    second = person("approver", city(), "second-approver")
    late = deadline + timedelta(microseconds=1)
    found = at_once(
        lambda: submit(approver(), row, now=deadline),
        lambda: submit(second, row, now=deadline),
        lambda: submit(second, row, now=late),
    )
    refused = [each for each in found if isinstance(each, NotAllowed)]
    assert len(refused) == 2
    assert isinstance(found[2], NotAllowed)
    row = row_of(made)
    assert row.state == State.SUBMITTED
    assert row.state_at <= deadline
    assert Entry.objects.filter(act="unit.submit").count() == 1
    assert list(chain_breaks()) == []


@pytest.mark.usefixtures("real_database")
def test_an_extension_and_a_submission_at_once_both_stand() -> None:
    made = running_round(units=1)
    row, until = pending(made), timezone.now() + 30 * DAY
    administrator = person("administrator")
    at_once(lambda: extend(administrator, row, until, "系统维护"), lambda: submit(approver(), row))
    row = row_of(made)
    assert (row.state, row.extended_to) == (State.SUBMITTED, until)
    assert Entry.objects.filter(act__in=["unit.submit", "unit.extend"]).count() == 2


def shifted(made: Round, days: int) -> list[Window]:
    window = made.windows.get()
    return [Window(stage=Stage.SELF_ASSESSMENT, opens_at=window.opens_at, closes_at=window.closes_at + days * DAY)]


@pytest.mark.usefixtures("real_database")
def test_of_two_people_who_change_the_windows_at_once_the_second_is_told() -> None:
    made = running_round(units=1)
    people: list[User] = [person("administrator"), person("administrator", username="second-administrator")]
    end, version = made.windows.get().closes_at, made.version
    plans = [shifted(made, days) for days in (1, 2)]
    found = at_once(*(
        lambda by=by, plan=plan: save_windows(by, made, plan, version=version)
        for by, plan in zip(people, plans, strict=True)
    ))  # fmt: skip
    (stale,) = [each for each in found if isinstance(each, Refused)]
    assert isinstance(stale, Stale)
    kept = 1 if isinstance(found[1], Stale) else 2
    assert made.windows.get().closes_at == end + kept * DAY
    assert Entry.objects.filter(act="round.windows").count() == 1


@pytest.mark.usefixtures("real_database")
def test_two_fillers_who_saw_the_same_answer_do_not_overwrite_each_other() -> None:
    row = row_of(running_round(units=1))
    second = person("filler", city(), "second-filler")
    found = at_once(
        lambda: save_answer(filler(), row, 1, Given("no"), version=0),
        lambda: save_answer(second, row, 1, Given("yes"), version=0),
    )
    kept = [each for each in found if not isinstance(each, Refused)]
    assert len(kept) == 1
    answer = row.answers.get()
    assert (answer.version, answer.stance) == (1, kept[0].stance)


@pytest.mark.usefixtures("real_database")
def test_a_round_moves_on_once_however_often_the_button_is_pressed() -> None:
    made, by = running_round(units=1), person("administrator")
    # Each request reads the round for itself.
    seen = [Round.objects.get(pk=made.pk) for _ in range(3)]
    found = at_once(*(lambda each=each: move_round(by, each, Stage.VERIFICATION) for each in seen))
    assert sum(isinstance(each, Refused) for each in found) == 2
    made.refresh_from_db()
    assert made.stage == Stage.VERIFICATION
    assert Entry.objects.filter(act="round.move").count() == 1


@pytest.mark.usefixtures("real_database")
def test_two_workers_send_every_letter_once() -> None:
    user = filler()
    user.email = "a@example.org"
    user.save()
    for number in range(10):
        Notice.objects.create(user=user, kind="x", title=f"第{number}封")
    counts = at_once(mail_notices.call, mail_notices.call)
    assert sum(counts) == 10
    assert sorted(letter.subject[-4:-1] for letter in mail.outbox) == [f"】第{n}" for n in range(10)]
