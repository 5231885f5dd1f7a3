"""What the office sees of a review: its plan and progress, exclusions, other experts, and how well experts agree."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.framework.model import Framework
from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.reviews.actions import declare_conflict, end_conflict, plan_review, reassign, seat_arbiter
from zhiheng_web.reviews.engine import Agreement, Marked, Standing, statistics
from zhiheng_web.reviews.forms import ConflictForm, ExpertForm, PlanForm, WhyForm
from zhiheng_web.reviews.marking import missing
from zhiheng_web.reviews.models import Assignment, Conflict, PlanPoint, Review
from zhiheng_web.reviews.permissions import own_unit, plans_reviews
from zhiheng_web.reviews.queries import (
    barred,
    complete_pairs,
    counts,
    experts,
    in_conflict,
    listed_reviews,
    loads,
    plan_of,
    started,
    without_arbiter,
)
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.views.reviews import PLACE, crumbs

PER_PAGE = 50
HUNDRED = 100


def _home(round_: Round) -> dict[str, str]:
    return {"title": _("专家评审"), "url": reverse("review_office", args=[round_.code])}


@page(plans_reviews)
def review_office(request: SignedIn, code: str) -> HttpResponse:
    """Show how far a review is, by state and expert, and its points and units by filter."""
    round_ = round_or_404(request.user, code)
    plan = plan_of(round_)
    tally = counts(round_)
    held = loads(round_)
    asked = request.GET
    state, text, expert = asked.get("state", ""), asked.get("q", "").strip()[:60], asked.get("expert", "")
    shown = Paginator(listed_reviews(round_, state=state, text=text, expert=expert), PER_PAGE).get_page(
        asked.get("page")
    )
    framework = framework_of(round_.framework)
    here = round_.stage == Stage.EXPERT_REVIEW
    context = {
        "round": round_,
        "plan": plan,
        "points": plan.points.count() if plan else 0,
        "here": here,
        "overdue": plan is not None and here and plan.due_at < timezone.now() and bool(tally[Review.State.OPEN]),
        "tiles": [
            (_("评审中"), tally[Review.State.OPEN], "open", ""),
            (_("待复议"), tally[Review.State.ARBITRATION], "arbitration", ""),
            (_("须改派"), tally["conflict"], "conflict", "bad" if tally["conflict"] else ""),
            (_("已形成结论"), tally[Review.State.SETTLED], "settled", ""),
        ],
        "loads": held,
        "started": started(round_),
        "missing": missing(round_),
        "page": shown,
        "rows": _rows(round_, framework, list(shown.object_list)),
        "text": text,
        "narrowed": bool(state or text or expert),
        "filters": _filters(state, expert, [one.expert for one in held]),
        "breadcrumbs": crumbs(round_, {"title": _("专家评审")}),
    }
    return render(request, "site/reviews/office.html", context)


def _rows(round_: Round, framework: Framework, reviews: list[Review]) -> list[dict[str, object]]:
    """Return reviews as the office reads them; marks only where nobody can be swayed by them any more."""
    ids = [one.pk for one in reviews]
    conflicts = set(in_conflict(round_).filter(review__in=ids).values_list("pk", flat=True))
    alone = set(without_arbiter(round_).filter(pk__in=ids).values_list("pk", flat=True))
    points = {point.no: point for _parent, point in framework.points}
    return [
        {
            "review": one,
            "point": points[one.point],
            "full": plain(framework.full(points[one.point])),
            "mark": "" if one.mark is None else plain(one.mark),
            "alone": one.pk in alone,
            "seats": [
                {
                    "seat": seat,
                    "mark": plain(seat.mark) if seat.mark is not None and one.state != Review.State.OPEN else "",
                    "conflict": seat.pk in conflicts,
                    "movable": seat.pk in conflicts or seat.submitted_at is None,
                }
                for seat in one.assignments.all()
            ],
        }
        for one in reviews
    ]


def _filters(state: str, expert: str, people: list[User]) -> list[dict[str, object]]:
    states = [("", _("全部")), *Review.State.choices, ("conflict", _("须改派"))]
    names = [("", _("全部")), *((one.username, one.full_name) for one in people)]
    return [
        {
            "name": name,
            "label": label,
            "options": [{"value": v, "label": words, "selected": v == chosen} for v, words in options],
        }
        for name, label, options, chosen in (
            ("state", _("评审情况"), states, state),
            ("expert", _("专家"), names, expert),
        )
    ]


@page(plans_reviews, "GET", "POST")
def review_plan(request: SignedIn, code: str) -> HttpResponse:
    """
    Show the plan of a review; POST keeps it and gives everything to experts anew.

    Refused: other stages, a plan of which somebody has handed in a mark, too few experts for a unit.
    """
    round_ = round_or_404(request.user, code)
    framework = framework_of(round_.framework)
    plan = plan_of(round_)
    form = PlanForm(round_, framework, plan, request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan_review(request.user, round_, form.plan(), version=form.cleaned_data["version"])
        messages.success(request, _("评审任务已分配，并已通知专家。"))
        return redirect("review_office", code)
    context = {
        "round": round_,
        "plan": plan,
        "form": form,
        "changeable": round_.stage == Stage.EXPERT_REVIEW and not started(round_),
        "points": [
            (point, plain(framework.full(point)), form[f"use-{point.no}"], form[f"limit-{point.no}"])
            for _parent, point in framework.points
        ],
        "breadcrumbs": crumbs(round_, _home(round_), {"title": _("评审方案")}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/reviews/plan.html", context, status=status)


@page(plans_reviews, "GET", "POST")
def review_assign(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Give one expert's part to another; POST does it. Refused: marks that stand, experts who may not judge."""
    round_ = round_or_404(request.user, code)
    found = get_object_or_404(
        Assignment.objects.select_related("review__round_unit__unit", "expert"), pk=pk, review__round_unit__round=round_
    )
    form = ExpertForm(request.POST or None, people=_free(round_, found.review), whole=True)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        count = reassign(request.user, found, given["expert"], given["reason"], whole_unit=given["whole_unit"])
        words = {"count": count, "who": given["expert"].full_name}
        messages.success(request, _("已将%(count)d项改派给%(who)s。") % words)
        return redirect("review_office", code)
    return _choosing(request, round_, found.review, form, _("改派"), found)


@page(plans_reviews, "GET", "POST")
def review_arbiter(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Name who decides between two experts where nobody could be found; POST does it."""
    round_ = round_or_404(request.user, code)
    found = get_object_or_404(Review.objects.select_related("round_unit__unit"), pk=pk, round_unit__round=round_)
    form = ExpertForm(request.POST or None, people=_free(round_, found), whole=False)
    if request.method == "POST" and form.is_valid():
        seat_arbiter(request.user, found, form.cleaned_data["expert"], form.cleaned_data["reason"])
        messages.success(request, _("已指定复议专家，并已通知。"))
        return redirect("review_office", code)
    return _choosing(request, round_, found, form, _("指定复议专家"), None)


def _free(round_: Round, review: Review) -> object:
    """Return the experts who may judge a review and are not in it yet."""
    people = list(experts())
    kept_out = barred(round_, people, [review.round_unit])
    sitting = set(review.assignments.values_list("expert", flat=True))
    free = [one.pk for one in people if not kept_out[one.pk] and one.pk not in sitting]
    return experts().filter(pk__in=free)


def _choosing(
    request: SignedIn, round_: Round, review: Review, form: ExpertForm, title: str, one: Assignment | None
) -> HttpResponse:
    context = {
        "round": round_,
        "review": review,
        "point": framework_of(round_.framework).point(review.point),
        "assignment": one,
        "form": form,
        "title": title,
        "breadcrumbs": crumbs(round_, _home(round_), {"title": title}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/reviews/assign.html", context, status=status)


@page(plans_reviews, "GET", "POST")
def review_conflicts(request: SignedIn, code: str) -> HttpResponse:
    """List who may not judge which unit; POST adds one. Refused: no reason, what holds already, later stages."""
    round_ = round_or_404(request.user, code)
    form = ConflictForm(round_, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        declare_conflict(request.user, given["unit"], given["expert"], given["reason"])
        messages.success(request, _("回避已登记。"))
        return redirect("review_conflicts", code)
    declared = Conflict.objects.filter(round_unit__round=round_).select_related("expert", "round_unit", "by")
    shown = Paginator(declared, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "round": round_,
        "form": form,
        "page": shown,
        "own": _own(round_),
        "open": round_.stage in {
            Stage.PREPARATION, Stage.SELF_ASSESSMENT, Stage.VERIFICATION, Stage.EXPERT_REVIEW,
        },
        "breadcrumbs": crumbs(round_, _home(round_), {"title": _("回避")}),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/reviews/conflicts.html", context, status=status)


def _own(round_: Round) -> list[tuple[User, int]]:
    """Return the experts with how many units of a round are excluded because of their own."""
    rows = list(RoundUnit.objects.filter(round=round_).select_related("unit"))
    found = [(one, sum(own_unit(one, row.unit) for row in rows)) for one in experts() if one.unit_id]
    return [(one, count) for one, count in found if count]


@page(plans_reviews, "GET", "POST")
def review_conflict_end(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Let an expert judge a unit again; POST does it with a reason."""
    round_ = round_or_404(request.user, code)
    found = get_object_or_404(Conflict.objects.select_related("expert", "round_unit"), pk=pk, round_unit__round=round_)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        end_conflict(request.user, found, form.cleaned_data["reason"])
        messages.success(request, _("回避已撤销。"))
        return redirect("review_conflicts", code)
    context = {
        "round": round_,
        "conflict": found,
        "form": form,
        "breadcrumbs": crumbs(
            round_, _home(round_), {"title": _("回避"), "url": reverse("review_conflicts", args=[code])},
            {"title": _("撤销回避")},
        ),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/reviews/conflict_end.html", context, status=status)


@page(plans_reviews)
def review_statistics(request: SignedIn, code: str) -> HttpResponse:
    """Show how well experts agree and who marks mildly or strictly, from pairs of which both marks are in."""
    round_ = round_or_404(request.user, code)
    framework = framework_of(round_.framework)
    points = {point.no: point for _parent, point in framework.points}
    marks = [Marked(unit, no, who, mark) for unit, no, who, mark in complete_pairs(round_)]
    limits = dict(PlanPoint.objects.filter(plan__round=round_).values_list("point", "threshold"))
    found = statistics(marks, {no: framework.full(point) for no, point in points.items()}, limits)
    people = User.objects.in_bulk([one.expert for one in found.experts])
    handed = {one.expert.pk: one for one in loads(round_)}
    context = {
        "round": round_,
        "overall": _agreement(found.overall),
        "points": [(points[no], _agreement(one), plain(limits[no])) for no, one in found.points.items()],
        "experts": [
            {"expert": people[one.expert], "load": handed.get(one.expert), **_standing(one)} for one in found.experts
        ],
        "breadcrumbs": crumbs(round_, _home(round_), {"title": _("一致性统计")}),
    }
    return render(request, "site/reviews/statistics.html", context)


def _agreement(one: Agreement) -> dict[str, object]:
    """Return an agreement in words; where it is not defined, why."""
    why = ""
    if one.alpha is None:
        why = (
            _("两份意见全部相同且只有一种得分率，无法与巧合区分") if one.pairs else _("还没有两份意见都已提交的评审项")
        )
    share = f"{HUNDRED * one.apart / one.pairs:.0f}%" if one.pairs else "—"
    alpha = "—" if one.alpha is None else f"{one.alpha:.2f}"
    return {"alpha": alpha, "why": why, "pairs": one.pairs, "apart": one.apart, "share": share}


def _standing(one: Standing) -> dict[str, object]:
    """Return the standing of an expert in percentage points of the full marks."""
    interval = "—"
    if one.low is not None and one.high is not None:
        interval = _("%(low)s至%(high)s") % {"low": _signed(one.low), "high": _signed(one.high)}
    verdict = ""
    if one.outlier and one.mean is not None:
        verdict = _("偏宽") if one.mean > 0 else _("偏严")
    mean = "—" if one.mean is None else _signed(one.mean)
    return {"pairs": one.pairs, "apart": one.apart, "mean": mean, "interval": interval, "verdict": verdict}


def _signed(share: float) -> str:
    text = f"{HUNDRED * share:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text


urlpatterns: list[URLPattern] = [
    path(f"{PLACE}office/", review_office, name="review_office"),
    path(f"{PLACE}plan/", review_plan, name="review_plan"),
    path(f"{PLACE}office/tasks/<int:pk>/", review_assign, name="review_assign"),
    path(f"{PLACE}office/<int:pk>/arbiter/", review_arbiter, name="review_arbiter"),
    path(f"{PLACE}conflicts/", review_conflicts, name="review_conflicts"),
    path(f"{PLACE}conflicts/<int:pk>/end/", review_conflict_end, name="review_conflict_end"),
    path(f"{PLACE}statistics/", review_statistics, name="review_statistics"),
]
