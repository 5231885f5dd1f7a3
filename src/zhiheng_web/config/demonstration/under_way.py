"""Two small rounds of the demonstration that wait for people: one with experts, one with objections."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from zhiheng.assessment.case import Case
from zhiheng.framework.model import Framework
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.config.demonstration.finished import verify
from zhiheng_web.config.demonstration.making import Tick, make_round
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.objections.actions import Draft, Verdict, answer, file_objection, save_draft
from zhiheng_web.objections.models import Objection
from zhiheng_web.reviews.actions import Plan, judged_points, plan_review
from zhiheng_web.reviews.marking import close_review, submit_mark
from zhiheng_web.reviews.models import Assignment
from zhiheng_web.reviews.settling import default_threshold
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

UNITS = 3
"""Units of each round, the first of the case: few, so that the demonstration starts quickly."""
REVIEWED = 3
"""Points that experts review."""
EVERY = 7
"""Every seventh point was lost in 2019."""
BUSY = ("expert-2", "expert-3")
"""Experts who have handed in; what is left waits for the first one."""


def reviewed(case: Case, now: datetime, tick: Tick) -> Round:
    """Make a round in expert review: two experts are ready, at one point they differ, and the first one has work."""
    round_ = make_round(
        "demo-2020", "2020年度知识产权保护水平评估（示例）", ("2020-01", "2020-12"), case,
        [(Stage.SELF_ASSESSMENT, now - timedelta(70), now - timedelta(40)),
         (Stage.VERIFICATION, now - timedelta(40), now - timedelta(5)),
         (Stage.EXPERT_REVIEW, now - timedelta(5), now + timedelta(14))],
        units=UNITS,
    )  # fmt: skip
    verify(case, round_, "2020-06", now - timedelta(50), tick)
    framework = framework_of(round_.framework)
    limits = {no: default_threshold(framework, framework.point(no)) for no in judged_points(framework)[:REVIEWED]}
    people = User.objects.filter(username__in=["expert", *BUSY])
    plan = Plan(limits, [one.pk for one in people], now + timedelta(14))
    plan_review(User.objects.get(username="admin"), round_, plan, version=0)
    mine = Assignment.objects.filter(review__round_unit__round=round_, expert__username__in=BUSY)
    apart = False
    for task in mine.select_related("review__round_unit", "expert").order_by("review", "seat"):
        both = not task.review.assignments.filter(expert__username="expert").exists()
        lowered = both and not apart and task.expert.username == BUSY[-1]
        apart = apart or lowered
        _mark(framework, task, lowered=lowered)
    return round_


def _mark(framework: Framework, task: Assignment, *, lowered: bool) -> None:
    """Hand in the mark of verification, or one so far from it that a third expert is asked."""
    row, no = task.review.round_unit, task.review.point
    mark = decisions_of(row)[no].mark or Decimal(0)
    if lowered:
        full = framework.full(framework.point(no))
        mark = Decimal(0) if mark > 0 else full
    submit_mark(task.expert, task, mark, _("示例：材料与申报内容对照后评分"), version=task.version)


def objecting(case: Case, now: datetime, tick: Tick) -> Round:
    """Make a round in the stage of objections: one waits for the office, one for the approver, one is answered."""
    administrator = User.objects.get(username="admin")
    round_ = make_round(
        "demo-2019", "2019年度知识产权保护水平评估（示例）", ("2019-01", "2019-12"), case,
        [(Stage.SELF_ASSESSMENT, now - timedelta(120), now - timedelta(90)),
         (Stage.VERIFICATION, now - timedelta(90), now - timedelta(20)),
         (Stage.OBJECTION, now - timedelta(3), now + timedelta(12))],
        units=UNITS,
    )  # fmt: skip
    verify(case, round_, "2019-06", now - timedelta(100), tick, _earlier)
    round_ = close_review(administrator, round_)
    first, second, third = round_.units.select_related("unit", "round__framework")
    _file(first)
    _draft(second)
    done = _file(third)
    verdict = Verdict(Objection.Outcome.REJECTED, _("示例：补充的材料不在考核期内，得分不变"))
    answer(administrator, done, verdict, version=done.version)
    return round_


def _earlier(no: int, mark: Decimal) -> Decimal:
    """Return the mark of an earlier year: none at some points, so that there is something to compare."""
    return Decimal(0) if no % EVERY == 0 else mark


def _draft(row: RoundUnit) -> Objection:
    """Write an objection to the point that lost the most marks."""
    framework = framework_of(row.round.framework)
    full = {point.no: framework.full(point) for _parent, point in framework.points}
    made = decisions_of(row)
    worst = min(made, key=lambda no: ((made[no].mark or 0) - full[no], no))
    text = _("示例：工作总结第1页列有相关工作，请核对后重新核定")
    files = tuple(EvidenceFile.objects.filter(round_unit=row).values_list("pk", flat=True)[:1])
    by = User.objects.get(username=f"filler-{row.code}")
    return save_draft(by, row, worst, Draft(text, full[worst], files), version=0)


def _file(row: RoundUnit) -> Objection:
    """Write an objection and sign it off."""
    drafted = _draft(row)
    return file_objection(User.objects.get(username=f"approver-{row.code}"), drafted, version=drafted.version)
