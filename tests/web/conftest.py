"""Fixtures that the tests of the site share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Keep counts of rate limits from one test out of the next."""
    cache.clear()
    yield
    cache.clear()
