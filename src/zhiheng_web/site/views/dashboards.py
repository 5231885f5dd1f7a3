"""The result of a round as pictures and tables: the page for leaders, the heat map, units side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
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
from zhiheng_web.site.views.parts import part_of

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
    earlier = _earlier(request.user, round_, request.GET.get("before", ""))
    if "as" in request.GET:
        charts, _compared = _charts(round_, found, field, earlier)
        return download(request, round_, charts) or csv_response(
            f"{round_.title}{_('名次')}.csv", *overview.ranking_rows(field)
        )

    def context() -> dict[str, object]:
        charts, compared = _charts(round_, found, field, earlier)
        return {
            **_frame(round_, found, field), **compared, "summary": overview.summary(field), "charts": charts,
            "standings": overview.standings(field, 0, LISTED), "listed": LISTED, "gaps": overview.gaps(field),
        }  # fmt: skip

    body = part_of(request, "site/dashboards/dashboard_body.html", (round_, found), context, *earlier.state)
    return render(request, "site/dashboards/dashboard.html", {"round": round_, "body": body})


def _charts(
    round_: Round, found: Current, field: Field, earlier: Earlier
) -> tuple[dict[str, Chart], dict[str, object]]:
    """Return the figures by key, and what is told of the change since an earlier round."""
    told = [earlier.problem] if earlier.problem else []
    made: list[Chart | None] = [
        overview.ranking_chart(field, round_),
        overview.tiles_chart(field, round_),
        overview.distribution_chart(field, round_),
        overview.weakest_chart(field, round_),
    ]
    if earlier.field is not None:
        moved = yearly(earlier.field, field, (earlier.key, found.key))
        told = change_words(moved)
        made.append(change_chart(moved, round_))
    charts = {chart.key: chart for chart in made if chart is not None}
    return charts, {"earlier": earlier.offered, "before": earlier.round, "told": told}


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

    def context() -> dict[str, object]:
        names = field.framework.level_names
        return {
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

    body = part_of(request, "site/dashboards/heat_body.html", (round_, found), context)
    return render(request, "site/dashboards/heat.html", {"round": round_, "by_group": by_group, "body": body})


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


@dataclass(frozen=True)
class Earlier:
    """
    The earlier round that a round is compared with.

    Parameters
    ----------
    offered
        Rounds that could be.
    round, key, field
        The one that is, with its result; the result is None while there is none.
    problem
        Why there is none.
    """

    offered: list[Round] = dataclass_field(default_factory=list)
    round: Round | None = None
    key: str = ""
    field: Field | None = None
    problem: str = ""

    @property
    def state(self) -> tuple[object, ...]:
        """Return what changes with all that is shown of it."""
        return (self.key, self.problem, *((one.pk, one.version) for one in self.offered))


def _earlier(user: User, round_: Round, asked: str) -> Earlier:
    """Return the earlier round of the address, else the first that can be compared."""
    offered = earlier_rounds(user, round_)
    if not offered:
        return Earlier()
    chosen = next((one for one in offered if one.code == asked), offered[0])
    try:
        found, field = seen(chosen, exact=True)
    except (NoResult, NotReady) as error:
        return Earlier(offered, chosen, problem=error.message)
    return Earlier(offered, chosen, found.key, field)


HERE = "rounds/<str:code>"
urlpatterns: list[URLPattern] = [
    path(f"{HERE}/dashboard/", dashboard, name="dashboard"),
    path(f"{HERE}/heat/", heat, name="heat"),
    path(f"{HERE}/compare/", compare_units, name="compare_units"),
]
