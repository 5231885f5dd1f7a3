"""Two people at the same moment: what one of them saved is never lost, and the other one is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from django.db import OperationalError, connection
from tests.web.builders import approver, claims, evidence, filler, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import hand_over, save_answer, submit
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.verification import Ruling, decide
from zhiheng_web.audit import triggers
from zhiheng_web.audit.models import Entry
from zhiheng_web.rounds.actions import Stale, move_round
from zhiheng_web.rounds.machine import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module", autouse=True)
def without_triggers(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:  # noqa: ARG001 - comes first
    """Let the tables be emptied after tests that commit; what the triggers do is tested elsewhere."""
    with django_db_blocker.unblock():
        triggers.remove(connection)
    yield
    with django_db_blocker.unblock():
        triggers.install(connection)


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
            except Stale:
                end = "told"
            except OperationalError as error:
                # SQLite in memory does not wait for its turn as the file of an installation does.
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


def test_of_two_verifiers_one_is_told(tmp_path: Path) -> None:
    made = running_round(1)
    row = row_of(made)
    for no, given in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, given, version=0)
    hand_over(filler(), row)
    submit(approver(), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    row = row_of(made)

    def rule(by: User, ruling: Ruling) -> Callable[[], object]:
        return lambda: decide(by, row, 1, ruling, version=0, answer_version=1)

    first, second = person("verifier", username="verifier-1"), person("verifier", username="verifier-2")
    ends = at_once(rule(first, Ruling("accept", "matches")), rule(second, Ruling("reject", "other", reason="不符")))
    assert ends == ["kept", "told"]
    assert Decision.objects.get().version == 1
    assert Entry.objects.filter(act="decision.save").count() == 1
