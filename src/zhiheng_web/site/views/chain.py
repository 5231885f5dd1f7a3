"""The chain of marks of a unit: every point from self-assessment to what counts, on a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.objections.chain import COLUMNS, Chain, PointChain, chain_of
from zhiheng_web.objections.permissions import reads_chain
from zhiheng_web.rounds.machine import STAGES, Act, Stage
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import may, situation
from zhiheng_web.site.access import SignedIn, page, unit_or_404
from zhiheng_web.site.downloads import csv_response

UNIT = "rounds/<str:code>/units/<str:unit>/"


def settled(row: RoundUnit) -> bool:
    """Return whether the marks of a round are final: objections are closed."""
    return STAGES.index(Stage(row.round.stage)) > STAGES.index(Stage.OBJECTION)


@page(reads_chain)
def chain(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show the chain of every point of a unit, or of those whose marks changed."""
    row = unit_or_404(request.user, code, unit)
    found = chain_of(request.user, row)
    changed = request.GET.get("changed") == "1"
    points = [one for one in found.points if one.changed or not changed]
    context = {
        "round": row.round,
        "unit": row,
        "chain": found,
        "points": points,
        "titles": [stage.label for stage in COLUMNS],
        "totals": [
            *zip([_("%(stage)s合计") % {"stage": stage.label} for stage in COLUMNS], found.totals, strict=False),
            (_("最终合计") if settled(row) else _("目前合计"), found.totals[-1]),
        ],
        "changed": changed,
        "count": sum(one.changed for one in found.points),
        "settled": settled(row),
        "objecting": row.round.stage == Stage.OBJECTION,
        "due": situation(row).deadline if row.round.stage == Stage.OBJECTION else None,
        "may_object": may(Act.OBJECT, request.user, row, timezone.now()),
    }
    return render(request, "site/objections/chain.html", context)


@page(reads_chain)
def chain_export(request: SignedIn, code: str, unit: str) -> HttpResponseBase:
    """Send the chain of all points of a unit as CSV."""
    row = unit_or_404(request.user, code, unit)
    header = [_("序号"), _("考核要点"), _("分值")]
    for stage in COLUMNS:
        header += [str(stage.label), _("%(stage)s说明") % {"stage": stage.label}]
    header += [_("最终") if settled(row) else _("目前")]
    name = f"{row.round.title}-{row.name}-{_('得分经过')}.csv"
    return csv_response(name, header, _rows(chain_of(request.user, row)))


def _rows(found: Chain) -> Iterator[list[object]]:
    for one in found.points:
        yield [one.no, one.name, one.full, *_cells(one), one.final]
    *stages, final = found.totals
    cells: list[object] = []
    for total in stages:
        cells += [total, ""]
    yield ["", _("合计"), "", *cells, final]


def _cells(one: PointChain) -> Iterator[object]:
    for link in one.links:
        yield link.mark if link else ""
        yield " ".join(part for part in (link.what, link.reason) if part) if link else ""


urlpatterns: list[URLPattern] = [
    path(f"{UNIT}chain/", chain, name="chain"),
    path(f"{UNIT}chain.csv", chain_export, name="chain_export"),
]
