"""A person's own access tokens, and the description of the API for people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from zhiheng_web.api.actions import TokenRefused, make_token, revoke_token
from zhiheng_web.api.forms import TITLES, TokenForm
from zhiheng_web.api.permissions import uses_api
from zhiheng_web.api.queries import own_tokens
from zhiheng_web.api.service import description
from zhiheng_web.site.access import SignedIn, page

PAGE = 50


@page(uses_api, "GET", "POST")
def tokens(request: SignedIn) -> HttpResponse:
    """Show one's tokens, and make one: its text is shown once, on the page that answers."""
    form = TokenForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token, secret = make_token(request.user, given["name"], given["scopes"], given["days"])
        except TokenRefused as error:
            form.add_error(None, error.message)
        else:
            response = render(request, "site/tokens/made.html", {"token": token, "secret": secret, **_crumbs()})
            add_never_cache_headers(response)
            return response
    found = Paginator(own_tokens(request.user), PAGE).get_page(request.GET.get("page"))
    rows = [(each, [str(TITLES[scope]) for scope in each.scopes if scope in TITLES]) for each in found]
    context = {"form": form, "page": found, "rows": rows, **_crumbs()}
    return render(request, "site/tokens/list.html", context, status=422 if form.errors else 200)


def _crumbs() -> dict[str, Any]:
    above = {"title": _("我的账号"), "url": reverse("profile")}
    return {"breadcrumbs": [above, {"title": _("访问令牌")}]}


@page(uses_api, "POST")
def token_revoke(request: SignedIn, pk: int) -> HttpResponse:
    """End one's own token; that of somebody else does not exist."""
    token = get_object_or_404(own_tokens(request.user), pk=pk)
    revoke_token(request.user, token)
    messages.success(request, _("已吊销“%(name)s”。") % {"name": token.name})
    return redirect("tokens")


@page(uses_api)
def api_description(request: SignedIn) -> HttpResponse:
    """Show the description of the API as a page."""
    found = description()
    parts: dict[str, list[dict[str, Any]]] = {}
    for place, methods in found["paths"].items():
        for method, operation in methods.items():
            parts.setdefault(operation["tags"][0], []).append(_operation(place, method, operation))
    above = {"title": _("访问令牌"), "url": reverse("tokens")}
    crumbs = [{"title": _("我的账号"), "url": reverse("profile")}, above, {"title": _("接口说明")}]
    context = {"parts": parts, "schemas": _schemas(found), "breadcrumbs": crumbs}
    return render(request, "site/tokens/description.html", context)


def _operation(place: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    answers = operation["responses"]
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "place": place,
        "method": method.upper(),
        "summary": operation["summary"],
        "scope": operation["x-scope"],
        # Those of the address stand in it.
        "parameters": [each["name"] for each in operation.get("parameters", []) if each["in"] != "path"],
        "body": [_content(kind, each) for kind, each in body.items()],
        "answers": [
            _content(kind, each)
            for status in ("200", "201")
            for kind, each in answers.get(status, {}).get("content", {}).items()
        ],
    }


def _content(kind: str, content: dict[str, Any]) -> str:
    return kind if content["schema"].get("type") in {"string", "object"} else _kind(content["schema"])


def _schemas(found: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """Return the fields of every object by its name."""
    return {
        name: [(field, _kind(kind)) for field, kind in schema.get("properties", {}).items()]
        for name, schema in sorted(found["components"]["schemas"].items())
    }


def _kind(schema: dict[str, Any]) -> str:
    """Return a type in few words: `array of AnswerOut`, `number or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f'"{each}"' for each in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]"
    return str(schema.get("format") or schema.get("type", ""))


urlpatterns: list[URLPattern] = [
    path("profile/tokens/", tokens, name="tokens"),
    path("profile/tokens/<int:pk>/revoke/", token_revoke, name="token_revoke"),
    path("profile/tokens/api/", api_description, name="api_description"),
]
