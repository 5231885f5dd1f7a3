"""A section of a report: generated text beside what people wrote, and how the section will look."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.site.views.studio import started
from zhiheng_web.studio.actions import Change, StudioRefused, confirm_edit, revert_edit, save_edit
from zhiheng_web.studio.engine import edits_file
from zhiheng_web.studio.models import Edit, Section
from zhiheng_web.studio.outline import items_of, outline_of, preview_of
from zhiheng_web.studio.permissions import edits_reports
from zhiheng_web.studio.queries import edits_of
from zhiheng_web.studio.text import current

MOST_STEPS = 20
"""Steps of the history of an edit that are shown."""


def _section(round_: Round, key: str) -> Section:
    started(round_)
    found = current(round_)
    if found.report is None:
        raise StudioRefused(_("正在生成文字，请稍后再打开。"))
    section = get_object_or_404(Section, report=found.report, key=key)
    # One object for all that is asked of the report.
    section.report = found.report
    return section


@page(edits_reports)
def studio_section(request: SignedIn, code: str, key: str) -> HttpResponse:
    """Show the paragraphs of a section, generated text beside what people wrote."""
    round_ = round_or_404(request.user, code)
    section = _section(round_, key)
    outline = outline_of(section.report, edits_of(round_))
    open_ones = [line for line in outline.lines if line.paragraphs]
    at = next((i for i, line in enumerate(open_ones) if line.key == key), None)
    context = {
        "round": round_, "section": section, "outline": outline, "items": items_of(section), "text": current(round_),
        "before": open_ones[at - 1] if at else None,
        "after": open_ones[at + 1] if at is not None and at + 1 < len(open_ones) else None,
    }  # fmt: skip
    return render(request, "site/studio/section.html", context)


@page(edits_reports)
def studio_preview(request: SignedIn, code: str, key: str) -> HttpResponse:
    """Show a section as the report will have it."""
    round_ = round_or_404(request.user, code)
    section = _section(round_, key)
    context = {"round": round_, "section": section, "items": preview_of(section, section.report)}
    return render(request, "site/studio/preview.html", context)


@page(edits_reports)
def studio_figure(request: SignedIn, code: str, key: str, figure: str) -> HttpResponse:
    """Send a figure of the preview as a picture."""
    section = _section(round_or_404(request.user, code), key)
    found = next((b for b in section.blocks if b["kind"] == "figure" and b["key"] == figure), None)
    if found is None:
        raise Http404
    response = HttpResponse(found["svg"], content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@page(edits_reports, "POST")
def studio_edit(request: SignedIn, code: str, key: str) -> HttpResponse:
    """Keep what was written at a paragraph, take it back, or confirm it; `do` says which."""
    round_ = round_or_404(request.user, code)
    form = request.POST
    version = form.get("version", "")
    place = form.get("place", "")
    if not version.isdecimal() or len(version) > 9 or place not in Edit.Place.values:  # noqa: PLR2004 - of an integer column
        raise StudioRefused(_("请求不完整，请刷新页面后重试。"))
    wanted = form.get("do", "save")
    act = "remove" if wanted == "remove" else "after" if place == "after" else "replace"
    change = Change(
        key, form.get("key", "")[:120], place, int(version), form.get("basis", ""), act,
        "" if act == "remove" else form.get("text", ""), form.get("reason", "") if act == "remove" else "",
    )  # fmt: skip
    if wanted == "revert":
        revert_edit(request.user, round_, change)
        messages.success(request, _("已恢复生成稿。"))
    elif wanted == "confirm":
        confirm_edit(request.user, round_, change)
        messages.success(request, _("已按新的生成稿确认。"))
    else:
        save_edit(request.user, round_, change)
    if request.htmx:
        item = next(i for i in items_of(_section(round_, key)) if i.key == change.key)
        part = item.own if place == "own" else item.after
        context = {"round": round_, "section_key": key, "item": item, "part": part}
        return render(request, "site/studio/side.html", context)
    if not Section.objects.filter(report__round=round_, key=key).exists():
        return redirect("studio", code)
    return redirect(f"{reverse('studio_section', args=[code, key])}#p-{change.key}")


@page(edits_reports)
def studio_history(request: SignedIn, code: str, pk: int) -> HttpResponse:
    """Show who wrote what at a paragraph, step by step."""
    round_ = round_or_404(request.user, code)
    edit = get_object_or_404(Edit, round=round_, pk=pk)
    steps = list(edit.steps.select_related("by")[:MOST_STEPS])
    return render(request, "site/studio/history.html", {"round": round_, "edit": edit, "steps": steps})


@page(edits_reports)
def studio_edits(request: SignedIn, code: str) -> HttpResponse:
    """Send all edits as a file for `zhiheng report --edits`; it is recorded who took it."""
    round_ = round_or_404(request.user, code)
    rows = edits_of(round_)
    record("report.edits", round_, after={"count": len(rows)})
    response = HttpResponse(edits_file(rows), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{round_.code}-edits.json"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


HERE = "rounds/<str:code>/report"
urlpatterns: list[URLPattern] = [
    path(f"{HERE}/edits.json", studio_edits, name="studio_edits"),
    path(f"{HERE}/history/<int:pk>/", studio_history, name="studio_history"),
    path(f"{HERE}/sections/<str:key>/", studio_section, name="studio_section"),
    path(f"{HERE}/sections/<str:key>/edit/", studio_edit, name="studio_edit"),
    path(f"{HERE}/sections/<str:key>/preview/", studio_preview, name="studio_preview"),
    path(f"{HERE}/sections/<str:key>/figures/<str:figure>.svg", studio_figure, name="studio_figure"),
]
