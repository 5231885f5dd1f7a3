"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Reviews."""

    name = "zhiheng_web.reviews"
    label = "reviews"
    verbose_name = "专家评审"

    def ready(self) -> None:
        """Let experts open the files of what they were given to mark."""
        from zhiheng_web.evidence.permissions import READERS  # noqa: PLC0415 - models need the apps to be ready
        from zhiheng_web.reviews.queries import may_read_evidence  # noqa: PLC0415 - as above

        if may_read_evidence not in READERS:
            READERS.append(may_read_evidence)
