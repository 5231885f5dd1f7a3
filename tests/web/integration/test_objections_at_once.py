"""Objections of several people at the same moment: the deadline holds, each is filed and answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections
from tests.web.builders import approver, city, filler, objecting_round, person, row_of

from zhiheng_web.assessments.models import Decision
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.objections.actions import Draft, Verdict, answer, close_objections, file_objection, save_draft
from zhiheng_web.objections.models import Objection
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage, TooLate
from zhiheng_web.rounds.models import Window

pytestmark = pytest.mark.usefixtures("real_database")


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


def test_two_approvers_file_at_the_deadline_and_it_counts_once(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    deadline = Window.objects.get(stage=Stage.OBJECTION).closes_at
    one = save_draft(filler(), row, 3, Draft("附签到表"), version=0)
    first, second = approver(), person("approver", city(), "second-approver")
    late = deadline + timedelta(microseconds=1)
    found = at_once(
        lambda: file_objection(first, one, version=1, now=deadline),
        lambda: file_objection(second, one, version=1, now=deadline),
        lambda: file_objection(second, one, version=1, now=late),
    )
    assert isinstance(found[2], TooLate)
    assert sum(isinstance(each, Stale) for each in found[:2]) == 1
    one.refresh_from_db()
    assert (one.state, one.filed_at) == ("filed", deadline)
    assert Entry.objects.filter(act="objection.file").count() == 1
    assert list(chain_breaks()) == []


def test_two_fillers_raise_one_objection(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    first, second = filler(), person("filler", city(), "second-filler")
    found = at_once(
        lambda: save_draft(first, row, 3, Draft("甲"), version=0),
        lambda: save_draft(second, row, 3, Draft("乙"), version=0),
    )
    assert sum(isinstance(each, Stale) for each in found) == 1
    assert Objection.objects.count() == 1


def test_two_answers_leave_one(tmp_path: Path) -> None:
    row = row_of(objecting_round(tmp_path))
    one = save_draft(filler(), row, 3, Draft("附签到表"), version=0)
    one = file_objection(approver(), one, version=1)
    first, second = person("administrator"), person("verifier", username="verifier-2")
    found = at_once(
        lambda: answer(first, one, Verdict("granted", "可以", Decimal("0.4")), version=2),
        lambda: answer(second, one, Verdict("rejected", "不可以"), version=2),
    )
    assert sum(isinstance(each, Stale) for each in found) == 1
    one.refresh_from_db()
    row.refresh_from_db()
    granted = one.outcome == "granted"
    assert Decision.objects.filter(stage=Stage.OBJECTION).count() == granted
    assert row.confirmed == (84 if granted else 80)


def test_the_stage_does_not_close_over_an_objection_that_is_being_filed(tmp_path: Path) -> None:
    made = objecting_round(tmp_path)
    one = save_draft(filler(), row_of(made), 3, Draft("附签到表"), version=0)
    by, administrator = approver(), person("administrator")
    filed, closed = at_once(lambda: file_objection(by, one, version=1), lambda: close_objections(administrator, made))
    made.refresh_from_db()
    one.refresh_from_db()
    if made.stage == Stage.FINALISATION:
        assert isinstance(filed, NotAllowed)
        assert one.state == "draft"
    else:
        assert isinstance(closed, Refused)
        assert one.state == "filed"
