"""Verification: the claims of a round by risk, and the page on which a unit is worked through point by point."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.permissions import is_of_the_office
from zhiheng_web.assessments.closing import DecisionRefused
from zhiheng_web.assessments.ruling_forms import RulingForm
from zhiheng_web.assessments.verification import decide
from zhiheng_web.assessments.worklist import RISK_TITLES, Wanted, claims, listed, risk_counts
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import Act, State
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.rounds.queries import Board, board, board_rows, may
from zhiheng_web.site.access import SignedIn, page, round_or_404, unit_or_404
from zhiheng_web.site.views.carried import carried_to
from zhiheng_web.site.views.files import panel as file_panel
from zhiheng_web.site.views.verify_panel import Panel, panel_of
from zhiheng_web.site.views.verify_sheet import DECIDED, Sheet, mark_text, risks_of, sheet_of

PER_PAGE = 50
STATES = (("undecided", gettext_lazy("未核定")), ("decided", gettext_lazy("已核定")), ("", gettext_lazy("全部")))
ACTS = (
    {"value": "accept", "key": "a", "label": gettext_lazy("认可")},
    {"value": "adjust", "key": "j", "label": gettext_lazy("调整")},
    {"value": "reject", "key": "r", "label": gettext_lazy("不予认定")},
    {"value": "not_applicable", "key": "n", "label": gettext_lazy("不适用")},
)
"""Decisions with the keys that choose them."""


@page(is_of_the_office)
def verify(request: SignedIn, code: str) -> HttpResponse:
    """List the claims of a round, those at the gravest risk first, or its units."""
    round_ = round_or_404(request.user, code)
    by_unit = request.GET.get("by") == "unit"
    context = {
        "round": round_,
        "by_unit": by_unit,
        "tiles": _tiles(board(round_, timezone.now())),
        "administers": manages_rounds(request.user),
        "target": "#verify-list",
        "kept": [{"name": "by", "value": "unit"}] if by_unit else [],
        **(_units(request, round_) if by_unit else _claims(request, round_)),
    }
    part = request.htmx and request.headers.get("HX-Target") == "verify-list"
    return render(request, "site/verify/list_part.html" if part else "site/verify/list.html", context)


def _tiles(counts: Board) -> list[dict[str, object]]:
    """Return the figures above the list."""
    states = counts.states
    return [
        {"label": _("已核定单位"), "value": states[State.ACCEPTED], "unit": f"/ {counts.units}"},
        {"label": _("待核查单位"), "value": states[State.SUBMITTED], "note": _("已报送，尚未核定完成")},
        {"label": _("退回补正单位"), "value": states[State.RETURNED]},
        {"label": _("已核定要点"), "value": counts.decided, "unit": f"/ {counts.points}"},
    ]


def _claims(request: SignedIn, round_: Round) -> dict[str, object]:
    """Return a page of claims with the filters that chose them."""
    framework = framework_of(round_.framework)
    asked = request.GET
    wanted = Wanted(
        risk=asked.get("risk", ""),
        state=asked.get("state", "undecided"),
        unit=asked.get("q", "").strip(),
        indicator=asked.get("indicator", ""),
        sampled=asked.get("sampled", "") == "1",
    )
    found = claims(round_, framework, wanted)
    shown = Paginator(found.values_list("pk", flat=True), PER_PAGE).get_page(asked.get("page"))
    on_page = listed(list(shown.object_list))
    points = {point.no: point for _parent, point in framework.points}
    counts = risk_counts(round_)
    return {
        "page": shown,
        "wanted": wanted,
        "filters": _filters(wanted, counts, [(i.code, f"{i.number} {i.name}") for _l, _p, i in framework.nodes]),
        "rows": [
            {
                "answer": answer,
                "unit": answer.round_unit,
                "point": points[answer.point],
                "claimed": framework.scale.text(answer.claimed),
                "full": framework.full(points[answer.point]).normalize(),
                "risks": risks_of(answer.risks),
                "sampled": answer.sampled,
                "state": DECIDED[made.act] if made else "",
                "settled": mark_text(made),
            }
            for answer in on_page.answers
            for made in [on_page.decisions.get((answer.round_unit_id, answer.point))]
        ],
    }


def _filters(wanted: Wanted, counts: dict[str, int], indicators: list[tuple[str, str]]) -> list[dict[str, object]]:
    """Return the filters above the list, with what is chosen."""
    risks = [("", _("全部")), ("any", _("有风险提示"))]
    risks += [
        (risk, _("%(title)s（%(count)d）") % {"title": title, "count": counts[risk]})
        for risk, title in RISK_TITLES.items()
    ]
    choices = (
        ("risk", _("风险"), risks, wanted.risk),
        ("state", _("核定情况"), STATES, wanted.state),
        ("sampled", _("抽查"), [("", _("全部")), ("1", _("只看抽查"))], "1" if wanted.sampled else ""),
        ("indicator", _("指标"), [("", _("全部")), *indicators], wanted.indicator),
    )
    return [
        {
            "name": name,
            "label": label,
            "options": [{"value": v, "label": text, "selected": v == chosen} for v, text in options],
        }
        for name, label, options, chosen in choices
    ]


def _units(request: SignedIn, round_: Round) -> dict[str, object]:
    """Return a page of units, those with most risks first."""
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    rows = board_rows(round_, state=state, text=text, order="risks", now=timezone.now())
    shown = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    scale = framework_of(round_.framework).scale
    states = [("", _("全部")), *State.choices]
    return {
        "page": shown,
        "wanted": Wanted(unit=text),
        "filters": [
            {
                "name": "state",
                "label": _("状态"),
                "options": [{"value": v, "label": label, "selected": v == state} for v, label in states],
            }
        ],
        "units": [
            {
                "row": row,
                "confirmed": scale.text(row.confirmed),
                "claimed": scale.text(row.claimed),
                "possible": scale.text(row.possible),
            }
            for row in shown
        ],
    }


@page(is_of_the_office)
def verify_unit(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show the page on which a unit is worked through, at the point of the address or the first undecided one."""
    row = unit_or_404(request.user, code, unit)
    sheet = sheet_of(row)
    asked = request.GET.get("point", "")
    no = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 0  # noqa: PLR2004 - digits
    if not sheet.has(no):
        no = sheet.next_undecided() or sheet.lines[0].no
    return render(request, "site/verify/unit.html", _work(request, sheet, no))


@page(is_of_the_office, "GET", "POST")
def verify_point(request: SignedIn, code: str, unit: str, no: int) -> HttpResponse:
    """
    Show one point of a unit; POST keeps the decision about it and goes on to the next undecided point.

    Refused: what the state of the unit does not allow, an answer or a decision that changed meanwhile (what was typed
    stays, beside what is new), marks outside the rule, a missing reason.
    """
    row = unit_or_404(request.user, code, unit)
    sheet = sheet_of(row)
    if not sheet.has(no):
        raise Http404
    if request.method != "POST":
        return render(request, "site/verify/work.html", _work(request, sheet, no)) if request.htmx else _to(row, no)
    form = RulingForm(request.POST)
    if form.is_valid():
        try:
            decide(
                request.user, row, no, form.ruling(), version=form.cleaned_data["version"],
                answer_version=form.cleaned_data["answer_version"],
            )  # fmt: skip
        except (DecisionRefused, Stale) as refused:
            form.add_error(None, refused.message)
            sheet = sheet_of(unit_or_404(request.user, code, unit))
    if form.errors:
        template = "site/verify/work.html" if request.htmx else "site/verify/unit.html"
        context = _work(request, sheet, no, form)
        return render(request, template, context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _after_saving(request, row, no)


def _after_saving(request: SignedIn, row: RoundUnit, no: int) -> HttpResponse:
    """Go on to the next undecided point, or say that none is left."""
    sheet = sheet_of(unit_or_404(request.user, row.round.code, row.code))
    following = sheet.next_undecided(no)
    line = next(line for line in sheet.lines if line.no == no)
    text = _("第%(no)s项已保存：%(mark)s分。") % {"no": no, "mark": line.settled}
    if following is None:
        text += _("全部考核要点已经核定，可以“核定完成”。")
    if not request.htmx:
        messages.success(request, text)
        return _to(row, following or no)
    response = render(request, "site/verify/work.html", _work(request, sheet, following or no))
    response["HX-Push-Url"] = _address(row, following or no)
    response["HX-Trigger"] = json.dumps({"toast": {"kind": "success", "text": text}})
    return response


def _address(row: RoundUnit, no: int) -> str:
    return f"{reverse('verify_unit', args=[row.round.code, row.code])}?point={no}"


def _to(row: RoundUnit, no: int) -> HttpResponse:
    return redirect(_address(row, no))


def _work(request: SignedIn, sheet: Sheet, no: int, form: RulingForm | None = None) -> dict[str, object]:
    """Return what the work page shows at one point."""
    row, now = sheet.row, timezone.now()
    panel = panel_of(row, sheet.framework, no)
    first = panel.first
    before, after = sheet.beside(no)
    context: dict[str, object] = {
        "round": row.round,
        "unit": row,
        "sheet": sheet,
        "no": no,
        "panel": panel,
        "carried": carried_to(row, [no]).get(no),
        "before": before,
        "after": after,
        "acts": ACTS,
        "values": _values(panel, form),
        "form": form,
        "may": {str(act): may(act, request.user, row, now) for act in (Act.DECIDE, Act.ACCEPT, Act.RETURN, Act.REOPEN)},
    }
    if first is not None:
        first.file.round_unit = row
        context["viewer"] = file_panel(request, first.file, at=first.page)
    return context


def _values(panel: Panel, form: RulingForm | None) -> dict[str, object]:
    """Return what the form holds: what was typed, else the present decision; versions are always the present ones."""
    made = panel.decision
    typed = form.data if form is not None else {}
    mark = typed.get("mark", mark_text(made) if made and made.act == "adjust" else "")
    return {
        "act": typed.get("act", made.act if made else ""),
        "mark": mark,
        "reason_code": typed.get("reason_code", made.reason_code if made else ""),
        "reason": typed.get("reason", made.reason if made else ""),
        "version": made.version if made else 0,
        "answer_version": panel.answer.version if panel.answer else 0,
    }


UNIT = "rounds/<str:code>/units/<str:unit>/verify/"
urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/verify/", verify, name="verify"),
    path(UNIT, verify_unit, name="verify_unit"),
    path(f"{UNIT}points/<int:no>/", verify_point, name="verify_point"),
]
