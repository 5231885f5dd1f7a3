"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs."""

    name = "zhiheng_web.jobs"
    label = "jobs"
    verbose_name = "后台任务"
