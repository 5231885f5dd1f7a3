"""Reads of assessments: answers as claims, standings, gaps, and the content of a round for the library."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from django.db.models import Count, Prefetch, QuerySet
from django.utils import timezone

from zhiheng.assessment.claims import Claim, Fault, Item, Material, claim_gaps
from zhiheng.assessment.facts import Decision as SettledMark
from zhiheng.assessment.facts import Status
from zhiheng.framework.rules import MEASURED, Period, RuleBase
from zhiheng.marks import plain
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.assessments import models
from zhiheng_web.assessments.models import Answer, Attachment, Decision
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.machine import STAGES, Stage
from zhiheng_web.rounds.models import Round, RoundUnit

STATUS_OF = {
    Decision.Act.ACCEPT: Status.VERIFIED,
    Decision.Act.ADJUST: Status.VERIFIED,
    Decision.Act.REJECT: Status.REJECTED,
    Decision.Act.NOT_APPLICABLE: Status.NOT_APPLICABLE,
}
"""What each decision makes of a point."""


def answers_with_items(**where: object) -> QuerySet[Answer]:
    """Return answers with items and files, in three queries however many there are."""
    items = models.Item.objects.prefetch_related(
        Prefetch("attachments", queryset=Attachment.objects.select_related("file"))
    )
    return Answer.objects.filter(**where).prefetch_related(Prefetch("items", queryset=items))


def answers_of(round_unit: RoundUnit, points: Collection[int] | None = None) -> dict[int, Answer]:
    """Return the answers of a unit by point, to all points or to some."""
    where = {} if points is None else {"point__in": points}
    return {answer.point: answer for answer in answers_with_items(round_unit=round_unit, **where)}


def claim_of(answer: Answer | None, point: int) -> Claim:
    """Return an answer as a claim; no answer is an empty claim."""
    if answer is None:
        return Claim(point)
    return Claim(
        point,
        answer.stance,  # type: ignore[arg-type]  # the choices of the column are the stances
        _bare(answer.mark),
        _bare(answer.value),
        answer.note,
        tuple(
            Item(
                i.text, i.date, i.component, _bare(i.count),
                tuple(Material(a.file.name, a.pages) for a in i.attachments.all()),
            )
            for i in answer.items.all()
        ),
    )  # fmt: skip


def _bare(number: Decimal | None) -> Decimal | None:
    """Return a number without the zeros that the column adds."""
    return None if number is None else Decimal(plain(number))


def last_decisions(decisions: Iterable[Decision]) -> dict[int, Decision]:
    """Return the decision of the latest stage at each point."""
    order = {stage: place for place, stage in enumerate(STAGES)}
    found: dict[int, Decision] = {}
    for decision in sorted(decisions, key=lambda d: order[d.stage]):  # type: ignore[index]  # choices are stages
        found[decision.point] = decision
    return found


def decisions_of(round_unit: RoundUnit, stages: Collection[str] = STAGES) -> dict[int, Decision]:
    """Return the decisions of a unit that count, by point; with `stages` as they were after the last of these."""
    found = Decision.objects.filter(round_unit=round_unit, stage__in=stages)
    return last_decisions(found.select_related("by"))


def stages_seen(user: User, round_: Round) -> frozenset[str]:
    """
    Return the stages of a round whose decisions a person may see: one rule for every page, file and answer of the API.

    Marks that may still change are nobody's result: people of a unit see those of verification and of experts once the
    round has left their stage, and before it what a return says in words. An objection is answered one by one, so its
    decision is there at once.
    """
    if not is_of_a_unit(user):
        return frozenset(str(stage) for stage in STAGES)
    here = STAGES.index(Stage(round_.stage))
    return frozenset(str(s) for s in STAGES if STAGES.index(s) < here or s == Stage.OBJECTION)


def decided_by(decision: Decision) -> str:
    """Return who decided, as a role; marks of experts are the experts', whoever closed their review."""
    return str(Role.EXPERT.label) if decision.stage == Stage.EXPERT_REVIEW else decision.by.role_title


def settled_mark(decision: Decision, unit: str) -> SettledMark | None:
    """Return a decision as the library takes it; None for an accepted value that is still compared with others."""
    if decision.mark is None:
        return None
    return SettledMark(
        unit, decision.point, STATUS_OF[Decision.Act(decision.act)], Decimal(plain(decision.mark)), decision.reason
    )


def gaps_of(round_unit: RoundUnit) -> dict[int, tuple[Fault, ...]]:
    """Return what is missing before a unit can hand in, by point; empty when nothing is."""
    framework = framework_of(round_unit.round.framework)
    answers = answers_of(round_unit)
    found = {
        point.no: claim_gaps(framework, point, claim_of(answers.get(point.no), point.no))
        for _, point in framework.points
    }
    return {no: faults for no, faults in found.items() if faults}


def period_of(round_: Round) -> Period:
    """Return the period of a round."""
    return Period.model_validate({"from": round_.period_start, "to": round_.period_end})


def previous_answers(round_unit: RoundUnit, points: Collection[int] | None = None) -> dict[int, Answer]:
    """Return what the unit answered in the round before, by point; empty for another framework."""
    before = round_unit.round.previous
    if before is None or before.framework.code != round_unit.round.framework.code:
        return {}
    row = RoundUnit.objects.filter(round=before, unit=round_unit.unit_id).first()
    return answers_of(row, points) if row else {}


def carried_over(rule: RuleBase, before: Answer | None) -> bool:
    """
    Return whether an answer of the round before holds words that can stand in this one.

    What was measured, and what happened once and brought a bonus or a deduction, belongs to its period; why a point
    does not apply may hold still.
    """
    if before is None or before.stance == Answer.Stance.NOT_APPLICABLE:
        return bool(before and before.note.strip())
    if before.stance != Answer.Stance.YES or getattr(rule, "kind", "") in (*MEASURED, "deduct", "bonus"):
        return False
    return bool(before.note.strip()) or any(item.text.strip() or item.component for item in before.items.all())


def open_remarks(round_unit: RoundUnit) -> dict[int, list[models.Remark]]:
    """Return the remarks that the unit has not dealt with, by point."""
    found: dict[int, list[models.Remark]] = {}
    for remark in models.Remark.objects.filter(round_unit=round_unit, settled_at=None).select_related("by"):
        found.setdefault(remark.point, []).append(remark)
    return found


def report_date(round_: Round) -> str:
    """Return the month that a report of a round carries: that of its last day of verification, else the present one."""
    ends = [w.closes_at for w in round_.windows.all()]
    return f"{timezone.localtime(max(ends) if ends else timezone.now()):%Y-%m}"


def files_attached(round_unit: RoundUnit) -> dict[int, int]:
    """Return how many different files each point of a unit names."""
    counted = (
        Attachment.objects.filter(item__answer__round_unit=round_unit)
        .values("item__answer__point")
        .annotate(files=Count("file", distinct=True))
        .order_by()
    )
    return {row["item__answer__point"]: row["files"] for row in counted}


def points_of_files(files: Collection[int]) -> dict[int, list[int]]:
    """Return the points that name each file, by its primary key."""
    found: dict[int, list[int]] = {}
    used = Attachment.objects.filter(file__in=files).values_list("file", "item__answer__point").order_by().distinct()
    for file, point in sorted(used):
        found.setdefault(file, []).append(point)
    return found
