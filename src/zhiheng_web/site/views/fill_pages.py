"""The two pages of a unit: the points of one indicator, and the list of all points with what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from zhiheng.assessment.claims import Fault, claim_gaps
from zhiheng.framework.model import Framework, Indicator, Point
from zhiheng.marks import plain
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.forms import SendBackForm, Typed
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.queries import (
    answers_of,
    claim_of,
    decisions_of,
    files_attached,
    open_remarks,
    period_of,
    previous_answers,
    stages_seen,
)
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.queries import MB
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.machine import Act, State
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import may, situation
from zhiheng_web.site.access import SignedIn
from zhiheng_web.site.views.carried import carried_to, left_open
from zhiheng_web.site.views.fill_points import STATES, Beside, Card, Gap, card, gaps, with_typed
from zhiheng_web.site.views.fill_tree import Progress, groups, neighbours, path_of, walk

Context = dict[str, Any]
ALL = "all"
"""Place of the page that lists all points."""
READ = "read"
"""Place of the page on which all points are read."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """
    What could not be saved, to be shown again.

    Parameters
    ----------
    no, typed
        The point and what was typed.
    faults, why
        What is wrong with it, and the refusal in words.
    """

    no: int
    typed: Typed
    faults: Sequence[Fault]
    why: str


def frame(request: SignedIn, row: RoundUnit, progress: Progress, current: str) -> Context:
    """Return what every page of a unit shows around its content."""
    now = timezone.now()
    limit = situation(row).deadline
    acts = (Act.EDIT, Act.HAND_OVER, Act.TAKE_BACK, Act.SUBMIT, Act.SEND_BACK)
    return {
        "row": row,
        "round": row.round,
        "base": reverse("unit", args=[row.round.code, row.code]),
        "state": row.state,
        "due": limit,
        "overdue": bool(limit and limit < now),
        "closed": row.state in {State.SUBMITTED, State.ACCEPTED},
        "tree": progress.entries(current),
        "whole": progress.whole(),
        "decided": progress.decided,
        "may": {str(act): may(act, request.user, row, now) for act in acts},
        "at": current,
        "returned": row.reason if row.state in {State.RETURNED, State.DRAFT} else "",
        "left_open": left_open(row),
        "of_the_office": request.user.role in {Role.VERIFIER, Role.ADMINISTRATOR},
    }


def cards_of(user: User, row: RoundUnit, points: Sequence[Point], *, alone: bool = False) -> list[Card]:
    """
    Return points of a unit as the page shows them to a person, in the same number of queries however many they are.

    Parameters
    ----------
    user, row, points
        The reader, the unit and the points.
    alone
        Whether only the answers count, without decisions, remarks and the round before.
    """
    framework = framework_of(row.round.framework)
    numbers = [point.no for point in points]
    answers = answers_of(row, numbers)
    beside = Beside()
    if not alone:
        before, rectified = previous_answers(row, numbers), carried_to(row, numbers)
        beside = Beside(decisions_of(row, stages_seen(user, row.round)), open_remarks(row), before, rectified)
    period = period_of(row.round)
    return [card(framework, point, answers.get(point.no), period, beside) for point in points]


def group_page(
    request: SignedIn, row: RoundUnit, progress: Progress, group: Indicator, unsaved: Unsaved | None = None
) -> HttpResponse:
    """Show the points of one indicator; what could not be saved stays in its fields."""
    cards = cards_of(request.user, row, group.points)
    context = frame(request, row, progress, group.code)
    if unsaved is not None:
        files = typed_files(row, unsaved.typed)
        cards = [
            with_typed(shown, unsaved.typed, unsaved.faults, files) if shown.no == unsaved.no else shown
            for shown in cards
        ]
    before, after = neighbours(progress.framework, group.code)
    context |= {
        "group": group,
        "group_entry": next(entry for entry in context["tree"] if entry.code == group.code),
        "path": path_of(progress.framework, group.code)[:-1],
        "cards": cards,
        "before": before,
        "after": after,
        "unsaved": unsaved,
        "max_mb": settings.MAX_EVIDENCE_MB,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
        "max_bytes": settings.MAX_EVIDENCE_MB * MB,
    }
    status = HTTPStatus.OK if unsaved is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "site/fill/group.html", context, status=status)


def reading_page(request: SignedIn, row: RoundUnit, progress: Progress) -> HttpResponse:
    """Show all points to read, one below the other, as an approver goes through them."""
    points = [point for _parent, point in progress.framework.points]
    cards = {shown.no: shown for shown in cards_of(request.user, row, points)}
    context = frame(request, row, progress, READ)
    context["may"]["edit"] = False
    context["sections"] = [(group, [cards[point.no] for point in group.points]) for group in groups(progress.framework)]
    return render(request, "site/fill/reading.html", context)


def typed_files(row: RoundUnit, typed: Typed) -> dict[int, EvidenceFile]:
    """Return the unit's own files among those that were typed."""
    wanted = {pk for each in typed.rows for pk, _pages in each.files}
    return {file.pk: file for file in EvidenceFile.objects.filter(round_unit=row, pk__in=wanted)}


@dataclass(frozen=True, slots=True)
class Line:
    """
    A point in the list of all.

    Parameters
    ----------
    no, text, full, place
        Number, short text, full marks and the indicator it stands below.
    state, claimed, files
        State badge, score claimed and number of files.
    gaps
        What is missing.
    decision, decided, reason
        State badge, marks and reason of the decision.
    """

    no: int
    text: str
    full: str
    place: str
    state: str
    claimed: str
    files: int
    gaps: tuple[Gap, ...]
    decision: str = ""
    decided: str = ""
    reason: str = ""


def overview_page(
    request: SignedIn,
    row: RoundUnit,
    progress: Progress,
    *,
    refused: str = "",
    form: SendBackForm | None = None,
) -> HttpResponse:
    """Show all points with what is missing; `refused` says why the unit could not be handed on."""
    framework = progress.framework
    decisions = decisions_of(row, stages_seen(request.user, row.round))
    answers, remarks = answers_of(row), open_remarks(row)
    files = files_attached(row)
    lines = {
        point.no: _line(framework, point, place, answers.get(point.no), decisions.get(point.no), files)
        for place, point in framework.points
    }
    sections = [
        (progress.entry(indicator, level, ""), [lines[point.no] for point in indicator.points])
        for level, indicator in walk(framework.indicators)
    ]
    context = frame(request, row, progress, ALL)
    context |= {
        "sections": sections,
        "remarked": set(remarks),
        "missing": [line for line in lines.values() if line.gaps],
        "refused": refused,
        "form": form or SendBackForm(),
        "shows_decisions": bool(decisions),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused or (form and form.errors) else HTTPStatus.OK
    return render(request, "site/fill/overview.html", context, status=status)


def _line(
    framework: Framework,
    point: Point,
    place: str,
    answer: Answer | None,
    decision: Decision | None,
    files: Mapping[int, int],
) -> Line:
    claim = claim_of(answer, point.no)
    return Line(
        no=point.no,
        text=point.name,
        full=plain(framework.full(point)),
        place=place,
        state=STATES[claim.stance],
        claimed=framework.scale.text(answer.claimed) if answer and answer.stance else "",
        files=files.get(point.no, 0),
        gaps=gaps(point, claim, claim_gaps(framework, point, claim)),
        decision=decision.act if decision else "",
        decided="" if decision is None or decision.mark is None else plain(decision.mark),
        reason=decision.reason if decision else "",
    )
