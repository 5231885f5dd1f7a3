"""The state of background work, for the system administrator."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from zhiheng_web.accounts.permissions import is_system
from zhiheng_web.jobs.queue import overview, retry
from zhiheng_web.site.access import SignedIn, page


@page(is_system)
def jobs(request: SignedIn) -> HttpResponse:
    """Show how many jobs wait, run and failed, and the last failures without personal data."""
    return render(request, "site/jobs/jobs.html", {"queue": overview()})


@page(is_system, "POST")
def job_retry(request: SignedIn, pk: UUID) -> HttpResponse:
    """Put a failed job back into the queue. Refused: a job that did not fail."""
    retry(pk)
    messages.success(request, _("任务已重新排队。"))
    return redirect("jobs")


urlpatterns: list[URLPattern] = [
    path("jobs/", jobs, name="jobs"),
    path("jobs/<uuid:pk>/retry/", job_retry, name="job_retry"),
]
