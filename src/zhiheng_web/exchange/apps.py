"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Exchange."""

    name = "zhiheng_web.exchange"
    label = "exchange"
    verbose_name = "工作簿往返"
