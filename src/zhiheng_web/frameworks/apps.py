"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class FrameworksConfig(AppConfig):
    """Frameworks."""

    name = "zhiheng_web.frameworks"
    label = "frameworks"
    verbose_name = "指标体系"
