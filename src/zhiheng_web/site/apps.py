"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Site."""

    name = "zhiheng_web.site"
    label = "site"
    verbose_name = "网站"
