"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Evidence."""

    name = "zhiheng_web.evidence"
    label = "evidence"
    verbose_name = "佐证材料"

    def ready(self) -> None:
        """Have every kept file compared in the background."""
        from zhiheng_web.evidence import hooks  # noqa: PLC0415 - the queue needs the apps to be ready
        from zhiheng_web.evidence.tasks import compare_later  # noqa: PLC0415 - as above

        if compare_later not in hooks.KEPT:
            hooks.KEPT.append(compare_later)
