"""The rectification items of a unit: the list, each item with its history, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import Role
from zhiheng_web.accounts.permissions import is_of_a_unit, works_for
from zhiheng_web.accounts.queries import people_of
from zhiheng_web.evidence.actions import EvidenceRefused, take_upload
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.uploads import takes_megabytes
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.actions import (
    RectificationRefused,
    close_item,
    extend_item,
    return_item,
    save_report,
    submit_report,
    what_is_missing,
    withdraw_item,
)
from zhiheng_web.rectification.forms import CheckForm, ExtendForm, ReportForm, VersionForm, WithdrawForm
from zhiheng_web.rectification.machine import OPEN, Act, State
from zhiheng_web.rectification.models import RectificationItem, Step
from zhiheng_web.rectification.permissions import (
    checks_items,
    fills_items,
    issues_items,
    reads_items,
    submits_items,
)
from zhiheng_web.rectification.queries import Progress, items_of, may
from zhiheng_web.rectification.sheets import line_of, lines_of
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.site.access import SignedIn, page, unit_or_404

Given = Mapping[str, forms.Form]
REFUSALS = (RectificationRefused, EvidenceRefused, NotAllowed, Stale)


@page(reads_items)
def rectification_unit(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """List the items of a unit with how far they are."""
    row, now = unit_or_404(request.user, code, unit), timezone.now()
    items = list(items_of(row))
    for item in items:
        item.round_unit = row
    lines = lines_of(items, framework_of(row.round.framework).scale, now)
    states = {state.value: sum(item.state == state for item in items) for state in State}
    context = {
        "round": row.round,
        "unit": row,
        "lines": sorted(lines, key=lambda line: (line.item.state not in OPEN, line.item.state == "withdrawn")),
        "counts": Progress(**states, overdue=sum(line.overdue for line in lines)),
        "rectifying": row.round.stage == Stage.RECTIFICATION,
        "may_issue": issues_items(request.user),
        "whole": not is_of_a_unit(request.user),
    }
    return render(request, "site/rectification/unit.html", context)


def _item_or_404(request: SignedIn, code: str, unit: str, pk: int) -> RectificationItem:
    row = unit_or_404(request.user, code, unit)
    item = get_object_or_404(items_of(row).prefetch_related("shown__file"), pk=pk)
    item.round_unit = row
    return item


@page(reads_items)
def rectification_item(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Show an item: what was lost and why, what the unit reports, how it went, and what the person may do."""
    return _item_page(request, _item_or_404(request, code, unit, pk), {})


def _item_page(request: SignedIn, item: RectificationItem, given: Given, refused: str = "") -> HttpResponse:
    row, now, user = item.round_unit, timezone.now(), request.user
    allowed = {str(act): may(act, user, item, now) for act in Act}
    start = {"version": item.version}
    steps = list(item.steps.select_related("by"))
    context = {
        "round": row.round,
        "unit": row,
        "item": item,
        "line": line_of(item, framework_of(row.round.framework).scale, now),
        "reason_stage": Stage(item.reason_stage).label if item.reason_stage else "",
        "steps": [(step, _who(request, step, row)) for step in steps],
        "may": allowed,
        "returned": next((s.text for s in reversed(steps) if s.act == Step.Kind.RETURN), "")
        if item.state == State.RETURNED
        else "",
        "missing": what_is_missing(item) if allowed[Act.SUBMIT] else "",
        "wrote": any(step.act == Step.Kind.DRAFT and step.by_id == user.pk for step in steps),
        "whole": not is_of_a_unit(user),
        "own": works_for(user, row.unit),
        "refused": refused,
        "max_mb": settings.MAX_EVIDENCE_MB,
    }
    if allowed[Act.DRAFT]:
        context["form"] = given.get("report") or ReportForm(_files_of(row), initial=_initial(item))
        context["people"] = [person.full_name for person in people_of(row.unit).filter(is_active=True)]
    if allowed[Act.CLOSE]:
        context["check_form"] = given.get("check") or CheckForm(initial=start)
    if allowed[Act.EXTEND]:
        context["extend_form"] = given.get("extend") or ExtendForm(initial=start, prefix="extend")
    if allowed[Act.WITHDRAW]:
        context["withdraw_form"] = given.get("withdraw") or WithdrawForm(initial=start, prefix="withdraw")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if given or refused else HTTPStatus.OK
    return render(request, "site/rectification/item.html", context, status=status)


def _who(request: SignedIn, step: Step, row: RoundUnit) -> str:
    """Return who did a step: people of the office by their role to a unit, by name to the office."""
    if step.by.role in {Role.FILLER, Role.APPROVER} or not works_for(request.user, row.unit):
        return step.by.full_name
    return step.by.role_title


def _files_of(row: RoundUnit) -> list[EvidenceFile]:
    return list(EvidenceFile.objects.filter(round_unit=row).order_by("-uploaded_at", "-pk"))


def _initial(item: RectificationItem) -> dict[str, object]:
    return {
        "owner": item.owner, "owner_note": item.owner_note, "measure": item.measure, "outcome": item.outcome,
        "version": item.version, "chosen": [str(each.file_id) for each in item.shown.all()],
    }  # fmt: skip


@takes_megabytes("MAX_EVIDENCE_MB")
@page(fills_items, "POST")
def rectification_save(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """
    Keep what a unit reports, with the files that were uploaded along with it.

    Refused: what `save_report` and `take_upload` refuse; what was typed stays, and files that were kept are chosen.
    """
    item = _item_or_404(request, code, unit, pk)
    row = item.round_unit
    form = ReportForm(_files_of(row), request.POST)
    if not form.is_valid():
        return _item_page(request, item, {"report": form}, refused=_typed_too_late(request, item))
    kept: list[int] = []
    try:
        if may(Act.DRAFT, request.user, item, timezone.now()):
            for upload in request.FILES.getlist("uploads"):
                if isinstance(upload, TemporaryUploadedFile):
                    kept.append(take_upload(request.user, row, upload).pk)  # noqa: PERF401 - kept ones outlive a refusal
        save_report(request.user, item, form.report(kept), version=form.cleaned_data["version"])
    except REFUSALS as refused:
        typed = request.POST.copy()
        typed.setlist("chosen", [*request.POST.getlist("chosen"), *map(str, kept)])
        form = ReportForm(_files_of(row), typed)
        form.add_error(None, refused.message)
        fresh = _item_or_404(request, code, unit, pk)
        return _item_page(request, fresh, {"report": form}, refused=refused.message)
    messages.success(request, _("第%(no)d项的整改情况已保存，由本单位审核员报送。") % {"no": item.point})
    return redirect("rectification_item", code, unit, pk)


def _typed_too_late(request: SignedIn, item: RectificationItem) -> str:
    """Return why a form that is no longer open was not kept, or "" while it is open."""
    return "" if may(Act.DRAFT, request.user, item, timezone.now()) else _("现在不能填写整改情况，没有保存。")


@page(submits_items, "POST")
def rectification_submit(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Hand the report of an item to the office. Refused: what `submit_report` refuses."""
    item = _item_or_404(request, code, unit, pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise RectificationRefused(_("请从整改事项页面操作。"))
    submit_report(request.user, item, version=form.cleaned_data["version"])
    messages.success(request, _("第%(no)d项的整改情况已报送，等待复核。") % {"no": item.point})
    return redirect("rectification_item", code, unit, pk)


def _acted(
    request: SignedIn, item: RectificationItem, key: str, form: forms.Form, act: Callable[[], object], done: str
) -> HttpResponse:
    """Do what a form asks for; where it is refused the page shows the form again with why."""
    refused = ""
    if form.is_valid():
        try:
            act()
        except REFUSALS as error:
            form.add_error(None, error.message)
            refused = error.message
        else:
            messages.success(request, done)
            return redirect("rectification_item", item.round_unit.round.code, item.round_unit.code, item.pk)
    fresh = _item_or_404(request, item.round_unit.round.code, item.round_unit.code, item.pk)
    return _item_page(request, fresh, {key: form}, refused=refused)


@page(checks_items, "POST")
def rectification_check(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Find that an item is rectified, or send it back. Refused: what `close_item` and `return_item` refuse."""
    item, form = _item_or_404(request, code, unit, pk), CheckForm(request.POST)

    def act() -> None:
        data = form.cleaned_data
        if data["verdict"] == "close":
            close_item(request.user, item, data["remark"], version=data["version"])
        else:
            return_item(request.user, item, data["remark"], data["due_at"], version=data["version"])

    return _acted(request, item, "check", form, act, _("第%(no)d项的复核结论已保存。") % {"no": item.point})


@page(issues_items, "POST")
def rectification_extend(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Give more time for an item. Refused: what `extend_item` refuses."""
    item, form = _item_or_404(request, code, unit, pk), ExtendForm(request.POST, prefix="extend")

    def act() -> None:
        data = form.cleaned_data
        extend_item(request.user, item, data["due_at"], data["reason"], version=data["version"])

    return _acted(request, item, "extend", form, act, _("第%(no)d项的整改期限已延长。") % {"no": item.point})


@page(issues_items, "POST")
def rectification_withdraw(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Take an item back. Refused: what `withdraw_item` refuses."""
    item, form = _item_or_404(request, code, unit, pk), WithdrawForm(request.POST, prefix="withdraw")

    def act() -> None:
        withdraw_item(request.user, item, form.cleaned_data["reason"], version=form.cleaned_data["version"])

    return _acted(request, item, "withdraw", form, act, _("第%(no)d项的整改事项已撤销。") % {"no": item.point})


OWN = "rounds/<str:code>/units/<str:unit>/rectification/"
urlpatterns: list[URLPattern] = [
    path(OWN, rectification_unit, name="rectification_unit"),
    path(f"{OWN}<int:pk>/", rectification_item, name="rectification_item"),
    path(f"{OWN}<int:pk>/save/", rectification_save, name="rectification_save"),
    path(f"{OWN}<int:pk>/submit/", rectification_submit, name="rectification_submit"),
    path(f"{OWN}<int:pk>/check/", rectification_check, name="rectification_check"),
    path(f"{OWN}<int:pk>/extend/", rectification_extend, name="rectification_extend"),
    path(f"{OWN}<int:pk>/withdraw/", rectification_withdraw, name="rectification_withdraw"),
]
