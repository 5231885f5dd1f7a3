"""Objections: what a unit raises, files and takes back, and the list and answers of the office."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.assessments.closing import DecisionRefused
from zhiheng_web.evidence.actions import EvidenceRefused, take_upload
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.uploads import takes_megabytes
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import listed as in_words
from zhiheng_web.objections.actions import (
    ObjectionRefused,
    answer,
    close_objections,
    file_objection,
    save_draft,
    withdraw,
)
from zhiheng_web.objections.chain import PointChain, chain_of
from zhiheng_web.objections.forms import AnswerForm, DraftForm, VersionForm
from zhiheng_web.objections.models import Objection
from zhiheng_web.objections.permissions import (
    answers_objections,
    files_objections,
    raises_objections,
    reads_chain,
    withdraws_objections,
)
from zhiheng_web.objections.queries import at_point, decided_himself, listed, objections_of, progress, unanswered
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import Act, Stage
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.rounds.queries import may, situation
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404
from zhiheng_web.site.views.chain import UNIT, settled
from zhiheng_web.site.views.files import panel as file_panel
from zhiheng_web.site.views.verify_panel import Panel, panel_of

PER_PAGE = 50
State = Objection.State


@page(reads_chain)
def unit_objections(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """List the objections of a unit."""
    row = unit_or_404(request.user, code, unit)
    framework = framework_of(row.round.framework)
    names = {point.no: point.name for _parent, point in framework.points}
    context = {
        "round": row.round,
        "unit": row,
        "rows": [(one, names.get(one.point, "")) for one in objections_of(request.user, row)],
        **_standing(request, row),
    }
    return render(request, "site/objections/unit.html", context)


def _standing(request: SignedIn, row: RoundUnit) -> dict[str, object]:
    """Return what a page of a unit says about the stage, its deadline and what the person may do."""
    now = timezone.now()
    objecting = row.round.stage == Stage.OBJECTION
    due = situation(row).deadline if objecting else None
    acts = (Act.OBJECT, Act.FILE_OBJECTION, Act.WITHDRAW_OBJECTION, Act.ANSWER_OBJECTION)
    return {
        "objecting": objecting,
        "due": due,
        "overdue": bool(due and due < now),
        "may": {str(act): may(act, request.user, row, now) for act in acts},
    }


def _chain_or_404(request: SignedIn, row: RoundUnit, no: int) -> PointChain:
    found = chain_of(request.user, row).at(no)
    if found is None:
        raise Http404
    return found


@page(reads_chain)
def objection_point(request: SignedIn, code: str, unit: str, no: int) -> HttpResponse:
    """Show the objection at one point of a unit with the marks it is about; for a filler its form."""
    row = unit_or_404(request.user, code, unit)
    return _point_page(request, row, no)


@takes_megabytes("MAX_EVIDENCE_MB")
@page(raises_objections, "POST")
def objection_save(request: SignedIn, code: str, unit: str, no: int) -> HttpResponse:
    """
    Keep a draft with the files that were uploaded along with it.

    Refused: what `save_draft` and `take_upload` refuse; what was typed stays, and files that were kept are chosen.
    """
    row = unit_or_404(request.user, code, unit)
    _chain_or_404(request, row, no)
    form = DraftForm(_files_of(row), request.POST)
    if not form.is_valid():
        return _point_page(request, row, no, form)
    kept: list[int] = []
    try:
        for upload in request.FILES.getlist("uploads"):
            if isinstance(upload, TemporaryUploadedFile):
                kept.append(take_upload(request.user, row, upload).pk)  # noqa: PERF401 - kept ones outlive a refusal
        save_draft(request.user, row, no, form.draft(kept), version=form.cleaned_data["version"])
    except (ObjectionRefused, DecisionRefused, EvidenceRefused, Stale) as refused:
        typed = request.POST.copy()
        typed.setlist("chosen", [*request.POST.getlist("chosen"), *map(str, kept)])
        form = DraftForm(_files_of(row), typed)
        form.add_error(None, refused.message)
        return _point_page(request, row, no, form)
    messages.success(request, _("第%(no)d项的申诉已保存为草稿，由本单位审核员提交后生效。") % {"no": no})
    return redirect("objection_point", code, unit, no)


def _files_of(row: RoundUnit) -> list[EvidenceFile]:
    return list(EvidenceFile.objects.filter(round_unit=row).order_by("-uploaded_at", "-pk"))


def _point_page(request: SignedIn, row: RoundUnit, no: int, form: DraftForm | None = None) -> HttpResponse:
    chain = _chain_or_404(request, row, no)
    framework = framework_of(row.round.framework)
    one = at_point(request.user, row, no)
    standing = _standing(request, row)
    allowed = standing["may"]
    assert isinstance(allowed, dict)
    writable = allowed[Act.OBJECT] and chain.decided and (one is None or one.state in {State.DRAFT, State.WITHDRAWN})
    own = one if one is not None and one.state == State.DRAFT else None
    if form is None and writable:
        form = DraftForm(_files_of(row), initial=_initial(own))
    context = {
        "round": row.round,
        "unit": row,
        "no": no,
        "point": framework.point(no),
        "one": one,
        "chain": chain,
        "settled": settled(row),
        "form": form if writable else None,
        "refused": "" if writable or form is None else in_words(form.non_field_errors()),
        "typed": "" if writable or form is None else form.data.get("text", ""),
        "max_mb": settings.MAX_EVIDENCE_MB,
        "wrote": one is not None and request.user.pk in {one.raised_by_id, one.written_by_id},
        **standing,
    }
    bad = form is not None and form.is_bound
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bad else HTTPStatus.OK
    return render(request, "site/objections/point.html", context, status=status)


def _initial(own: Objection | None) -> dict[str, object]:
    if own is None:
        return {"version": 0}
    return {
        "text": own.text, "wanted": own.wanted_text, "version": own.version,
        "chosen": [str(each.file_id) for each in own.shown.all()],
    }  # fmt: skip


def _own_or_404(request: SignedIn, row: RoundUnit, pk: int) -> Objection:
    return get_object_or_404(objections_of(request.user, row), pk=pk)


def _version(request: SignedIn) -> int:
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise ObjectionRefused(_("请从申诉页面操作。"))
    return int(form.cleaned_data["version"])


@page(files_objections, "POST")
def objection_file(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Hand a draft to the office. Refused: what `file_objection` refuses."""
    row = unit_or_404(request.user, code, unit)
    one = file_objection(request.user, _own_or_404(request, row, pk), version=_version(request))
    messages.success(request, _("第%(no)d项的申诉已提交，请等待答复。") % {"no": one.point})
    return redirect("objection_point", code, unit, one.point)


@page(withdraws_objections, "POST")
def objection_withdraw(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Take an objection back. Refused: what `withdraw` refuses."""
    row = unit_or_404(request.user, code, unit)
    one = withdraw(request.user, _own_or_404(request, row, pk), version=_version(request))
    messages.success(request, _("第%(no)d项的申诉已撤回。") % {"no": one.point})
    return redirect("objection_point", code, unit, one.point)


@page(answers_objections)
def objections(request: SignedIn, code: str) -> HttpResponse:
    """List the objections of a round, those that wait longest first, with how far their answers are."""
    round_ = round_or_404(request.user, code)
    state, text = request.GET.get("state", State.FILED), request.GET.get("q", "").strip()[:60]
    shown = Paginator(listed(round_, state=state, text=text), PER_PAGE).get_page(request.GET.get("page"))
    framework = framework_of(round_.framework)
    names = {point.no: point.name for _parent, point in framework.points}
    states = [(str(s), str(s.label)) for s in (State.FILED, State.ANSWERED, State.WITHDRAWN)] + [("", _("全部"))]
    counts = progress(round_)
    context = {
        "round": round_,
        "page": shown,
        "rows": [(one, names.get(one.point, "")) for one in shown],
        "counts": counts,
        "due_answers": counts["filed"] + counts["answered"],
        "text": text,
        "narrow": bool(text) or state != State.FILED,
        "filters": [
            {
                "name": "state",
                "label": _("状态"),
                "options": [{"value": v, "label": label, "selected": v == state} for v, label in states],
            }
        ],
        "objecting": round_.stage == Stage.OBJECTION,
        "may_close": manages_rounds(request.user) and round_.stage == Stage.OBJECTION,
        "ready": not counts["filed"],
    }
    part = request.htmx and request.headers.get("HX-Target") == "objection-list"
    return render(request, "site/objections/list_part.html" if part else "site/objections/list.html", context)


@page(answers_objections, "GET", "POST")
def objection_answer(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """
    Show an objection beside claim, evidence and chain; POST answers it and goes on to the one that waits longest.

    Refused: what `answer` refuses; what was typed stays.
    """
    row = unit_or_404(request.user, code, unit)
    one = get_object_or_404(objections_of(request.user, row).prefetch_related("shown__file"), pk=pk)
    panel = panel_of(row, framework_of(row.round.framework), one.point)
    form = AnswerForm(_mark_help(panel), request.POST or None, initial=_proposed(one))
    if request.method == "POST" and form.is_valid():
        try:
            done = answer(request.user, one, form.verdict(), version=form.cleaned_data["version"])
        except (ObjectionRefused, DecisionRefused, Stale) as refused:
            form.add_error(None, refused.message)
        else:
            words = {"unit": row.name, "no": done.point, "outcome": done.get_outcome_display()}
            messages.success(request, _("%(unit)s第%(no)d项的申诉已答复：%(outcome)s。") % words)
            return _next(row.round)
    context = {
        "round": row.round,
        "unit": row,
        "one": one,
        "panel": panel,
        "chain": _chain_or_404(request, row, one.point),
        "settled": settled(row),
        "form": form,
        "own_decision": decided_himself(request.user, row, one.point),
        "middle": "site/objections/answer.html",
        **_standing(request, row),
    }
    first = panel.first
    if first is not None:
        first.file.round_unit = row
        context["viewer"] = file_panel(request, first.file, at=first.page)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/objections/answering.html", context, status=status)


def _mark_help(panel: Panel) -> str:
    if panel.marks:
        return _("该要点只能得%(steps)s分。") % {"steps": in_words(panel.marks)}
    return _("0至%(full)s分，%(step)s分的整数倍") % {"full": panel.full, "step": panel.step}


def _proposed(one: Objection) -> dict[str, object]:
    return {"mark": one.wanted_text, "applies": "yes", "version": one.version}


def _next(round_: Round) -> HttpResponse:
    """Go on to the objection that waits longest, or back to the list."""
    following = unanswered(round_).select_related("round_unit").order_by("filed_at", "pk").first()
    if following is None:
        return redirect("objections", round_.code)
    return redirect("objection_answer", round_.code, following.round_unit.code, following.pk)


@page(manages_rounds, "POST")
def objections_close(request: SignedIn, code: str) -> HttpResponse:
    """Close the stage of objections. Refused: objections that wait for an answer, another stage."""
    close_objections(request.user, round_or_404(request.user, code))
    messages.success(request, _("申诉已结束，考核轮次进入定稿阶段。"))
    return redirect("objections", code)


OWN = f"{UNIT}objections/"
urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/objections/", objections, name="objections"),
    path("rounds/<str:code>/objections/close/", objections_close, name="objections_close"),
    path(OWN, unit_objections, name="unit_objections"),
    path(f"{OWN}points/<int:no>/", objection_point, name="objection_point"),
    path(f"{OWN}points/<int:no>/save/", objection_save, name="objection_save"),
    path(f"{OWN}<int:pk>/", objection_answer, name="objection_answer"),
    path(f"{OWN}<int:pk>/file/", objection_file, name="objection_file"),
    path(f"{OWN}<int:pk>/withdraw/", objection_withdraw, name="objection_withdraw"),
]
