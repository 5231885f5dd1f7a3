"""Figures for Prometheus: requests as the middleware measured them, and the state of queue, units and database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from zhiheng import __version__
from zhiheng_web.jobs.queue import overview
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.site.telemetry import FAILED_SIGN_INS, REQUESTS, SECONDS

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the folder where the processes of the site share what they count."""


def text() -> bytes:
    """Return all figures in the text format of Prometheus; no label is a person, a unit or an address."""
    registry = CollectorRegistry(auto_describe=False)
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # adds itself
    else:
        for measured in (REQUESTS, SECONDS, FAILED_SIGN_INS):
            registry.register(measured)
    registry.register(_State())
    return generate_latest(registry)


class _State(Collector):
    """Looks at the state of the installation when it is asked: a fixed number of questions to the database."""

    def collect(self) -> Iterator[Metric]:
        yield _one("zhiheng_info", "The version that runs.", {"version": __version__}, 1)
        yield from _jobs()
        units = GaugeMetricFamily("zhiheng_units", "Units of rounds that are not removed.", labels=["stage", "state"])
        for stage, state, count in (
            RoundUnit.objects.order_by().values_list("round__stage", "state").annotate(count=Count("pk"))
        ):
            units.add_metric([stage, state], count)
        yield units
        yield _one("zhiheng_database_bytes", "Size of the database.", {}, _database_bytes())
        free = shutil.disk_usage(Path(settings.DATA)).free
        yield _one("zhiheng_disk_free_bytes", "Free space where the data lies.", {}, free)


def _one(name: str, words: str, labels: dict[str, str], value: float) -> Metric:
    family = GaugeMetricFamily(name, words, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _jobs() -> Iterator[Metric]:
    state = overview()
    jobs = GaugeMetricFamily("zhiheng_jobs", "Jobs in the background.", labels=["state"])
    for name in ("ready", "running", "failed", "done"):
        jobs.add_metric([name], getattr(state, name))
    yield jobs
    since = state.waiting_since
    age = (timezone.now() - since).total_seconds() if since else 0.0
    yield _one("zhiheng_oldest_waiting_job_seconds", "How long the oldest job waits.", {}, max(0.0, age))


def _database_bytes() -> int:
    statements = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
        row = cursor.fetchone()
    return int(row[0]) if row else 0
