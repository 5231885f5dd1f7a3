"""Evidence of a unit: the list, one file, its content, handing one in."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import quote_etag
from django.utils.translation import gettext_lazy as _
from ninja import File, Query, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from zhiheng_web.api.access import ApiRequest
from zhiheng_web.api.finding import REFUSALS, cut, unit_of
from zhiheng_web.api.schemas import Code, FileOut, Key, Listed, Paging
from zhiheng_web.api.security import scoped
from zhiheng_web.evidence.actions import note_reading, take_upload
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.store import open_content

router = Router(tags=["evidence"])
PLACE = "/rounds/{code}/units/{unit}/evidence"


@router.get(
    PLACE, response={200: Listed[FileOut], **REFUSALS}, url_name="api_evidence", operation_id="evidence",
    **scoped("read:evidence", _("佐证材料列表")),
)  # fmt: skip
def evidence(request: ApiRequest, code: Code, unit: Code, paging: Query[Paging]) -> dict[str, Any]:
    """List the files of a unit."""
    row = unit_of(request.auth.user, code, unit)
    return cut(EvidenceFile.objects.filter(round_unit=row).order_by("name", "pk"), paging, _values)


def _values(file: EvidenceFile) -> dict[str, Any]:
    return {
        "id": file.pk, "name": file.name, "sha256": file.sha256, "size": file.size, "kind": file.kind,
        "mime": file.mime, "pages": file.pages, "uploaded_at": file.uploaded_at,
    }  # fmt: skip


@router.post(
    PLACE, response={201: FileOut, **REFUSALS}, url_name="api_evidence", operation_id="evidence_upload",
    **scoped("write:evidence", _("上传佐证材料")),
)  # fmt: skip
def evidence_upload(
    request: ApiRequest, response: HttpResponse, code: Code, unit: Code, file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """Check and keep a file, once however often it comes. Refused: content (422), state and deadline (409)."""
    row = unit_of(request.auth.user, code, unit)
    assert isinstance(file, TemporaryUploadedFile)
    kept = take_upload(request.auth.user, row, file)
    response["Location"] = reverse("api_evidence_file", args=[code, unit, kept.pk])
    return Status(201, _values(kept))


@router.get(
    f"{PLACE}/{{pk}}", response={200: FileOut, **REFUSALS}, url_name="api_evidence_file",
    operation_id="evidence_file", **scoped("read:evidence", _("一份佐证材料的信息")),
)  # fmt: skip
def evidence_file(request: ApiRequest, code: Code, unit: Code, pk: Key) -> dict[str, Any]:
    """Return what is known of a file."""
    row = unit_of(request.auth.user, code, unit)
    return _values(get_object_or_404(EvidenceFile, round_unit=row, pk=pk))


@router.get(
    f"{PLACE}/{{pk}}/content", response=REFUSALS, url_name="api_evidence_content", operation_id="evidence_content",
    **scoped("read:evidence", _("下载佐证材料")),
)  # fmt: skip
def evidence_content(request: ApiRequest, code: Code, unit: Code, pk: Key) -> FileResponse:
    """Send a file as an attachment; the reading is recorded. Refused: content that cannot be read (503)."""
    row = unit_of(request.auth.user, code, unit)
    found = get_object_or_404(EvidenceFile, round_unit=row, pk=pk)
    found.round_unit = row
    content = open_content(found.sha256)
    try:
        note_reading(request.auth.user, found)
    except BaseException:
        content.close()
        raise
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.mime)
    response.headers.setdefault("Content-Length", str(found.size))
    response["ETag"] = quote_etag(found.sha256)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
