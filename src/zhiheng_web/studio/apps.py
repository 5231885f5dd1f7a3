"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Report studio."""

    name = "zhiheng_web.studio"
    label = "studio"
    verbose_name = "报告工作室"
