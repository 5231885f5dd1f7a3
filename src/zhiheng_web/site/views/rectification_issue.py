"""Issuing rectification items: what would be issued to each unit, the job that does it, and a single item."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.jobs.queue import under_way
from zhiheng_web.rectification.actions import RectificationRefused
from zhiheng_web.rectification.engine import NoResult
from zhiheng_web.rectification.forms import OneForm, TermsForm
from zhiheng_web.rectification.issuing import Terms, ask_issue, issuable, issue_one, proposals, resume_issue
from zhiheng_web.rectification.models import Issuing
from zhiheng_web.rectification.permissions import issues_items
from zhiheng_web.rectification.queries import running_issue
from zhiheng_web.rounds.forms import MOMENT
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404

PER_PAGE = 50
DAYS = 60
"""Days until the deadline that the form proposes."""


@page(issues_items, "GET", "POST")
def rectification_issue(request: SignedIn, code: str) -> HttpResponse:
    """
    Show how many items each unit would get; POST has them issued, once however often it is pressed.

    While that is under way the page asks for its part anew every second. Refused: what `ask_issue` refuses.
    """
    round_ = round_or_404(request.user, code)
    if request.method == "POST" and request.POST.get("resume") == "1":
        resume_issue(request.user, round_)
        return redirect("rectification_issue", code)
    running = running_issue(round_)
    if request.htmx:
        response = render(request, "site/rectification/issuing.html", _job(round_, running))
        if running is None:
            response["HX-Refresh"] = "true"
        return response
    scale = framework_of(round_.framework).scale
    given = request.POST if request.method == "POST" else request.GET if "at_least" in request.GET else None
    form = TermsForm(scale, given, initial={"due_at": _proposed(), "at_least": 0})
    if request.method == "POST" and running is not None:
        return redirect("rectification_issue", code)
    if request.method == "POST" and form.is_valid():
        try:
            ask_issue(request.user, round_, form.terms())
        except (RectificationRefused, NotAllowed, NoResult) as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("rectification_issue", code)
    context = {
        "round": round_,
        "form": form,
        "rectifying": round_.stage == Stage.RECTIFICATION,
        **_job(round_, running),
    }
    if running is None and round_.stage == Stage.RECTIFICATION:
        context |= _preview(request, round_, form)
    bad = form.is_bound and not form.is_valid()
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bad else HTTPStatus.OK
    return render(request, "site/rectification/issue.html", context, status=status)


def _proposed() -> str:
    day = timezone.localtime(timezone.now() + timedelta(days=DAYS))
    return day.replace(hour=18, minute=0).strftime(MOMENT)


def _job(round_: Round, running: Issuing | None) -> dict[str, object]:
    last = Issuing.objects.filter(round=round_).exclude(ended_at=None).select_related("by").first()
    return {"round": round_, "running": running, "cut_off": bool(running and not under_way(running.job)), "last": last}


def _preview(request: SignedIn, round_: Round, form: TermsForm) -> dict[str, object]:
    terms = form.terms() if form.is_bound and form.is_valid() else Terms(1, claimed_only=False, due_at=timezone.now())
    try:
        found = proposals(round_, terms)
    except NoResult as refused:
        return {"no_result": refused.message}
    scale = framework_of(round_.framework).scale
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "page": shown,
        "lines": [(one, scale.text(one.lost)) for one in shown],
        "total": sum(len(one.items) for one in found),
        "total_lost": scale.text(sum(one.lost for one in found)),
        "units": sum(bool(one.items) for one in found),
        "taken": sum(one.taken for one in found),
        "open": sum(one.open for one in found),
    }


def one_form(request: SignedIn, row: RoundUnit) -> OneForm | None:
    """Return the form for a single item; None where the round has no signed result or nothing is left to issue."""
    try:
        lost = issuable(row)
    except NoResult:
        return None
    data = request.POST if request.method == "POST" else None
    initial = {"one_due_at": _proposed()}
    return OneForm(lost, framework_of(row.round.framework).scale, data, initial=initial) if lost else None


@page(issues_items, "GET", "POST")
def rectification_add(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Issue the item of one point to a unit. Refused: what `issue_one` refuses; what was typed stays."""
    row = unit_or_404(request.user, code, unit)
    form = one_form(request, row) if row.round.stage == Stage.RECTIFICATION else None
    if form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            item = issue_one(request.user, row, data["point"], data["one_due_at"], data["one_request"])
        except RectificationRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("第%(no)d项的整改事项已下达。") % {"no": item.point})
            return redirect("rectification_item", code, unit, item.pk)
    context = {"round": row.round, "unit": row, "form": form, "rectifying": row.round.stage == Stage.RECTIFICATION}
    bad = form is not None and form.is_bound
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bad else HTTPStatus.OK
    return render(request, "site/rectification/add.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/rectification/issue/", rectification_issue, name="rectification_issue"),
    path("rounds/<str:code>/units/<str:unit>/rectification/add/", rectification_add, name="rectification_add"),
]
