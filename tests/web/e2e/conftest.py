"""A real server with its demonstration, in a folder of its own, and a real browser."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

DESKTOP: ViewportSize = {"width": 1280, "height": 860}
START_S = 120
sqlite_only = pytest.mark.skipif(
    bool(os.environ.get("ZHIHENG_TEST_DATABASE_URL")), reason="a site of its own brings a database of its own"
)


@dataclass(frozen=True)
class Site:
    """
    A running site.

    Parameters
    ----------
    address
        Where it answers.
    data
        Its folder.
    process
        What serves it.
    variables
        What it was started with.
    own_password
        Password of its people, where it has no demonstration.
    """

    address: str
    data: Path
    process: subprocess.Popen[bytes]
    variables: Mapping[str, str]
    own_password: str = ""

    @property
    def password(self) -> str:
        """Return the password of its accounts."""
        if self.own_password:
            return self.own_password
        accounts = json.loads((self.data / "demo.json").read_text("utf-8"))
        return str(accounts[0]["password"])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, database: str = "", **more: str) -> dict[str, str]:
    """Return the variables of a site with its data in a folder, and in a database if one is named."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ZHIHENG_", "DJANGO_"))}
    return kept | {"ZHIHENG_DATA": str(data), "ZHIHENG_DATABASE_URL": database} | more


def start(data: Path, *options: str, database: str = "") -> Site:
    """Start the site as a user does, and wait until it says that it is ready."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("zhiheng")), "site", "serve", "--port", str(port), *options]
    variables = environment(data, database)
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)
    site = Site(f"http://127.0.0.1:{port}", data, process, variables)
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{site.address}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return site
        except OSError:
            time.sleep(0.2)
    process.kill()
    pytest.fail("the site did not start")


def stop(site: Site) -> int:
    """End the site as Ctrl-C does, and return its exit code."""
    site.process.send_signal(signal.SIGINT)
    return site.process.wait(20)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = start(tmp_path_factory.mktemp("site"), "--demo")
    yield running
    assert stop(running) == 0


SignIn = Callable[[str], Page]


@pytest.fixture
def sign_in(site: Site, browser: Browser) -> Iterator[SignIn]:
    """Return a function that signs somebody in, in a browser window of his own that must not complain."""
    contexts = []
    complaints: list[str] = []

    def open_page(username: str) -> Page:
        context = browser.new_context(viewport=DESKTOP, locale="zh-CN", base_url=site.address)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto("/account/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", site.password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{site.address}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
