"""The table of acts on rectification items against the rules written out once more, and random ways through it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng_web.accounts.models import Role
from zhiheng_web.rectification.machine import Act, State, after, allowed
from zhiheng_web.rounds.machine import NotAllowed, Stage, TooLate

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = {
    ("draft", "filler", "issued"): "issued",
    ("draft", "filler", "returned"): "returned",
    ("submit", "approver", "issued"): "filed",
    ("submit", "approver", "returned"): "filed",
    ("close", "verifier", "filed"): "done",
    ("close", "administrator", "filed"): "done",
    ("return", "verifier", "filed"): "returned",
    ("return", "administrator", "filed"): "returned",
    ("extend", "administrator", "issued"): "issued",
    ("extend", "administrator", "returned"): "returned",
    ("withdraw", "administrator", "issued"): "withdrawn",
    ("withdraw", "administrator", "returned"): "withdrawn",
    ("withdraw", "administrator", "filed"): "withdrawn",
}
"""All that is allowed in the stage, in time, to one's own unit."""


def do(act: str, role: str, state: str, *, own: bool = True, late: bool = False, stage: str = "rectification") -> str:
    due_at = NOW - DAY if late else NOW + DAY
    return after(Act(act), State(state), Stage(stage), due_at, role=role, own_unit=own, now=NOW)


def test_nothing_is_allowed_that_the_rules_do_not_name() -> None:
    for act, role, state in product(Act.values, Role.values, State.values):
        wanted = RULES.get((act, role, state))
        if wanted is None:
            with pytest.raises(NotAllowed):
                do(act, role, state)
        else:
            assert do(act, role, state) == wanted, (act, role, state)


@pytest.mark.parametrize(("act", "role", "state"), RULES)
def test_stage_unit_and_deadline_count(act: str, role: str, state: str) -> None:
    for stage in set(Stage.values) - {"rectification"}:
        with pytest.raises(NotAllowed):
            do(act, role, state, stage=stage)
    of_a_unit = role in {"filler", "approver"}
    if of_a_unit:
        with pytest.raises(NotAllowed):
            do(act, role, state, own=False)
        with pytest.raises(TooLate):
            do(act, role, state, late=True)
    else:
        assert do(act, role, state, own=False, late=True) == RULES[act, role, state]


@given(st.lists(st.tuples(st.sampled_from(Act.values), st.sampled_from(Role.values)), max_size=30))
def test_no_way_leads_out_of_an_end_or_past_a_re_check(steps: list[tuple[str, str]]) -> None:
    state, way = State.ISSUED, [State.ISSUED]
    for act, role in steps:
        if allowed(Act(act), state, Stage.RECTIFICATION, NOW + DAY, role=role, own_unit=True, now=NOW):
            assert state not in {State.DONE, State.WITHDRAWN}
            state = State(do(act, role, state))
            way.append(state)
    if State.DONE in way:
        assert way[way.index(State.DONE) - 1] == State.FILED
