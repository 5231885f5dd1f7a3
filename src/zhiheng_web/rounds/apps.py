"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class RoundsConfig(AppConfig):
    """Rounds."""

    name = "zhiheng_web.rounds"
    label = "rounds"
    verbose_name = "考核轮次"
