"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Audit."""

    name = "zhiheng_web.audit"
    label = "audit"
    verbose_name = "审计"
