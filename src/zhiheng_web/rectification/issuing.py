"""How items come about: a preview of what would be issued, all at once in the background, or a single one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.errors import ZhihengError
from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.language import site_language
from zhiheng_web.rectification.actions import RectificationRefused, link_of, told
from zhiheng_web.rectification.engine import Lost, UnitLosses, final_result, losses_of
from zhiheng_web.rectification.models import Issuing, RectificationItem, Step
from zhiheng_web.rectification.permissions import issues_items
from zhiheng_web.rectification.queries import claimed_ticks_of, last_reasons, running_issue, taken_points
from zhiheng_web.results.engine import Result
from zhiheng_web.rounds.actions import Stale, locked_unit, notify_units
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round, RoundUnit

ISSUE = "zhiheng_web.rectification.tasks.issue_items"
PART = 50
"""Units whose items are issued in one transaction."""
MOST_DAYS = 366 * 3
"""Days until a deadline, at most."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What is issued, and on which terms.

    Parameters
    ----------
    at_least
        Ticks that must have been lost.
    claimed_only
        Whether only marks count that the unit claimed and did not get.
    due_at
        Deadline of the items.
    request
        What is asked of the units, in words.
    """

    at_least: int
    claimed_only: bool
    due_at: datetime
    request: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """
    What would be issued to one unit.

    Parameters
    ----------
    code, name
        Of the unit.
    items
        Points that would become items.
    lost
        Their lost marks together, in ticks.
    taken
        Points below full marks that have an item already, or had one that was withdrawn.
    left
        Points below full marks that the terms leave out.
    open
        Points whose marks the result leaves open.
    """

    code: str
    name: str
    items: tuple[Lost, ...]
    lost: int
    taken: int
    left: int
    open: int


def no_result_words() -> str:
    """Return why nothing can be issued without a signed result."""
    return _("本轮次没有已签名的结果，无法确定失分，不能下达整改事项。")


def proposals(round_: Round, terms: Terms) -> list[Proposed]:
    """Return what would be issued to each unit, in the order of the list. Refused: a round without signed result."""
    result, _sha = final_result(round_, no_result_words())
    rows = {row.code: row for row in round_.units.all()}
    pks = [row.pk for row in rows.values()]
    taken = taken_points(pks)
    claimed = claimed_ticks_of(pks) if terms.claimed_only else {}
    found = []
    for unit in losses_of(round_, result):
        row = rows[unit.code]
        fitting = _fitting(row.pk, unit, terms, taken, claimed)
        there = sum((row.pk, one.no) in taken for one in unit.lost)
        left = len(unit.lost) - len(fitting) - there
        lost = sum(one.lost for one in fitting)
        found.append(Proposed(unit.code, row.name, tuple(fitting), lost, there, left, len(unit.open)))
    return found


def _fitting(
    row: int, unit: UnitLosses, terms: Terms, taken: Collection[tuple[int, int]], claimed: dict[tuple[int, int], int]
) -> list[Lost]:
    return [
        one for one in unit.lost
        if one.lost >= terms.at_least
        and (row, one.no) not in taken
        and (not terms.claimed_only or claimed.get((row, one.no), 0) > one.final)
    ]  # fmt: skip


def _issuing(by: User, round_: Round, due_at: datetime, now: datetime) -> Round:
    """Return the round locked; refuse people, stages and deadlines that do not allow an issue."""
    if not issues_items(by):
        raise NotAllowed(_("只有省级管理员可以下达整改事项。"))
    found = Round.objects.select_for_update(of=("self",)).select_related("framework").get(pk=round_.pk)
    if found.stage != Stage.RECTIFICATION:
        words = {"stage": Stage(found.stage).label}
        raise NotAllowed(_("考核轮次处于“%(stage)s”阶段，进入“整改”阶段以后才能下达整改事项。") % words)
    check_due(due_at, now)
    return found


def check_due(due_at: datetime, now: datetime) -> None:
    """Refuse a deadline in the past or beyond reason."""
    if due_at <= now:
        raise RectificationRefused(_("整改期限须晚于当前时间。"))
    if (due_at - now).days > MOST_DAYS:
        raise RectificationRefused(_("整改期限太远，请设定在三年以内。"))


@transaction.atomic
def ask_issue(by: User, round_: Round, terms: Terms, *, now: datetime | None = None) -> Issuing:
    """
    Have items issued to all units in the background; a second press finds the job of the first.

    Refused: others than administrators, another stage, a round without signed result, a deadline in the past.
    """
    locked = _issuing(by, round_, terms.due_at, now or timezone.now())
    there = running_issue(locked)
    if there is not None:
        return there
    result, sha256 = final_result(locked, no_result_words())
    made = Issuing.objects.create(
        round=locked, by=by, at_least=max(1, terms.at_least), claimed_only=terms.claimed_only, due_at=terms.due_at,
        request=terms.request.strip(), snapshot_sha256=sha256, total=len(result.units),
    )  # fmt: skip
    made.job = enqueue_named(ISSUE, made.pk)
    made.save(update_fields=["job"])
    record("rectification.ask", locked, after={
        "at_least": framework_of(locked.framework).scale.text(made.at_least), "claimed_only": made.claimed_only,
        "due_at": made.due_at.isoformat(), "request": made.request, "sha256": sha256,
    })  # fmt: skip
    return made


@transaction.atomic
def resume_issue(by: User, round_: Round) -> Issuing:
    """Put a request whose job is gone back into the queue. Refused: others, none that was cut off."""
    if not issues_items(by):
        raise NotAllowed(_("只有省级管理员可以下达整改事项。"))
    locked = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    there = running_issue(locked)
    if there is None or under_way(there.job):
        raise RectificationRefused(_("没有中断的下达任务，可能已经继续。"))
    there.job = enqueue_named(ISSUE, there.pk)
    there.save(update_fields=["job"])
    return there


def issue_all(pk: int) -> None:
    """
    Issue what was asked for, some units at a time.

    Each part is one transaction that also writes how far it is: a job that was killed goes on where it was, two at once
    take turns, and no point gets a second item. What is refused is kept as a message for who asked.
    """
    found = Issuing.objects.select_related("round__framework", "by").filter(pk=pk).first()
    if found is None or found.ended_at is not None:
        return
    with acting(Actor(found.by.username, found.by.full_name, found.by.role)):
        try:
            result, sha256 = final_result(found.round, no_result_words())
            if sha256 != found.snapshot_sha256:
                raise RectificationRefused(_("结果快照有变化，没有下达。请重新预览后再下达。"))
            while _issue_part(pk, result):
                pass
        except ZhihengError as error:
            Issuing.objects.filter(pk=pk).update(message=error.message, ended_at=timezone.now())


@transaction.atomic
def _issue_part(pk: int, result: Result) -> bool:
    """Issue the items of the next units; return whether more are left."""
    asked = Issuing.objects.select_for_update(of=("self",)).select_related("round__framework", "by").get(pk=pk)
    if asked.ended_at is not None:
        return False
    part = range(asked.done, min(asked.done + PART, len(result.units)))
    asked.items += _issue_to(asked, result, part)
    asked.done = part.stop
    more = asked.done < len(result.units)
    asked.ended_at = None if more else timezone.now()
    asked.save(update_fields=["items", "done", "ended_at"])
    return more


def _issue_to(asked: Issuing, result: Result, places: Sequence[int]) -> int:
    codes = [result.units[place].code for place in places]
    rows = {row.code: row for row in asked.round.units.select_for_update().filter(code__in=codes)}
    pks = [row.pk for row in rows.values()]
    terms = Terms(asked.at_least, asked.claimed_only, asked.due_at, asked.request)
    taken, reasons = taken_points(pks), last_reasons(pks)
    claimed = claimed_ticks_of(pks) if terms.claimed_only else {}
    made: list[RectificationItem] = []
    told_units = []
    for unit in losses_of(asked.round, result, places):
        row = rows[unit.code]
        fitting = _fitting(row.pk, unit, terms, taken, claimed)
        if not fitting:
            continue
        made += _built(row, fitting, terms, reasons)
        told_units.append(row.unit_id)
        record("rectification.issue", row, after={
            "points": [one.no for one in fitting], "count": len(fitting), "due_at": terms.due_at.isoformat(),
        })  # fmt: skip
    kept = RectificationItem.objects.bulk_create(made, batch_size=500)
    Step.objects.bulk_create((_first_step(item, asked.by) for item in kept), batch_size=500)
    if told_units:
        with site_language():
            words = {"round": asked.round.title, "until": f"{timezone.localtime(terms.due_at):%Y-%m-%d %H:%M}"}
            title = _("“%(round)s”下达了整改事项，请在%(until)s前完成") % words
        notify_units(asked.round, told_units, "rectification_issue", title, text=terms.request, link=link_of())
    return len(kept)


def _built(
    row: RoundUnit, lost: Sequence[Lost], terms: Terms, reasons: dict[tuple[int, int], tuple[str, str]]
) -> Iterator[RectificationItem]:
    for one in lost:
        stage, reason = reasons.get((row.pk, one.no), ("", ""))
        yield RectificationItem(
            round_unit=row, point=one.no, title=one.title, full=one.full, final=one.final, lost=one.lost,
            reason=reason, reason_stage=stage, request=terms.request.strip(), due_at=terms.due_at,
        )  # fmt: skip


def _first_step(item: RectificationItem, by: User) -> Step:
    return Step(item=item, act=Step.Kind.ISSUE, by=by, at=item.issued_at, text=item.request, due_at=item.due_at)


def issuable(row: RoundUnit) -> tuple[Lost, ...]:
    """Return the points of one unit that may become an item now; a withdrawn item does not stand in the way."""
    result, _sha = final_result(row.round, no_result_words())
    standing = set(RectificationItem.objects.filter(round_unit=row).exclude(state="withdrawn").values_list("point"))
    found = losses_of(row.round, result, [result.row(row.code)])[0]
    return tuple(one for one in found.lost if (one.no,) not in standing)


@transaction.atomic
def issue_one(
    by: User, round_unit: RoundUnit, point_no: int, due_at: datetime, request: str = "", *, now: datetime | None = None
) -> RectificationItem:
    """
    Issue the item of one point to one unit.

    Refused: others than administrators, another stage, a deadline in the past, a point without known loss, one that
    has an item already (Stale).
    """
    at = now or timezone.now()
    _issuing(by, round_unit.round, due_at, at)
    row = locked_unit(round_unit.pk)
    if RectificationItem.objects.filter(round_unit=row, point=point_no).exclude(state="withdrawn").exists():
        raise Stale(_("这一项已经下达了整改事项。"))
    lost = next((one for one in issuable(row) if one.no == point_no), None)
    if lost is None:
        raise RectificationRefused(_("这一项没有失分，或者得分未定，不能下达整改事项。"))
    terms = Terms(1, claimed_only=False, due_at=due_at, request=request)
    item = next(iter(_built(row, [lost], terms, last_reasons([row.pk]))))
    item.issued_at = at
    item.save()
    _first_step(item, by).save()
    record("rectification.issue", item, name=told(item), after={
        "lost": framework_of(row.round.framework).scale.text(item.lost), "due_at": due_at.isoformat(),
        "request": item.request,
    })  # fmt: skip
    with site_language():
        words = {"round": row.round.title, "no": item.point, "until": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}"}
        title = _("“%(round)s”第%(no)d项下达了整改事项，请在%(until)s前完成") % words
    notify_units(row.round, [row.unit_id], "rectification_issue", title, text=item.request, link=link_of(item))
    return item
