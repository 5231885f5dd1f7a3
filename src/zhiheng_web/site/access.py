"""How pages are guarded: a view names the predicate that lets people in, and objects are found within their scope."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import Predicate
from zhiheng_web.rounds.models import Round, RoundUnit
from zhiheng_web.rounds.queries import rounds_for, units_for

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class SignedIn(HttpRequest):
    """A request of a person who is signed in."""

    user: User
    htmx: Any


def page(
    predicate: Predicate, *methods: str
) -> Callable[[Callable[Concatenate[SignedIn, P], HttpResponseBase]], View[P]]:
    """
    Guard a view.

    Parameters
    ----------
    predicate
        Who may use it; anybody else gets 403, and the attempt is recorded.
    methods
        HTTP methods it takes; GET when none is given.
    """
    taken = methods or ("GET",)

    def guard(view: Callable[Concatenate[SignedIn, P], HttpResponseBase]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not predicate(user):
                raise PermissionDenied
            return view(cast("SignedIn", request), *args, **kwargs)

        return cast("View[P]", _marked(guarded, predicate, taken))

    return guard


def _marked(view: Callable[..., HttpResponseBase], predicate: Predicate | None, methods: tuple[str, ...]) -> Any:
    """Return a view that takes these methods only and says who may use it, for the test of every page and role."""
    checked: Any = require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))(view)
    checked.permission, checked.methods = predicate, methods
    return checked


def open_page(*methods: str) -> Callable[[View[P]], View[P]]:
    """Let everybody in, signed in or not."""
    taken = methods or ("GET",)

    def guard(view: View[P]) -> View[P]:
        return cast("View[P]", login_not_required(_marked(view, None, taken)))

    return guard


def round_or_404(user: User, code: str) -> Round:
    """Return a round that a person may see; any other does not exist for him."""
    return get_object_or_404(rounds_for(user).prefetch_related("windows"), code=code)


def unit_or_404(user: User, code: str, unit: str) -> RoundUnit:
    """Return a unit of a round that a person may read; any other does not exist for him."""
    round_ = round_or_404(user, code)
    row = get_object_or_404(units_for(user, round_), code=unit)
    # The windows were read with the round.
    row.round = round_
    return row
