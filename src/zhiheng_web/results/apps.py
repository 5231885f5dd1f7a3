"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ResultsConfig(AppConfig):
    """Results."""

    name = "zhiheng_web.results"
    label = "results"
    verbose_name = "结果"
