"""Frameworks: the list, handing in by file or workbook, the page of one version, downloads, removal."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from zhiheng.errors import FrameworkError, WorkbookError
from zhiheng.framework.checks import run_checks
from zhiheng.framework.diff import diff
from zhiheng_web.frameworks import preview
from zhiheng_web.frameworks.actions import FrameworkRefused, add_framework, remove_framework
from zhiheng_web.frameworks.engine import template_bytes, workbook_text
from zhiheng_web.frameworks.forms import UploadForm
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.permissions import manages_frameworks, reads_frameworks
from zhiheng_web.frameworks.queries import framework_of, loaded, versions
from zhiheng_web.frameworks.wording import Fault, faults_of
from zhiheng_web.rounds.queries import rounds_for
from zhiheng_web.site.access import SignedIn, page

PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page(reads_frameworks)
def frameworks(request: SignedIn) -> HttpResponse:
    """List all versions with their state."""
    found = Paginator(versions(), PAGE).get_page(request.GET.get("page"))
    return render(
        request, "frameworks/list.html", {"page": found, "may_manage": manages_frameworks(request.user)}
    )  # fmt: skip


@page(manages_frameworks, "GET", "POST")
def framework_add(request: SignedIn) -> HttpResponse:
    """Take a framework as YAML or workbook; nothing is kept of one that is not valid, and every fault is listed."""
    form = UploadForm(request.POST or None, request.FILES or None)
    faults: tuple[Fault, ...] = ()
    if request.method == "POST" and form.is_valid():
        text = ""
        try:
            text, origin = _text_of(form.cleaned_data["file"])
            version = add_framework(request.user, text, origin)
        except (FrameworkError, WorkbookError) as error:
            faults = faults_of(error.problems, text) or (Fault(error.message),)
        except FrameworkRefused as error:
            form.add_error("file", error.message)
        else:
            messages.success(request, _("已添加“%(name)s”。") % {"name": version})
            return redirect("framework", version.pk)
    context = {"form": form, "faults": faults, "versions": versions(), "breadcrumbs": _crumbs(_("添加指标体系"))}
    return render(request, "frameworks/add.html", context, status=422 if faults or form.errors else 200)


def _text_of(file: UploadedFile[Any]) -> tuple[str, str]:
    """Return a handed-in file as YAML with its origin."""
    if (file.name or "").lower().endswith(".xlsx"):
        assert isinstance(file, TemporaryUploadedFile)
        return workbook_text(Path(file.temporary_file_path())), FrameworkVersion.Origin.WORKBOOK
    try:
        return file.read().decode("utf-8-sig"), FrameworkVersion.Origin.YAML
    except UnicodeDecodeError as error:
        raise FrameworkError(_("文件不是UTF-8编码的文本，请另存为UTF-8后再上传")) from error


@page(reads_frameworks)
def framework(request: SignedIn, pk: int) -> HttpResponse:
    """Show one version: state, checks, tree, settings, sources, and how it differs from another."""
    version = get_object_or_404(FrameworkVersion.objects.select_related("parent", "made_by"), pk=pk)
    found = loaded(version)
    against = _against(request, version)
    difference = diff(framework_of(against), found.framework) if against else None
    context = {
        "version": version,
        "framework": found.framework,
        "levels": list(zip(found.framework.level_names, found.framework.counts, strict=False)),
        "rows": preview.outline(found.framework),
        "settings": preview.settings_of(found.framework),
        "own": preview.own_settings(found.framework),
        "checks": preview.by_severity(run_checks(found)),
        "others": FrameworkVersion.objects.defer("text").exclude(pk=version.pk),
        "against": against,
        "difference": difference,
        "areas": preview.changes_by_area(difference) if difference else [],
        "rounds": rounds_for(request.user).filter(framework=version),
        "uses": version.rounds.count(),
        "may_manage": manages_frameworks(request.user),
        "breadcrumbs": _crumbs(str(version)),
    }
    return render(request, "frameworks/framework.html", context)


def _against(request: SignedIn, version: FrameworkVersion) -> FrameworkVersion | None:
    """Return the version to compare with: the one asked for, else the parent."""
    asked = request.GET.get("against", "")
    if asked.isdecimal():
        return get_object_or_404(FrameworkVersion, pk=int(asked[:18]))
    return version.parent


def _crumbs(last: str) -> list[dict[str, str]]:
    return [{"title": pgettext("多个", "指标体系"), "url": reverse("frameworks")}, {"title": last}]


@page(reads_frameworks)
def framework_yaml(request: SignedIn, pk: int) -> HttpResponseBase:
    """Send the text of a version as it was handed in."""
    del request
    version = get_object_or_404(FrameworkVersion, pk=pk)
    return _attached(version.text.encode(), f"{version.code}-{version.version}.yaml", "application/yaml")


@page(manages_frameworks)
def framework_template(request: SignedIn) -> HttpResponseBase:
    """Send the workbook template: empty, or filled with the version named by `from`."""
    asked = request.GET.get("from", "")
    if not asked.isdecimal():
        return _attached(template_bytes(), _("指标体系模板.xlsx"), XLSX)
    version = get_object_or_404(FrameworkVersion, pk=int(asked[:18]))
    return _attached(template_bytes(framework_of(version)), f"{version.code}-{version.version}.xlsx", XLSX)


def _attached(content: bytes, name: str, kind: str) -> FileResponse:
    response = FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page(manages_frameworks, "POST")
def framework_remove(request: SignedIn, pk: int) -> HttpResponse:
    """Remove a version that nothing uses."""
    version = get_object_or_404(FrameworkVersion, pk=pk)
    name = str(version)
    remove_framework(request.user, version)
    messages.success(request, _("已删除“%(name)s”。") % {"name": name})
    return redirect("frameworks")


urlpatterns: list[URLPattern] = [
    path("frameworks/", frameworks, name="frameworks"),
    path("frameworks/add/", framework_add, name="framework_add"),
    path("frameworks/template/", framework_template, name="framework_template"),
    path("frameworks/<int:pk>/", framework, name="framework"),
    path("frameworks/<int:pk>/yaml/", framework_yaml, name="framework_yaml"),
    path("frameworks/<int:pk>/remove/", framework_remove, name="framework_remove"),
]
