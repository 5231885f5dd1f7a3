"""Who may do what to a unit's self-assessment in which stage: one table, read by every page and every write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhiheng_web.refusals import Refused


class Stage(TextChoices):
    """Stages of a round, in order."""

    PREPARATION = "preparation", gettext_lazy("筹备")
    SELF_ASSESSMENT = "self_assessment", gettext_lazy("自评")
    VERIFICATION = "verification", gettext_lazy("核查")
    EXPERT_REVIEW = "expert_review", gettext_lazy("专家评审")
    OBJECTION = "objection", gettext_lazy("申诉")
    FINALISATION = "finalisation", gettext_lazy("定稿")
    PUBLICATION = "publication", gettext_lazy("发布")
    RECTIFICATION = "rectification", gettext_lazy("整改")


STAGES: tuple[Stage, ...] = tuple(Stage)
"""Stages in order."""


class State(TextChoices):
    """Where the self-assessment of one unit stands."""

    DRAFT = "draft", gettext_lazy("填报中")
    PENDING = "pending", gettext_lazy("待审核")
    SUBMITTED = "submitted", gettext_lazy("已报送")
    RETURNED = "returned", gettext_lazy("已退回")
    ACCEPTED = "accepted", gettext_lazy("已核定")


class Act(TextChoices):
    """What people do to the self-assessment of a unit."""

    EDIT = "edit", gettext_lazy("填写")
    HAND_OVER = "hand_over", gettext_lazy("送审")
    TAKE_BACK = "take_back", gettext_lazy("撤回送审")
    SEND_BACK = "send_back", gettext_lazy("退回填报员")
    SUBMIT = "submit", gettext_lazy("报送")
    DECIDE = "decide", pgettext_lazy("动作", "核定得分")
    RETURN = "return", gettext_lazy("退回单位")
    ACCEPT = "accept", gettext_lazy("核定完成")
    REOPEN = "reopen", gettext_lazy("重新核查")
    OBJECT = "object", gettext_lazy("起草申诉")
    FILE_OBJECTION = "file_objection", gettext_lazy("提交申诉")
    WITHDRAW_OBJECTION = "withdraw_objection", gettext_lazy("撤回申诉")
    ANSWER_OBJECTION = "answer_objection", gettext_lazy("答复申诉")
    PROVE = "prove", gettext_lazy("上传整改材料")


@dataclass(frozen=True, slots=True)
class Move:
    """
    One line of the table.

    Parameters
    ----------
    roles
        Who may do it.
    states
        State before -> state after.
    stages
        When.
    timed
        Whether the deadline of the unit counts.
    """

    roles: tuple[str, ...]
    states: Mapping[State, State]
    stages: tuple[Stage, ...]
    timed: bool = False


_FILLING = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION)
_OFFICE = ("verifier", "administrator")
_KEEPS = {State.ACCEPTED: State.ACCEPTED}
_OBJECTING = (Stage.OBJECTION,)
MOVES: Mapping[Act, Move] = {
    Act.EDIT: Move(
        ("filler",), {State.DRAFT: State.DRAFT, State.RETURNED: State.RETURNED}, _FILLING, timed=True
    ),
    Act.HAND_OVER: Move(
        ("filler",), {State.DRAFT: State.PENDING, State.RETURNED: State.PENDING}, _FILLING, timed=True
    ),
    Act.TAKE_BACK: Move(("filler",), {State.PENDING: State.DRAFT}, _FILLING, timed=True),
    Act.SEND_BACK: Move(("approver",), {State.PENDING: State.DRAFT}, _FILLING, timed=True),
    Act.SUBMIT: Move(("approver",), {State.PENDING: State.SUBMITTED}, _FILLING, timed=True),
    Act.DECIDE: Move(("verifier",), {State.SUBMITTED: State.SUBMITTED}, (Stage.VERIFICATION,)),
    Act.RETURN: Move(_OFFICE, {State.SUBMITTED: State.RETURNED}, _FILLING),
    Act.ACCEPT: Move(("verifier",), {State.SUBMITTED: State.ACCEPTED}, (Stage.VERIFICATION,)),
    Act.REOPEN: Move(_OFFICE, {State.ACCEPTED: State.SUBMITTED}, (Stage.VERIFICATION,)),
    Act.OBJECT: Move(("filler",), _KEEPS, _OBJECTING, timed=True),
    Act.FILE_OBJECTION: Move(("approver",), _KEEPS, _OBJECTING, timed=True),
    Act.WITHDRAW_OBJECTION: Move(("filler", "approver"), _KEEPS, _OBJECTING),
    Act.ANSWER_OBJECTION: Move(_OFFICE, _KEEPS, _OBJECTING),
    Act.PROVE: Move(("filler",), _KEEPS, (Stage.RECTIFICATION,)),
}  # fmt: skip
"""The table."""


class NotAllowed(Refused):
    """The act is not open to this person, in this state, at this time."""

    code = "rounds.not_allowed"


class TooLate(NotAllowed):
    """The deadline has passed."""

    code = "rounds.too_late"


@dataclass(frozen=True, slots=True)
class Situation:
    """
    All that decides whether an act is allowed.

    Parameters
    ----------
    stage, state
        Stage of the round, state of the unit.
    opens_at, closes_at
        Window of self-assessment, or of objections in their stage; None where there is none.
    extended_to
        Later deadline of this unit, or None.
    return_due_at
        Deadline of the last return, or None where it was never returned.
    """

    stage: Stage
    state: State
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    extended_to: datetime | None = None
    return_due_at: datetime | None = None

    @property
    def deadline(self) -> datetime | None:
        """Return until when the unit may write: that of its return once it was returned, else that of the window."""
        bounds = [self.closes_at if self.return_due_at is None else self.return_due_at]
        if self.extended_to is not None:
            bounds.append(self.extended_to)
        known = [bound for bound in bounds if bound is not None]
        return max(known) if known else None


def after(act: Act, situation: Situation, *, role: str, own_unit: bool, now: datetime) -> State:
    """
    Return the state after an act.

    Parameters
    ----------
    act, situation
        What is to be done, and where things stand.
    role
        Role of the person.
    own_unit
        Whether the unit is that of the person; counts for roles of a unit.
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
    words = {"act": act.label, "state": situation.state.label, "stage": situation.stage.label}
    if role not in move.roles or (role in {"filler", "approver"} and not own_unit):
        raise NotAllowed(_("您的角色不能对该单位进行“%(act)s”。") % words)
    if situation.stage not in move.stages:
        raise NotAllowed(_("考核轮次处于“%(stage)s”阶段，不能进行“%(act)s”。") % words)
    if situation.state not in move.states:
        raise NotAllowed(_("该单位处于“%(state)s”状态，不能进行“%(act)s”。") % words)
    if move.timed:
        _in_time(situation, now)
    if act in {Act.TAKE_BACK, Act.SEND_BACK} and situation.return_due_at is not None:
        # What was returned once goes back to where it came from, with its deadline.
        return State.RETURNED
    return move.states[situation.state]


def _in_time(situation: Situation, now: datetime) -> None:
    objecting = situation.stage == Stage.OBJECTION
    if situation.opens_at is not None and now < situation.opens_at:
        raise NotAllowed(_("申诉尚未开始。") if objecting else _("自评尚未开始。"))
    deadline = situation.deadline
    if deadline is not None and now > deadline:
        if objecting:
            raise TooLate(_("已过申诉截止时间，未作任何改动。如需延长期限，请联系省级管理员。"))
        raise TooLate(_("已过截止时间，未作任何改动。如需继续填报，请联系省级管理员延长期限。"))


def allowed(act: Act, situation: Situation, *, role: str, own_unit: bool, now: datetime) -> bool:
    """Return whether `after` would not refuse."""
    try:
        after(act, situation, role=role, own_unit=own_unit, now=now)
    except NotAllowed:
        return False
    return True
