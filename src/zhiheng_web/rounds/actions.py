"""What is done to rounds and to the state of their units: each in one transaction with its entry in the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.actions import lock_framework
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.jobs.queue import enqueue_named
from zhiheng_web.language import listed, site_language
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.machine import STAGES, Act, NotAllowed, Stage, State, after
from zhiheng_web.rounds.models import Notice, Round, RoundUnit, Window
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.rounds.queries import situation, window

FORWARD = {stage: STAGES[i + 1] for i, stage in enumerate(STAGES[:-1])}
"""The stage after each."""
MAIL = "zhiheng_web.rounds.tasks.mail_notices"
"""Job that sends notices as letters; named by its path because jobs stand above what asks for them."""
NAMES = ("code", "name", "full_name", "pronoun", "group")
"""What a round keeps of a unit as it was when the list was frozen."""
BACK = {Stage.VERIFICATION: Stage.SELF_ASSESSMENT, Stage.PUBLICATION: Stage.FINALISATION}
"""Stages that can be gone back to, with a reason."""


class RoundRefused(Refused):
    """A round cannot be changed as asked."""

    code = "rounds.refused"


class Stale(Refused):
    """Somebody else has written in between."""

    code = "rounds.stale"


def _managing(by: User) -> None:
    """Refuse people who do not manage rounds."""
    if not manages_rounds(by):
        raise NotAllowed(_("只有省级管理员可以管理考核轮次。"))


@transaction.atomic
def save_round(by: User, round_: Round, windows: Sequence[Window] = ()) -> Round:
    """
    Save a new round, or the settings of one in preparation, with its windows.

    Refused: changes of framework or period once the round was opened, a framework with errors, a code that is taken,
    windows that end before they start.
    """
    _managing(by)
    _in_order(windows)
    if round_.framework.errors:
        raise RoundRefused(
            _("指标体系有%(count)d处错误，请先修正再用于考核轮次。") % {"count": round_.framework.errors}
        )
    fresh = round_.pk is None
    if Round.objects.filter(code=round_.code).exclude(pk=round_.pk).exists():
        raise RoundRefused(_("代码“%(code)s”已被其他考核轮次使用。") % {"code": round_.code})
    if not fresh:
        before = Round.objects.select_for_update().get(pk=round_.pk)
        if before.stage != Stage.PREPARATION and (before.framework_id, before.period_start, before.period_end) != (
            round_.framework_id, round_.period_start, round_.period_end,
        ):  # fmt: skip
            raise RoundRefused(_("考核轮次已经启动，不能再更换指标体系和考核期。"))
        if before.version != round_.version:
            raise Stale(_("其他人已修改本轮次的设置，请刷新后再改。"))
        round_.version += 1
    else:
        round_.made_by = by
    round_.save()
    if windows:
        _write_windows(round_, windows)
    record("round.create" if fresh else "round.change", round_, after=_round_values(round_, windows))
    return round_


def _in_order(windows: Sequence[Window]) -> None:
    """Refuse windows that end before they start, and stages that start before the one they follow."""
    for each in windows:
        if each.closes_at <= each.opens_at:
            words = {"stage": Stage(each.stage).label}
            raise RoundRefused(_("“%(stage)s”的截止时间须晚于开始时间。") % words)
    known = sorted(windows, key=lambda w: STAGES.index(Stage(w.stage)))
    for before, each in pairwise(known):
        if each.opens_at < before.opens_at:
            words = {"a": Stage(each.stage).label, "b": Stage(before.stage).label}
            raise RoundRefused(_("“%(a)s”不能早于“%(b)s”开始。") % words)


def _write_windows(round_: Round, windows: Sequence[Window]) -> None:
    round_.windows.all().delete()
    Window.objects.bulk_create(
        Window(round=round_, stage=w.stage, opens_at=w.opens_at, closes_at=w.closes_at) for w in windows
    )


@transaction.atomic
def save_settings(by: User, round_: Round, windows: Sequence[Window], units: Sequence[Unit]) -> Round:
    """Save a round in preparation with its windows and units, all or nothing. Refused: as for its two parts."""
    saved = save_round(by, round_, windows)
    choose_units(by, saved, units)
    return saved


@transaction.atomic
def save_windows(by: User, round_: Round, windows: Sequence[Window], *, version: int) -> Round:
    """
    Change the windows of a round, and tell the units where the end of self-assessment moved.

    Refused: settings that somebody else changed since they were shown (Stale), windows out of order, and taking the
    window of self-assessment away from a round that was opened.
    """
    _managing(by)
    _in_order(windows)
    round_ = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if round_.version != version:
        raise Stale(_("其他人已修改本轮次的设置，请刷新后再改。"))
    after_ = {w.stage: w for w in windows}
    if round_.stage != Stage.PREPARATION and Stage.SELF_ASSESSMENT not in after_:
        raise RoundRefused(_("考核轮次已经启动，须保留自评的起止时间。"))
    before = {w.stage: w for w in round_.windows.all()}
    _write_windows(round_, windows)
    round_.version += 1
    round_.save(update_fields=["version"])
    record("round.windows", round_, before=_spans(before.values()), after=_spans(windows))
    old, new = before.get(Stage.SELF_ASSESSMENT), after_.get(Stage.SELF_ASSESSMENT)
    if round_.stage == Stage.SELF_ASSESSMENT and new and old and old.closes_at != new.closes_at:
        until = f"{timezone.localtime(new.closes_at):%Y-%m-%d %H:%M}"
        with site_language():
            title = _("“%(round)s”的自评截止时间改为%(until)s") % {"round": round_.title, "until": until}
        notify_units(round_, list(round_.units.values_list("unit_id", flat=True)), "window", title)
    return round_


def _spans(windows: Iterable[Window]) -> dict[str, object]:
    return {w.stage: f"{w.opens_at.isoformat()} {w.closes_at.isoformat()}" for w in windows}


def _round_values(round_: Round, windows: Sequence[Window]) -> dict[str, object]:
    return {
        "code": round_.code, "title": round_.title, "framework": str(round_.framework), "period": round_.period,
        "windows": [f"{w.stage} {w.opens_at.isoformat()} {w.closes_at.isoformat()}" for w in windows],
    }  # fmt: skip


@transaction.atomic
def choose_units(by: User, round_: Round, units: Sequence[Unit]) -> None:
    """Set the units of a round, in order. Refused once the list is frozen."""
    _managing(by)
    round_ = Round.objects.select_for_update().get(pk=round_.pk)
    if round_.frozen_at is not None:
        raise RoundRefused(_("评价对象名单已经冻结，不能再改动。"))
    chosen = {unit.pk for unit in units}
    round_.units.exclude(unit__in=chosen).delete()
    there = set(round_.units.values_list("unit_id", flat=True))
    RoundUnit.objects.bulk_create(
        RoundUnit(round=round_, unit=u, position=i, **{field: getattr(u, field) for field in NAMES})
        for i, u in enumerate(units)
        if u.pk not in there
    )
    positions = {unit.pk: place for place, unit in enumerate(units)}
    rows = list(round_.units.all())
    for row in rows:
        row.position = positions[row.unit_id]
    RoundUnit.objects.bulk_update(rows, ["position"], batch_size=500)
    record("round.units", round_, after={"count": len(units), "units": [u.code for u in units[:200]]})


def _name_anew(row: RoundUnit) -> bool:
    """Give a row the names that its unit has now, and return whether any of them changed."""
    known = [getattr(row, field) for field in NAMES]
    for field in NAMES:
        setattr(row, field, getattr(row.unit, field))
    return known != [getattr(row, field) for field in NAMES]


@transaction.atomic
def open_round(by: User, round_: Round) -> Round:
    """
    Start self-assessment: lock the framework, freeze the list of units with their names, and tell their people.

    Refused: no units, no window for self-assessment, a framework with errors.
    """
    _managing(by)
    round_ = Round.objects.select_for_update(of=("self",)).select_related("framework").get(pk=round_.pk)
    if round_.stage != Stage.PREPARATION:
        raise RoundRefused(_("考核轮次已经启动。"))
    rows = list(round_.units.select_related("unit"))
    if not rows:
        raise RoundRefused(_("尚未选择评价对象。"))
    if window(round_) is None:
        raise RoundRefused(_("尚未设定自评的起止时间。"))
    lock_framework(round_.framework)
    framework = framework_of(round_.framework)
    count = len(framework.points)
    changed = [row for row in rows if _name_anew(row)]
    twice = [name for name, count_ in Counter(row.name for row in rows).items() if count_ > 1]
    if twice:
        raise RoundRefused(
            _("名单中有重名的评价对象：%(names)s。请先改成可以区分的名称。") % {"names": listed(twice[:10])}
        )
    RoundUnit.objects.bulk_update(changed, NAMES, batch_size=500)
    round_.units.update(points=count, possible=framework.scale.ticks(framework.total))
    round_.frozen_at = timezone.now()
    round_.stage = Stage.SELF_ASSESSMENT
    round_.version += 1
    round_.save(update_fields=["frozen_at", "stage", "version"])
    record("round.open", round_, after={"units": len(rows), "framework": round_.framework.content_hash})
    with site_language():
        title = _("“%(round)s”开始自评") % {"round": round_.title}
    notify_units(round_, [row.unit_id for row in rows], "opened", title)
    return round_


@transaction.atomic
def move_round(by: User, round_: Round, to: Stage, *, reason: str = "") -> Round:
    """
    Move a round to the next stage, or back with a reason.

    Refused: jumps, going back without a reason, leaving verification while points are undecided.
    """
    _managing(by)
    round_ = Round.objects.select_for_update(of=("self",)).select_related("framework").get(pk=round_.pk)
    stage = Stage(round_.stage)
    if stage == Stage.PREPARATION and to == Stage.SELF_ASSESSMENT:
        return open_round(by, round_)
    if to not in {FORWARD.get(stage), BACK.get(stage)}:
        raise RoundRefused(_("不能从“%(a)s”直接进入“%(b)s”。") % {"a": stage.label, "b": to.label})
    if to == BACK.get(stage) and not reason.strip():
        raise RoundRefused(_("退回上一阶段须说明理由。"))
    if stage == Stage.VERIFICATION and to == Stage.EXPERT_REVIEW:
        left = round_.units.exclude(state=State.ACCEPTED).count()
        if left:
            raise RoundRefused(_("还有%(count)d个单位没有核定完成，不能结束核查。") % {"count": left})
    round_.stage = to
    round_.version += 1
    round_.save(update_fields=["stage", "version"])
    record("round.move", round_, before={"stage": stage}, after={"stage": to, "reason": reason})
    return round_


def locked_unit(pk: int) -> RoundUnit:
    """Return a unit of a round locked for a write, with its round as it is now."""
    row = RoundUnit.objects.select_for_update(of=("self",)).select_related("unit").get(pk=pk)
    # Read after the wait for the lock: whoever held it may have moved the round to another stage.
    row.round = Round.objects.select_related("framework").get(pk=row.round_id)
    return row


@transaction.atomic
def change_state(
    by: User, round_unit: RoundUnit, act: Act, *, now: datetime | None = None, reason: str = "",
    due_at: datetime | None = None,
) -> RoundUnit:  # fmt: skip
    """
    Move a unit by the table, and tell those who have to act next.

    Refused: what the table does not allow, returns without reason or with a deadline in the past. What an act asks of
    the content (all points filled in, all decided) is checked by the caller inside the same transaction.
    """
    now = now or timezone.now()
    row = locked_unit(round_unit.pk)
    state = after(act, situation(row), role=by.role, own_unit=by.unit_id == row.unit_id, now=now)
    before = State(row.state)
    if act in {Act.RETURN, Act.SEND_BACK, Act.REOPEN} and not reason.strip():
        raise NotAllowed(_("请说明理由。"))
    if act == Act.RETURN:
        if due_at is None or due_at <= now:
            raise NotAllowed(_("请设定晚于当前时间的补正期限。"))
        row.return_due_at = due_at
    row.state, row.state_at, row.reason = state, now, reason
    row.version += 1
    row.save(update_fields=["state", "state_at", "reason", "return_due_at", "version"])
    record(f"unit.{act}", row, before={"state": before}, after={
        "state": state, "reason": reason, "due_at": due_at.isoformat() if due_at else None,
    })  # fmt: skip
    with site_language():
        _tell(row, act, reason)
    return row


def _tell(row: RoundUnit, act: Act, reason: str) -> None:
    words = {"unit": row.name, "round": row.round.title}
    if act == Act.HAND_OVER:
        notify_units(row.round, [row.unit_id], act, _("%(unit)s的自评等待您审核") % words, role=Role.APPROVER)
    elif act == Act.SEND_BACK:
        notify_units(
            row.round, [row.unit_id], act, _("审核员退回了%(unit)s的自评") % words, text=reason, role=Role.FILLER
        )
    elif act == Act.RETURN:
        notify_units(row.round, [row.unit_id], act, _("%(unit)s的自评被退回，请在期限内补正") % words, text=reason)
    elif act == Act.ACCEPT:
        notify_units(row.round, [row.unit_id], act, _("%(unit)s的自评已核定") % words)


@transaction.atomic
def extend(by: User, round_unit: RoundUnit, until: datetime, reason: str) -> RoundUnit:
    """Give one unit more time to fill in or to object. Refused: a time in the past, no reason, other stages."""
    _managing(by)
    row = locked_unit(round_unit.pk)
    if until <= timezone.now():
        raise NotAllowed(_("延长的期限须晚于当前时间。"))
    if not reason.strip():
        raise NotAllowed(_("请说明理由。"))
    if row.round.stage not in {Stage.SELF_ASSESSMENT, Stage.VERIFICATION, Stage.OBJECTION}:
        raise NotAllowed(_("当前阶段不能延长填报期限。"))
    before = row.extended_to
    row.extended_to = until
    row.version += 1
    row.save(update_fields=["extended_to", "version"])
    record("unit.extend", row, before={"until": before.isoformat() if before else None},
           after={"until": until.isoformat(), "reason": reason})  # fmt: skip
    local = timezone.localtime(until)
    with site_language():
        words = {"unit": row.name, "until": f"{local:%Y-%m-%d %H:%M}"}
        objecting = row.round.stage == Stage.OBJECTION
        title = (
            _("%(unit)s的申诉期限延长至%(until)s") if objecting else _("%(unit)s的填报期限延长至%(until)s")
        ) % words
    notify_units(row.round, [row.unit_id], "extended", title, text=reason)
    return row


@transaction.atomic
def notify_units(
    round_: Round, units: Sequence[int], kind: str, title: str, *, text: str = "", role: str = "", link: str = ""
) -> int:
    """Tell the people of units, or those of one role among them; see `notify`."""
    found = User.objects.filter(unit__in=units)
    return notify(round_, found.filter(role=role) if role else found, kind, title, text=text, link=link)


def notify(round_: Round, people: QuerySet[User], kind: str, title: str, *, text: str = "", link: str = "") -> int:
    """
    Put a notice into the inbox of people in use, have those with an address mailed, and return how many.

    Parameters
    ----------
    round_, people, kind, title, text
        What it is about, who is told, and what it says.
    link
        Page below the round that it leads to; the round itself where it is empty.
    """
    place = f"/rounds/{round_.code}/{link}"
    made = Notice.objects.bulk_create(
        [
            Notice(user=user, round=round_, kind=kind, title=title, text=text, link=place)
            for user in people.filter(is_active=True)
        ],
        batch_size=500,
    )
    if any(notice.user.email for notice in made):
        enqueue_named(MAIL)
    return len(made)


@transaction.atomic
def remind(by: User, round_: Round, rows: Sequence[RoundUnit], text: str) -> int:
    """
    Remind the people of units that have something to do, and return how many were told.

    Refused: a round that is not being filled in, no units.
    """
    _managing(by)
    round_ = Round.objects.get(pk=round_.pk)
    if round_.stage not in {Stage.SELF_ASSESSMENT, Stage.VERIFICATION}:
        raise NotAllowed(_("当前阶段没有需要催办的填报。"))
    if not rows:
        raise RoundRefused(_("没有选中需要催办的单位；已报送和已核定的单位不用催办。"))
    with site_language():
        title = _("请尽快完成“%(round)s”的自评") % {"round": round_.title}
    count = notify_units(round_, [row.unit_id for row in rows], "reminder", title, text=text)
    record("round.remind", round_, after={"units": [row.code for row in rows[:200]], "people": count, "text": text})
    return count


@transaction.atomic
def mark_read(user: User, pk: int | None = None) -> int:
    """Mark all notices of a person as read, or one of his."""
    found = Notice.objects.filter(user=user, read_at=None)
    return (found if pk is None else found.filter(pk=pk)).update(read_at=timezone.now())


def touch(round_unit: RoundUnit) -> None:
    """Count a write to a unit."""
    RoundUnit.objects.filter(pk=round_unit.pk).update(version=F("version") + 1)
