"""Two experts who hand in at the same moment: both marks are kept, the pair is settled once, and one third is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from time import sleep

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from tests.web.builders import objecting_round, person, row_of

from zhiheng_web.audit.models import Entry
from zhiheng_web.refusals import Refused
from zhiheng_web.reviews.actions import Plan, plan_review
from zhiheng_web.reviews.marking import close_review, submit_mark
from zhiheng_web.reviews.models import Assignment, Review
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

JUDGED = 2


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do acts at the same moment, each with a connection of its own, and return how they ended."""
    start, ends = Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        end = ""
        while not end:
            try:
                act()
                end = "kept"
            except Refused:
                end = "told"
            except OperationalError as error:
                # SQLite may be busy for longer than it waits.
                if "locked" not in str(error):
                    raise
                sleep(0.01)
            finally:
                connection.close()
        ends.append(end)

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def planned(folder: Path) -> Round:
    made = objecting_round(folder, stage=Stage.EXPERT_REVIEW)
    people = [person("expert", username=f"expert-{number}").pk for number in (1, 2, 3)]
    due = timezone.now() + timedelta(days=2)
    plan_review(person("administrator"), made, Plan({JUDGED: Decimal("0.2")}, people, due), version=0)
    return made


def hand_in(one: Assignment, mark: int) -> Callable[[], object]:
    return lambda: submit_mark(one.expert, one, Decimal(mark), "理由", version=1)


@pytest.mark.usefixtures("real_database")
def test_of_two_distant_marks_one_third_expert_is_asked(tmp_path: Path) -> None:
    made = planned(tmp_path)
    first, second = Assignment.objects.select_related("expert", "review").order_by("seat")
    assert at_once(hand_in(first, 0), hand_in(second, 2)) == ["kept", "kept"]
    assert Review.objects.get(round_unit=row_of(made)).state == Review.State.ARBITRATION
    assert Assignment.objects.filter(seat=Assignment.Seat.ARBITER).count() == 1
    assert Entry.objects.filter(act="review.settle").count() == 1


@pytest.mark.usefixtures("real_database")
def test_a_review_is_closed_once(tmp_path: Path) -> None:
    made = planned(tmp_path)
    for one in Assignment.objects.select_related("expert", "review"):
        hand_in(one, 2)()
    office = person("administrator")
    assert at_once(lambda: close_review(office, made), lambda: close_review(office, made)) == ["kept", "told"]
    assert Entry.objects.filter(act="review.close").count() == 1
