"""Who may do what to a rectification item, when and in which state: one table, read by every page and every write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhiheng_web.rounds.machine import NotAllowed, Stage, TooLate


class State(TextChoices):
    """Where an item stands."""

    ISSUED = "issued", gettext_lazy("待整改")
    FILED = "filed", gettext_lazy("待复核")
    RETURNED = "returned", pgettext_lazy("整改", "退回整改")
    DONE = "done", gettext_lazy("整改完成")
    WITHDRAWN = "withdrawn", gettext_lazy("已撤销")


class Act(TextChoices):
    """What people do to an item."""

    DRAFT = "draft", gettext_lazy("填写整改情况")
    SUBMIT = "submit", gettext_lazy("报送整改情况")
    CLOSE = "close", gettext_lazy("认定整改完成")
    RETURN = "return", gettext_lazy("退回整改")
    EXTEND = "extend", gettext_lazy("延长整改期限")
    WITHDRAW = "withdraw", gettext_lazy("撤销整改事项")


OPEN = (State.ISSUED, State.RETURNED)
"""States in which the unit has something to do."""
STANDING = (State.ISSUED, State.RETURNED, State.FILED, State.DONE)
"""States of items that count."""
UNIT_ROLES = frozenset({"filler", "approver"})


@dataclass(frozen=True, slots=True)
class Move:
    """
    One line of the table.

    Parameters
    ----------
    roles
        Who may do it; people of a unit to items of their own unit.
    states
        State before -> state after.
    timed
        Whether the deadline of the item counts.
    """

    roles: tuple[str, ...]
    states: Mapping[State, State]
    timed: bool = False


_OFFICE = ("verifier", "administrator")
MOVES: Mapping[Act, Move] = {
    Act.DRAFT: Move(("filler",), {s: s for s in OPEN}, timed=True),
    Act.SUBMIT: Move(("approver",), dict.fromkeys(OPEN, State.FILED), timed=True),
    Act.CLOSE: Move(_OFFICE, {State.FILED: State.DONE}),
    Act.RETURN: Move(_OFFICE, {State.FILED: State.RETURNED}),
    Act.EXTEND: Move(("administrator",), {s: s for s in OPEN}),
    Act.WITHDRAW: Move(("administrator",), dict.fromkeys((*OPEN, State.FILED), State.WITHDRAWN)),
}
"""The table; every act belongs to the stage of rectification."""


def after(act: Act, state: State, stage: Stage, due_at: datetime, *, role: str, own_unit: bool, now: datetime) -> State:
    """
    Return the state after an act.

    Parameters
    ----------
    act, state, stage, due_at
        What is to be done, where item and round stand, and until when the unit may write.
    role, own_unit
        Role of the person, and whether the unit is his; counts for roles of a unit.
    now
        Time of the act.

    Raises
    ------
    NotAllowed
        If person, state or stage do not fit.
    TooLate
        If the deadline has passed.
    """
    move = MOVES[act]
    words = {"act": act.label, "state": state.label, "stage": stage.label}
    if role not in move.roles or (role in UNIT_ROLES and not own_unit):
        raise NotAllowed(_("您的角色不能对该单位进行“%(act)s”。") % words)
    if stage != Stage.RECTIFICATION:
        raise NotAllowed(_("考核轮次处于“%(stage)s”阶段，不能进行“%(act)s”。") % words)
    if state not in move.states:
        raise NotAllowed(_("该整改事项处于“%(state)s”状态，不能进行“%(act)s”。") % words)
    if move.timed and now > due_at:
        raise TooLate(_("已过整改期限，未作任何改动。如需继续整改，请联系省级管理员延长期限。"))
    return move.states[state]


def allowed(
    act: Act, state: State, stage: Stage, due_at: datetime, *, role: str, own_unit: bool, now: datetime
) -> bool:
    """Return whether `after` would not refuse."""
    try:
        after(act, state, stage, due_at, role=role, own_unit=own_unit, now=now)
    except NotAllowed:
        return False
    return True
