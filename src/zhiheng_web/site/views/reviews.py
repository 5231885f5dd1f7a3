"""What an expert sees: his tasks in a round, and one page a point and unit with rule, claim, evidence and his mark."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from zhiheng.marks import plain
from zhiheng_web.assessments.closing import DecisionRefused
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.reviews.actions import ReviewRefused, declare_conflict
from zhiheng_web.reviews.forms import MarkForm, WhyForm
from zhiheng_web.reviews.marking import changeable, submit_mark, verified_mark
from zhiheng_web.reviews.models import Assignment, ReviewPlan
from zhiheng_web.reviews.permissions import marks_reviews
from zhiheng_web.reviews.queries import plan_of, tasks_of
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.views.files import panel as file_panel
from zhiheng_web.site.views.verify_panel import panel_of

PER_PAGE = 50
STATES = (("", gettext_lazy("全部")), ("todo", gettext_lazy("未评")), ("done", gettext_lazy("已评")))
MOST_KEYS = 9
"""Marks that a key of one figure can choose."""


def crumbs(round_: Round, *more: dict[str, str]) -> list[dict[str, str]]:
    """Return the way to a page of a review."""
    return [
        {"title": pgettext("多个", "考核轮次"), "url": reverse("rounds")},
        {"title": round_.title, "url": reverse("round", args=[round_.code])},
        *more,
    ]


@page(marks_reviews)
def review(request: SignedIn, code: str) -> HttpResponse:
    """List what the expert has to mark in a round, with how far he is."""
    round_ = round_or_404(request.user, code)
    found = tasks_of(request.user, round_)
    total, left = found.count(), found.filter(submitted_at=None).count()
    state = request.GET.get("state", "")
    chosen = {"todo": found.filter(submitted_at=None), "done": found.exclude(submitted_at=None)}.get(state, found)
    text = request.GET.get("q", "").strip()[:60]
    if text:
        chosen = chosen.filter(review__round_unit__name__icontains=text)
    shown = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    framework = framework_of(round_.framework)
    points = {point.no: point for _parent, point in framework.points}
    plan, now = plan_of(round_), timezone.now()
    context = {
        "round": round_,
        "plan": plan,
        "page": shown,
        "rows": [
            (
                one,
                points[one.review.point],
                plain(framework.full(points[one.review.point])),
                "" if one.mark is None else plain(one.mark),
            )
            for one in shown
        ],
        "total": total,
        "done": total - left,
        "first": found.filter(submitted_at=None).values_list("pk", flat=True).first(),
        "overdue": plan is not None and left and plan.due_at < now,
        "open": round_.stage == Stage.EXPERT_REVIEW,
        "text": text,
        "filters": [
            {
                "name": "state",
                "label": _("评审情况"),
                "options": [{"value": v, "label": label, "selected": v == state} for v, label in STATES],
            }
        ],
        "breadcrumbs": crumbs(round_, {"title": _("评审任务")}),
    }
    return render(request, "site/reviews/tasks.html", context)


@page(marks_reviews, "GET", "POST")
def review_point(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """
    Show one point of one unit to its expert; POST hands his mark in and goes on to the next task.

    Nothing of the other expert is shown; who decides between two sees their marks and reasons without names. Refused:
    marks outside the rule, missing reasons, settled marks; what was typed stays.
    """
    round_ = round_or_404(request.user, code)
    tasks = tasks_of(request.user, round_)
    found = get_object_or_404(tasks.select_related("review__round_unit__unit"), pk=pk)
    plan = get_object_or_404(ReviewPlan, round=round_)
    form = MarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            submit_mark(request.user, found, given["mark"], given["reason"], version=given["version"])
        except (DecisionRefused, ReviewRefused, Stale) as refused:
            form.add_error(None, refused.message)
        else:
            return _onward(request, round_, tasks, found)
        found = get_object_or_404(tasks.select_related("review__round_unit__unit"), pk=pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    context = _work(request, round_, plan, found, form) | _beside(tasks, found)
    return render(request, "site/reviews/point.html", context, status=status)


def _onward(request: SignedIn, round_: Round, tasks: QuerySet[Assignment], found: Assignment) -> HttpResponse:
    """Go on to the next task that is not done, from the top again after the last."""
    words = {"unit": found.review.round_unit.name, "no": found.review.point}
    messages.success(request, _("%(unit)s第%(no)s项的评审意见已提交。") % words)
    order = list(tasks.values_list("pk", "submitted_at"))
    place = next((i for i, (pk, _at) in enumerate(order) if pk == found.pk), -1)
    following = next((pk for pk, at in (*order[place + 1 :], *order[: place + 1]) if at is None), None)
    if following is None:
        return redirect("review", round_.code)
    return redirect("review_point", round_.code, following)


def _beside(tasks: QuerySet[Assignment], found: Assignment) -> dict[str, object]:
    """Return the tasks before and after one, and its place."""
    order = list(tasks.values_list("pk", flat=True))
    place = order.index(found.pk)
    return {
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < len(order) else None,
        "place": place + 1,
        "total": len(order),
    }


def _work(request: SignedIn, round_: Round, plan: ReviewPlan, found: Assignment, form: MarkForm) -> dict[str, object]:
    """Return what the page of one task shows."""
    row = found.review.round_unit
    row.round = round_
    framework = framework_of(round_.framework)
    panel = panel_of(row, framework, found.review.point, names=False)
    verified = verified_mark(row, found.review.point)
    typed = form.data if form.is_bound else {}
    mark = typed.get("mark", "" if found.mark is None else plain(found.mark))
    arbiter = found.seat == Assignment.Seat.ARBITER
    pair = found.review.assignments.exclude(seat=Assignment.Seat.ARBITER).order_by("seat") if arbiter else ()
    context: dict[str, object] = {
        "round": round_,
        "unit": row,
        "plan": plan,
        "task": found,
        "panel": panel,
        "verified": "—" if verified is None else plain(verified),
        "steps": [
            (step, str(key) if key <= MOST_KEYS else "", step == mark) for key, step in enumerate(panel.marks, start=1)
        ],
        "arbiter": arbiter,
        "pair": [(plain(one.mark), one.reason) for one in pair if one.mark is not None],
        "may_mark": round_.stage == Stage.EXPERT_REVIEW and changeable(found, plan),
        "in_stage": round_.stage == Stage.EXPERT_REVIEW,
        "form": form,
        "mark": mark,
        "reason": typed.get("reason", found.reason),
        "breadcrumbs": crumbs(
            round_,
            {"title": _("评审任务"), "url": reverse("review", args=[round_.code])},
            {"title": _("第%(no)s项") % {"no": found.review.point}},
        ),
    }
    if panel.first is not None:
        panel.first.file.round_unit = row
        context["viewer"] = file_panel(request, panel.first.file, at=panel.first.page)
    return context


@page(marks_reviews, "GET", "POST")
def review_decline(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Let an expert say that he may not judge a unit; POST keeps him from all of it, and the office finds another."""
    round_ = round_or_404(request.user, code)
    found = get_object_or_404(tasks_of(request.user, round_), pk=pk)
    unit = found.review.round_unit
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        declare_conflict(request.user, unit, request.user, form.cleaned_data["reason"])
        messages.success(request, _("已登记您对%(unit)s回避，省级管理员将改派其他专家。") % {"unit": unit.name})
        return redirect("review", code)
    context = {
        "round": round_,
        "unit": unit,
        "form": form,
        "breadcrumbs": crumbs(
            round_, {"title": _("评审任务"), "url": reverse("review", args=[code])}, {"title": _("申请回避")}
        ),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/reviews/decline.html", context, status=status)


PLACE = "rounds/<str:code>/review/"
urlpatterns: list[URLPattern] = [
    path(PLACE, review, name="review"),
    path(f"{PLACE}tasks/<int:pk>/", review_point, name="review_point"),
    path(f"{PLACE}tasks/<int:pk>/decline/", review_decline, name="review_decline"),
]
