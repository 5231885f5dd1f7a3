"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ObjectionsConfig(AppConfig):
    """Objections."""

    name = "zhiheng_web.objections"
    label = "objections"
    verbose_name = "申诉"
