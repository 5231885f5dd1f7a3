"""Reads of evidence."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, QuerySet

from zhiheng_web.evidence.inspection import Limits
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.rounds.models import RoundUnit

MB = 1024 * 1024


def limits() -> Limits:
    """Return the limits of files as the settings have them."""
    return Limits(max_bytes=settings.MAX_EVIDENCE_MB * MB)


def files_of(round_unit: RoundUnit) -> QuerySet[EvidenceFile]:
    """Return the files of a unit with how often each is used."""
    return EvidenceFile.objects.filter(round_unit=round_unit).annotate(uses=Count("attachments"))


def open_likenesses(round_unit: RoundUnit) -> QuerySet[Likeness]:
    """Return what looks copied from another unit or round and was not dismissed."""
    return Likeness.objects.filter(file__round_unit=round_unit, dismissed_at=None).select_related(
        "file", "other__round_unit__round"
    )
