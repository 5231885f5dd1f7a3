"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class RectificationConfig(AppConfig):
    """Rectification."""

    name = "zhiheng_web.rectification"
    label = "rectification"
    verbose_name = "整改"
