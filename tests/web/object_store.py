"""A real S3-compatible store on this machine, started for the tests and thrown away after them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

WEED = Path(sys.executable).with_name("weed")
KEY, SECRET, BUCKET = "zhiheng", "of-the-tests-only", "evidence"
START_S = 60
PORTS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True)
class ObjectStore:
    """
    A running store.

    Parameters
    ----------
    endpoint
        Where it answers.
    process
        What serves it.
    """

    endpoint: str
    process: subprocess.Popen[bytes]

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that make a site use it."""
        return {
            "ZHIHENG_EVIDENCE_STORE": "s3",
            "ZHIHENG_S3_BUCKET": BUCKET,
            "ZHIHENG_S3_ENDPOINT": self.endpoint,
            "ZHIHENG_S3_REGION": "local-1",
            "ZHIHENG_S3_KEY": KEY,
            "ZHIHENG_S3_SECRET": SECRET,
        }

    def pause(self) -> None:
        """Let it take connections and answer none."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it answer again."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it as a power failure does."""
        self.process.kill()
        self.process.wait()


def start_object_store(folder: Path) -> ObjectStore:
    """Start a store with one identity and no bucket; every port is free and on this machine only."""
    if not WEED.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{WEED.name} is missing: install requirements/dev.txt")
        pytest.skip(f"{WEED.name} is not installed")
    identity = {
        "name": KEY,
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), "utf-8")
    ports = free_ports(2 * len(PORTS))
    command = [
        str(WEED), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64", "-volume.max=20", "-s3", f"-s3.config={folder / 's3.json'}", "-s3.iam=false",
        "-s3.autoCreateBucket=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
    ]  # fmt: skip
    for name, port, inner in zip(PORTS, ports[::2], ports[1::2], strict=True):
        command += [f"-{name}.port={port}", f"-{name}.port.grpc={inner}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder)})
    store = ObjectStore(f"http://127.0.0.1:{ports[2 * PORTS.index('s3')]}", process)
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if _answers(store.endpoint):
            return store
        time.sleep(0.1)
    store.stop()
    raise AssertionError((folder / "log").read_text("utf-8")[-2000:])


def _answers(endpoint: str) -> bool:
    """Return whether the store answers; without a signature it refuses."""
    try:
        urllib.request.urlopen(endpoint, timeout=2)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code == 403
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
