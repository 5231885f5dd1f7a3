"""The API as a whole: its endpoints, how refusals are answered, and its description."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from zhiheng.errors import ZhihengError
from zhiheng_web.accounts.signals import actor_of
from zhiheng_web.api.access import PREFIX
from zhiheng_web.api.endpoints import evidence, frameworks, results, rounds, submissions
from zhiheng_web.api.models import ApiToken
from zhiheng_web.api.problems import MEDIA, bare_problem, problem, problem_of
from zhiheng_web.audit.context import acting

FILES = {"framework_yaml": "application/yaml", "evidence_content": "application/octet-stream"}
"""Endpoints that send files, with the type that stands in the description."""

api = NinjaAPI(
    title=gettext_lazy("知衡接口"),  # type: ignore[arg-type]  # written in the language of the reader
    version="1",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
PARTS = (frameworks, rounds, submissions, evidence, results)
for part in PARTS:
    api.add_router("", part.router)


def _as_caller(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let everything that an endpoint writes be recorded as done by the person behind the token."""

    @wraps(run)
    def named(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.caller, ApiToken):
            return run(request, *args, **kwargs)
        with acting(actor_of(request.caller.user, request)):
            return run(request, *args, **kwargs)

    return named


api.add_decorator(_as_caller, mode="view")


@api.exception_handler(ZhihengError)
def _refused(request: HttpRequest, error: ZhihengError) -> HttpResponse:
    del request
    return problem_of(error)


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    del request, error
    return bare_problem(404)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    del request
    return bare_problem(error.status_code)


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    del request, error
    return bare_problem(413)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    del request
    fields = [(".".join(str(part) for part in e["loc"]), str(e["msg"])) for e in error.errors]
    return problem(422, "api.invalid", _("请求的参数或者内容不符合接口说明。"), fields=fields)


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    """Leave what is a fault of ours to Django, which writes it to the log; the answer becomes a problem outside."""
    del request
    raise error


def description() -> dict[str, Any]:
    """Return the API as OpenAPI, in the language of the reader."""
    found: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix=PREFIX), cls=DjangoJSONEncoder)
    )  # fmt: skip
    for methods in found["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:  # noqa: PLR2004 - refusals
                    answer["content"] = {MEDIA: answer["content"]["application/json"]}
            kind = FILES.get(operation["operationId"])
            if kind:
                content = {kind: {"schema": {"type": "string", "format": "binary"}}}
                operation["responses"]["200"] = {"description": "OK", "content": content}
    return found
