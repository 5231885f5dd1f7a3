"""Evidence as it is read: downloaded as an attachment, or page by page as pictures; every reading is recorded."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.permissions import is_expert, is_leader, is_of_a_unit, is_of_the_office
from zhiheng_web.evidence.actions import note_reading
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.permissions import can_read_file
from zhiheng_web.evidence.previews import can_preview, fitting_width, preview
from zhiheng_web.evidence.store import open_content
from zhiheng_web.site.access import SignedIn, page, unit_or_404

reads_files = is_of_a_unit | is_of_the_office | is_leader | is_expert
ZOOMS = ((1, gettext_lazy("适合宽度")), (2, "150%"), (3, "200%"))
"""Steps of the zoom with their words; the first is as wide as the panel."""
WIDTH_OF = {1: 1000, 2: 1600, 3: 2200}
"""Width in pixels of a page at each zoom."""
SLOTS = ("verify-viewer", "viewer-1", "viewer-2")
"""Places that a panel may fill; the first has the keys of the page."""


def file_or_404(request: SignedIn, code: str, unit: str, pk: int) -> EvidenceFile:
    """Return a file of a unit that the person may read; any other does not exist for him."""
    files = EvidenceFile.objects.select_related("uploaded_by")
    if is_expert(request.user):
        # He reads no unit as a whole; what he was given to mark decides about each file.
        files = files.select_related("round_unit__round__framework", "round_unit__unit")
        found = get_object_or_404(files, round_unit__round__code=code, round_unit__code=unit, pk=pk)
    else:
        row = unit_or_404(request.user, code, unit)
        found = get_object_or_404(files, round_unit=row, pk=pk)
        # Round and unit were read above, with what decides about permission.
        found.round_unit = row
    if not can_read_file(request.user, found):
        raise Http404
    return found


@page(reads_files)
def file(request: SignedIn, code: str, unit: str, pk: int) -> FileResponse:
    """
    Send a file as an attachment.

    No browser ever opens it in the page of the site: the type is fixed, sniffing is forbidden, and whatever shows it
    runs nothing. Refused: content that cannot be read.
    """
    found = file_or_404(request, code, unit, pk)
    content = open_content(found.sha256)
    try:
        note_reading(request.user, found)
    except BaseException:
        content.close()
        raise
    response = FileResponse(content, as_attachment=True, filename=found.name, content_type=found.mime)
    response.headers.setdefault("Content-Length", str(found.size))
    _guard(response)
    return response


@page(reads_files)
def file_page(request: SignedIn, code: str, unit: str, pk: int, page: int) -> HttpResponse:
    """
    Send a page of a file as PNG, in one of a few widths.

    The browser may keep it but asks before it shows it again. Refused: kinds without preview, pages that are not there.
    """
    found = file_or_404(request, code, unit, pk)
    width = fitting_width(_number(request.GET.get("w", ""), WIDTH_OF[1]))
    tag = quote_etag(f"{found.sha256[:32]}-{page}-{width}")
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        note_reading(request.user, found)
        same = HttpResponseNotModified()
        same["ETag"] = tag
        return same
    drawn = preview(found, page, width)
    note_reading(request.user, found)
    response = HttpResponse(drawn, content_type="image/png")
    _guard(response)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


@page(reads_files)
def file_preview(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Show a file page by page beside what it supports; without scripts, on a page of its own."""
    found = file_or_404(request, code, unit, pk)
    asked = request.GET.get("slot", "")
    slot = asked if asked in SLOTS else ""
    template = "site/files/panel.html" if request.htmx else "site/files/preview.html"
    return render(request, template, {"viewer": panel(request, found), "slot": slot, "keys": slot == SLOTS[0]})


def panel(request: SignedIn, found: EvidenceFile, *, at: int | None = None) -> dict[str, object]:
    """Return what the panel of a file shows: the page `at`, else that of the address."""
    pages = found.pages or 1
    number = min(max(1, at or _number(request.GET.get("page", ""), 1)), pages)
    zoom = _number(request.GET.get("zoom", ""), 1)
    zoom = zoom if zoom in WIDTH_OF else 1
    return {
        "file": found,
        "round_code": found.round_unit.round.code,
        "unit_code": found.round_unit.code,
        "shown": can_preview(found),
        "number": number,
        "pages": pages,
        "before": number - 1,
        "after": number + 1 if number < pages else 0,
        "zoom": zoom,
        "zooms": ZOOMS,
        "width": WIDTH_OF[zoom],
    }


def _number(text: str, otherwise: int) -> int:
    """Return a small number of the address, whatever was written there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else otherwise  # noqa: PLR2004 - digits


def _guard(response: HttpResponseBase) -> None:
    """Forbid whatever a browser might make of the content of other people."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"


PLACE = "rounds/<str:code>/units/<str:unit>/files/<int:pk>/"
urlpatterns: list[URLPattern] = [
    path(PLACE, file, name="file"),
    path(f"{PLACE}pages/<int:page>.png", file_page, name="file_page"),
    path(f"{PLACE}preview/", file_preview, name="file_preview"),
]
