"""What a verifier sees of one point: rule, claim and items with their files, likenesses, and the chain of marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhiheng.assessment.claims import judged_steps
from zhiheng.assessment.dates import parse_span, placed
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Judged, PerField, Period
from zhiheng.framework.summary import rule_summary
from zhiheng.marks import plain
from zhiheng_web.assessments.engine import Account, explain_claim
from zhiheng_web.assessments.models import Answer, Decision, Item, Remark
from zhiheng_web.assessments.queries import answers_of, claim_of, decided_by, open_remarks, period_of
from zhiheng_web.assessments.verification import REASONS, REASONS_OF
from zhiheng_web.assessments.worklist import alike_at
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.evidence.previews import can_preview
from zhiheng_web.language import headed
from zhiheng_web.rounds.machine import STAGES, Stage
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.site.views.verify_sheet import Risk, mark_text, risks_of


@dataclass(frozen=True, slots=True)
class Proof:
    """
    A file at an item.

    Parameters
    ----------
    file, pages, page
        The file, the pages that matter in words, and the first of them.
    shown
        Whether pages of it can be shown.
    alike
        How many files of others it resembles that were not dismissed.
    """

    file: EvidenceFile
    pages: str
    page: int
    shown: bool
    alike: int


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An item of a claim.

    Parameters
    ----------
    text, component, count, date
        What the unit wrote.
    placed
        `inside`, `outside` or `across` the period, "" without a date.
    proofs
        Its files.
    """

    text: str
    component: str
    count: str
    date: str
    placed: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """
    One link of the chain of marks; later stages add theirs.

    Parameters
    ----------
    stage, mark, what
        Stage, marks and decision in words.
    reason, who, at
        Why, by whom and when.
    """

    stage: str
    mark: str
    what: str
    reason: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """
    What one file of a claim resembles.

    Parameters
    ----------
    name
        Name of the file.
    open, dismissed
        Likenesses that count, and those that were found to be in order.
    """

    name: str
    open: tuple[Likeness, ...]
    dismissed: tuple[Likeness, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One point of a unit as a verifier sees it.

    Parameters
    ----------
    point, rule, period
        The point, its rule in a few words, and the period in which facts count.
    answer, stance, value, items, account
        What the unit states, and how its score comes about.
    risks, alike, remarks
        What is worth a second look, files that resemble others, and what was asked for.
    chain, decision
        Marks from stage to stage, and the decision of verification.
    marks, step, full
        Marks that may be given at a judged point; else the step and the most.
    reasons
        Reasons by decision as (act, ((code, words), …)).
    """

    point: Point
    rule: str
    period: str
    answer: Answer | None
    stance: str
    value: str
    items: tuple[Shown, ...]
    account: Account
    risks: tuple[Risk, ...]
    alike: tuple[Alike, ...]
    remarks: Sequence[Remark]
    chain: tuple[Link, ...]
    decision: Decision | None
    marks: tuple[str, ...]
    step: str
    full: str
    reasons: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def first(self) -> Proof | None:
        """Return the first file, one that can be shown where there is one."""
        proofs = [proof for item in self.items for proof in item.proofs]
        return next((p for p in proofs if p.shown), proofs[0] if proofs else None)


def panel_of(row: RoundUnit, framework: Framework, no: int, *, names: bool = True) -> Panel:
    """Return one point of a unit; without `names` its chain tells roles alone, for those who judge it blind."""
    point = framework.point(no)
    answer = answers_of(row, [no]).get(no)
    claim = claim_of(answer, no)
    made = Decision.objects.filter(round_unit=row, point=no).select_related("by")
    decisions = sorted(made, key=lambda d: STAGES.index(Stage(d.stage)))
    period = point.rule.period or period_of(row.round)
    alike = alike_at(row, no)
    open_alike = [one.file_id for one in alike if one.dismissed_at is None]
    account = explain_claim(framework, point, claim)
    return Panel(
        point,
        rule_summary(framework, point),
        f"{period.start}—{period.end}",
        answer,
        answer.get_stance_display() if answer and answer.stance else _("未填写"),
        _value(point, answer),
        tuple(_shown(point, item, period, open_alike) for item in (answer.items.all() if answer else ())),
        account,
        risks_of(answer.risks if answer else ()),
        tuple(_alike(alike)),
        open_remarks(row).get(no, []),
        tuple(_chain(account, answer, decisions, names=names)),
        next((d for d in decisions if d.stage == Stage.VERIFICATION), None),
        tuple(plain(m) for m in judged_steps(framework, point)) if isinstance(point.rule, Judged) else (),
        plain(framework.step(point)),
        plain(framework.full(point)),
        tuple((act, tuple((code, str(REASONS[code])) for code in codes)) for act, codes in REASONS_OF.items()),
    )


def _alike(found: Sequence[Likeness]) -> Iterable[Alike]:
    for pk, name in {one.file_id: one.file.name for one in found}.items():
        own = [one for one in found if one.file_id == pk]
        yield Alike(
            name,
            tuple(one for one in own if one.dismissed_at is None),
            tuple(one for one in own if one.dismissed_at is not None),
        )


def _value(point: Point, answer: Answer | None) -> str:
    if answer is None:
        return ""
    if answer.value is not None:
        return f"{plain(answer.value)}{getattr(point.rule, 'measure', '')}"
    return _("申报%(mark)s分") % {"mark": plain(answer.mark)} if answer.mark is not None else ""


def _shown(point: Point, item: Item, period: Period, alike: Sequence[int]) -> Shown:
    proofs = tuple(
        Proof(a.file, a.pages, first_page(a.pages, a.file.pages or 1), can_preview(a.file), alike.count(a.file_id))
        for a in item.attachments.all()
    )
    return Shown(
        item.text,
        item.component if isinstance(point.rule, PerField) else "",
        "" if item.count is None else plain(item.count),
        item.date,
        _placed(item.date, period),
        proofs,
    )


def first_page(words: str, most: int) -> int:
    """Return the first page that words such as `第2至4页` name, within the file."""
    found = re.search(r"\d{1,5}", words)
    return min(max(1, int(found[0])), most) if found else 1


def _placed(date: str, period: Period) -> str:
    if not date:
        return ""
    start, end = parse_span(period.start).first, parse_span(period.end).last
    return placed(parse_span(date), start, end) if start and end else ""


def _chain(account: Account, answer: Answer | None, decisions: Sequence[Decision], *, names: bool) -> Iterable[Link]:
    filled_in = answer.updated_by if answer else None
    yield Link(
        _("自评"),
        "—" if account.waits else account.marks,
        answer.get_stance_display() if answer and answer.stance else _("未填写"),
        account.how,
        "" if filled_in is None else filled_in.full_name if names else filled_in.role_title,
        answer.updated_at if answer else None,
    )
    for decision in decisions:
        words = str(REASONS.get(decision.reason_code, ""))
        reason = headed(words, decision.reason)
        yield Link(
            decision.get_stage_display(), mark_text(decision), decision.get_act_display(), reason,
            decision.by.full_name if names and decision.stage != Stage.EXPERT_REVIEW else decided_by(decision),
            decision.at,
        )  # fmt: skip
