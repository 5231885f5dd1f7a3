"""Reads of imports."""

from __future__ import annotations

from django.db.models import QuerySet

from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.rounds.models import RoundUnit

MOST = 20


def imports_of(round_unit: RoundUnit) -> QuerySet[WorkbookImport]:
    """Return the imports of a unit, newest first."""
    return WorkbookImport.objects.filter(round_unit=round_unit).select_related("made_by")[:MOST]
