"""The first page by role, the inbox, health, and language."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import is_anybody, is_business, is_expert, is_of_a_unit, is_verifier
from zhiheng_web.rectification.queries import to_do
from zhiheng_web.reviews.queries import rounds_in_review
from zhiheng_web.rounds.actions import mark_read
from zhiheng_web.rounds.models import Notice
from zhiheng_web.rounds.permissions import manages_rounds, reads_all_units
from zhiheng_web.rounds.queries import boards, rounds_for, waiting_for_verification
from zhiheng_web.rounds.stages import own_parts
from zhiheng_web.site.access import SignedIn, open_page, page

PAGE = 50
MOST_ROUNDS, MOST_WAITING, MOST_NOTICES = 10, 10, 8
"""What the first page shows of each."""


@page(is_anybody)
def home(request: SignedIn) -> HttpResponse:
    """Show what the person has to do now: his unit's rounds, the boards, units to verify, or his pages."""
    user, now = request.user, timezone.now()
    context: dict[str, object] = {"notices": Notice.objects.filter(user=user).select_related("round")[:MOST_NOTICES]}
    context["to_do"], context["to_do_late"] = to_do(user, now)
    if is_of_a_unit(user):
        context["parts"] = own_parts(user, now)[:MOST_ROUNDS]
    elif is_business(user):
        context |= _of_the_office(user, now)
    return render(request, "site/home.html", context)


def _of_the_office(user: User, now: datetime) -> dict[str, object]:
    """Return the boards of the latest rounds, and what waits for verifiers and experts."""
    rounds = list(rounds_for(user).prefetch_related("windows")[:MOST_ROUNDS])
    found: dict[str, object] = {"rounds": rounds, "may_manage": manages_rounds(user)}
    if reads_all_units(user):
        counts = boards(rounds, now)
        found["boards"] = [(each, counts[each.pk]) for each in rounds]
    if is_expert(user):
        found["reviews"] = rounds_in_review(user)
    if is_verifier(user):
        waiting = waiting_for_verification()
        found |= {"waiting": waiting[:MOST_WAITING], "waiting_count": waiting.count()}
    return found


@page(is_anybody, "GET", "POST")
def inbox(request: SignedIn) -> HttpResponse:
    """Show the notices of the person; POST marks them as read."""
    if request.method == "POST":
        mark_read(request.user)
        return redirect("inbox")
    found = Notice.objects.filter(user=request.user).select_related("round")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "site/inbox.html", {"page": shown})


@page(is_anybody)
def notice(request: SignedIn, pk: int) -> HttpResponse:
    """Mark one notice as read and lead to the page it speaks of."""
    found = get_object_or_404(Notice, user=request.user, pk=pk)
    mark_read(request.user, found.pk)
    # Links are written by the site itself and begin at its root; anything else leads to the inbox.
    own = found.link.startswith("/") and url_has_allowed_host_and_scheme(found.link, {request.get_host()})
    return redirect(found.link if own else "inbox")


@open_page()
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the process lives and the database answers; `readyz` looks at more."""
    del request
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"status": "ok", "store": settings.EVIDENCE_STORE, "files": default_storage.__class__.__name__})


urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("inbox/", inbox, name="inbox"),
    path("inbox/<int:pk>/", notice, name="notice"),
    path("healthz", healthz, name="healthz"),
]
