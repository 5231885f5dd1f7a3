"""The addresses below /api/v1/, each with what the site asks of its pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from zhiheng_web.api.service import PARTS, api, description


@csrf_exempt
@require_GET
def openapi(request: HttpRequest) -> JsonResponse:
    """Send the description of the API; it holds nothing of any round."""
    del request
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


def _addresses() -> list[URLPattern]:
    named: dict[str, URLPattern] = {"api_openapi": path("openapi.json", openapi, name="api_openapi")}
    for pattern in api.urls[0]:
        # An address comes once for each of its methods, and all of them have the same view.
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            named.setdefault(str(pattern.name), pattern)
    methods: dict[str, list[str]] = {"api_openapi": ["GET"]}
    for part in PARTS:
        for view in part.router.path_operations.values():
            methods[str(view.url_name)] = [method for each in view.operations for method in each.methods]
    for name, pattern in named.items():
        answers: Any = pattern.callback
        # A token stands for the sign-in, and no cookie for it.
        answers.login_required = False
        answers.methods = tuple(methods[name])
        if name == "api_evidence":
            answers.body_setting = "MAX_EVIDENCE_MB"
    return list(named.values())


urlpatterns = _addresses()
