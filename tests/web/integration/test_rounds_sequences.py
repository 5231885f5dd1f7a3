"""Random acts of random people at random times, through the actions and the database, against a plain model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.builders import city, person, row_of, running_round, tiny_version

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.actions import Given, save_answer
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import change_state, extend, move_round
from zhiheng_web.rounds.machine import Act, Stage
from zhiheng_web.rounds.models import Round, RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]

DAY = timedelta(days=1)
MOVES = {
    "edit": ({"filler"}, {"draft": "draft", "returned": "returned"}),
    "hand_over": ({"filler"}, {"draft": "pending", "returned": "pending"}),
    "take_back": ({"filler"}, {"pending": "draft"}),
    "send_back": ({"approver"}, {"pending": "draft"}),
    "submit": ({"approver"}, {"pending": "submitted"}),
    "return": ({"verifier", "administrator"}, {"submitted": "returned"}),
    "accept": ({"verifier"}, {"submitted": "accepted"}),
    "reopen": ({"verifier", "administrator"}, {"accepted": "submitted"}),
}
TIMED = {"edit", "hand_over", "take_back", "send_back", "submit"}
ONLY_IN_VERIFICATION = {"accept", "reopen"}


@dataclass
class Model:
    """What the rules say about one unit; times in days from the start."""

    stage: str = "self_assessment"
    state: str = "draft"
    extended: int | None = None
    due: int | None = None
    answers: int = 0

    def deadline(self) -> int:
        first = 10 if self.due is None else self.due
        return first if self.extended is None else max(first, self.extended)

    def takes(self, act: str, role: str, *, own: bool, day: int) -> bool:
        roles, states = MOVES[act]
        stages = {"verification"} if act in ONLY_IN_VERIFICATION else {"self_assessment", "verification"}
        right = role in roles and (own or role not in {"filler", "approver"})
        return (
            right and self.stage in stages and self.state in states and (act not in TIMED or day < self.deadline())
        )  # fmt: skip

    def do(self, act: str, day: int) -> None:
        result = MOVES[act][1][self.state]
        back = act in {"take_back", "send_back"} and self.due is not None
        self.state = "returned" if back else result
        if act == "return":
            self.due = day + 3
        if act == "edit":
            self.answers += 1


UNITS, DAYS = st.sampled_from([1, 1, 2]), st.one_of(st.integers(0, 9), st.integers(0, 14))
# Half of the people have the right role, so that long sequences get somewhere and a missing check is found.
ACTS = st.sampled_from(sorted(MOVES)).flatmap(
    lambda act: st.tuples(
        st.just("act"), st.just(act), st.sampled_from([*sorted(MOVES[act][0]) * 5, *Role.values]), UNITS, DAYS
    )
)
EXTENSIONS = st.tuples(st.just("extend"), st.integers(1, 16), st.sampled_from(["administrator", "verifier", "filler"]))
STEPS = st.tuples(
    st.just("step"), st.sampled_from(["self_assessment", "verification", "expert_review", "publication"]),
    st.sampled_from(["administrator", "administrator", "verifier", "approver"]),
)  # fmt: skip


def who(role: str, unit: int) -> User:
    return person(role, city(unit) if role in {"filler", "approver"} else None)


def perform(step: tuple[object, ...], made: Round, model: Model, start: datetime) -> None:
    """Do one thing, and see that it succeeds exactly where the model says so."""
    row = row_of(made)
    entries = Entry.objects.count()
    try:
        if step[0] == "act":
            wanted = _act(step, row, model, start)
        elif step[0] == "extend":
            wanted = _extend(step, row, model, start)
        else:
            wanted = _step(step, made, model)
        assert wanted, f"{step} was done although the rules forbid it in {model}"
        assert Entry.objects.count() > entries
    except Refused:
        assert not _wanted(step, model), f"{step} was refused although the rules allow it in {model}"
        assert Entry.objects.count() == entries
    else:
        _follow(step, model)


def _wanted(step: tuple[object, ...], model: Model) -> bool:
    if step[0] == "act":
        _, act, role, unit, day = step
        return model.takes(str(act), str(role), own=unit == 1, day=int(str(day)))
    if step[0] == "extend":
        return step[2] == "administrator" and model.stage in {"self_assessment", "verification"}
    ways = {("self_assessment", "verification"), ("verification", "self_assessment")}
    if model.state == "accepted":
        ways.add(("verification", "expert_review"))
    return step[2] == "administrator" and (model.stage, step[1]) in ways


def _act(step: tuple[object, ...], row: RoundUnit, model: Model, start: datetime) -> bool:
    _, act, role, unit, day = step
    by, now = who(str(role), int(str(unit))), start + int(str(day)) * DAY + timedelta(minutes=1)
    if act == "edit":
        save_answer(by, row, 1, Given("no", note=str(model.answers)), version=model.answers, now=now)
    else:
        change_state(by, row, Act(str(act)), now=now, reason="理由", due_at=start + (int(str(day)) + 3) * DAY)
    return _wanted(step, model)


def _extend(step: tuple[object, ...], row: RoundUnit, model: Model, start: datetime) -> bool:
    extend(who(str(step[2]), 1), row, start + int(str(step[1])) * DAY, "理由")
    return _wanted(step, model)


def _step(step: tuple[object, ...], made: Round, model: Model) -> bool:
    move_round(who(str(step[2]), 1), made, Stage(str(step[1])), reason="理由")
    return _wanted(step, model)


def _follow(step: tuple[object, ...], model: Model) -> None:
    if step[0] == "act":
        model.do(str(step[1]), int(str(step[4])))
    elif step[0] == "extend":
        model.extended = int(str(step[1]))
    else:
        model.stage = str(step[1])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(ACTS, ACTS, ACTS, ACTS, EXTENSIONS, STEPS), min_size=5, max_size=25))
def test_no_sequence_of_acts_leaves_the_table(steps: list[tuple[object, ...]]) -> None:
    tiny_version()
    with transaction.atomic():
        start = timezone.now()
        made = running_round(units=1)
        city(2)
        model = Model()
        for step in steps:
            perform(step, made, model, start)
            row = row_of(made)
            answer = row.answers.first()
            assert (row.round.stage, row.state) == (model.stage, model.state)
            assert (answer.version if answer else 0) == model.answers
        assert list(chain_breaks()) == []
        transaction.set_rollback(True)
