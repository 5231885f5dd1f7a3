"""The result of one unit: profile and planner, why it has a number, and what it would have with other marks."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng.errors import UnknownNodeError
from zhiheng_web.dashboards.engine import unit as units
from zhiheng_web.dashboards.engine.charts import Chart
from zhiheng_web.dashboards.engine.source import Field, field_of, seen
from zhiheng_web.dashboards.engine.whatif import try_marks
from zhiheng_web.dashboards.engine.why import why
from zhiheng_web.dashboards.engine.wording import standing_of
from zhiheng_web.results.permissions import reads_own_results, reads_results
from zhiheng_web.results.queries import may_read
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.site.access import SignedIn, page, unit_or_404
from zhiheng_web.site.downloads import csv_response
from zhiheng_web.site.views.awaiting import awaits_result
from zhiheng_web.site.views.dashboards import download
from zhiheng_web.site.views.parts import part_of

STEPS_SHOWN = 20


def _unit_or_404(request: SignedIn, code: str, unit: str) -> RoundUnit:
    """Return a unit whose result a person may see; before the publication that of his own unit does not exist."""
    row = unit_or_404(request.user, code, unit)
    if not may_read(request.user, row.round):
        raise Http404
    return row


@page(reads_own_results)
@awaits_result
def result_unit(request: SignedIn, code: str, unit: str) -> HttpResponseBase:
    """
    Show the result of a unit; `?figure=…&as=svg` or `csv` sends a figure, `?as=csv` all marks, `?as=plan` the planner.

    Refused: a round in preparation.
    """
    row = _unit_or_404(request, code, unit)
    round_, (found, field) = row.round, seen(row.round)
    if "as" in request.GET:
        return _unit_files(request, row, field)
    whole_round = reads_results(request.user)
    body = part_of(
        request, "site/dashboards/unit_body.html", (round_, found),
        lambda: _unit_context(row, field) | {"state": found.state, "whole_round": whole_round}, whole_round,
    )  # fmt: skip
    context = {"round": round_, "unit": row, "whole_round": whole_round, "body": body}
    return render(request, "site/dashboards/unit.html", context)


def _unit_charts(row: RoundUnit, field: Field) -> dict[str, Chart]:
    made = (units.profile_chart(field, row.round, row.code), units.bars_chart(field, row.round, row.code))
    return {chart.key: chart for chart in made}


def _unit_files(request: SignedIn, row: RoundUnit, field: Field) -> HttpResponseBase:
    """Send the planner, a figure, or all marks."""
    if request.GET["as"] == "plan":
        head = [_("序号"), _("要点"), _("现有得分"), _("满分"), _("总分可增加"), _("本轮仍可争取"), _("累计总分")]
        rows = ([n, f"{s.number}. {s.title}", s.mark.text, s.mark.full, s.gain, s.now, s.total]
                for n, s in enumerate(units.plan(field, row.code), 1))  # fmt: skip
        return csv_response(f"{row.name}{_('提分要点')}.csv", head, rows)
    head = [_("序号"), _("名称"), _("得分"), _("满分"), _("得分率"), _("平均得分率")]
    rows = ([n.number, n.title, n.mark.text, n.mark.full, n.mark.rate, n.mean]
            for n in units.node_lines(field, row.code))  # fmt: skip
    return download(request, row.round, _unit_charts(row, field)) or csv_response(
        f"{row.name}{_('得分')}.csv", head, rows
    )


def _unit_context(row: RoundUnit, field: Field) -> dict[str, object]:
    """Return what the page of a unit shows."""
    strengths, weaknesses, unjudged = units.judgements(field, row.code)
    steps = units.plan(field, row.code)
    return {
        "round": row.round,
        "unit": row,
        "settled": field.result.settled,
        "standing": standing_of(field, field.result.row(row.code)),
        "count": len(field.result.units),
        "charts": _unit_charts(row, field),
        "strengths": strengths,
        "weaknesses": weaknesses,
        "unjudged": unjudged,
        "steps": steps[:STEPS_SHOWN],
        "more_steps": max(0, len(steps) - STEPS_SHOWN),
        "lines": units.node_lines(field, row.code),
    }


@page(reads_own_results)
@awaits_result
def score_why(request: SignedIn, code: str, unit: str) -> HttpResponseBase:
    """
    Show why a unit has what it has at `?node=`: rule, arithmetic, facts, parts.

    Refused: a round in preparation.
    """
    row = _unit_or_404(request, code, unit)
    found, field = seen(row.round, exact=True)
    try:
        reason = why(field, row, request.GET.get("node", "")[:40])
    except UnknownNodeError as error:
        raise Http404 from error
    context = {
        "round": row.round, "unit": row, "why": reason, "state": found.state, "settled": field.result.settled,
        "whole_round": reads_results(request.user),
    }  # fmt: skip
    return render(request, "site/dashboards/why.html", context)


@page(reads_results)
@awaits_result
def what_if(request: SignedIn, code: str, unit: str) -> HttpResponseBase:
    """
    Show total, rank and grade that a unit would have with the marks of the address (`p1=0.5`); nothing is kept.

    Refused: a round in preparation. What is not a mark of its point is said there and left out.
    """
    row = unit_or_404(request.user, code, unit)
    given = {
        int(name[1:]): str(value)
        for name, value in request.GET.items()
        if name[:1] == "p" and name[1:].isascii() and name[1:].isdigit() and len(name) <= 6  # noqa: PLR2004 - digits
    }
    trial = try_marks(field_of(row.round), unit, given)
    context = {"round": row.round, "unit": row, "trial": trial}
    part = request.htmx and request.headers.get("HX-Target") == "trial"
    return render(request, "site/dashboards/trial.html" if part else "site/dashboards/what_if.html", context)


HERE = "rounds/<str:code>/units/<str:unit>/result"
urlpatterns: list[URLPattern] = [
    path(f"{HERE}/", result_unit, name="result_unit"),
    path(f"{HERE}/why/", score_why, name="score_why"),
    path(f"{HERE}/what-if/", what_if, name="what_if"),
]
