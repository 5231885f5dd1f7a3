"""What is done with rectification items: each act in one transaction under the unit's lock, by the table, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.models import Role, User
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.language import site_language
from zhiheng_web.rectification.machine import Act, State, after
from zhiheng_web.rectification.models import RectificationFile, RectificationItem, Step
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, locked_unit, notify_units
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import RoundUnit

MOST_FILES = 20
"""Files that one item may name."""


class RectificationRefused(Refused):
    """An item cannot be issued or kept as asked."""

    code = "rectification.refused"


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a unit reports of an item.

    Parameters
    ----------
    owner, owner_note
        Who answers for it, and his office or telephone.
    measure, outcome
        What is done, and what came of it.
    files
        Primary keys of files of the unit.
    """

    owner: str
    owner_note: str = ""
    measure: str = ""
    outcome: str = ""
    files: tuple[int, ...] = ()


def told(item: RectificationItem) -> str:
    """Return an item as the log names it."""
    return f"{item.round_unit.name} {item.point}"


def link_of(item: RectificationItem | None = None) -> str:
    """Return where a notice leads, below the page of the round: to an item, else to the items of the round."""
    if item is None:
        return "rectification/"
    return f"units/{item.round_unit.code}/rectification/{item.pk}/"


def _locked(
    act: Act, by: User, item: RectificationItem, version: int, now: datetime
) -> tuple[RectificationItem, State]:
    """Return an item of a locked unit as it is now, and its state after the act; refuse what the table forbids."""
    row = locked_unit(item.round_unit_id)
    one = RectificationItem.objects.get(pk=item.pk)
    one.round_unit = row
    state = after(
        act, State(one.state), Stage(row.round.stage), one.due_at, role=by.role, own_unit=by.unit_id == row.unit_id,
        now=now,
    )  # fmt: skip
    if one.version != version:
        raise Stale(_("其他人刚刚处理了这个整改事项，您的改动没有保存。请核对最新内容后再操作。"))
    return one, state


def _kept(one: RectificationItem, state: State, act: Act, by: User, at: datetime, *, text: str = "") -> None:
    """Save an item in its new state, with the step for its page."""
    due_at = one.due_at if act in {Act.RETURN, Act.EXTEND} else None
    one.state = state
    one.version += 1
    one.save()
    Step.objects.create(item=one, act=act, by=by, at=at, text=text, due_at=due_at)


def _tell(one: RectificationItem, act: Act, words: str | Promise, *, text: str = "", role: str = "") -> None:
    row: RoundUnit = one.round_unit
    with site_language():
        until = f"{timezone.localtime(one.due_at):%Y-%m-%d %H:%M}"
        title = str(words) % {"round": row.round.title, "no": one.point, "until": until}
    notify_units(row.round, [row.unit_id], f"rectification_{act}", title, text=text, role=role, link=link_of(one))


@transaction.atomic
def save_report(
    by: User, item: RectificationItem, report: Report, *, version: int, now: datetime | None = None
) -> RectificationItem:
    """
    Keep what a unit reports of an item; the approvers are told when it is there for the first time.

    Refused: what the table does not allow (NotAllowed, TooLate), an item that somebody else changed (Stale), no owner
    or measure, files of others, too many files.
    """
    at = now or timezone.now()
    one, state = _locked(Act.DRAFT, by, item, version, at)
    if not report.owner.strip():
        raise RectificationRefused(_("请填写责任人。"))
    if not report.measure.strip():
        raise RectificationRefused(_("请填写整改措施。"))
    fresh = one.written_by_id is None
    before = _described(one)
    one.owner, one.owner_note = report.owner.strip(), report.owner_note.strip()
    one.measure, one.outcome, one.written_by = report.measure.strip(), report.outcome.strip(), by
    _keep_files(one, report.files)
    _kept(one, state, Act.DRAFT, by, at)
    record("rectification.draft", one, name=told(one), before=before, after=_described(one))
    if fresh:
        _tell(one, Act.DRAFT, gettext_lazy("“%(round)s”第%(no)d项的整改情况等待您报送"), role=Role.APPROVER)
    return one


def _keep_files(one: RectificationItem, files: tuple[int, ...]) -> None:
    wanted = dict.fromkeys(files)
    if len(wanted) > MOST_FILES:
        raise RectificationRefused(_("一个整改事项最多附%(most)d份材料。") % {"most": MOST_FILES})
    if EvidenceFile.objects.filter(round_unit=one.round_unit_id, pk__in=wanted).count() < len(wanted):
        raise RectificationRefused(_("有佐证材料不属于本单位或者已被删除，请重新选择。"))
    one.shown.all().delete()
    RectificationFile.objects.bulk_create(RectificationFile(item=one, file_id=pk) for pk in wanted)


def _described(one: RectificationItem) -> dict[str, object]:
    return {
        "owner": one.owner, "note": one.owner_note, "measure": one.measure, "result": one.outcome,
        "files": [each.file.name for each in one.shown.select_related("file")],
    }  # fmt: skip


@transaction.atomic
def submit_report(by: User, item: RectificationItem, *, version: int, now: datetime | None = None) -> RectificationItem:
    """
    Sign the report of a unit off and hand it to the office.

    Refused: what the table does not allow (NotAllowed, TooLate), who wrote it himself before he became an approver, a
    report that is not complete or was not changed since it was returned, one that changed since it was shown (Stale).
    """
    at = now or timezone.now()
    one, state = _locked(Act.SUBMIT, by, item, version, at)
    wrote = Step.objects.filter(item=one, act=Step.Kind.DRAFT, by=by).exists()
    if wrote:
        raise NotAllowed(_("您填写过这个事项的整改情况，须由其他审核员报送。"))
    missing = what_is_missing(one)
    if missing:
        raise RectificationRefused(missing)
    before = one.state
    one.submitted_at = at
    _kept(one, state, Act.SUBMIT, by, at)
    record("rectification.submit", one, name=told(one), before={"state": before}, after=_described(one))
    return one


def what_is_missing(one: RectificationItem) -> str:
    """Return what keeps the report of an item from being handed in, or "" when nothing does."""
    if one.written_by_id is None:
        return _("填报员还没有填写整改情况。")
    if not one.outcome.strip():
        return _("还没有填写整改结果，不能报送。")
    if not one.shown.exists():
        return _("还没有附整改材料，不能报送。")
    if one.state == State.RETURNED:
        last = one.steps.filter(act__in=[Step.Kind.DRAFT, Step.Kind.RETURN]).last()
        if last is not None and last.act == Step.Kind.RETURN:
            return _("退回以后整改情况还没有修改，不能报送。")
    return ""


@transaction.atomic
def close_item(
    by: User, item: RectificationItem, remark: str = "", *, version: int, now: datetime | None = None
) -> RectificationItem:
    """Find that an item is rectified; the published mark stays. Refused: what the table does not allow, Stale."""
    at = now or timezone.now()
    one, state = _locked(Act.CLOSE, by, item, version, at)
    one.closed_at = at
    _kept(one, state, Act.CLOSE, by, at, text=remark.strip())
    record("rectification.close", one, name=told(one), before={"state": State.FILED}, after={"reason": remark.strip()})
    _tell(one, Act.CLOSE, gettext_lazy("“%(round)s”第%(no)d项经复核整改完成"), text=remark.strip())
    return one


@transaction.atomic
def return_item(
    by: User, item: RectificationItem, reason: str, due_at: datetime, *, version: int, now: datetime | None = None
) -> RectificationItem:
    """
    Send an item back with a reason and a new deadline.

    Refused: what the table does not allow, no reason, a deadline in the past, an item that changed meanwhile (Stale).
    """
    at = now or timezone.now()
    one, state = _locked(Act.RETURN, by, item, version, at)
    _with_reason(reason)
    _later(due_at, at)
    before, one.due_at = one.due_at, due_at
    _kept(one, state, Act.RETURN, by, at, text=reason.strip())
    record("rectification.return", one, name=told(one), before={"due_at": before.isoformat()},
           after={"reason": reason.strip(), "due_at": due_at.isoformat()})  # fmt: skip
    _tell(
        one, Act.RETURN, gettext_lazy("“%(round)s”第%(no)d项的整改被退回，请在%(until)s前重新报送"), text=reason.strip()
    )
    return one


@transaction.atomic
def extend_item(
    by: User, item: RectificationItem, due_at: datetime, reason: str, *, version: int, now: datetime | None = None
) -> RectificationItem:
    """Give a unit more time for an item. Refused: what the table forbids, no reason, no later deadline, Stale."""
    at = now or timezone.now()
    one, state = _locked(Act.EXTEND, by, item, version, at)
    _with_reason(reason)
    _later(due_at, at)
    if due_at <= one.due_at:
        raise RectificationRefused(_("延长后的期限须晚于现在的期限。"))
    before, one.due_at = one.due_at, due_at
    _kept(one, state, Act.EXTEND, by, at, text=reason.strip())
    record("rectification.extend", one, name=told(one), before={"due_at": before.isoformat()},
           after={"reason": reason.strip(), "due_at": due_at.isoformat()})  # fmt: skip
    _tell(one, Act.EXTEND, gettext_lazy("“%(round)s”第%(no)d项的整改期限延长至%(until)s"), text=reason.strip())
    return one


@transaction.atomic
def withdraw_item(
    by: User, item: RectificationItem, reason: str, *, version: int, now: datetime | None = None
) -> RectificationItem:
    """Take an item back with a reason. Refused: what the table does not allow, no reason, one that changed (Stale)."""
    at = now or timezone.now()
    one, state = _locked(Act.WITHDRAW, by, item, version, at)
    _with_reason(reason)
    before = one.state
    _kept(one, state, Act.WITHDRAW, by, at, text=reason.strip())
    record("rectification.withdraw", one, name=told(one), before={"state": before}, after={"reason": reason.strip()})
    _tell(one, Act.WITHDRAW, gettext_lazy("“%(round)s”第%(no)d项的整改事项已撤销"), text=reason.strip())
    return one


def _with_reason(reason: str) -> None:
    if not reason.strip():
        raise RectificationRefused(_("请说明理由。"))


def _later(due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise RectificationRefused(_("整改期限须晚于当前时间。"))
