"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """API."""

    name = "zhiheng_web.api"
    label = "api"
    verbose_name = "接口"

    def ready(self) -> None:
        """Have tokens end with what their accounts could do."""
        from zhiheng_web.accounts import hooks  # noqa: PLC0415 - models need the apps to be ready
        from zhiheng_web.api.actions import end_tokens  # noqa: PLC0415 - as above

        if end_tokens not in hooks.ENDED:
            hooks.ENDED.append(end_tokens)
