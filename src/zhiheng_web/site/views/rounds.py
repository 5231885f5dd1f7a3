"""Rounds: the list, the board with reminders, extensions and files of it, and steps to other stages."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from zhiheng_web.accounts.permissions import is_of_a_unit
from zhiheng_web.assessments.verification import finish_verification
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.objections.actions import close_objections
from zhiheng_web.rectification.queries import to_do_of
from zhiheng_web.results.actions import reopen
from zhiheng_web.reviews import marking
from zhiheng_web.rounds.actions import RoundRefused, extend, move_round, remind
from zhiheng_web.rounds.forms import ExtendForm, RemindForm, StepForm
from zhiheng_web.rounds.lines import Line, as_csv, as_xlsx, line, lines
from zhiheng_web.rounds.machine import NotAllowed, Stage, State
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds, reads_all_units, reads_rounds
from zhiheng_web.rounds.queries import Board, board, board_rows, boards, groups, rounds_for, situation, unfinished
from zhiheng_web.rounds.stages import Step, own_parts, step_back, step_forward, timeline
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404
from zhiheng_web.site.templatetags.pieces import state_badge

PAGE = 50
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ORDER_ZH: Mapping[str, str | Promise] = {
    "position": gettext_lazy("名单顺序"),
    "name": gettext_lazy("名称"),
    "progress": gettext_lazy("进度从低到高"),
    "-progress": gettext_lazy("进度从高到低"),
    "claimed": gettext_lazy("自评得分从高到低"),
    "confirmed": gettext_lazy("核定得分从高到低"),
    "risks": gettext_lazy("风险从多到少"),
}
REMINDED = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION)


@page(reads_rounds)
def rounds(request: SignedIn) -> HttpResponse:
    """List the rounds that the person may see, with their progress or with the person's own part in them."""
    found = rounds_for(request.user).prefetch_related("windows")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    context: dict[str, object] = {"page": shown, "may_manage": manages_rounds(request.user)}
    if is_of_a_unit(request.user):
        context["parts"] = own_parts(request.user, now)
    elif reads_all_units(request.user):
        counts = boards(list(shown), now)
        context["rows"] = [(each, counts[each.pk]) for each in shown]
    else:
        context["rows"] = [(each, None) for each in shown]
    return render(request, "rounds/list.html", context)


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What the board is narrowed to, as the address has it.

    Parameters
    ----------
    text, state, group, order
        See `board_rows`.
    late
        Only units past their deadline.
    """

    text: str
    state: str
    group: str
    order: str
    late: bool

    @classmethod
    def of(cls, query: QueryDict) -> Filters:
        """Return the filters of an address."""
        return cls(
            query.get("q", "").strip()[:60], query.get("state", ""), query.get("group", ""),
            query.get("order", "position"), query.get("late") == "1",
        )  # fmt: skip

    def rows(self, round_: Round, now: datetime) -> QuerySet[RoundUnit]:
        """Return the rows that are shown."""
        return board_rows(
            round_, state=self.state, text=self.text, group=self.group, order=self.order, late=self.late, now=now
        )

    def address(self) -> str:
        """Return the filters as the query of an address, without those that narrow nothing."""
        known = {"q": self.text, "state": self.state, "group": self.group, "late": "1" if self.late else ""}
        if self.order != "position":
            known["order"] = self.order
        return urlencode({key: value for key, value in known.items() if value})

    def choices(self, names: list[str]) -> list[dict[str, object]]:
        """Return the select boxes above the list."""
        states = [("", _("全部"))] + [(s.value, str(s.label)) for s in State]
        found: list[tuple[str, str, list[tuple[str, str]], str]] = [
            ("state", _("状态"), states, self.state),
            ("late", _("期限"), [("", _("全部")), ("1", _("只看逾期"))], "1" if self.late else ""),
        ]
        if names:
            found.append(("group", _("分组"), [("", _("全部")), *((n, n) for n in names)], self.group))
        found.append(("order", _("排序"), [(k, str(v)) for k, v in ORDER_ZH.items()], self.order))
        return [
            {
                "name": name, "label": label,
                "options": [{"value": v, "label": text, "selected": v == chosen} for v, text in options],
            }
            for name, label, options, chosen in found
        ]  # fmt: skip


@page(reads_rounds)
def round_board(request: SignedIn, code: str) -> HttpResponse:
    """Show the board of a round; people of a unit are led to their unit, others see what their role may read."""
    round_ = round_or_404(request.user, code)
    if is_of_a_unit(request.user):
        row = round_.units.filter(unit=request.user.unit_id).first()
        if row is None:
            raise Http404
        return redirect("unit", round_.code, row.code)
    if not reads_all_units(request.user):
        return render(request, "rounds/outline.html", {"round": round_, "timeline": timeline(round_)})
    now = timezone.now()
    filters = Filters.of(request.GET)
    shown = Paginator(filters.rows(round_, now), PAGE).get_page(request.GET.get("page"))
    counts = board(round_, now)
    may_manage = manages_rounds(request.user)
    context = {
        "round": round_,
        "timeline": timeline(round_),
        "counts": counts,
        "states": [(s, counts.states[s]) for s in State],
        "page": shown,
        "lines": _drawn(lines(round_, shown, now)),
        "filters": filters,
        "choices": filters.choices(groups(round_)),
        "files": _files(round_, filters),
        "may_manage": may_manage,
        "forward": _forward(round_, counts) if may_manage else None,
        "back": step_back(round_) if may_manage else None,
        "to_do": to_do_of(request.user, round_),
        "may_remind": may_manage and round_.stage in REMINDED,
        "breadcrumbs": [{"title": pgettext("多个", "考核轮次"), "url": reverse("rounds")}, {"title": round_.title}],
    }
    return render(request, "rounds/board.html", context)


def _forward(round_: Round, counts: Board) -> Step | None:
    """Return the step to the next stage, with what stages further out ask for and do."""
    step = step_forward(round_, counts)
    if step is not None and round_.stage == Stage.EXPERT_REVIEW:
        return replace(step, effects=marking.effects(round_), missing=marking.missing(round_))
    return step


def _drawn(found: Sequence[Line]) -> list[tuple[Line, str, str]]:
    """Return lines with their badge and deadline drawn: most rows share both, and drawing takes longest of all."""

    @cache
    def badge(state: str) -> str:
        return state_badge(state)

    @cache
    def limit(due: datetime | None, overdue: bool) -> str:  # noqa: FBT001 - a key of the memory
        return render_to_string("components/deadline.html", {"due": due, "overdue": overdue})

    return [(one, badge(one.row.state), limit(one.deadline, one.overdue) if one.open else "") for one in found]


def _files(round_: Round, filters: Filters) -> list[dict[str, str]]:
    found = []
    for kind in KINDS:
        query = filters.address()
        url = reverse(f"round_export_{kind}", args=[round_.code])
        found.append({"url": f"{url}?{query}" if query else url, "label": _("导出%(kind)s") % {"kind": kind.upper()}})
    return found


@page(reads_all_units)
def round_export(request: SignedIn, code: str, kind: str) -> HttpResponseBase:
    """Send the board as filtered, all pages of it, as CSV or XLSX."""
    round_ = round_or_404(request.user, code)
    now = timezone.now()
    found = lines(round_, Filters.of(request.GET).rows(round_, now), now)
    content = as_csv(found) if kind == "csv" else as_xlsx(found, round_.title)
    name = f"{round_.title}-{_('进度')}-{timezone.localtime(now):%Y%m%d}.{kind}"
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=KINDS[kind])
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(manages_rounds, "POST")
def round_step(request: SignedIn, code: str) -> HttpResponse:
    """Move a round to the next stage, or back with a reason; finalising has a page of its own, to which this leads."""
    round_ = round_or_404(request.user, code)
    form = StepForm(request.POST)
    if not form.is_valid():
        raise RoundRefused(_("请选择要进入的阶段；理由不超过1000字。"))
    to = Stage(form.cleaned_data["to"])
    if round_.stage == Stage.VERIFICATION and to == Stage.EXPERT_REVIEW:
        moved = finish_verification(request.user, round_)
    elif round_.stage == Stage.EXPERT_REVIEW and to == Stage.OBJECTION:
        moved = marking.close_review(request.user, round_)
    elif round_.stage == Stage.OBJECTION and to == Stage.FINALISATION:
        moved = close_objections(request.user, round_)
    elif round_.stage == Stage.FINALISATION and to == Stage.PUBLICATION:
        return redirect("round_finalise", code)
    elif round_.stage == Stage.PUBLICATION and to == Stage.FINALISATION:
        moved = reopen(request.user, round_, form.cleaned_data["reason"])
    else:
        moved = move_round(request.user, round_, to, reason=form.cleaned_data["reason"])
    words = {"round": moved.title, "stage": Stage(moved.stage).label}
    messages.success(request, _("“%(round)s”已进入“%(stage)s”阶段。") % words)
    return redirect("round", round_.code)


@page(manages_rounds, "POST")
def round_remind(request: SignedIn, code: str) -> HttpResponse:
    """Remind the people of the chosen units, or of all units that have something to do."""
    round_ = round_or_404(request.user, code)
    form = RemindForm(request.POST)
    if not form.is_valid():
        raise RoundRefused(_("请选择要催办的单位；催办内容不超过1000字。"))
    everybody = form.cleaned_data["scope"] == RemindForm.ALL
    rows = list(unfinished(round_, None if everybody else form.cleaned_data["units"]))
    people = remind(request.user, round_, rows, form.cleaned_data["text"].strip())
    words = {"units": len(rows), "people": people}
    messages.success(request, _("已催办%(units)d个单位，共通知%(people)d人；有电子邮箱的同时发送邮件。") % words)
    return redirect(_back(request, round_))


def _back(request: SignedIn, round_: Round) -> str:
    """Return the board with the filters the person came from."""
    back = request.POST.get("back", "")
    own = reverse("round", args=[round_.code])
    safe = back.startswith(f"{own}?") and url_has_allowed_host_and_scheme(back, {request.get_host()})
    return back if safe else own


@page(manages_rounds, "GET", "POST")
def unit_extend(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Give one unit more time, with a reason that the unit reads."""
    row = unit_or_404(request.user, code, unit)
    form = ExtendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            extend(request.user, row, form.cleaned_data["until"], form.cleaned_data["reason"].strip())
        except NotAllowed as error:
            form.add_error("until", error.message)
        else:
            until = f"{timezone.localtime(form.cleaned_data['until']):%Y-%m-%d %H:%M}"
            messages.success(request, _("%(unit)s的期限已延长至%(until)s。") % {"unit": row.name, "until": until})
            return redirect("round", code)
    now = timezone.now()
    scale = framework_of(row.round.framework).scale
    context = {
        "round": row.round,
        "line": line(row, scale, situation(row).deadline, now),
        "form": form,
        "breadcrumbs": [
            {"title": pgettext("多个", "考核轮次"), "url": reverse("rounds")},
            {"title": row.round.title, "url": reverse("round", args=[code])},
            {"title": _("延长%(unit)s的期限") % {"unit": row.name}},
        ],
    }
    return render(request, "rounds/extend.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("rounds/", rounds, name="rounds"),
    path("rounds/<str:code>/", round_board, name="round"),
    path("rounds/<str:code>/step/", round_step, name="round_step"),
    path("rounds/<str:code>/remind/", round_remind, name="round_remind"),
    path("rounds/<str:code>/export.csv", round_export, {"kind": "csv"}, name="round_export_csv"),
    path("rounds/<str:code>/export.xlsx", round_export, {"kind": "xlsx"}, name="round_export_xlsx"),
    path("rounds/<str:code>/units/<str:unit>/extend/", unit_extend, name="unit_extend"),
]
