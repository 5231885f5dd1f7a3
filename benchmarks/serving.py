"""What the benchmarks of the site share: an installation of their own, a server, people who ask, and their figures."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

HOST = "127.0.0.1"
COOKIE, TOKEN = "zhiheng", "zhiheng_csrf"


def inside(script: str, **given: object) -> None:
    """Run a script again in a process and an installation of its own, which are gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, script, "--inside"]
        for name, value in given.items():
            command += [f"--{name}", str(value)]
        subprocess.run(command, env=os.environ | {"ZHIHENG_DATA": folder}, check=True)


def installation() -> None:
    """Set the installation of this process up; what comes after may import its tables."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng_web.config.settings")
    import django

    django.setup()
    from zhiheng_web.config.server import prepare

    prepare()


def sessions(users: Iterable[Any]) -> list[str]:
    """Sign people in and return the keys of their sessions."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    keys = []
    for user in users:
        store = SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store.save()
        keys.append(store.session_key or "")
    return keys


@contextmanager
def served() -> Iterator[int]:
    """Serve the installation with two processes, and give the port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [Path(sys.executable).with_name("zhiheng"), "site", "serve", "--port", str(port), "--workers", "2"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait(port)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


@dataclass(frozen=True)
class Request:
    """What one person asks for."""

    method: str
    path: str
    session: str
    fields: dict[str, str] | None = None

    def send(self, connection: http.client.HTTPConnection) -> tuple[int, bytes, list[str]]:
        """Return status, body and cookies of the answer."""
        headers, body = {"Cookie": f"{COOKIE}={self.session}"}, None
        if self.fields is not None:
            body = urlencode(self.fields)
            headers["Cookie"] += f"; {TOKEN}={self.fields['csrfmiddlewaretoken']}"
            headers |= {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(self.method, self.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers.get_all("Set-Cookie", [])


def run(port: int, people: int, each: int, what: Callable[[int], Request], pause: float) -> tuple[list[float], float]:
    """Return the seconds of every request, and those of the whole; `pause` is the mean wait between two."""
    took: list[float] = []
    faults: list[str] = []

    def person(n: int) -> None:
        connection = http.client.HTTPConnection(HOST, port)
        waits = np.random.default_rng(n).uniform(0.5 * pause, 1.5 * pause, each)
        for wait_s in waits:
            time.sleep(wait_s)
            request = what(n)
            start = time.perf_counter()
            status, body, _cookies = request.send(connection)
            took.append(time.perf_counter() - start)
            if status != http.HTTPStatus.OK:
                faults.append(f"{request.method} {request.path}: {status} {body[:300].decode(errors='replace')}")
                return

    threads = [threading.Thread(target=person, args=(n,)) for n in range(people)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        sys.exit(faults[0])
    return took, time.perf_counter() - start


def wait(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(150):
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def report(name: str, measured: tuple[list[float], float]) -> None:
    took, whole = measured
    p95 = statistics.quantiles(took, n=20)[18]
    rate = len(took) / whole
    print(f"    {name:<20} p50 {statistics.median(took) * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms {rate:8.0f}/s")
