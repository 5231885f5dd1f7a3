"""What the page of a round says about its stages: where it stands, what the next step does, what is missing for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import BACK, FORWARD
from zhiheng_web.rounds.lines import Line, line
from zhiheng_web.rounds.machine import STAGES, Stage, State
from zhiheng_web.rounds.models import Round, RoundUnit, Window
from zhiheng_web.rounds.queries import Board, own_rows, situation, units_without_people, window


@dataclass(frozen=True, slots=True)
class Station:
    """
    One stage of the timeline.

    Parameters
    ----------
    stage
        The stage.
    place
        `done`, `current` or `ahead`.
    window
        When it is planned, or None.
    """

    stage: Stage
    place: str
    window: Window | None


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step to another stage.

    Parameters
    ----------
    to
        Where it leads.
    title
        Words on the button.
    effects
        What will happen.
    missing
        What keeps it from being taken; empty when nothing does.
    needs_reason
        Whether a reason must be given.
    """

    to: Stage
    title: str
    effects: tuple[str, ...]
    missing: tuple[str, ...] = ()
    needs_reason: bool = False


def timeline(round_: Round) -> list[Station]:
    """Return all stages in order."""
    here = STAGES.index(Stage(round_.stage))
    places = ["done" if i < here else "current" if i == here else "ahead" for i in range(len(STAGES))]
    return [Station(s, place, window(round_, s)) for s, place in zip(STAGES, places, strict=True)]


def step_forward(round_: Round, counts: Board) -> Step | None:
    """Return the step to the next stage, or None after the last."""
    stage = Stage(round_.stage)
    to = FORWARD.get(stage)
    if to is None:
        return None
    if stage == Stage.PREPARATION:
        effects, missing = tuple(_effects_of_opening(round_, counts)), tuple(_missing_to_open(round_, counts))
        return Step(to, _("启动自评"), effects, missing)
    title = _("进入%(stage)s") % {"stage": to.label}
    if stage == Stage.SELF_ASSESSMENT:
        return Step(to, title, tuple(_effects_of_verification(counts)))
    if stage == Stage.VERIFICATION:
        left = counts.units - counts.states[State.ACCEPTED]
        missing = (_("还有%(count)d个单位没有核定完成") % {"count": left},) if left else ()
        effects = (
            _("核查结束，核查员不能再改核定意见，单位不能再补正"),
            _("相互比较的考核要点按全部单位的数值折算得分"),
        )
        return Step(to, title, effects, missing)
    if stage == Stage.OBJECTION:
        effects = (_("单位不能再申诉，没有提交的草稿不再处理"), _("“申诉”阶段结束，此后不能退回"))
        return Step(to, title, effects)
    if stage == Stage.FINALISATION:
        return Step(to, title, (_("逐项检查，生成并签名结果快照"), _("得分从此不能再改")))
    return Step(to, title, (_("“%(stage)s”阶段结束，此后不能退回") % {"stage": stage.label},))


def _effects_of_opening(round_: Round, counts: Board) -> list[str]:
    found = [
        _("锁定指标体系“%(name)s”，以后不能再改") % {"name": round_.framework},
        _("冻结%(count)d个评价对象的名单和名称") % {"count": counts.units},
        _("通知各单位的填报员和审核员开始自评"),
    ]
    alone = units_without_people(round_)
    if alone:
        found.append(_("其中%(count)d个单位还没有填报员账号，收不到通知，须尽快邀请") % {"count": alone})
    return found


def _missing_to_open(round_: Round, counts: Board) -> list[str]:
    found = []
    if not counts.units:
        found.append(_("尚未选择评价对象"))
    if window(round_) is None:
        found.append(_("尚未设定自评的起止时间"))
    if round_.framework.errors:
        found.append(_("指标体系有%(count)d处错误") % {"count": round_.framework.errors})
    return found


def _effects_of_verification(counts: Board) -> list[str]:
    states = counts.states
    done = states[State.SUBMITTED] + states[State.ACCEPTED]
    left = counts.units - done
    found = [_("核查员开始核定%(count)d个已报送的单位") % {"count": done}]
    if left:
        found.append(_("另有%(count)d个单位尚未报送，在各自的期限内仍可填报") % {"count": left})
    return found


def step_back(round_: Round) -> Step | None:
    """Return the step back, or None where there is none."""
    to = BACK.get(Stage(round_.stage))
    if to is None:
        return None
    if to == Stage.FINALISATION:
        effects = (_("已签名的结果快照作废，文件保留备查"), _("改正问题后须重新定稿"))
    else:
        effects = (_("核查员暂停核定，已有的核定意见保留"), _("各单位的状态和期限不变"))
    return Step(to, _("退回%(stage)s") % {"stage": to.label}, effects, needs_reason=True)


def next_words(user: User, row: RoundUnit, deadline: datetime | None, now: datetime) -> str:
    """Return what a person of a unit has to do next in a round."""
    state = State(row.state)
    filling = row.round.stage in {Stage.SELF_ASSESSMENT, Stage.VERIFICATION}
    if filling and state in {State.DRAFT, State.RETURNED, State.PENDING} and deadline is not None and deadline < now:
        return _("已过截止时间，请联系省级管理员延长期限")
    words = {
        State.SUBMITTED: _("已报送，等待核查"),
        State.ACCEPTED: _("已核定，可以查看得分和理由"),
    }
    if row.round.stage == Stage.OBJECTION and (deadline is None or now <= deadline):
        words[State.ACCEPTED] = _("已核定；对得分有异议的，请在期限内申诉")
    if user.role == Role.APPROVER:
        words |= {
            State.DRAFT: _("等待填报员送审"),
            State.PENDING: _("审核后报送，或者退回填报员"),
            State.RETURNED: _("等待填报员补正"),
        }
    else:
        words |= {
            State.DRAFT: _("填写考核要点，完成后送审"),
            State.PENDING: _("等待审核员审核；需要修改的可以撤回"),
            State.RETURNED: _("按退回意见补正后重新送审"),
        }
    return words[state]


@dataclass(frozen=True, slots=True)
class OwnPart:
    """
    What a person of a unit has to do in one round.

    Parameters
    ----------
    round
        The round.
    line
        Where the unit stands.
    words
        What comes next.
    """

    round: Round
    line: Line
    words: str


def own_parts(user: User, now: datetime) -> list[OwnPart]:
    """Return the part of a person's unit in every round that was opened, the newest first."""
    found = []
    for row in own_rows(user):
        deadline = situation(row).deadline
        one = line(row, framework_of(row.round.framework).scale, deadline, now)
        found.append(OwnPart(row.round, one, next_words(user, row, deadline, now)))
    return found
