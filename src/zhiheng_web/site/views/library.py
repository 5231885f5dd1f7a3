"""The files of a unit: uploaded once, chosen for many points, removed while nothing uses them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_filler, is_of_a_unit
from zhiheng_web.assessments.queries import points_of_files
from zhiheng_web.evidence.actions import EvidenceRefused, handing_in, remove, take_upload
from zhiheng_web.evidence.inspection.kinds import KINDS
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.uploads import takes_megabytes
from zhiheng_web.evidence.wording import kind_title
from zhiheng_web.language import listed
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.permissions import reads_all_units
from zhiheng_web.rounds.queries import may
from zhiheng_web.site.access import SignedIn, page, unit_or_404

PAGE = 50
reads_library = is_of_a_unit | reads_all_units


@page(reads_library)
def library(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show the files of a unit."""
    return _list(request, unit_or_404(request.user, code, unit))


@takes_megabytes("MAX_EVIDENCE_MB")
@page(is_filler, "POST")
def library_add(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """
    Add a file; a script gets it as JSON.

    Refused: content that is no evidence, more than the unit may have, and what stage, state and deadline do not allow.
    """
    row = unit_or_404(request.user, code, unit)
    upload = request.FILES.get("file")
    if not isinstance(upload, TemporaryUploadedFile):
        raise EvidenceRefused(_("请选择要上传的文件。"))
    file = take_upload(request.user, row, upload)
    if request.headers.get("Accept", "").startswith("application/json"):
        href = reverse("file_preview", args=[code, unit, file.pk])
        body = {"pk": file.pk, "name": file.name, "kind": kind_title(file.kind), "href": href}
        return JsonResponse(body, status=HTTPStatus.CREATED, json_dumps_params={"ensure_ascii": False})
    messages.success(request, _("“%(name)s”已上传。") % {"name": file.name})
    return redirect("library", code, unit)


@page(is_filler, "POST")
def library_remove(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Take a file off the list. Refused: one that an item names, and what stage, state and deadline do not allow."""
    row = unit_or_404(request.user, code, unit)
    file = get_object_or_404(EvidenceFile, round_unit=row, pk=pk)
    remove(request.user, file)
    if request.htmx:
        return _list(request, row)
    messages.success(request, _("“%(name)s”已删除。") % {"name": file.name})
    return redirect("library", code, unit)


def _list(request: SignedIn, row: RoundUnit) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:80]
    found = EvidenceFile.objects.filter(round_unit=row).order_by("-uploaded_at", "-pk")
    if text:
        found = found.filter(name__icontains=text)
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    files = list(shown.object_list)
    used = points_of_files([file.pk for file in files])
    context: dict[str, Any] = {
        "row": row,
        "round": row.round,
        "page": shown,
        "files": [(file, used.get(file.pk, []), kind_title(file.kind)) for file in files],
        "text": text,
        "may_edit": may(handing_in(row), request.user, row, timezone.now()),
        "max_mb": settings.MAX_EVIDENCE_MB,
        "kinds": listed(dict.fromkeys(kind_title(code) for code in KINDS)),
        "picks": bool(request.htmx),
    }
    return render(request, "site/fill/library_list.html" if request.htmx else "site/fill/library.html", context)


_UNIT = "rounds/<str:code>/units/<str:unit>/files/"
urlpatterns: list[URLPattern] = [
    path(_UNIT, library, name="library"),
    path(f"{_UNIT}add/", library_add, name="library_add"),
    path(f"{_UNIT}<int:pk>/remove/", library_remove, name="library_remove"),
]
