"""The end of a round: checks and waivers, the signed snapshot, publication and its withdrawal."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.results.actions import (
    PUBLIC_STAGES,
    Choice,
    ResultRefused,
    ask_finalise,
    publish,
    standing,
    take_up,
    waive,
    withdraw,
)
from zhiheng_web.results.checks import Found, checks, likeness_findings, listed_findings
from zhiheng_web.results.drafts import draft
from zhiheng_web.results.engine import findings_of, public_key
from zhiheng_web.results.forms import PublishForm, WaiveForm, WithdrawForm
from zhiheng_web.results.models import Publication
from zhiheng_web.results.permissions import finalises, publishes, reads_results
from zhiheng_web.results.queries import place, publication_of, snapshot_of
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.site.access import SignedIn, page, round_or_404


def _findings(round_: Round) -> list[Found] | None:
    """Return what the library found in the round as it stands, or None while that is being worked out."""
    found = draft(round_)
    return list(findings_of(found.result)) if found.state == "ready" and found.result is not None else None


@page(finalises, "GET", "POST")
def round_finalise(request: SignedIn, code: str) -> HttpResponse:
    """
    Show the checks of a round with where to go; POST has it finalised, once however often it is pressed.

    While that is under way the page asks for its part anew every second.
    """
    round_ = round_or_404(request.user, code)
    if request.method == "POST":
        ask_finalise(request.user, round_, _findings(round_))
        return redirect("round_finalise", code)
    state = standing(round_)
    here = round_.stage == Stage.FINALISATION
    context: dict[str, object] = {"round": round_, "standing": state, "here": here}
    if here and state.state != "running":
        findings = _findings(round_)
        found, failed = checks(round_, findings), findings is None and draft(round_).state == "failed"
        context |= {
            "checks": found, "waiting": findings is None and not failed, "failed": failed,
            "ready": all(check.passed for check in found),
            "findings": listed_findings(round_, [*(findings or []), *likeness_findings(round_)]),
        }  # fmt: skip
    context["snapshot"] = snapshot_of(round_)
    context["past"] = round_.snapshots.exclude(superseded_at=None).select_related("superseded_by")
    context["public_key"] = public_key().hex()
    if request.htmx:
        response = render(request, "site/results/finalise_part.html", context)
        if state.state != "running":
            response["HX-Refresh"] = "true"
        return response
    return render(request, "site/results/finalise.html", context)


@page(finalises, "POST")
def round_waive(request: SignedIn, code: str) -> HttpResponse:
    """Let a finding stand with a reason, or with `again=1` have it dealt with after all."""
    round_ = round_or_404(request.user, code)
    form = WaiveForm(request.POST)
    if not form.is_valid():
        raise ResultRefused(_("请说明理由，不超过1000字。"))
    key = form.cleaned_data["key"]
    if request.POST.get("again") == "1":
        take_up(request.user, round_, key)
        return redirect("round_finalise", code)
    known = {found.key: found for found in [*(_findings(round_) or []), *likeness_findings(round_)]}
    if key not in known:
        raise ResultRefused(_("这个问题已经不存在。"))
    waive(request.user, round_, known[key], form.cleaned_data["reason"])
    messages.success(request, _("已记录理由，该问题可以保留。"))
    return redirect("round_finalise", code)


@page(reads_results, "POST")
def round_snapshot(request: SignedIn, code: str) -> FileResponse:
    """Send the signed file of a round; it is recorded who took it. Refused: a round that is not finalised."""
    round_ = round_or_404(request.user, code)
    found = snapshot_of(round_)
    if found is None or not (place() / found.file).is_file():
        raise ResultRefused(_("本轮次没有已签名的结果快照。"))
    record("result.download", found, name=round_.title, after={"sha256": found.sha256})
    response = FileResponse((place() / found.file).open("rb"), as_attachment=True, filename=f"{round_.code}.zhiheng")
    response["Content-Type"] = "application/octet-stream"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@page(publishes, "GET", "POST")
def round_publish(request: SignedIn, code: str) -> HttpResponse:
    """Show what is public and what was; POST publishes the signed result with the chosen detail and names."""
    round_ = round_or_404(request.user, code)
    form = PublishForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            publish(request.user, round_, Choice(data["detail"], data["masks"], data["note"]))
        except ResultRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("结果已发布，公开页面无需登录即可查看。"))
            return redirect("round_publish", code)
    context = {
        "round": round_, "form": form, "withdraw_form": WithdrawForm(), "published": publication_of(round_),
        "snapshot": snapshot_of(round_), "open": round_.stage in PUBLIC_STAGES,
        "past": Publication.objects.filter(round=round_).exclude(withdrawn_at=None).select_related("withdrawn_by"),
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "site/results/publish.html", context, status=status)


@page(publishes, "POST")
def round_withdraw(request: SignedIn, code: str) -> HttpResponse:
    """Take the result of a round out of the public. Refused: none is public, no reason."""
    round_ = round_or_404(request.user, code)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        raise ResultRefused(_("请说明理由。"))
    withdraw(request.user, round_, form.cleaned_data["reason"])
    messages.success(request, _("已撤回发布，公开页面不再显示。"))
    return redirect("round_publish", code)


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/finalise/", round_finalise, name="round_finalise"),
    path("rounds/<str:code>/finalise/waive/", round_waive, name="round_waive"),
    path("rounds/<str:code>/finalise/snapshot/", round_snapshot, name="round_snapshot"),
    path("rounds/<str:code>/publish/", round_publish, name="round_publish"),
    path("rounds/<str:code>/publish/withdraw/", round_withdraw, name="round_withdraw"),
]
