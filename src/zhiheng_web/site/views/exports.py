"""The case folder of a round: prepared in the background with its progress shown, then sent."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from zhiheng_web.accounts.permissions import is_of_the_office
from zhiheng_web.assessments.exports import ask, hand_out, standing
from zhiheng_web.site.access import SignedIn, page, round_or_404


@page(is_of_the_office, "GET", "POST")
def round_case(request: SignedIn, code: str) -> HttpResponse:
    """
    Show where the case folder of a round stands; POST has it prepared.

    One that is being prepared is not started again. While it is, the page asks for its part anew every second.
    """
    round_ = round_or_404(request.user, code)
    if request.method == "POST":
        ask(request.user, round_)
        return redirect("round_case", code)
    context = {"round": round_, "standing": standing(round_)}
    template = "site/verify/case_part.html" if request.htmx else "site/verify/case.html"
    return render(request, template, context)


@page(is_of_the_office, "POST")
def round_case_file(request: SignedIn, code: str) -> FileResponse:
    """Send the case folder that was prepared last; it is recorded who took it. Refused: none was prepared."""
    round_ = round_or_404(request.user, code)
    content = hand_out(round_)
    response = FileResponse(content, as_attachment=True, filename=f"{round_.code}.zip", content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns: list[URLPattern] = [
    path("rounds/<str:code>/verify/case/", round_case, name="round_case"),
    path("rounds/<str:code>/verify/case.zip", round_case_file, name="round_case_file"),
]
