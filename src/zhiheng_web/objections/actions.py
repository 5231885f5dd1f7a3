"""What units do with objections, and how the office answers them: each in one transaction under the unit's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.errors import UnknownNodeError
from zhiheng.marks import plain
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.actions import recount
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.assessments.verification import legal_mark
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import site_language
from zhiheng_web.objections.models import Objection, ObjectionFile
from zhiheng_web.objections.queries import answerers, decided_himself, unanswered
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, locked_unit, move_round, notify, notify_units
from zhiheng_web.rounds.machine import Act, NotAllowed, Stage, after
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import situation

State, Outcome = Objection.State, Objection.Outcome
REASON_CODE = "objection"
"""Reason code of decisions that come from objections; the words are in the reason."""
MOST_FILES = 20
"""Files that one objection may name."""


class ObjectionRefused(Refused):
    """An objection or its answer cannot be kept as it is."""

    code = "objections.refused"


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What a unit holds against the marks of a point.

    Parameters
    ----------
    text
        Facts and grounds.
    wanted
        Marks that the unit thinks right; None where it leaves them to the office.
    files
        Primary keys of files of the unit.
    """

    text: str
    wanted: Decimal | None = None
    files: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the office answers.

    Parameters
    ----------
    outcome
        Value of `Objection.Outcome`.
    reason
        In words; the unit reads it.
    mark
        New marks where the objection is granted, wholly or partly.
    applies
        False where it is granted that the point does not apply to the unit.
    """

    outcome: str
    reason: str
    mark: Decimal | None = None
    applies: bool = True


def _allowed(act: Act, by: User, row: RoundUnit, now: datetime | None) -> None:
    """Refuse what stage, state, window and role do not allow, on a locked unit."""
    after(act, situation(row), role=by.role, own_unit=by.unit_id == row.unit_id, now=now or timezone.now())


@transaction.atomic
def save_draft(
    by: User, round_unit: RoundUnit, point_no: int, draft: Draft, *, version: int, now: datetime | None = None
) -> Objection:
    """
    Keep the draft of an objection; with the first version the unit's approvers are told.

    Refused: what stage, window and role do not allow (NotAllowed, TooLate), a draft that somebody else changed (Stale),
    a point without marks, one whose objection was filed or answered, an empty text, marks outside the rule.
    """
    row = locked_unit(round_unit.pk)
    _allowed(Act.OBJECT, by, row, now)
    standing = _standing(row, point_no)
    there = Objection.objects.filter(round_unit=row, point=point_no).exclude(state=State.WITHDRAWN).first()
    if there is not None and there.state == State.FILED:
        raise ObjectionRefused(_("这一项的申诉已经提交。需要修改的，请先撤回。"))
    if there is not None and there.state == State.ANSWERED:
        raise ObjectionRefused(_("这一项的申诉已经答复，不能再次申诉。"))
    if (there.version if there else 0) != version:
        raise Stale(_("其他人刚刚修改了这份申诉，您的改动没有保存。请核对最新内容后再填。"))
    if not draft.text.strip():
        raise ObjectionRefused(_("请写明申诉的事实和理由。"))
    if draft.wanted is not None:
        _legal_and_more(row, point_no, draft.wanted, standing)
    before = _described(there) if there else None
    one = there or Objection(round_unit=row, point=point_no, raised_by=by, version=0)
    one.text, one.wanted, one.written_by = draft.text.strip(), draft.wanted, by
    one.version += 1
    one.save()
    _keep_files(row, one, draft.files)
    act = "objection.change" if there else "objection.draft"
    record(act, one, name=_name(row, one), before=before, after=_described(one))
    if there is None:
        _tell(row, act, gettext_lazy("%(unit)s对第%(no)s项的申诉等待您提交"), one, role=Role.APPROVER)
    return one


def _legal_and_more(row: RoundUnit, point_no: int, mark: Decimal | None, standing: Decision) -> Decimal:
    """Return marks that the rule can give and that are more than those of before; refuse any other."""
    framework = framework_of(row.round.framework)
    found = legal_mark(framework, framework.point(point_no), mark)
    # An objection never costs marks: who is worse off by it would rather have kept silent.
    if standing.act != Decision.Act.NOT_APPLICABLE and standing.mark is not None and found <= standing.mark:
        raise ObjectionRefused(_("得分须高于现在的%(mark)s分。") % {"mark": plain(standing.mark)})
    return found


def _standing(row: RoundUnit, point_no: int) -> Decision:
    """Return the decision that a point has now; refuse a point without marks."""
    try:
        framework_of(row.round.framework).point(point_no)
    except UnknownNodeError as error:
        raise ObjectionRefused(_("没有这个考核要点。")) from error
    made = decisions_of(row).get(point_no)
    if made is None or made.mark is None:
        raise ObjectionRefused(_("这一项还没有核定得分，不能申诉。"))
    return made


def _keep_files(row: RoundUnit, one: Objection, files: tuple[int, ...]) -> None:
    wanted = dict.fromkeys(files)
    if len(wanted) > MOST_FILES:
        raise ObjectionRefused(_("一份申诉最多附%(most)d份材料。") % {"most": MOST_FILES})
    if EvidenceFile.objects.filter(round_unit=row, pk__in=wanted).count() < len(wanted):
        raise ObjectionRefused(_("有佐证材料不属于本单位或者已被删除，请重新选择。"))
    one.shown.all().delete()
    ObjectionFile.objects.bulk_create(ObjectionFile(objection=one, file_id=pk) for pk in wanted)


def _described(one: Objection) -> dict[str, object]:
    return {
        "point": one.point, "text": one.text, "wanted": None if one.wanted is None else plain(one.wanted),
        "files": [each.file.name for each in one.shown.select_related("file")],
    }  # fmt: skip


def _name(row: RoundUnit, one: Objection) -> str:
    return f"{row.name} {one.point}"


def _tell(row: RoundUnit, kind: str, words: str | Promise, one: Objection, *, text: str = "", role: str = "") -> None:
    with site_language():
        title = str(words) % {"unit": row.name, "no": one.point}
    link = f"units/{row.code}/objections/points/{one.point}/"
    notify_units(row.round, [row.unit_id], kind, title, text=text, role=role, link=link)


def _tell_office(row: RoundUnit, one: Objection) -> None:
    """Tell those who may answer an objection that it was filed, with the way to it."""
    with site_language():
        title = str(gettext_lazy("%(unit)s对第%(no)s项提出申诉，等待答复")) % {"unit": row.name, "no": one.point}
    people = answerers(row, one.point)
    notify(row.round, people, "objection.file", title, link=f"units/{row.code}/objections/{one.pk}/")


def _fresh(row: RoundUnit, objection: Objection, version: int) -> Objection:
    """Return an objection of a locked unit as it is now; refuse one that was changed since it was shown."""
    one = Objection.objects.select_related("raised_by").get(pk=objection.pk, round_unit=row)
    if one.version != version:
        raise Stale(_("这份申诉刚刚有变化，请刷新后再操作。"))
    return one


@transaction.atomic
def file_objection(by: User, objection: Objection, *, version: int, now: datetime | None = None) -> Objection:
    """
    Sign a draft off and hand it to the office.

    Refused: what stage, window and role do not allow (NotAllowed, TooLate), who wrote it himself before he became an
    approver, anything but a draft, one that changed since it was shown (Stale).
    """
    row = locked_unit(objection.round_unit_id)
    _allowed(Act.FILE_OBJECTION, by, row, now)
    one = _fresh(row, objection, version)
    if one.state != State.DRAFT:
        raise ObjectionRefused(_("只有草稿可以提交。"))
    if by.pk in {one.raised_by_id, one.written_by_id}:
        raise NotAllowed(_("您起草过这份申诉，须由其他审核员提交。"))
    one.state, one.filed_by, one.filed_at = State.FILED, by, now or timezone.now()
    one.version += 1
    one.save(update_fields=["state", "filed_by", "filed_at", "version"])
    record("objection.file", one, name=_name(row, one), before={"state": State.DRAFT}, after=_described(one))
    _tell_office(row, one)
    return one


@transaction.atomic
def withdraw(by: User, objection: Objection, *, version: int, now: datetime | None = None) -> Objection:
    """
    Take an objection back before it is answered; the point may be objected to anew while the window is open.

    A draft may be withdrawn by filler and approver, what was filed by the approver alone. Refused: others, other
    stages, an objection that was answered or withdrawn, one that changed since it was shown (Stale).
    """
    row = locked_unit(objection.round_unit_id)
    _allowed(Act.WITHDRAW_OBJECTION, by, row, now)
    one = _fresh(row, objection, version)
    if not one.open:
        raise ObjectionRefused(_("这份申诉已经答复或者撤回。"))
    if one.state == State.FILED and by.role != Role.APPROVER:
        raise NotAllowed(_("已经提交的申诉须由审核员撤回。"))
    before = one.state
    one.state, one.withdrawn_by, one.withdrawn_at = State.WITHDRAWN, by, now or timezone.now()
    one.version += 1
    one.save(update_fields=["state", "withdrawn_by", "withdrawn_at", "version"])
    record("objection.withdraw", one, name=_name(row, one), before={"state": before}, after={"state": one.state})
    return one


@transaction.atomic
def answer(by: User, objection: Objection, verdict: Verdict, *, version: int, now: datetime | None = None) -> Objection:
    """
    Answer an objection, write the new marks as the decision of this stage where it is granted, and tell the unit.

    Refused: people outside the office and other stages (NotAllowed), whoever decided the point himself before, an
    objection that does not wait (ObjectionRefused) or changed (Stale), no reason, marks outside the rule or not above
    those of before (DecisionRefused, ObjectionRefused).
    """
    row = locked_unit(objection.round_unit_id)
    _allowed(Act.ANSWER_OBJECTION, by, row, now)
    one = _fresh(row, objection, version)
    if one.state != State.FILED:
        raise ObjectionRefused(_("只能答复已经提交、尚未答复的申诉。"))
    if decided_himself(by, row, one.point):
        raise NotAllowed(_("这一项的得分由您核定，您不能答复对它的申诉，须由其他核查员或者省级管理员答复。"))
    if not verdict.reason.strip():
        raise ObjectionRefused(_("请写明理由，单位将看到这段文字。"))
    standing = decisions_of(row)[one.point]
    mark = _mark(row, one, verdict, standing)
    at = now or timezone.now()
    if verdict.outcome != Outcome.REJECTED:
        _decide(by, row, one, verdict, mark, at)
        recount(row)
    one.state, one.outcome, one.mark, one.reason = State.ANSWERED, verdict.outcome, mark, verdict.reason.strip()
    one.answered_by, one.answered_at = by, at
    one.version += 1
    one.save()
    record(
        "objection.answer", one, name=_name(row, one),
        before={"mark": None if standing.mark is None else plain(standing.mark)},
        after={"outcome": one.outcome, "mark": plain(mark), "act": standing.act if verdict.outcome == Outcome.REJECTED
               else _act(verdict), "reason": one.reason},
    )  # fmt: skip
    _tell(row, "objection.answer", gettext_lazy("%(unit)s对第%(no)s项的申诉已经答复"), one, text=one.reason)
    return one


def _act(verdict: Verdict) -> str:
    return str(Decision.Act.ADJUST if verdict.applies else Decision.Act.NOT_APPLICABLE)


def _mark(row: RoundUnit, one: Objection, verdict: Verdict, standing: Decision) -> Decimal:
    """Return the marks after a verdict; refuse those that its outcome or the rule does not bear."""
    if verdict.outcome not in Outcome.values:
        raise ObjectionRefused(_("请选择处理结果。"))
    before = standing.mark or Decimal(0)
    if verdict.outcome == Outcome.REJECTED:
        return before
    if not verdict.applies:
        if standing.act == Decision.Act.NOT_APPLICABLE:
            raise ObjectionRefused(_("这一项原来就认定为不适用。"))
        if before > 0:
            # Without the point the total could be less than with its marks.
            raise ObjectionRefused(_("这一项已有得分，不能认定为不适用。"))
        return Decimal(0)
    mark = _legal_and_more(row, one.point, verdict.mark, standing)
    if verdict.outcome == Outcome.GRANTED and one.wanted is not None and mark < one.wanted:
        raise ObjectionRefused(
            _("单位申请%(wanted)s分。给分低于申请的，请选择部分支持。") % {"wanted": plain(one.wanted)}
        )
    return mark


def _decide(by: User, row: RoundUnit, one: Objection, verdict: Verdict, mark: Decimal, at: datetime) -> None:
    version = Answer.objects.filter(round_unit=row, point=one.point).values_list("version", flat=True).first()
    Decision.objects.create(
        round_unit=row, point=one.point, stage=Stage.OBJECTION, act=_act(verdict), mark=mark,
        reason_code=REASON_CODE, reason=verdict.reason.strip(), answer_version=version or 0, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def close_objections(by: User, round_: Round) -> Round:
    """
    Close the stage and go on to finalisation; drafts that nobody filed stay drafts.

    Refused: others than administrators, a round in another stage, objections that wait for an answer.
    """
    # Whoever files or answers now is waited for, and whoever comes later finds the stage closed.
    list(round_.units.select_for_update().values_list("pk", flat=True))
    stage = Round.objects.values_list("stage", flat=True).get(pk=round_.pk)
    if stage != Stage.OBJECTION:
        raise ObjectionRefused(_("考核轮次不在申诉阶段。"))
    left = unanswered(round_).count()
    if left:
        raise ObjectionRefused(_("还有%(count)d份申诉没有答复，不能结束申诉。") % {"count": left})
    return move_round(by, round_, Stage.FINALISATION)
