"""The page that stands in for a result that is still worked out: it asks again until the result is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render

from zhiheng_web.results.source import NotReady
from zhiheng_web.site.access import SignedIn

P = ParamSpec("P")
View = Callable[Concatenate[SignedIn, P], HttpResponseBase]
PART = "result-state"
"""Name of the part of the page that asks again."""


def awaits_result(view: View[P]) -> View[P]:
    """Show how far the result of a round is where a view has to wait for it; its address is asked again by the page."""

    @wraps(view)
    def waited(request: SignedIn, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        asked_again = request.htmx and request.headers.get("HX-Target") == PART
        try:
            response = view(request, *args, **kwargs)
        except NotReady as error:
            name = "waiting_part" if asked_again else "waiting"
            context = {"round": error.round, "found": error.found, "here": request.get_full_path()}
            response = render(request, f"site/results/{name}.html", context)
            response["Cache-Control"] = "no-store"
            return response
        if asked_again:
            response = HttpResponse()
            response["HX-Refresh"] = "true"
        return response

    return cast("View[P]", waited)
