"""The report studio: versions of the reports of rounds, what differs between them, and their files."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.rounds.queries import rounds_for
from zhiheng_web.site.access import SignedIn, page, round_or_404
from zhiheng_web.studio.actions import StudioRefused, ask_version
from zhiheng_web.studio.diff import differences
from zhiheng_web.studio.engine import edits_digest
from zhiheng_web.studio.making import STEPS, broken_off, progress
from zhiheng_web.studio.models import Version
from zhiheng_web.studio.outline import outline_of
from zhiheng_web.studio.permissions import edits_reports, reads_reports
from zhiheng_web.studio.queries import edits_of, place, source_stamp, versions_of
from zhiheng_web.studio.text import ask_text, current

MOST_VERSIONS = 30
"""Versions that are listed at once."""
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def started(round_: Round) -> None:
    """Refuse a round that has nothing to report yet."""
    if round_.stage == Stage.PREPARATION:
        raise StudioRefused(_("考核轮次还没有启动，没有报告。"))


@page(reads_reports)
def studio_rounds(request: SignedIn) -> HttpResponse:
    """Show the rounds that have a report, with the newest version of each."""
    rounds = list(rounds_for(request.user).exclude(stage=Stage.PREPARATION)[:100])
    newest: dict[int, Version] = {}
    ready = Version.objects.filter(round__in=rounds, state=Version.State.READY).order_by("number")
    for version in ready.defer("texts", "edits"):
        newest[version.round_id] = version
    return render(request, "site/studio/rounds.html", {"rounds": [(r, newest.get(r.pk)) for r in rounds]})


@page(reads_reports)
def studio(request: SignedIn, code: str) -> HttpResponse:
    """
    Show the versions of a report and its outline.

    While a version is being made the page asks for its part anew every second.
    """
    round_ = round_or_404(request.user, code)
    started(round_)
    versions = list(versions_of(round_)[:MOST_VERSIONS])
    if not edits_reports(request.user):
        versions = [v for v in versions if v.state == Version.State.READY]
    waiting = next((v for v in versions if v.state == Version.State.WAITING and not broken_off(v)), None)
    context: dict[str, object] = {"round": round_, "versions": versions, "waiting": waiting, "steps": len(STEPS)}
    context["may_edit"] = edits_reports(request.user)
    if waiting is not None:
        context["done"], context["step"] = progress(waiting)
    if request.htmx:
        response = render(request, "site/studio/waiting.html", context)
        if waiting is None:
            response["HX-Refresh"] = "true"
        return response
    ready = next((v for v in versions if v.state == Version.State.READY), None)
    edits = edits_of(round_)
    if ready is not None:
        context["newest"] = ready
        context["outdated"] = ready.stamp != source_stamp(round_) or ready.edits_hash != edits_digest(edits)
    if edits_reports(request.user):
        found = current(round_)
        context["text"] = found
        context["outline"] = outline_of(found.report, edits) if found.report else None
    return render(request, "site/studio/studio.html", context)


@page(edits_reports, "POST")
def studio_make(request: SignedIn, code: str) -> HttpResponse:
    """Have a version made, once however often it is pressed. Refused: a round in preparation or without units."""
    ask_version(request.user, round_or_404(request.user, code), request.POST.get("note", ""))
    return redirect("studio", code)


@page(edits_reports, "GET", "POST")
def studio_text(request: SignedIn, code: str) -> HttpResponse:
    """Tell whether the generated text is there, for a page that waits for it; POST asks for it again."""
    round_ = round_or_404(request.user, code)
    started(round_)
    if request.method == "POST":
        ask_text(round_)
        return redirect("studio", code)
    found = current(round_)
    response = render(request, "site/studio/text_state.html", {"round": round_, "text": found})
    if found.state == "ready":
        response["HX-Refresh"] = "true"
    return response


@page(reads_reports)
def studio_file(request: SignedIn, code: str, number: int, form: str) -> FileResponse:
    """Send a file of a version; it is recorded who took it. Refused: one whose file is not there."""
    round_ = round_or_404(request.user, code)
    version = get_object_or_404(Version, round=round_, number=number, state=Version.State.READY)
    file = get_object_or_404(version.files, format=form)
    kept = place() / version.folder / f"report.{file.format}"
    if not kept.is_file():
        raise StudioRefused(_("找不到报告文件，请联系系统管理员从备份中恢复。"))
    record("report.download", version, name=f"{round_.title} {number}", after={"name": form, "sha256": file.sha256})
    draft = "" if version.frozen else f"-{_('草稿')}"
    words = {"round": _safe(round_.title), "number": number}
    name = f"{_('%(round)s-报告-第%(number)d版') % words}{draft}.{form}"
    response = FileResponse(kept.open("rb"), as_attachment=True, filename=name, content_type=TYPES[form])
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _safe(title: str) -> str:
    """Return a title without what no file system takes in a name."""
    return "".join("-" if c in '\\/:*?"<>|' or not c.isprintable() else c for c in title).strip(". ")[:80]


@page(reads_reports)
def studio_compare(request: SignedIn, code: str) -> HttpResponse:
    """Show in which sections the texts of two versions differ; without a choice the two newest."""
    round_ = round_or_404(request.user, code)
    ready = list(versions_of(round_).filter(state=Version.State.READY)[:200])
    numbers = [v.number for v in ready]
    if len(ready) < 2:  # noqa: PLR2004 - one version has nothing to be compared with
        raise StudioRefused(_("有两个版本以后才能比较。"))
    first, second = (_asked(request.GET.get(name, ""), numbers) for name in ("a", "b"))
    second = second or numbers[0]
    first = first or next(n for n in (*(n for n in numbers if n < second), *numbers) if n != second)
    before, after = (get_object_or_404(Version, round=round_, number=n) for n in (first, second))
    context = {
        "round": round_, "versions": ready, "before": before, "after": after,
        "found": differences(before.texts, after.texts), "result": before.result_hash != after.result_hash,
    }  # fmt: skip
    return render(request, "site/studio/compare.html", context)


def _asked(text: str, numbers: list[int]) -> int:
    if not text:
        return 0
    if not text.isdecimal() or int(text) not in numbers:
        raise Http404
    return int(text)


urlpatterns: list[URLPattern] = [
    path("reports/", studio_rounds, name="studio_rounds"),
    path("rounds/<str:code>/report/", studio, name="studio"),
    path("rounds/<str:code>/report/make/", studio_make, name="studio_make"),
    path("rounds/<str:code>/report/text/", studio_text, name="studio_text"),
    path("rounds/<str:code>/report/compare/", studio_compare, name="studio_compare"),
    path("rounds/<str:code>/report/versions/<int:number>/<str:form>/", studio_file, name="studio_file"),
]
