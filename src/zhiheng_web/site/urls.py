"""The addresses of the site, area by area."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from zhiheng_web.site.views import (
    account,
    audit,
    exports,
    files,
    fill,
    frameworks,
    home,
    invitations,
    jobs,
    library,
    people,
    round_settings,
    rounds,
    units,
    verify,
    verify_acts,
    workbook,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *fill.urlpatterns,
    *library.urlpatterns,
    *frameworks.urlpatterns,
    *round_settings.urlpatterns,
    *rounds.urlpatterns,
    *workbook.urlpatterns,
    *files.urlpatterns,
    *verify.urlpatterns,
    *verify_acts.urlpatterns,
    *exports.urlpatterns,
    *people.urlpatterns,
    *invitations.urlpatterns,
    *units.urlpatterns,
    *audit.urlpatterns,
    *jobs.urlpatterns,
    *account.urlpatterns,
]
