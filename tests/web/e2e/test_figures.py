"""The figures of a running site are those of all its processes."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.web.e2e.conftest import start

REQUESTS = 40


@pytest.mark.sqlite_once
def test_the_figures_add_up_over_all_processes(tmp_path: Path) -> None:
    site = start(tmp_path, "--workers", "2")
    try:
        for _ in range(REQUESTS):
            with urllib.request.urlopen(f"{site.address}/account/login/", timeout=10) as answer:
                assert answer.headers["X-Request-ID"]
        with urllib.request.urlopen(f"{site.address}/readyz", timeout=10) as answer:
            assert json.load(answer)["status"] == "ready"
        with urllib.request.urlopen(f"{site.address}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    finally:
        site.process.terminate()
        site.process.wait(30)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    wanted = {"view": "account_login", "method": "GET", "status": "200"}
    assert [s.value for s in samples if s.name == "zhiheng_requests_total" and s.labels == wanted] == [REQUESTS]
    # Each process keeps its own counts, which are added up.
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) >= 2
