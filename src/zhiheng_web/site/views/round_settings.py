"""The settings of a round on one page: framework, period, windows and units; later its windows; and its removal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhiheng_web.frameworks.queries import framework_of, usable
from zhiheng_web.rounds.actions import RoundRefused, Stale, save_settings, save_windows
from zhiheng_web.rounds.forms import RoundForm, UnitsForm, WindowsForm
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.rounds.picker import Picker, nodes, of_form, of_round, picker
from zhiheng_web.rounds.removal import kept_by, losses, remove_round
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


@page(manages_rounds, "POST")
def round_units(request: SignedIn) -> HttpResponse:
    """Draw the list of units anew after a branch was opened, closed, chosen or searched for; nothing is kept."""
    known = nodes()
    return render(request, "rounds/picker.html", {"picker": picker(of_form(request.POST, known), known)})


@page(manages_rounds, "GET", "POST")
def round_remove(request: SignedIn, code: str) -> HttpResponse:
    """
    Name what goes with a round; POST deletes it.

    Refused: a round that was opened or has answers, and one that was changed since it was shown.
    """
    round_ = round_or_404(request.user, code)
    if request.method == "POST":
        version = request.POST.get("version", "")
        remove_round(request.user, round_, version=int(version[:9]) if version.isdecimal() else 0)
        messages.success(request, _("已删除“%(round)s”。") % {"round": round_.title})
        return redirect("rounds")
    heading = _("删除考核轮次")
    context = {
        "round": round_, "losses": losses(round_), "kept_by": kept_by(round_), "heading": heading,
        "breadcrumbs": _crumbs(round_, heading),
    }  # fmt: skip
    return render(request, "rounds/remove.html", context)


def _form(request: SignedIn, round_: Round, heading: str) -> HttpResponse:
    data = request.POST or None
    known = nodes()
    if data and "pick" in data:
        # A browser without JavaScript asks for another part of the list: what was typed so far is kept as it is.
        return _settings_page(request, round_, heading, *_unchecked(data, round_), picker(of_form(data, known), known))
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
    picked = of_form(data, known) if data else of_round(round_, known)
    return _settings_page(request, round_, heading, form, windows, units, picker(picked, known))


def _unchecked(data: QueryDict, round_: Round) -> tuple[RoundForm, WindowsForm, UnitsForm]:
    """Return the forms with what was typed, and without a word about what is missing."""
    typed = data.dict()
    windows = WindowsForm(initial=typed, windows=round_.windows.all() if round_.pk else ())
    units = UnitsForm(initial={"levels": data.getlist("levels"), "codes": data.get("codes", "")})
    return RoundForm(instance=round_, initial=typed), windows, units


def _settings_page(
    request: SignedIn, round_: Round, heading: str, form: RoundForm, windows: WindowsForm, units: UnitsForm,
    shown: Picker,
) -> HttpResponse:  # fmt: skip
    wrong = form.errors or windows.errors or units.errors
    context = {
        "round": round_ if round_.pk else None,
        "form": form,
        "windows": windows,
        "units": units,
        "picker": shown,
        "heading": heading,
        "breadcrumbs": _crumbs(round_, heading),
    }
    return render(request, "rounds/settings.html", context, status=422 if wrong else 200)


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
    path("rounds/new/units/", round_units, name="round_units"),
    path("rounds/<str:code>/remove/", round_remove, name="round_remove"),
    path("rounds/<str:code>/settings/", round_settings, name="round_settings"),
]
