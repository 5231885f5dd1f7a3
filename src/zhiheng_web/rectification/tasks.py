"""Work of rectification in the background: issuing items, reminders before their deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import task
from zhiheng_web.language import site_language
from zhiheng_web.rectification.actions import link_of
from zhiheng_web.rectification.issuing import issue_all
from zhiheng_web.rectification.machine import OPEN
from zhiheng_web.rectification.models import RectificationItem
from zhiheng_web.rounds.actions import notify_units
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Notice, Round


@task()
def issue_items(pk: int) -> None:
    """Issue items as they were asked for; a job that was cut off goes on where it was."""
    issue_all(pk)


@task()
def remind_items(days: int) -> int:
    """
    Remind the people of units whose items are due within some days, and return how many were told.

    Each person is told once for each deadline and number of days, however often the job runs.
    """
    now = timezone.now()
    return sum(_remind(each, days, now) for each in Round.objects.filter(stage=Stage.RECTIFICATION))


@transaction.atomic
def _remind(round_: Round, days: int, now: datetime) -> int:
    # Two runs at once take turns, so that the second sees what the first has written.
    Round.objects.select_for_update().get(pk=round_.pk)
    kind = f"rectification_{days}"
    past = Notice.objects.filter(round=round_, kind=kind).values_list("user__unit").annotate(Max("made_at")).order_by()
    told = dict(past)
    due = RectificationItem.objects.filter(
        round_unit__round=round_, state__in=OPEN, due_at__gte=now, due_at__lte=now + timedelta(days=days)
    )  # fmt: skip
    first: dict[int, datetime] = {}
    for unit, due_at in due.order_by("due_at").values_list("round_unit__unit", "due_at"):
        last = told.get(unit)
        if last is None or last < due_at - timedelta(days=days):
            first.setdefault(unit, due_at)
    units: dict[datetime, list[int]] = {}
    for unit, due_at in first.items():
        units.setdefault(due_at, []).append(unit)
    count = 0
    for due_at, found in units.items():
        with site_language():
            words = {"round": round_.title, "until": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}"}
            title = _("“%(round)s”有整改事项将于%(until)s到期") % words
        count += notify_units(round_, found, kind, title, link=link_of())
    if count:
        record("rectification.remind", round_, after={"days": days, "people": count})
    return count
