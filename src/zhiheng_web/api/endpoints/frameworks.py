"""Frameworks: the list, one with its tree, its text."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from zhiheng.framework.summary import rule_summary
from zhiheng_web.api.access import ApiRequest
from zhiheng_web.api.finding import REFUSALS, cut
from zhiheng_web.api.schemas import FrameworkOut, FrameworkWhole, Key, Listed, Paging
from zhiheng_web.api.security import scoped
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.queries import framework_of, versions

router = Router(tags=["frameworks"])


@router.get(
    "/frameworks", response={200: Listed[FrameworkOut], **REFUSALS}, url_name="api_frameworks",
    operation_id="frameworks", **scoped("read:frameworks", _("指标体系列表")),
)  # fmt: skip
def frameworks(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """List all versions."""
    del request
    return cut(versions().order_by("code", "-made_at", "-pk"), paging, _head)


def _head(version: FrameworkVersion) -> dict[str, Any]:
    return {
        "id": version.pk, "code": version.code, "version": version.version, "title": version.title,
        "total": float(version.total), "origin": version.origin, "content_hash": version.content_hash,
        "locked": version.locked, "made_at": version.made_at,
    }  # fmt: skip


@router.get(
    "/frameworks/{pk}", response={200: FrameworkWhole, **REFUSALS}, url_name="api_framework",
    operation_id="framework", **scoped("read:frameworks", _("一个指标体系和它的指标、考核要点")),
)  # fmt: skip
def framework(request: ApiRequest, pk: Key) -> dict[str, Any]:
    """Return one version with its indicators and points."""
    del request
    version = get_object_or_404(FrameworkVersion, pk=pk)
    found = framework_of(version)
    return _head(version) | {
        "level_names": list(found.level_names),
        "indicators": [
            {
                "code": each.code, "parent": parent, "level": level, "number": each.number, "title": each.title,
                "full": float(found.full(each)),
            }
            for level, parent, each in found.nodes
        ],
        "points": [
            {
                "no": each.no, "indicator": code, "text": each.text, "full": float(found.full(each)),
                "kind": each.rule.kind, "rule": rule_summary(found, each),
            }
            for code, each in found.points
        ],
    }  # fmt: skip


@router.get(
    "/frameworks/{pk}/yaml", response=REFUSALS, url_name="api_framework_yaml", operation_id="framework_yaml",
    **scoped("read:frameworks", _("指标体系的YAML文本")),
)  # fmt: skip
def framework_yaml(request: ApiRequest, pk: Key) -> HttpResponse:
    """Send the text of a version as it was handed in."""
    del request
    version = get_object_or_404(FrameworkVersion, pk=pk)
    response = HttpResponse(version.text.encode(), content_type="application/yaml")
    response["Content-Disposition"] = f'attachment; filename="{version.code}-{version.pk}.yaml"'
    return response
