"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """API."""

    name = "zhiheng_web.api"
    label = "api"
    verbose_name = "接口"
