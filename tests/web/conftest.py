"""Fixtures that the tests of the site share, and what of them runs on the second database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from zhiheng_web.dashboards.engine import source as dashboards
from zhiheng_web.dashboards.engine import yearly
from zhiheng_web.results import source
from zhiheng_web.site.views import parts

DATABASE = {"db", "transactional_db", "django_db_setup", "place", "filled"}
"""Fixtures that bring a database."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out pages and what no database can change: they have run on SQLite."""
    if not os.environ.get("ZHIHENG_TEST_DATABASE_URL"):
        return
    kept, left = [], []
    for item in items:
        asks = item.get_closest_marker("django_db") or DATABASE & set(getattr(item, "fixturenames", ()))
        of_browser = "e2e" in item.path.parts
        once = item.get_closest_marker("sqlite_once")
        (kept if (asks or of_browser) and not once else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Keep counts of rate limits from one test out of the next."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def no_results_of_other_tests() -> None:
    """A round of another test may have had the same key and the same state, but other marks."""
    for store in (source._results, source._tables, dashboards._fields, yearly._kept, parts._parts):
        store.clear()
    shutil.rmtree(source.folder())
