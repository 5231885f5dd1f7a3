"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "zhiheng_web.accounts"
    label = "accounts"
    verbose_name = "账号"

    def ready(self) -> None:
        """Connect the signals."""
        from zhiheng_web.accounts import signals  # noqa: F401, PLC0415 - signals need loaded models
