"""The workbook of a unit: out, in with an archive of evidence, looked at, and applied as a whole."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng_web.accounts.permissions import is_filler, is_of_a_unit
from zhiheng_web.evidence.uploads import takes_megabytes
from zhiheng_web.exchange.actions import apply, drop, take_in, write_workbook
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.exchange.queries import imports_of
from zhiheng_web.rounds.machine import Act
from zhiheng_web.rounds.permissions import reads_all_units
from zhiheng_web.rounds.queries import may
from zhiheng_web.site.access import SignedIn, page, unit_or_404

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
reads_units = is_of_a_unit | reads_all_units


class WorkbookForm(forms.Form):
    """What a filler hands in."""

    workbook = forms.FileField(label=gettext_lazy("填好的工作簿（.xlsx）"))
    archive = forms.FileField(
        label=gettext_lazy("佐证材料压缩包（.zip，可不选）"),
        required=False,
        help_text=gettext_lazy("文件名以要点序号开头，例如“10-01 通知.pdf”；工作簿中写了文件名的，按工作簿对应。"),
    )


@page(reads_units)
def unit_workbook(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Show how the workbook works, the form to hand it in, and what was handed in before."""
    row = unit_or_404(request.user, code, unit)
    context = {"row": row, "form": WorkbookForm(), "imports": imports_of(row), "may_edit": _may_edit(request, row)}
    return render(request, "site/workbook/index.html", context)


def _may_edit(request: SignedIn, row: object) -> bool:
    return may(Act.EDIT, request.user, row, timezone.now())  # type: ignore[arg-type]  # rows come from unit_or_404


@page(reads_units)
def unit_workbook_file(request: SignedIn, code: str, unit: str) -> FileResponse:
    """Send the workbook of a unit as its answers stand."""
    row = unit_or_404(request.user, code, unit)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "workbook.xlsx")
        write_workbook(row, made)
        # The open file outlives its name.
        content = made.open("rb")
    name = _("%(unit)s自评工作簿-%(code)s.xlsx") % {"unit": row.name, "code": row.round.code}
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)


@takes_megabytes("MAX_ARCHIVE_MB")
@page(is_filler, "POST")
def unit_workbook_upload(request: SignedIn, code: str, unit: str) -> HttpResponse:
    """Take a workbook in; nothing of the unit changes yet."""
    row = unit_or_404(request.user, code, unit)
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"row": row, "form": form, "imports": imports_of(row), "may_edit": _may_edit(request, row)}
        return render(request, "site/workbook/index.html", context, status=422)
    found = take_in(request.user, row, form.cleaned_data["workbook"], form.cleaned_data["archive"])
    return redirect("unit_import", code, unit, found.pk)


@page(is_filler)
def unit_import(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Show what an import would change and what is wrong with it; while it is being checked, how far that is."""
    row = unit_or_404(request.user, code, unit)
    found = get_object_or_404(WorkbookImport, pk=pk, round_unit=row)
    context = {"row": row, "found": found, "may_edit": _may_edit(request, row), "points": _points(found)}
    part = bool(request.htmx)
    return render(request, "site/workbook/state.html" if part else "site/workbook/preview.html", context)


def _points(found: WorkbookImport) -> list[tuple[int, list[dict[str, str]]]]:
    """Return the changes grouped by point."""
    grouped: dict[int, list[dict[str, str]]] = {}
    for change in found.changes:
        grouped.setdefault(change["point"], []).append(change)
    return list(grouped.items())


@page(is_filler, "POST")
def unit_import_apply(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Apply an import as a whole."""
    row = unit_or_404(request.user, code, unit)
    found = get_object_or_404(WorkbookImport, pk=pk, round_unit=row)
    count = apply(request.user, found)
    messages.success(request, _("工作簿已导入，共改动%(count)d项考核要点。") % {"count": count})
    return redirect("unit", code, unit)


@page(is_filler, "POST")
def unit_import_drop(request: SignedIn, code: str, unit: str, pk: int) -> HttpResponse:
    """Throw an import away."""
    row = unit_or_404(request.user, code, unit)
    drop(request.user, get_object_or_404(WorkbookImport, pk=pk, round_unit=row))
    messages.success(request, _("已放弃这次导入，网页上的填报没有改动。"))
    return redirect("unit_workbook", code, unit)


_UNIT = "rounds/<str:code>/units/<str:unit>/workbook/"
urlpatterns: list[URLPattern] = [
    path(_UNIT, unit_workbook, name="unit_workbook"),
    path(f"{_UNIT}file.xlsx", unit_workbook_file, name="unit_workbook_file"),
    path(f"{_UNIT}upload/", unit_workbook_upload, name="unit_workbook_upload"),
    path(f"{_UNIT}<int:pk>/", unit_import, name="unit_import"),
    path(f"{_UNIT}<int:pk>/apply/", unit_import_apply, name="unit_import_apply"),
    path(f"{_UNIT}<int:pk>/drop/", unit_import_drop, name="unit_import_drop"),
]
