"""The finished round of the demonstration: the reconstructed case of 2021, from self-assessment to publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from zhiheng.assessment.case import Case
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import recount
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.verification import Ruling, accept_unit, finish_verification, keep_decision
from zhiheng_web.config.demonstration.answers import marks_by_unit
from zhiheng_web.config.demonstration.making import Tick, fill, hand_in, make_round
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.objections.actions import close_objections
from zhiheng_web.results.actions import Choice, ask_finalise, finalise, publish
from zhiheng_web.results.models import Publication
from zhiheng_web.results.queries import publication_of
from zhiheng_web.reviews.marking import close_review
from zhiheng_web.rounds.actions import locked_unit, move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.studio.actions import ask_version

CODE = "jilin-2021-example"
"""Code of the round; that of the case it is made from."""


def finish(case: Case, now: datetime, tick: Tick) -> Round:
    """Take a round of the reconstructed case through every stage up to finalisation."""
    administrator = User.objects.get(username="admin")
    round_ = make_round(
        CODE, case.settings.title, ("2020-01", "2021-06"), case,
        [(Stage.SELF_ASSESSMENT, now - timedelta(160), now - timedelta(130)),
         (Stage.VERIFICATION, now - timedelta(130), now - timedelta(100)),
         (Stage.OBJECTION, now - timedelta(90), now - timedelta(80))],
        label=case.settings.label,
    )  # fmt: skip
    verify(case, round_, "2020-11", now - timedelta(140), tick)
    close_review(administrator, round_)
    return close_objections(administrator, round_)


def verify(
    case: Case, round_: Round, date: str, at: datetime, tick: Tick,
    settled: Callable[[int, Decimal], Decimal] = lambda _no, mark: mark,
) -> None:  # fmt: skip
    """
    Take a round from self-assessment to expert review, with the marks of a case.

    Parameters
    ----------
    case, round_
        Whose marks, and which round.
    date, at
        Date of the items, and when the evidence was uploaded; the units hand in five days later.
    tick
        Called after each unit is filled in, and after each is decided.
    settled
        Number of a point and its mark in the case to the mark that is decided.
    """
    administrator = User.objects.get(username="admin")
    rows = list(round_.units.select_related("unit"))
    fill(case, round_, [1.0] * len(rows), date, at, tick)
    hand_in(rows, at + timedelta(5))
    move_round(administrator, round_, Stage.VERIFICATION)
    marks = marks_by_unit(case.decisions)
    for row in rows:
        _settle(row, {no: settled(no, mark) for no, mark in marks[row.code].items()})
        tick()
    finish_verification(administrator, round_)


def _settle(row: RoundUnit, marks: Mapping[int, Decimal]) -> None:
    """Decide every point of a unit as the case has it."""
    verifier = User.objects.get(username="verifier")
    locked = locked_unit(row.pk)
    framework = framework_of(locked.round.framework)
    answers = {one.point: one for one in Answer.objects.filter(round_unit=locked)}
    for _parent, point in framework.points:
        given, mark = answers[point.no], marks[point.no]
        claimed = framework.scale.marks(given.claimed)
        if not mark:
            ruling = Ruling(
                "reject", "no_evidence", reason=_("示例：没有当年的材料") if claimed else _("示例：没有申报")
            )
        elif given.value is None and claimed == mark:
            ruling = Ruling("accept", "matches")
        else:
            code = "over_claim" if claimed > mark else "under_claim"
            ruling = Ruling("adjust", code, mark, _("示例：按重构的得分核定"))
        keep_decision(verifier, locked, point.no, ruling, version=0, answer_version=given.version)
    recount(locked)
    accept_unit(verifier, locked)


def publish_finished() -> None:
    """Sign and publish the finished round, unless that is done."""
    round_ = Round.objects.filter(code=CODE).first()
    if round_ is None or round_.stage not in {Stage.FINALISATION, Stage.PUBLICATION}:
        return
    administrator = User.objects.get(username="admin")
    if round_.stage == Stage.FINALISATION:
        finalise(ask_finalise(administrator, round_, None).pk)
        round_.refresh_from_db()
    if round_.stage == Stage.PUBLICATION and publication_of(round_) is None:
        note = _("这是演示用的示例：得分由系统推算，不是官方得分。")
        publish(administrator, round_, Choice(Publication.Detail.FULL, Publication.Masks.NONE, note))
        # Made in the background once the site runs.
        ask_version(administrator, round_, _("示例：发布时的报告"))
