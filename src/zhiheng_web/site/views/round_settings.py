"""The settings of a round on one page: framework, period, windows and units; later its windows alone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhiheng_web.accounts.models import Unit
from zhiheng_web.frameworks.queries import framework_of, usable
from zhiheng_web.rounds.actions import RoundRefused, Stale, save_settings, save_windows
from zhiheng_web.rounds.forms import RoundForm, UnitsForm, WindowsForm
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.site.access import SignedIn, page, round_or_404


@page(manages_rounds, "GET", "POST")
def round_new(request: SignedIn) -> HttpResponse:
    """Set up a round: settings, windows and units together."""
    return _form(request, Round(), _("新建考核轮次"))


@page(manages_rounds, "GET", "POST")
def round_settings(request: SignedIn, code: str) -> HttpResponse:
    """Change all settings of a round in preparation, or the windows of one that was opened."""
    round_ = round_or_404(request.user, code)
    if round_.stage == Stage.PREPARATION:
        return _form(request, round_, _("轮次设置"))
    return _windows(request, round_)


def _form(request: SignedIn, round_: Round, heading: str) -> HttpResponse:
    data = request.POST or None
    form = RoundForm(data, instance=round_, initial=_initial(request, round_))
    windows = WindowsForm(data, windows=round_.windows.all() if round_.pk else ())
    units = UnitsForm(data)
    # All three say what is wrong at once.
    if data and all([form.is_valid(), windows.is_valid(), units.is_valid()]):
        made = form.save(commit=False)
        made.version = form.cleaned_data["version"]
        try:
            saved = save_settings(request.user, made, windows.windows(), units.chosen())
        except (RoundRefused, Stale) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("已保存“%(round)s”的设置。") % {"round": saved.title})
            return redirect("round", saved.code)
    context = {
        "round": round_ if round_.pk else None,
        "form": form,
        "windows": windows,
        "units": units,
        "tree": _tree(round_, request.POST.getlist("units") if data else None),
        "heading": heading,
        "breadcrumbs": _crumbs(round_, heading),
    }
    wrong = form.errors or windows.errors or units.errors
    return render(request, "rounds/settings.html", context, status=422 if data and wrong else 200)


def _initial(request: SignedIn, round_: Round) -> dict[str, object]:
    """Return what a new round starts from: the framework asked for, or the only one, with its period."""
    if round_.pk:
        return {}
    asked = request.GET.get("framework", "")
    choices = usable()
    framework = choices.filter(pk=int(asked[:18])).first() if asked.isdecimal() else None
    if framework is None:
        return {}
    period = framework_of(framework).period
    return {"framework": framework.pk, "period_start": period.start, "period_end": period.end}


def _tree(round_: Round, ticked: list[str] | None) -> list[dict[str, object]]:
    """Return all units in the order of the tree, with their depth and whether they are ticked."""
    if ticked is None:
        chosen = set(round_.units.values_list("unit_id", flat=True)) if round_.pk else set()
    else:
        chosen = {int(pk) for pk in ticked if pk.isdecimal()}
    return [
        {
            "pk": unit.pk, "code": unit.code, "name": unit.name, "level": unit.get_level_display(), "path": unit.path,
            "depth": min(unit.path.count("/") - 2, 4), "ticked": unit.pk in chosen,
        }
        for unit in Unit.objects.order_by("path")
    ]  # fmt: skip


def _windows(request: SignedIn, round_: Round) -> HttpResponse:
    data = request.POST or None
    form = WindowsForm(data, windows=round_.windows.all())
    if data and form.is_valid():
        version = request.POST.get("version", "")
        try:
            save_windows(
                request.user, round_, form.windows(), version=int(version) if version.isdecimal() else 0
            )  # fmt: skip
        except (RoundRefused, Stale) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("各阶段的时间已保存。"))
            return redirect("round", round_.code)
    context = {
        "round": round_,
        "windows": form,
        "version": request.POST.get("version", round_.version),
        "breadcrumbs": _crumbs(round_, _("调整时间")),
    }
    return render(request, "rounds/windows.html", context, status=422 if form.errors else 200)


def _crumbs(round_: Round, last: str) -> list[dict[str, str]]:
    found = [{"title": pgettext("多个", "考核轮次"), "url": reverse("rounds")}]
    if round_.pk:
        found.append({"title": round_.title, "url": reverse("round", args=[round_.code])})
    return [*found, {"title": last}]


urlpatterns: list[URLPattern] = [
    path("rounds/new/", round_new, name="round_new"),
    path("rounds/<str:code>/settings/", round_settings, name="round_settings"),
]
