"""The result of a round as pictures and tables: the page for leaders, the heat map, units side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from zhiheng.errors import UnknownNodeError
from zhiheng_web.accounts.models import User
from zhiheng_web.dashboards.engine import heat as heats
from zhiheng_web.dashboards.engine import overview
from zhiheng_web.dashboards.engine.charts import Chart, svg_of
from zhiheng_web.dashboards.engine.source import Field, seen
from zhiheng_web.dashboards.engine.unit import NodeLine, compare_charts, compare_lines
from zhiheng_web.dashboards.engine.wording import Mark
from zhiheng_web.dashboards.engine.yearly import change_chart, change_words, yearly
from zhiheng_web.dashboards.queries import earlier_rounds
from zhiheng_web.results.permissions import reads_results
from zhiheng_web.results.source import Current, NoResult, NotReady
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.downloads import csv_response
from zhiheng_web.site.views.awaiting import awaits_result

PER_PAGE = 40
LISTED = 20
SIDE_BY_SIDE = (2, 5)
MOST_OFFERED = 500
"""Units that are offered while a name is typed; in a longer list the code or the name is typed in full."""


@page(reads_results)
@awaits_result
def dashboard(request: SignedIn, code: str) -> HttpResponseBase:
    """
    Show the page for leaders; `?figure=…&as=svg` or `csv` sends one of its figures, `?as=csv` the whole ranking.

    `?before=` names the earlier round that it is compared with.

    Refused: a round in preparation or without units.
    """
    round_ = round_or_404(request.user, code)
    found, field = seen(round_)
    compared = _compared(request.user, round_, (found.key, field), request.GET.get("before", ""))
    made = (
        overview.ranking_chart(field, round_),
        overview.tiles_chart(field, round_),
        overview.distribution_chart(field, round_),
        overview.weakest_chart(field, round_),
        cast("Chart | None", compared["change"]),
    )
    charts = {chart.key: chart for chart in made if chart is not None}
    if "as" in request.GET:
        return download(request, round_, charts) or csv_response(
            f"{round_.title}{_('名次')}.csv", *overview.ranking_rows(field)
        )
    context = {
        **_frame(round_, found, field),
        "summary": overview.summary(field),
        "charts": charts,
        "standings": overview.standings(field, 0, LISTED),
        "listed": LISTED,
        "gaps": overview.gaps(field),
        **compared,
    }
    return render(request, "site/dashboards/dashboard.html", context)


@page(reads_results)
@awaits_result
def heat(request: SignedIn, code: str) -> HttpResponseBase:
    """
    Show score rates of units by indicators; `?under=` goes down to the parts of one, `?by=group` shows groups.

    Refused: a round in preparation or without units; an indicator without parts does not exist.
    """
    round_ = round_or_404(request.user, code)
    (found, field), asked = seen(round_), request.GET
    level = int(asked["level"]) if asked.get("level") in {"1", "2", "3", "4"} else field.result.depth
    under = asked.get("under", "")
    try:
        columns = heats.columns_of(field, level, under)
    except UnknownNodeError as error:
        raise Http404 from error
    by_group = asked.get("by") == "group"
    groups = sorted({group for group in field.groups if group})
    group = asked.get("group") if asked.get("group") in groups else None
    rows = heats.rows_of(field, group)
    shown = Paginator(rows, PER_PAGE).get_page(asked.get("page"))
    here = list(shown.object_list)
    if "as" in asked:
        charts = {"heat": heats.heat_chart(field, round_, here, columns)}
        whole = heats.lines_of(field, rows, columns)
        return download(request, round_, charts if asked["as"] == "svg" else {}) or _heat_csv(
            round_, field, columns, heats.group_lines(field, columns) if by_group else whole
        )
    names = field.framework.level_names
    context = {
        **_frame(round_, found, field),
        "heads": heats.heads_of(field, columns),
        "lines": heats.group_lines(field, columns) if by_group else heats.lines_of(field, here, columns),
        "page": shown,
        "by_group": by_group,
        "group": group or "",
        "groups": groups,
        "under": under,
        "trail": heats.trail_of(field, under),
        "levels": [(n, names[n - 1], not under and n == level) for n in range(1, field.result.depth + 1)],
        "level": level,
    }
    return render(request, "site/dashboards/heat.html", context)


def _heat_csv(round_: Round, field: Field, columns: Sequence[int], lines: Sequence[heats.Line]) -> HttpResponseBase:
    heads = [f"{h.number} {h.title}（{_('得分率')}）" for h in heats.heads_of(field, columns)]
    rows = ([line.code, line.name, *(cell.rate for cell in line.cells)] for line in lines)
    return csv_response(f"{round_.title}{_('得分率')}.csv", [_("代码"), _("单位"), *heads], rows)


@page(reads_results)
@awaits_result
def compare_units(request: SignedIn, code: str) -> HttpResponseBase:
    """
    Show two to five units side by side, named by code or name in `?unit=`.

    Refused: a round in preparation or without units.
    """
    round_ = round_or_404(request.user, code)
    found, field = seen(round_)
    typed = [text.strip() for text in request.GET.getlist("unit") if text.strip()]
    known = [field.result.units[field.result.row(t)].code for t in typed if t in field.result.unit_index]
    units = list(dict.fromkeys(known))[: SIDE_BY_SIDE[1]]
    enough = len(units) >= SIDE_BY_SIDE[0]
    charts = {chart.key: chart for chart in compare_charts(field, round_, units)} if enough else {}
    if "as" in request.GET:
        sent = download(request, round_, charts)
        if sent is None:
            raise Http404
        return sent
    names = [field.result.units[field.result.row(unit)].name for unit in units]
    context = {
        **_frame(round_, found, field),
        "chosen": [*names, *[""] * (SIDE_BY_SIDE[1] - len(names))],
        "unknown": [text for text in typed if text not in field.result.unit_index],
        "offered": [u.name for u in field.result.units[:MOST_OFFERED]],
        "charts": charts,
        "units": list(zip(units, names, strict=True)),
        "lines": _with_ways(round_, compare_lines(field, units)) if enough else [],
        "query": urlencode([("unit", unit) for unit in units]),
        "lacking": bool(typed) and not enough,
    }
    return render(request, "site/dashboards/compare.html", context)


def _with_ways(
    round_: Round, lines: list[tuple[NodeLine, list[tuple[str, Mark, bool]]]]
) -> list[tuple[NodeLine, list[tuple[str, Mark, bool]]]]:
    """Return the lines of a comparison with the address of each unit's derivations in place of its code."""
    ways = {unit: reverse("score_why", args=[round_.code, unit]) for unit, _mark, _best in lines[0][1]}
    return [(line, [(ways[unit], mark, best) for unit, mark, best in cells]) for line, cells in lines]


def download(request: SignedIn, round_: Round, charts: dict[str, Chart]) -> HttpResponseBase | None:
    """
    Return the figure that is asked for as a picture or as the numbers drawn; None where no figure is named.

    A figure that the page does not have does not exist.
    """
    key = request.GET.get("figure", "")
    if not key:
        return None
    if key not in charts:
        raise Http404
    chart = charts[key]
    if request.GET.get("as") == "svg":
        response = HttpResponse(svg_of(chart), content_type="image/svg+xml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{key}.svg"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response
    return csv_response(f"{round_.title}{chart.caption}.csv", chart.columns, chart.rows)


def _frame(round_: Round, found: Current, field: Field) -> dict[str, object]:
    """Return what all pages about a whole round show."""
    return {"round": round_, "state": found.state, "settled": field.result.settled}


def _compared(user: User, round_: Round, keys: tuple[str, Field], asked: str) -> dict[str, object]:
    """Return what changed since an earlier round: that of the address, else the first that has a result."""
    offered = earlier_rounds(user, round_)
    context: dict[str, object] = {"earlier": [], "before": None, "told": [], "change": None}
    chosen = next((one for one in offered if one.code == asked), offered[0] if offered else None)
    if chosen is None:
        return context
    context |= {"earlier": offered, "before": chosen}
    try:
        found, before = seen(chosen, exact=True)
    except (NoResult, NotReady) as error:
        return context | {"told": [error.message]}
    moved = yearly(before, keys[1], (found.key, keys[0]))
    return context | {"told": change_words(moved), "change": change_chart(moved, round_)}


HERE = "rounds/<str:code>"
urlpatterns: list[URLPattern] = [
    path(f"{HERE}/dashboard/", dashboard, name="dashboard"),
    path(f"{HERE}/heat/", heat, name="heat"),
    path(f"{HERE}/compare/", compare_units, name="compare_units"),
]
