"""What units do to their answers: each in one transaction, checked against stage, deadline and version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.assessment.claims import Claim, Fault, Item, Material, claim_faults, claim_gaps
from zhiheng.framework.model import Framework, Point
from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments import models
from zhiheng_web.assessments.engine import claim_risks, claimed_ticks, standings, unit_scores
from zhiheng_web.assessments.models import Answer, Attachment, Decision, Remark
from zhiheng_web.assessments.queries import (
    carried_over,
    claim_of,
    decisions_of,
    gaps_of,
    period_of,
    previous_answers,
)
from zhiheng_web.assessments.sampling import mark_sampled
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.queries import open_likenesses
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import clauses
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, change_state, locked_unit
from zhiheng_web.rounds.machine import Act, NotAllowed, after
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import situation


class FaultyAnswer(Refused):
    """An answer cannot be kept as it is; carries every fault."""

    code = "assessments.faulty"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(clauses(f.message for f in faults))
        self.faults = tuple(faults)


class Incomplete(Refused):
    """A self-assessment cannot be handed in yet; carries what is missing by point."""

    code = "assessments.incomplete"

    def __init__(self, gaps: Mapping[int, Sequence[Fault]]) -> None:
        super().__init__(_("还有%(count)d项考核要点没有填写完整，不能送审或者报送。") % {"count": len(gaps)})
        self.gaps = dict(gaps)


@dataclass(frozen=True, slots=True)
class GivenItem:
    """
    One item as it comes from a form or a workbook.

    Parameters
    ----------
    text, date, component, count
        See `zhiheng.assessment.claims.Item`.
    files
        Evidence as (primary key of the file, pages).
    """

    text: str = ""
    date: str = ""
    component: str = ""
    count: Decimal | None = None
    files: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """
    An answer as it comes from a form or a workbook.

    Parameters
    ----------
    stance, mark, value, note
        See `zhiheng.assessment.claims.Claim`.
    items
        Its items, in order.
    """

    stance: str = ""
    mark: Decimal | None = None
    value: Decimal | None = None
    note: str = ""
    items: tuple[GivenItem, ...] = ()


@transaction.atomic
def save_answer(
    by: User, round_unit: RoundUnit, point_no: int, given: Given, *, version: int, now: datetime | None = None
) -> Answer:
    """
    Keep the answer of a unit to one point, and count the unit anew.

    Parameters
    ----------
    by, round_unit, point_no, given
        Who answers what.
    version
        Version of the answer that the person saw, 0 where there was none.
    now
        Time of the act.

    Notes
    -----
    A decision about an answer that changes is withdrawn; an answer that is saved as it was stays as it is. Refused:
    what stage, state and deadline do not allow (NotAllowed, TooLate), a version that is not the present one (Stale),
    faults (FaultyAnswer).
    """
    row = locked_unit(round_unit.pk)
    after(Act.EDIT, situation(row), role=by.role, own_unit=by.unit_id == row.unit_id, now=now or timezone.now())
    answer = keep_answer(by, row, point_no, given, version=version)
    recount(row)
    return answer


def keep_answer(by: User, row: RoundUnit, point_no: int, given: Given, *, version: int | None) -> Answer:
    """Write one answer of a locked unit without counting it; `version` None takes whatever is there."""
    framework = framework_of(row.round.framework)
    point = framework.point(point_no)
    answer = Answer.objects.filter(round_unit=row, point=point_no).first() or Answer(
        round_unit=row, point=point_no, version=0
    )
    # The locked unit is at hand; what asks for it later need not read it again.
    answer.round_unit = row
    if version is not None and answer.version != version:
        who = answer.updated_by.full_name if answer.updated_by else "—"
        raise Stale(_("%(who)s刚刚修改了这一项，您的改动没有保存。请核对最新内容后再填。") % {"who": who})
    files = _own_files(row, given)
    claim = _claim(point_no, given, files)
    faults = claim_faults(framework, point, claim)
    if faults:
        raise FaultyAnswer(faults)
    before = _described(claim_of(answer, point_no)) if answer.pk else None
    if before == _described(claim):
        # Saving what is there already is no change: the decision about it and its remarks stand.
        return answer
    _store(by, answer, given, framework, point, claim)
    _write_items(answer, given, files)
    mark_risks(answer, framework, point, claim)
    record("answer.save", answer, name=f"{row.name} {point_no}", before=before, after=_described(claim))
    _withdraw_decision(row, point_no)
    return answer


def _own_files(row: RoundUnit, given: Given) -> dict[int, EvidenceFile]:
    wanted = {pk for item in given.items for pk, _pages in item.files}
    found = {f.pk: f for f in EvidenceFile.objects.filter(round_unit=row, pk__in=wanted)} if wanted else {}
    if len(found) < len(wanted):
        raise FaultyAnswer([Fault("items", _("有佐证材料不属于本单位或者已被删除，请重新选择。"))])
    return found


def _claim(point_no: int, given: Given, files: Mapping[int, EvidenceFile]) -> Claim:
    items = tuple(
        Item(i.text, i.date, i.component, i.count, tuple(Material(files[pk].name, pages) for pk, pages in i.files))
        for i in given.items
    )
    return Claim(point_no, given.stance, given.mark, given.value, given.note, items)  # type: ignore[arg-type]  # checked next


def _store(by: User, answer: Answer, given: Given, framework: Framework, point: Point, claim: Claim) -> None:
    if given.stance not in {"", *Answer.Stance.values}:
        raise FaultyAnswer([Fault("stance", _("请选择申报、不申报或者不适用。"))])
    answer.stance, answer.mark, answer.value, answer.note = given.stance, given.mark, given.value, given.note
    answer.version += 1
    answer.updated_by, answer.updated_at = by, timezone.now()
    answer.complete = not claim_gaps(framework, point, claim)
    answer.claimed = claimed_ticks(framework, point, claim)
    answer.save()


def _write_items(answer: Answer, given: Given, files: Mapping[int, EvidenceFile]) -> None:
    answer.items.all().delete()
    items = models.Item.objects.bulk_create(
        models.Item(answer=answer, position=i, text=x.text, date=x.date, component=x.component, count=x.count)
        for i, x in enumerate(given.items)
    )
    Attachment.objects.bulk_create(
        Attachment(item=item, file=files[pk], pages=pages[:60], position=n)
        for item, x in zip(items, given.items, strict=True)
        for n, (pk, pages) in enumerate(dict(x.files).items())
    )


def mark_risks(answer: Answer, framework: Framework, point: Point, claim: Claim) -> None:
    """Write what makes an answer worth a second look, likeness of its files to those of others included."""
    risks = claim_risks(framework, point, claim, period_of(answer.round_unit.round))
    attached = Attachment.objects.filter(item__answer=answer).values("file")
    proved = any(item.materials for item in claim.items)
    if proved and open_likenesses(answer.round_unit).filter(file__in=attached).exists():
        risks.append("likeness")
    answer.risks = risks
    answer.save(update_fields=["risks"])


def _described(claim: Claim) -> dict[str, object]:
    return {
        "stance": claim.stance, "mark": None if claim.mark is None else plain(claim.mark),
        "value": None if claim.value is None else plain(claim.value), "note": claim.note,
        "items": [
            [
                i.text, i.date, i.component, "" if i.count is None else plain(i.count),
                [[m.file, m.pages] for m in i.materials],
            ]
            for i in claim.items
        ],
    }  # fmt: skip


def _withdraw_decision(row: RoundUnit, point_no: int) -> None:
    for decision in Decision.objects.filter(round_unit=row, point=point_no):
        record("decision.withdraw", decision, name=f"{row.name} {point_no}", before={
            "act": decision.act, "mark": None if decision.mark is None else plain(decision.mark),
        })  # fmt: skip
        decision.delete()
    Remark.objects.filter(round_unit=row, point=point_no, settled_at=None).update(settled_at=timezone.now())


@transaction.atomic
def copy_previous(
    by: User, round_unit: RoundUnit, point_no: int, given: Given, *, version: int, now: datetime | None = None
) -> Answer:
    """
    Keep an answer with the items of the round before added that it does not have yet.

    Only words are taken over: stance, note, text and field of items. Marks, numbers, dates and evidence are of the
    other period and have to be given anew. Refused: as for `save_answer`, and where nothing can be taken over.
    """
    before = previous_answers(round_unit, [point_no]).get(point_no)
    rule = framework_of(round_unit.round.framework).point(point_no).rule
    if before is None or not carried_over(rule, before):
        raise FaultyAnswer([Fault("items", _("上一轮这一项没有可以沿用的内容。"))])
    there = {(item.text.strip(), item.component) for item in given.items}
    more = tuple(
        GivenItem(item.text, component=item.component)
        for item in before.items.all()
        if (item.text.strip(), item.component) not in there and (item.text.strip() or item.component)
    )
    merged = replace(
        given, stance=given.stance or before.stance, note=given.note or before.note, items=given.items + more
    )
    return save_answer(by, round_unit, point_no, merged, version=version, now=now)


def recount(row: RoundUnit) -> RoundUnit:
    """Count a locked unit anew: what is filled in, decided and at risk, its total, and what is to be looked at."""
    answers = list(Answer.objects.filter(round_unit=row).values_list("stance", "complete", "risks"))
    decisions = decisions_of(row)
    total = unit_scores(row.round.framework, standings(row, decisions))[""]
    row.answered = sum(bool(stance) for stance, _c, _r in answers)
    row.complete = sum(complete for _s, complete, _r in answers)
    row.risks = sum(bool(risks) for _s, _c, risks in answers)
    row.decided = len(decisions)
    row.confirmed, row.claimed, row.possible = total.confirmed, total.claimed, total.possible
    row.version += 1
    row.save(update_fields=["answered", "complete", "risks", "decided", "confirmed", "claimed", "possible", "version"])
    mark_sampled(row.round, [row])
    return row


@transaction.atomic
def hand_over(by: User, round_unit: RoundUnit, *, now: datetime | None = None) -> RoundUnit:
    """Hand the self-assessment to the unit's approver. Refused: what the table does not allow, gaps (Incomplete)."""
    return _complete_then(by, round_unit, Act.HAND_OVER, now)


@transaction.atomic
def submit(by: User, round_unit: RoundUnit, *, now: datetime | None = None) -> RoundUnit:
    """
    Sign the self-assessment off and hand it in to the office.

    Refused: as for `hand_over`, and to who filled some of it in himself, before he became an approver.
    """
    if Answer.objects.filter(round_unit=round_unit, updated_by=by).exists():
        raise NotAllowed(_("您填写过本单位的这份自评，须由其他审核员报送。"))
    return _complete_then(by, round_unit, Act.SUBMIT, now)


def _complete_then(by: User, round_unit: RoundUnit, act: Act, now: datetime | None) -> RoundUnit:
    row = change_state(by, round_unit, act, now=now)
    gaps = gaps_of(row)
    if gaps:
        raise Incomplete(gaps)
    return row
