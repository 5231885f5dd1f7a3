"""What verifiers work through: the claims of a round by risk, and one unit point by point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy

from zhiheng.framework.model import Framework
from zhiheng_web.assessments.engine import RISKS
from zhiheng_web.assessments.models import Answer, Attachment, Decision
from zhiheng_web.assessments.sampling import ALL
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import Round, RoundUnit

RISK_TITLES = {
    "over_cap": gettext_lazy("申报超封顶"),
    "no_evidence": gettext_lazy("缺佐证"),
    "date_outside": gettext_lazy("日期不在考核期内"),
    "date_across": gettext_lazy("跨考核期"),
    "not_applicable": gettext_lazy("不适用"),
    "likeness": gettext_lazy("雷同材料"),
}
"""What people read for each risk."""
RISK_ICONS = {
    "over_cap": "trending-up",
    "no_evidence": "paperclip",
    "date_outside": "calendar-due",
    "date_across": "calendar",
    "not_applicable": "ban",
    "likeness": "copy",
}
"""Picture of each risk."""
WITH_THE_OFFICE = (State.SUBMITTED, State.RETURNED, State.ACCEPTED)
"""States of units whose claims are on the list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which claims are listed.

    Parameters
    ----------
    risk
        Code of a risk, `any` for those with one, "" for all.
    state
        `undecided`, `decided` or "" for both.
    unit
        Part of a name, or the first digits of a code.
    indicator
        Code of an indicator of any level.
    sampled
        Only what the sampling plan asks to look at.
    """

    risk: str = ""
    state: str = ""
    unit: str = ""
    indicator: str = ""
    sampled: bool = False

    @property
    def narrow(self) -> bool:
        """Return whether more is asked for than what is undecided."""
        return bool(self.risk or self.unit or self.indicator or self.sampled or self.state != "undecided")


def claims(round_: Round, framework: Framework, wanted: Wanted) -> QuerySet[Answer]:
    """Return claims of a round, those at the gravest risk first."""
    decided = Decision.objects.filter(round_unit=OuterRef("round_unit"), point=OuterRef("point"))
    found = Answer.objects.filter(round_unit__round=round_, round_unit__state__in=WITH_THE_OFFICE).annotate(
        # Neither database searches lists in JSON in the same way; as text both do.
        risk_text=Cast("risks", TextField()),
        is_decided=Exists(decided),
    )
    if wanted.risk == "any":
        found = found.exclude(risk_text="[]")
    elif wanted.risk in RISKS:
        found = found.filter(risk_text__contains=f'"{wanted.risk}"')
    if wanted.state:
        found = found.filter(is_decided=wanted.state == "decided")
    if wanted.unit:
        found = found.filter(Q(round_unit__name__icontains=wanted.unit) | Q(round_unit__code__startswith=wanted.unit))
    if wanted.sampled and round_.sample_share < ALL:
        found = found.filter(sampled=True)
    if wanted.indicator:
        found = found.filter(point__in=points_below(framework, wanted.indicator))
    return found.annotate(rank=_rank()).order_by("rank", "round_unit__position", "round_unit", "point")


def _rank() -> Case:
    """Return the place of the gravest risk of a claim; claims without any come last."""
    cases = [When(risk_text__contains=f'"{risk}"', then=Value(place)) for place, risk in enumerate(RISKS)]
    return Case(*cases, default=Value(len(RISKS)), output_field=IntegerField())


def points_below(framework: Framework, code: str) -> list[int]:
    """Return the numbers of the points below an indicator of any level; none for a code that is not there."""
    parents = {indicator.code: parent for _level, parent, indicator in framework.nodes}

    def below(node: str) -> bool:
        return node == code or (bool(node) and below(parents.get(node, "")))

    return [point.no for parent, point in framework.points if below(parent)]


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A page of the list.

    Parameters
    ----------
    answers
        Claims in order, with their units.
    decisions
        Decisions that were made about them, by unit and point; the latest stage last.
    """

    answers: Sequence[Answer]
    decisions: Mapping[tuple[int, int], Decision]


def listed(keys: Sequence[int]) -> Listed:
    """Return the claims with these primary keys, in this order, in a fixed number of queries."""
    found = {a.pk: a for a in Answer.objects.filter(pk__in=keys).select_related("round_unit")}
    answers = [found[key] for key in keys if key in found]
    units, points = {a.round_unit_id for a in answers}, {a.point for a in answers}
    decisions = Decision.objects.filter(round_unit__in=units, point__in=points).order_by("at", "pk")
    return Listed(answers, {(d.round_unit_id, d.point): d for d in decisions})


def risk_counts(round_: Round) -> dict[str, int]:
    """Return how many claims without a decision have each risk, in one query."""
    decided = Decision.objects.filter(round_unit=OuterRef("round_unit"), point=OuterRef("point"))
    found = (
        Answer.objects.filter(~Exists(decided), round_unit__round=round_, round_unit__state__in=WITH_THE_OFFICE)
        .annotate(risk_text=Cast("risks", TextField()))
        .exclude(risk_text="[]")
    )
    return found.aggregate(**{risk: Count("pk", filter=Q(risk_text__contains=f'"{risk}"')) for risk in RISKS})


def alike_at(row: RoundUnit, point: int) -> list[Likeness]:
    """Return what the files of one point resemble in other units or rounds, dismissed or not."""
    files = Attachment.objects.filter(item__answer__round_unit=row, item__answer__point=point).values("file")
    found = Likeness.objects.filter(file__in=files).select_related("file", "other__round_unit__round", "dismissed_by")
    return sorted(found, key=lambda one: (one.dismissed_at is not None, one.file.name, one.distance, one.pk))
