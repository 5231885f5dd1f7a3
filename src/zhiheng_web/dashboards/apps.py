"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    """Dashboards."""

    name = "zhiheng_web.dashboards"
    label = "dashboards"
    verbose_name = "结果分析"
