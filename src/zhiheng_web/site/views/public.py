"""What everybody may read without an account: published rounds, each exactly as far as it was published."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec, TypeVar, cast

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng import __version__
from zhiheng.errors import UnknownNodeError
from zhiheng_web.dashboards.engine.source import seen
from zhiheng_web.dashboards.engine.why import why
from zhiheng_web.results.engine import Result, drawn, filled, levels, table_of, totals_figure
from zhiheng_web.results.models import Publication
from zhiheng_web.results.queries import grades_of, groups_of, place, public
from zhiheng_web.results.rows import Table, masked
from zhiheng_web.results.source import signed
from zhiheng_web.site.access import open_page
from zhiheng_web.site.downloads import csv_response
from zhiheng_web.site.views.results import View, sorters

P = ParamSpec("P")
T = TypeVar("T", bound=HttpResponseBase)
PER_PAGE = 50
LIMITS = "allauth.account"
"""Whose settings name the limits of pages, see `ACCOUNT_RATE_LIMITS`."""
MOST_BARS = 60
"""Units of a chart; of more the first are drawn."""
FRESH_S = 60
"""How long a browser or a proxy may show a page without asking again."""


def _limited(
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Answer 429 to an address that asks too often."""

    @wraps(view)
    def limited(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not ratelimit.consume(request, app=LIMITS, action="public", limit_get=True):
            return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        return view(request, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", limited)


def _found(code: str) -> Publication:
    found = public().filter(round__code=code).first()
    if found is None:
        raise Http404
    return found


def _tag(request: HttpRequest, found: Publication) -> str:
    """
    Return what changes with everything that a page shows.

    It is made of the publication and its secret, not of the content: nobody can try names against it.
    """
    about = f"{found.pk} {request.get_full_path()} {get_language()} {__version__}"
    return f'W/"{hmac.new(found.salt.encode(), about.encode(), hashlib.sha256).hexdigest()[:32]}"'


def _unchanged(request: HttpRequest, tag: str) -> HttpResponseBase | None:
    answer: HttpResponseBase | None = get_conditional_response(request, etag=tag)
    return answer


def _kept(response: T, tag: str) -> T:
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={FRESH_S}"
    return response


def _shown(found: Publication) -> tuple[Table, Result]:
    """Return the ranking under the names that are public; everything below is made from this alone."""
    result = signed(found.snapshot)
    table = table_of(result, groups_of(found.round), grades_of(found.round))
    return masked(table, found.masks, found.salt), result


@open_page()
@_limited
def public_rounds(request: HttpRequest) -> HttpResponse:
    """List the published rounds."""
    shown = Paginator(public(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "site/public/rounds.html", {"page": shown})


@open_page()
@_limited
def public_round(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the ranking of a published round with the chosen detail and names."""
    found = _found(code)
    tag = _tag(request, found)
    if unchanged := _unchanged(request, tag):
        return unchanged
    table, result = _shown(found)
    view = View.of(request.GET, levels(result, found.detail))
    rows = view.rows(table, result)
    shown = Paginator(rows.rows, PER_PAGE).get_page(request.GET.get("page"))
    part = filled(replace(rows, rows=tuple(shown)), result, view.level)
    context = {
        "publication": found, "round": found.round, "table": part,
        "lines": [(row, list(zip(part.heads, row.scores, strict=True))) for row in part.rows],
        "page": shown, "view": view,
        "choices": view.choices(table), "units": len(table.rows), "heads": sorters(view, part),
        "csv": f"{reverse('public_csv', args=[code])}?{view.address()}",
        "figure": totals_figure(_drawn_rows(table), _("总分")), "most": MOST_BARS,
    }  # fmt: skip
    return _kept(render(request, "site/public/round.html", context), tag)


def _drawn_rows(table: Table) -> Table:
    return replace(table, rows=table.rows[:MOST_BARS])


@open_page()
@_limited
def public_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send what the page shows, all pages of it, as CSV."""
    found = _found(code)
    tag = _tag(request, found)
    if unchanged := _unchanged(request, tag):
        return unchanged
    table, result = _shown(found)
    heads, lines = View.of(request.GET, levels(result, found.detail)).lines(table, result)
    return _kept(csv_response(f"{found.round.title}.csv", heads, lines), tag)


@open_page()
@_limited
def public_chart(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send the chart of the totals as SVG."""
    found = _found(code)
    tag = _tag(request, found)
    if unchanged := _unchanged(request, tag):
        return unchanged
    key = f"public-chart-{found.pk}-{tag[3:-1]}"
    picture = cache.get(key)
    if picture is None:
        picture = drawn(totals_figure(_drawn_rows(_shown(found)[0]), _("总分")))
        cache.set(key, picture, 24 * 3600)
    return _kept(HttpResponse(picture, content_type="image/svg+xml; charset=utf-8"), tag)


@open_page()
@_limited
def public_snapshot(request: HttpRequest, code: str) -> HttpResponseBase:
    """Send the signed file, where everything in it is public: full detail under real names."""
    found = _found(code)
    path_ = place() / found.snapshot.file
    if not found.offers_file or not path_.is_file():
        raise Http404
    tag = f'"{found.snapshot.sha256}"'
    if unchanged := _unchanged(request, tag):
        return unchanged
    response = FileResponse(path_.open("rb"), as_attachment=True, filename=f"{code}.zhiheng")
    response["Content-Type"] = "application/octet-stream"
    response["X-Content-Type-Options"] = "nosniff"
    return _kept(response, tag)


@open_page()
@_limited
def public_why(request: HttpRequest, code: str, number: int) -> HttpResponseBase:
    """Show why a unit has its marks at `?node=`, where all of it is public: full detail under real names."""
    found = _found(code)
    if not found.offers_file:
        raise Http404
    tag = _tag(request, found)
    if unchanged := _unchanged(request, tag):
        return unchanged
    state, field = seen(found.round)
    named = field.result.units[number - 1] if 0 < number <= len(field.result.units) else None
    row = found.round.units.filter(code=named.code).first() if named else None
    if row is None or state.key != found.snapshot.sha256:
        raise Http404
    row.round = found.round
    try:
        reason = why(field, row, request.GET.get("node", "")[:40])
    except UnknownNodeError as error:
        raise Http404 from error
    context = {"publication": found, "round": found.round, "unit": row.name, "why": reason, "state": state.state}
    return _kept(render(request, "site/public/why.html", context), tag)


urlpatterns: list[URLPattern] = [
    path("public/", public_rounds, name="public"),
    path("public/<str:code>/", public_round, name="public_round"),
    path("public/<str:code>/table.csv", public_csv, name="public_csv"),
    path("public/<str:code>/ranking.svg", public_chart, name="public_chart"),
    path("public/<str:code>/units/<int:number>/", public_why, name="public_why"),
    path("public/<str:code>/result.zhiheng", public_snapshot, name="public_snapshot"),
]
