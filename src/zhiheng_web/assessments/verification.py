"""What the office decides: point by point with a reason, the whole unit at once, or back to the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.assessment.claims import judged_steps
from zhiheng.errors import InexactMarkError
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Judged, Relative
from zhiheng.marks import Precision, plain
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import recount
from zhiheng_web.assessments.closing import DecisionRefused, settle
from zhiheng_web.assessments.models import Answer, Decision, Remark
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.assessments.sampling import sampled_points
from zhiheng_web.audit.actions import record
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import listed
from zhiheng_web.rounds.actions import RoundRefused, Stale, change_state, locked_unit, move_round
from zhiheng_web.rounds.machine import STAGES, Act, Stage, after
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import situation

REASONS = {
    "matches": gettext_lazy("材料与申报一致"),
    "over_claim": gettext_lazy("申报超出材料能证明的范围"),
    "no_evidence": gettext_lazy("没有佐证材料"),
    "weak_evidence": gettext_lazy("佐证材料不足以证明"),
    "outside_period": gettext_lazy("不在考核期内"),
    "duplicate": gettext_lazy("重复申报或者材料雷同"),
    "wrong_point": gettext_lazy("材料与考核要点不符"),
    "under_claim": gettext_lazy("材料能证明更多得分"),
    "does_not_apply": gettext_lazy("该要点不适用于该单位"),
    "sampled_out": gettext_lazy("未列入抽查，按申报认定"),
    "other": gettext_lazy("其他"),
}
"""Reason codes of decisions."""
REASONS_OF: Mapping[str, tuple[str, ...]] = {
    "accept": ("matches", "sampled_out"),
    "adjust": ("over_claim", "weak_evidence", "outside_period", "duplicate", "wrong_point", "under_claim", "other"),
    "reject": ("no_evidence", "weak_evidence", "outside_period", "duplicate", "wrong_point", "other"),
    "not_applicable": ("does_not_apply", "other"),
}
"""Reason codes that each decision may have."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    What a verifier decides about one point.

    Parameters
    ----------
    act
        Value of `Decision.Act`.
    reason_code
        Key of `REASONS`.
    mark
        Marks, for an adjustment; the others follow from the act.
    reason
        In words; required for adjustments, rejections and points that do not apply.
    """

    act: str
    reason_code: str
    mark: Decimal | None = None
    reason: str = ""


@transaction.atomic
def decide(
    by: User, round_unit: RoundUnit, point_no: int, ruling: Ruling, *, version: int, answer_version: int,
    now: datetime | None = None,
) -> Decision:  # fmt: skip
    """
    Settle the marks of one point in verification, and count the unit anew.

    Refused: what the table does not allow (NotAllowed), an answer or a decision that changed since it was shown
    (Stale), a mark outside the rule or a missing reason (DecisionRefused).
    """
    row = locked_unit(round_unit.pk)
    after(Act.DECIDE, situation(row), role=by.role, own_unit=False, now=now or timezone.now())
    decision = keep_decision(by, row, point_no, ruling, version=version, answer_version=answer_version)
    recount(row)
    return decision


def keep_decision(
    by: User, row: RoundUnit, point_no: int, ruling: Ruling, *, version: int, answer_version: int
) -> Decision:
    """Write one decision of a locked unit without counting it."""
    framework = framework_of(row.round.framework)
    point = framework.point(point_no)
    answer = Answer.objects.filter(round_unit=row, point=point_no).first()
    if (answer.version if answer else 0) != answer_version:
        raise Stale(_("该单位修改了这一项，请重新查看后再核定。"))
    decision = Decision.objects.filter(round_unit=row, point=point_no, stage=Stage.VERIFICATION).first() or Decision(
        round_unit=row, point=point_no, stage=Stage.VERIFICATION, version=0
    )
    if decision.version != version:
        raise Stale(_("%(who)s刚刚核定了这一项，您的核定没有保存。") % {"who": decision.by.full_name})
    before = _described(decision) if decision.pk else None
    decision.mark = _mark(framework, point, answer, ruling)
    decision.act, decision.reason_code, decision.reason = ruling.act, ruling.reason_code, ruling.reason.strip()
    decision.answer_version, decision.by, decision.at = answer_version, by, timezone.now()
    decision.version += 1
    decision.save()
    record("decision.save", decision, name=f"{row.name} {point_no}", before=before, after=_described(decision))
    return decision


def _mark(framework: Framework, point: Point, answer: Answer | None, ruling: Ruling) -> Decimal | None:
    """Return the marks that a ruling gives, or refuse it."""
    if ruling.reason_code not in REASONS_OF.get(ruling.act, ()):
        raise DecisionRefused(_("请选择核定意见和理由。"))
    if ruling.act in {"not_applicable", "reject"}:
        _needs_words(ruling)
        return Decimal(0)
    if ruling.act == "accept":
        if answer is None or not answer.stance:
            raise DecisionRefused(_("该单位没有填写这一项，不能认可。请选择不予认定或者不适用。"))
        if answer.stance == "not_applicable":
            raise DecisionRefused(_("该单位填写了“不适用”。同意的请选择“不适用”，不同意的请选择调整或者不予认定。"))
        # A value waits for those of the other units; who hands in none has nothing to compare.
        waits = isinstance(point.rule, Relative) and answer.stance == Answer.Stance.YES and answer.value is not None
        return None if waits else framework.scale.marks(answer.claimed)
    _needs_words(ruling)
    return legal_mark(framework, point, ruling.mark)


def _needs_words(ruling: Ruling) -> None:
    if not ruling.reason.strip():
        raise DecisionRefused(_("请写明理由，单位将看到这段文字。"))


def legal_mark(framework: Framework, point: Point, mark: Decimal | None) -> Decimal:
    """Return marks that the rule of a point can give; refuse any other (DecisionRefused)."""
    full = framework.full(point)
    if mark is None or not 0 <= mark <= full:
        raise DecisionRefused(_("请填写0至%(full)s分之间的得分。") % {"full": plain(full)})
    if isinstance(point.rule, Judged) and mark not in judged_steps(framework, point):
        steps = listed(plain(s) for s in judged_steps(framework, point))
        raise DecisionRefused(_("该要点只能得%(steps)s分。") % {"steps": steps})
    try:
        Precision(framework.step(point)).ticks(mark)
    except InexactMarkError as error:
        step = plain(framework.step(point))
        raise DecisionRefused(_("得分须是%(step)s分的整数倍。") % {"step": step}) from error
    return mark


def _described(decision: Decision) -> dict[str, object]:
    return {
        "act": decision.act, "mark": None if decision.mark is None else plain(decision.mark),
        "reason_code": decision.reason_code, "reason": decision.reason,
    }  # fmt: skip


@transaction.atomic
def accept_rest(by: User, round_unit: RoundUnit, *, now: datetime | None = None) -> int:
    """Accept as claimed all undecided points outside the sampling plan, and return how many."""
    row = locked_unit(round_unit.pk)
    after(Act.DECIDE, situation(row), role=by.role, own_unit=False, now=now or timezone.now())
    sampled, decided = sampled_points(row), decisions_of(row)
    count = 0
    for answer in Answer.objects.filter(round_unit=row):
        if answer.point not in sampled and answer.point not in decided:
            keep_decision(
                by, row, answer.point, Ruling("accept", "sampled_out"), version=0, answer_version=answer.version
            )
            count += 1
    recount(row)
    return count


@transaction.atomic
def accept_unit(by: User, round_unit: RoundUnit, *, now: datetime | None = None) -> RoundUnit:
    """Finish a unit. Refused: what the table does not allow, points without a decision."""
    row = change_state(by, round_unit, Act.ACCEPT, now=now)
    if row.decided < row.points:
        raise DecisionRefused(_("还有%(count)d项考核要点没有核定。") % {"count": row.points - row.decided})
    return row


@transaction.atomic
def return_unit(
    by: User,
    round_unit: RoundUnit,
    reason: str,
    due_at: datetime,
    remarks: Mapping[int, str],
    *,
    now: datetime | None = None,
) -> RoundUnit:
    """Send a self-assessment back with a reason, a deadline and remarks at points."""
    row = change_state(by, round_unit, Act.RETURN, now=now, reason=reason, due_at=due_at)
    framework = framework_of(row.round.framework)
    for no, text in remarks.items():
        framework.point(no)
        Remark.objects.create(round_unit=row, point=no, text=text.strip(), by=by)
    record("unit.remarks", row, after={str(no): text for no, text in remarks.items()})
    return row


@transaction.atomic
def finish_verification(by: User, round_: Round) -> Round:
    """
    Close verification: settle the points that compare units, and go on to expert review.

    All of it or nothing, in one transaction of about two seconds for 3,000 units. Refused: units that are not accepted
    and a round that is past verification (RoundRefused), a point that stays open (DecisionRefused).
    """
    # Whoever writes to a unit now is waited for, and whoever comes later finds the stage closed.
    rows = list(round_.units.select_for_update())
    stage = Round.objects.values_list("stage", flat=True).get(pk=round_.pk)
    if STAGES.index(Stage(stage)) > STAGES.index(Stage.VERIFICATION):
        raise RoundRefused(_("核查已经结束。"))
    moved = move_round(by, round_, Stage.EXPERT_REVIEW)
    settle(moved, rows)
    return moved
