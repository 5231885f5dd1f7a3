"""`zhiheng site manage remind`: reminders before deadlines, for a timer that calls it once a day."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from zhiheng_web.jobs.queue import enqueue, enqueue_named
from zhiheng_web.rounds.tasks import remind_due

RECTIFICATION = "zhiheng_web.rectification.tasks.remind_items"
"""Job that reminds of rectification; named by its path because it stands above."""


class Command(BaseCommand):
    """Puts the job into the queue."""

    help = "向自评或者整改期限临近而尚未报送的单位发出提醒；可以每天运行，同一期限不会重复提醒。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the numbers of days."""
        parser.add_argument("--days", type=int, nargs="+", default=[3], help="截止前几天提醒，可以写多个；默认3。")

    def handle(self, *, days: list[int], **options: object) -> None:
        """Put one job for each number of days into the queue."""
        del options
        for each in days:
            enqueue(remind_due, each)
            enqueue_named(RECTIFICATION, each)
        self.stdout.write(f"已加入{len(days)}项提醒任务。")
