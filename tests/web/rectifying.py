"""Brings rounds into rectification for tests: published by the real job, items issued by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from tests.web.builders import approver, evidence, filler, person, row_of
from tests.web.finished import published_round

from zhiheng_web.rectification.actions import Report, save_report, submit_report
from zhiheng_web.rectification.issuing import Terms, ask_issue, issue_all
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

LOST = {1: [2, 3, 4], 2: [1, 2, 3, 4], 3: [1, 2, 3, 4]}
"""Points below full marks of each unit: all claim 1 of 2, 0.4 of 1 and 2 of 3, later ones lose more."""


def due() -> datetime:
    return timezone.now() + timedelta(days=30)


def terms(at_least: int = 1, *, claimed_only: bool = False, request: str = "请整改") -> Terms:
    return Terms(at_least, claimed_only, due(), request)


def rectifying_round(folder: Path, units: int = 1, **more: Any) -> Round:
    """Return a round in rectification without items."""
    made = published_round(folder, units, **more).round
    return move_round(person("administrator"), made, Stage.RECTIFICATION)


def issued_round(folder: Path, units: int = 1, **more: Any) -> Round:
    """Return a round in rectification with an item for every loss."""
    made = rectifying_round(folder, units, **more)
    issue(made)
    return made


def issue(made: Round, chosen: Terms | None = None) -> Issuing:
    """Do what the job does."""
    asked = ask_issue(person("administrator"), made, chosen or terms())
    issue_all(asked.pk)
    asked.refresh_from_db()
    return asked


def item_of(made: Round, number: int = 1, point: int = 2) -> RectificationItem:
    found = RectificationItem.objects.select_related("round_unit__round__framework", "round_unit__unit")
    return found.get(round_unit=row_of(made, number), point=point)


def reported(made: Round, folder: Path, number: int = 1, point: int = 2) -> RectificationItem:
    """Return an item on which the unit has reported, with a file of its own."""
    item = item_of(made, number, point)
    file = evidence(item.round_unit, folder, f"整改{number}-{point}.pdf")
    report = Report("张三", "科长", "建立制度", "已经印发", (file.pk,))
    return save_report(filler(number), item, report, version=item.version)


def filed(made: Round, folder: Path, number: int = 1, point: int = 2) -> RectificationItem:
    """Return an item that waits for its re-check."""
    one = reported(made, folder, number, point)
    return submit_report(approver(number), one, version=one.version)
