"""What is done to a unit in verification as a whole, to files that look alike, and to the round at its end."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_of_the_office
from zhiheng_web.assessments.models import Decision
from zhiheng_web.assessments.queries import points_of_files
from zhiheng_web.assessments.ruling_forms import ReasonForm, ReturnForm, ShareForm
from zhiheng_web.assessments.sampling import ALL, OPEN, drawn_count, set_share
from zhiheng_web.assessments.verification import accept_rest, accept_unit, finish_verification, return_unit
from zhiheng_web.evidence.actions import dismiss
from zhiheng_web.evidence.models import Likeness
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import change_state
from zhiheng_web.rounds.machine import Act, Stage, State
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404
from zhiheng_web.site.views.files import panel as file_panel
from zhiheng_web.site.views.verify import UNIT
from zhiheng_web.site.views.verify_sheet import sheet_of

RETURN_DAYS = 5
"""Days that a unit gets by default for what it is asked to change."""
MOST_SHOWN = 200
"""Units named on the page that closes verification."""


@page(is_of_the_office, "POST")
def verify_accept_rest(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Accept as claimed what the sampling plan leaves out. Refused: what the state of the unit does not allow."""
    row = unit_or_404(request.user, code, unit)
    count = accept_rest(request.user, row)
    messages.success(request, _("已按申报认可%(count)d项未抽查的考核要点。") % {"count": count})
    return redirect("verify_unit", code, unit)


@page(is_of_the_office, "POST")
def verify_accept(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Finish a unit and tell its people. Refused: points without a decision."""
    row = accept_unit(request.user, unit_or_404(request.user, code, unit))
    messages.success(request, _("%(unit)s已核定完成。") % {"unit": row.name})
    return redirect("verify_unit", code, unit)


@page(is_of_the_office, "GET", "POST")
def verify_return(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """
    Send a unit back with a reason, a deadline and remarks at points, and tell its people.

    Refused: no reason, a deadline that has passed, what the state of the unit does not allow.
    """
    row = unit_or_404(request.user, code, unit)
    sheet = sheet_of(row)
    due = timezone.localtime(timezone.now() + timedelta(days=RETURN_DAYS)).replace(hour=18, minute=0)
    form = ReturnForm(sheet.framework, request.POST or None, initial={"due_at": due})
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        return_unit(request.user, row, found["reason"], found["due_at"], form.remarks())
        messages.success(request, _("已退回%(unit)s，并已通知该单位。") % {"unit": row.name})
        return redirect("verify_unit", code, unit)
    context = {
        "round": row.round,
        "unit": row,
        "form": form,
        "lines": [(line, form[f"remark-{line.no}"]) for line in sheet.lines],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/verify/return.html", context, status=status)


@page(is_of_the_office, "GET", "POST")
def verify_reopen(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Take a finished unit up again; decisions stay until they are changed. Refused: no reason, another state."""
    row = unit_or_404(request.user, code, unit)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_state(request.user, row, Act.REOPEN, reason=form.cleaned_data["reason"])
        messages.success(request, _("%(unit)s已重新核查，原来的核定意见保留。") % {"unit": row.name})
        return redirect("verify_unit", code, unit)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/verify/reopen.html", {"round": row.round, "unit": row, "form": form}, status=status)


@page(is_of_the_office, "GET", "POST")
def verify_alike(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """
    Show two files that look alike side by side; POST records that they may stand, with a reason.

    Only the office sees this page, because it names both units.
    """
    row = unit_or_404(request.user, code, unit)
    found = get_object_or_404(
        Likeness.objects.select_related(
            "file__uploaded_by", "other__uploaded_by", "other__round_unit__round", "dismissed_by"
        ),
        pk=pk, file__round_unit=row,
    )  # fmt: skip
    found.file.round_unit = row
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dismiss(request.user, found, form.cleaned_data["reason"])
        messages.success(request, _("已记录：这两份材料可以并存。"))
        return redirect("verify_alike", code, unit, pk)
    points = points_of_files([found.file_id, found.other_id])
    context = {
        "round": row.round,
        "unit": row,
        "alike": found,
        "form": form,
        "sides": [
            {"viewer": file_panel(request, each), "points": points.get(each.pk, []), "unit": each.round_unit}
            for each in (found.file, found.other)
        ],
        "open": found.dismissed_at is None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/verify/alike.html", context, status=status)


@page(is_of_the_office, "GET", "POST")
def verify_sampling(request: SignedIn, code: str) -> HttpResponse:
    """
    Explain the sampling plan of a round; POST by an administrator sets its share before verification starts.

    Refused: other people, later stages, a round that was changed meanwhile.
    """
    round_ = round_or_404(request.user, code)
    form = ShareForm(request.POST or None, initial={"share": round_.sample_share, "version": round_.version})
    if request.method == "POST" and form.is_valid():
        set_share(request.user, round_, form.cleaned_data["share"], version=form.cleaned_data["version"])
        messages.success(request, _("抽查比例已设为%(share)d%%。") % {"share": form.cleaned_data["share"]})
        return redirect("verify_sampling", code)
    count = len(framework_of(round_.framework).points)
    context = {
        "round": round_,
        "form": form,
        "changeable": manages_rounds(request.user) and round_.stage in OPEN,
        "everything": round_.sample_share >= ALL,
        "points": count,
        "drawn": drawn_count(count, round_.sample_share),
        "table": [(share, drawn_count(count, share)) for share in (0, 10, 20, 30, 50, 80, 100)],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/verify/sampling.html", context, status=status)


@page(manages_rounds, "GET", "POST")
def verify_finish(request: SignedIn, code: str) -> HttpResponse:
    """
    Show what is missing before verification can be closed; POST closes it and settles what compares units.

    Refused: units that are not accepted, another stage.
    """
    round_ = round_or_404(request.user, code)
    if request.method == "POST":
        finish_verification(request.user, round_)
        messages.success(request, _("核查已结束，考核轮次进入专家评审阶段。"))
        return redirect("verify", code)
    rows = RoundUnit.objects.filter(round=round_)
    missing = rows.exclude(state=State.ACCEPTED)
    context = {
        "round": round_,
        "units": rows.count(),
        "count": missing.count(),
        "missing": missing[:MOST_SHOWN],
        "waiting": Decision.objects.filter(round_unit__round=round_, mark=None).count(),
        "open": round_.stage == Stage.VERIFICATION,
    }
    return render(request, "site/verify/finish.html", context)


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/verify/sampling/", verify_sampling, name="verify_sampling"),
    path("rounds/<str:code>/verify/finish/", verify_finish, name="verify_finish"),
    path(f"{UNIT}accept-rest/", verify_accept_rest, name="verify_accept_rest"),
    path(f"{UNIT}accept/", verify_accept, name="verify_accept"),
    path(f"{UNIT}return/", verify_return, name="verify_return"),
    path(f"{UNIT}reopen/", verify_reopen, name="verify_reopen"),
    path(f"{UNIT}alike/<int:pk>/", verify_alike, name="verify_alike"),
]
