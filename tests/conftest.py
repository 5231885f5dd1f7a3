"""A real browser for every test that looks at a page, and which tests share a process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync",
)  # fmt: skip
LONGEST = ("e2e/*.py", "test_rights.py", "test_demonstration.py", "test_english_pages.py", "test_results*.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Keep what one file prepares, and the running site with its demonstration, in one of the processes that run tests.

    The files that take longest come first, so that no process waits for them in the end. It comes before the hook of
    xdist, which reads the groups.
    """
    items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if item.path.match(name)), len(LONGEST)))
    for item in items:
        of_site = "site" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("site" if of_site else item.path.as_posix()))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start one browser a process: Playwright cannot be started a second time while it runs."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing")
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield started
        started.close()
