"""A real browser for every test that looks at a page, and which tests share a process."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync",
)  # fmt: skip
OF_THE_SITE = ("e2e/test_journey.py", "e2e/test_keyboard.py", "e2e/test_server.py", "e2e/test_shortcuts.py")
LONGEST = ("e2e/*.py", "test_rights.py", "test_demonstration.py", "test_english_pages.py", "test_results*.py")


def pytest_configure() -> None:
    """Look for garbage seldom: a run of tests leaves little."""
    gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Put the files that take longest first, so that no process waits for them in the end.

    What uses a database still comes before all that does not: pytest-django sorts afterwards. Once a browser runs in a
    process, Django refuses to work there.
    """
    items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if item.path.match(name)), len(LONGEST)))


class ByFile(LoadScopeScheduling):
    """Keep what a file prepares, and the running site with its demonstration, in one of the processes."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "site" if file.endswith(OF_THE_SITE) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


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
