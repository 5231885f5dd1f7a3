"""The state of background work and of letters that broke off, for the system administrator."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_system
from zhiheng_web.jobs.queue import overview, retry
from zhiheng_web.rounds.letters import interrupted, settle_interrupted
from zhiheng_web.site.access import SignedIn, page


@page(is_system)
def jobs(request: SignedIn) -> HttpResponse:
    """Show how many jobs wait, run and failed, the last failures, and letters that broke off: no personal data."""
    context = {"queue": overview(), "interrupted": interrupted().aggregate(count=Count("pk"), since=Min("mailing_at"))}
    return render(request, "site/jobs/jobs.html", context)


@page(is_system, "POST")
def letters(request: SignedIn) -> HttpResponse:
    """Send interrupted letters again, or by `again=0` leave them at that. Refused: where there are none."""
    again = request.POST.get("again") == "1"
    count = settle_interrupted(request.user, again=again)
    words = {"count": count}
    messages.success(
        request,
        _("%(count)d封邮件已重新排队。") % words if again else _("%(count)d封邮件不再发送。") % words,
    )
    return redirect("jobs")


@page(is_system, "POST")
def job_retry(request: SignedIn, pk: UUID) -> HttpResponse:
    """Put a failed job back into the queue. Refused: a job that did not fail."""
    retry(pk)
    messages.success(request, _("任务已重新排队。"))
    return redirect("jobs")


urlpatterns: list[URLPattern] = [
    path("jobs/", jobs, name="jobs"),
    path("jobs/letters/", letters, name="letters"),
    path("jobs/<uuid:pk>/retry/", job_retry, name="job_retry"),
]
