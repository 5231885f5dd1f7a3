"""The table of acts, against one that was written down independently, in every combination there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from zhiheng_web.accounts.models import Role
from zhiheng_web.rounds.machine import Act, NotAllowed, Situation, Stage, State, TooLate, after, allowed

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

# Who, from, to, when, bound to the deadline. Written from the rules of the round, not from the code.
FILL = {"self_assessment", "verification"}
TABLE: dict[str, list[tuple[set[str], str, str, set[str], bool]]] = {
    "edit": [({"filler"}, "draft", "draft", FILL, True), ({"filler"}, "returned", "returned", FILL, True)],
    "hand_over": [({"filler"}, "draft", "pending", FILL, True), ({"filler"}, "returned", "pending", FILL, True)],
    "take_back": [({"filler"}, "pending", "draft", FILL, True)],
    "send_back": [({"approver"}, "pending", "draft", FILL, True)],
    "submit": [({"approver"}, "pending", "submitted", FILL, True)],
    "decide": [({"verifier"}, "submitted", "submitted", {"verification"}, False)],
    "return": [({"verifier", "administrator"}, "submitted", "returned", FILL, False)],
    "accept": [({"verifier"}, "submitted", "accepted", {"verification"}, False)],
    "reopen": [({"verifier", "administrator"}, "accepted", "submitted", {"verification"}, False)],
    "object": [({"filler"}, "accepted", "accepted", {"objection"}, True)],
    "file_objection": [({"approver"}, "accepted", "accepted", {"objection"}, True)],
    "withdraw_objection": [({"filler", "approver"}, "accepted", "accepted", {"objection"}, False)],
    "prove": [({"filler"}, "accepted", "accepted", {"rectification"}, False)],
    "answer_objection": [({"verifier", "administrator"}, "accepted", "accepted", {"objection"}, False)],
}
OF_UNITS = {"filler", "approver"}
# (end of the window, extension, deadline of the return) in days from now -> (may write, was returned)
TIMES: dict[tuple[int | None, int | None, int | None], bool] = {
    (1, None, None): True,
    (-1, None, None): False,
    (-1, 1, None): True,
    (-2, -1, None): False,
    (1, -1, None): True,
    (-2, None, 1): True,
    (5, None, -1): False,  # a return sets a deadline of its own, however long the window is open
    (-2, 1, -1): True,
    (-3, -2, -1): False,
    (None, None, None): True,
}


def expected(act: str, role: str, stage: str, state: str, *, own: bool, in_time: bool, returned: bool) -> str | None:
    for roles, before, result, stages, timed in TABLE[act]:
        right = role in roles and (own or role not in OF_UNITS)
        if right and state == before and stage in stages and (in_time or not timed):
            return "returned" if returned and result == "draft" and act != "edit" else result
    return None


def at(days: int | None) -> datetime | None:
    return None if days is None else NOW + days * DAY


@pytest.mark.parametrize("act", Act)
def test_every_act_is_open_to_exactly_those_the_rules_name(act: Act) -> None:
    for role, stage, state, own, (times, in_time) in product(
        Role.values, Stage, State, (True, False), TIMES.items()
    ):  # fmt: skip
        closes, extended, due = times
        situation = Situation(stage, state, at(-9), at(closes), at(extended), at(due))
        want = expected(
            act.value, role, stage.value, state.value, own=own, in_time=in_time, returned=due is not None
        )  # fmt: skip
        try:
            got = after(act, situation, role=role, own_unit=own, now=NOW).value
        except NotAllowed:
            got = None
        assert got == want, (act, role, stage, state, own, times)
        assert allowed(act, situation, role=role, own_unit=own, now=NOW) == (want is not None)


def test_nothing_is_written_before_the_window_opens_and_after_it_closes() -> None:
    window = Situation(Stage.SELF_ASSESSMENT, State.DRAFT, NOW, NOW + DAY)
    filling = {"role": "filler", "own_unit": True}
    second = timedelta(seconds=1)
    with pytest.raises(NotAllowed, match="尚未开始"):
        after(Act.EDIT, window, now=NOW - second, **filling)
    assert after(Act.EDIT, window, now=NOW, **filling) == State.DRAFT
    assert after(Act.EDIT, window, now=NOW + DAY, **filling) == State.DRAFT
    with pytest.raises(TooLate):
        after(Act.EDIT, window, now=NOW + DAY + second, **filling)


def test_the_table_of_the_test_knows_every_act() -> None:
    assert set(TABLE) == set(Act.values)
