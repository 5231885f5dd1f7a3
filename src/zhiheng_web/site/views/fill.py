"""The self-assessment of a unit: the page people fill in, what they save of it, and how it is handed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.assessment.claims import Fault
from zhiheng.errors import UnknownNodeError
from zhiheng.framework.model import Point
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import is_filler, is_of_a_unit
from zhiheng_web.assessments.actions import (
    FaultyAnswer,
    Given,
    GivenItem,
    Incomplete,
    copy_previous,
    hand_over,
    save_answer,
    submit,
)
from zhiheng_web.assessments.engine import sheet_pdf
from zhiheng_web.assessments.forms import SendBackForm, Typed, TypedRow, read_answer
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.queries import decisions_of, stages_seen
from zhiheng_web.evidence.actions import EvidenceRefused, take_upload
from zhiheng_web.evidence.uploads import takes_megabytes
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import site_language
from zhiheng_web.rectification.actions import RectificationRefused
from zhiheng_web.rectification.reuse import reuse_proof
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, change_state
from zhiheng_web.rounds.machine import Act, NotAllowed
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.permissions import reads_all_units
from zhiheng_web.rounds.queries import may
from zhiheng_web.site.access import SignedIn, page, unit_or_404
from zhiheng_web.site.views.fill_pages import (
    ALL,
    READ,
    Unsaved,
    cards_of,
    group_page,
    overview_page,
    reading_page,
)
from zhiheng_web.site.views.fill_tree import Progress, group_of, groups, progress_of

Save = Callable[[User, RoundUnit, int, Given, int], Answer]
reads_units = is_of_a_unit | reads_all_units


@page(reads_units)
def unit(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show the self-assessment of a unit: the points of one indicator, the list of all, or all to read."""
    row = unit_or_404(request.user, code, unit)
    progress = progress_of(request.user, row)
    if "next" in request.GET:
        return redirect(_next_open(row, progress, request.GET["next"]))
    place = request.GET.get("at", "")
    known = {group.code: group for group in groups(progress.framework)}
    if place in known:
        return group_page(request, row, progress, known[place])
    if place == READ:
        return reading_page(request, row, progress)
    waiting = progress.open_points()
    if place != ALL and waiting and may(Act.EDIT, request.user, row, timezone.now()):
        return group_page(request, row, progress, group_of(progress.framework, waiting[0]))
    return overview_page(request, row, progress)


def _next_open(row: RoundUnit, progress: Progress, after: str) -> str:
    """Return where the next point stands that is not complete, after the one given."""
    numbers = [point.no for _parent, point in progress.framework.points]
    start = numbers.index(int(after)) + 1 if after.isdecimal() and int(after) in numbers else 0
    waiting = set(progress.open_points())
    found = next((no for no in (*numbers[start:], *numbers[:start]) if no in waiting), None)
    return _address(row, found)


def _address(row: RoundUnit, no: int | None) -> str:
    """Return where a point stands; the list of all for None."""
    base = reverse("unit", args=[row.round.code, row.code])
    if no is None:
        return f"{base}?at={ALL}"
    return f"{base}?at={group_of(framework_of(row.round.framework), no).code}#p{no}"


def _point(row: RoundUnit, no: int) -> Point:
    try:
        return framework_of(row.round.framework).point(no)
    except UnknownNodeError as error:
        raise Http404 from error


@takes_megabytes("MAX_EVIDENCE_MB")
@page(is_filler, "GET", "POST")
def point(request: SignedIn, code: str, unit: str, no: int) -> HttpResponseBase:
    """
    Save one point; GET shows what is kept of it.

    A refusal leaves the page as it is and says why: faults at their fields, an answer that somebody else changed
    beside the person's own, a deadline that passed.
    """
    row = unit_or_404(request.user, code, unit)
    shown = _point(row, no)
    if request.method == "GET":
        return _card(request, row, shown)

    def save(by: User, row: RoundUnit, no: int, given: Given, version: int) -> Answer:
        return save_answer(by, row, no, given, version=version)

    return _kept(request, row, shown, save) or _saved(request, row, shown)


@takes_megabytes("MAX_EVIDENCE_MB")
@page(is_filler, "POST")
def point_copy(request: SignedIn, code: str, unit: str, no: int) -> HttpResponseBase:
    """Save one point with the words of the round before added."""
    row = unit_or_404(request.user, code, unit)
    shown = _point(row, no)

    def save(by: User, row: RoundUnit, no: int, given: Given, version: int) -> Answer:
        return copy_previous(by, row, no, given, version=version)

    return _kept(request, row, shown, save) or _saved(request, row, shown, whole=True)


@takes_megabytes("MAX_EVIDENCE_MB")
@page(is_filler, "POST")
def point_proof(request: SignedIn, code: str, unit: str, no: int) -> HttpResponseBase:
    """Save one point with the result and the files of last round's rectification added."""
    row = unit_or_404(request.user, code, unit)
    shown = _point(row, no)

    def save(by: User, row: RoundUnit, no: int, given: Given, version: int) -> Answer:
        try:
            return reuse_proof(by, row, no, given, version=version)
        except (RectificationRefused, EvidenceRefused) as error:
            raise FaultyAnswer([Fault("items", error.message)]) from error

    return _kept(request, row, shown, save) or _saved(request, row, shown, whole=True)


def _kept(request: SignedIn, row: RoundUnit, shown: Point, save: Save) -> HttpResponse | None:
    """Save what was typed and return nothing, or return why it was not saved."""
    typed = read_answer(request.POST, [name.removeprefix("upload.") for name in request.FILES])
    try:
        typed = _with_uploads(request, row, typed)
        if typed.faults:
            raise FaultyAnswer(typed.faults)  # noqa: TRY301 - the same way out as for faults of the rule
        save(request.user, row, shown.no, typed.given, typed.version)
    except FaultyAnswer as error:
        return _not_kept(request, row, Unsaved(shown.no, typed, error.faults, error.message))
    except (Stale, NotAllowed) as error:
        return _not_kept(request, row, Unsaved(shown.no, typed, (), error.message), stale=isinstance(error, Stale))
    return None


def _with_uploads(request: SignedIn, row: RoundUnit, typed: Typed) -> Typed:
    """Return what was typed with the files that a page without scripts sends along with it."""
    rows: list[TypedRow] = []
    items: list[GivenItem] = []
    for each, item in zip(typed.rows, typed.given.items, strict=True):
        files = item.files
        for upload in request.FILES.getlist(f"upload.{each.key}"):
            assert isinstance(upload, TemporaryUploadedFile)
            try:
                files = (*files, (take_upload(request.user, row, upload).pk, ""))
            except NotAllowed:
                raise
            except Refused as error:
                raise FaultyAnswer([Fault("files", error.message, len(rows))]) from error
        rows.append(replace(each, files=files))
        items.append(replace(item, files=files))
    return replace(typed, rows=tuple(rows), given=replace(typed.given, items=tuple(items)))


def _not_kept(request: SignedIn, row: RoundUnit, unsaved: Unsaved, *, stale: bool = False) -> HttpResponse:
    if not request.htmx:
        progress = progress_of(request.user, row)
        return group_page(request, row, progress, group_of(progress.framework, unsaved.no), unsaved)
    theirs = cards_of(request.user, row, [_point(row, unsaved.no)], alone=True)[0] if stale else None
    context = {"row": row, "round": row.round, "no": unsaved.no, "why": unsaved.why, "theirs": theirs}
    response = render(request, "site/fill/not_saved.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    keys = [each.key for each in unsaved.typed.rows]
    faults = [
        {
            "field": fault.field,
            "key": keys[fault.item] if fault.item is not None and fault.item < len(keys) else "",
            "text": fault.message,
        }
        for fault in unsaved.faults
    ]
    response["HX-Trigger"] = json.dumps({"faults": {"point": unsaved.no, "faults": faults}})
    response["HX-Reswap"] = "none"
    return response


def _saved(request: SignedIn, row: RoundUnit, shown: Point, *, whole: bool = False) -> HttpResponse:
    """Answer a point that was saved with all that changed on the page; a page without scripts is loaded again."""
    if not request.htmx:
        messages.success(request, _("第%(no)d项已保存。") % {"no": shown.no})
        return redirect(_address(row, shown.no))
    progress = progress_of(request.user, row)
    context = {
        "row": row,
        "round": row.round,
        "card": cards_of(request.user, row, [shown], alone=not whole)[0],
        "changed": progress.way_to(shown.no),
        "whole": progress.whole(),
        "decided": progress.decided,
        "saved_at": timezone.localtime(),
        "may": {"edit": True},
        "with_card": whole,
    }
    return render(request, "site/fill/saved.html", context)


def _card(request: SignedIn, row: RoundUnit, shown: Point) -> HttpResponse:
    may_edit = may(Act.EDIT, request.user, row, timezone.now())
    context = {
        "row": row,
        "round": row.round,
        "card": cards_of(request.user, row, [shown])[0],
        "may": {"edit": may_edit},
    }
    return render(request, "site/fill/point.html", context)


@page(is_of_a_unit, "POST")
def unit_act(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """
    Hand a self-assessment on or back, by the field `act`.

    What is missing is listed with the way to each field. Refused: what stage, state and deadline do not allow.
    """
    row = unit_or_404(request.user, code, unit)
    act = request.POST.get("act", "")
    try:
        if act == Act.HAND_OVER:
            hand_over(request.user, row)
            messages.success(request, _("已送审，等待审核员审核。"))
        elif act == Act.SUBMIT:
            submit(request.user, row)
            messages.success(request, _("已报送。"))
        elif act == Act.TAKE_BACK:
            change_state(request.user, row, Act.TAKE_BACK)
            messages.success(request, _("已撤回送审，可以继续填写。"))
        elif act == Act.SEND_BACK:
            return _send_back(request, row)
        else:
            raise NotAllowed(_("没有这项操作。"))
    except Incomplete as error:
        return overview_page(
            request, unit_or_404(request.user, code, unit), progress_of(request.user, row), refused=error.message
        )
    return redirect("unit", code, unit)


def _send_back(request: SignedIn, row: RoundUnit) -> HttpResponse:
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return overview_page(request, row, progress_of(request.user, row), form=form)
    change_state(request.user, row, Act.SEND_BACK, reason=form.cleaned_data["reason"])
    messages.success(request, _("已退回填报员。"))
    return redirect("unit", row.round.code, row.code)


@page(reads_units)
def sheet(request: SignedIn, code: str, unit: str) -> FileResponse:
    """Send the score sheet of a unit as PDF, to be signed and stamped."""
    row = unit_or_404(request.user, code, unit)
    name = _("%(unit)s自评打分表.pdf") % {"unit": row.name}
    with site_language():
        decisions = decisions_of(row, stages_seen(request.user, row.round))
        content = BytesIO(sheet_pdf(row, decisions, timezone.localtime()))
    response = FileResponse(content, as_attachment=True, filename=name, content_type="application/pdf")
    response["X-Content-Type-Options"] = "nosniff"
    return response


_UNIT = "rounds/<str:code>/units/<str:unit>/"
urlpatterns: list[URLPattern] = [
    path(_UNIT, unit, name="unit"),
    path(f"{_UNIT}points/<int:no>/", point, name="point"),
    path(f"{_UNIT}points/<int:no>/copy/", point_copy, name="point_copy"),
    path(f"{_UNIT}points/<int:no>/proof/", point_proof, name="point_proof"),
    path(f"{_UNIT}act/", unit_act, name="unit_act"),
    path(f"{_UNIT}sheet.pdf", sheet, name="sheet"),
]
