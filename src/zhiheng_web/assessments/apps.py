"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    """Assessments."""

    name = "zhiheng_web.assessments"
    label = "assessments"
    verbose_name = "自评和核查"

    def ready(self) -> None:
        """Have answers marked when evidence turns out alike."""
        from zhiheng_web.assessments.alike import mark_alike  # noqa: PLC0415 - models need the apps to be ready
        from zhiheng_web.evidence import hooks  # noqa: PLC0415 - as above

        if mark_alike not in hooks.LIKENESS_CHANGED:
            hooks.LIKENESS_CHANGED.append(mark_alike)
