"""The log for machines: one line a request, and no word that a person typed or is named by."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from tests.web.builders import city, person, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.config.logs import JsonFormatter, logging_of
from zhiheng_web.site import telemetry

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
HOSTILE = 'zhang.san"}\n{"level":"error'


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return what every logger writes at the finest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root, requests = logging.getLogger(), logging.getLogger("zhiheng.request")
    level, quiet = root.level, requests.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    requests.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)
    requests.setLevel(quiet)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_key_view_status_time_and_role(client: Client, lines: io.StringIO) -> None:
    client.force_login(person("verifier"))
    answer = client.get("/rounds/")
    (line,) = [line for line in read(lines) if line["logger"] == "zhiheng.request"]
    assert line["request"] == answer["X-Request-ID"]
    wanted = {"view": "rounds", "method": "GET", "status": 200, "role": "verifier", "level": "info"}
    assert line.items() >= wanted.items()
    assert line["ms"] > 0
    assert set(line) == {"time", "level", "logger", "event", "request", "view", "method", "status", "ms", "role"}


def test_no_name_address_or_query_reaches_the_log(client: Client, lines: io.StringIO) -> None:
    running_round(units=1)
    person("verifier", username="zhang.san")
    client.get("/rounds/zhang.san/?q=张三", headers={"X-Request-ID": HOSTILE, "User-Agent": HOSTILE})
    client.get("/nowhere/张三/", REMOTE_ADDR="203.0.113.9")
    client.post("/account/login/", {"login": "zhang.san", "password": "geheim-Wort-7"}, REMOTE_ADDR="203.0.113.9")
    client.post("/account/login/", {"login": HOSTILE, "password": "geheim-Wort-7"})
    client.force_login(person("filler", city()))
    client.get("/people/?q=zhang.san")
    client.get("/healthz", headers={"Host": "zhang.san.example"})
    client.generic("ZHANGSAN", "/healthz")
    text = lines.getvalue()
    assert len(read(lines)) > 6
    for word in ("zhang", "张三", "\\u5f20", "第1市", "203.0.113.9", "127.0.0.1", "geheim", "q="):
        assert word not in text.lower(), [line for line in text.splitlines() if word in line.lower()]


def test_an_error_is_named_by_kind_and_place_without_its_text(lines: io.StringIO) -> None:
    text = "Key (username)=(zhang.san) already exists"
    try:
        raise IntegrityError(text)  # noqa: TRY301 - the log shows where it was raised
    except IntegrityError:
        logging.getLogger("django.request").exception("%s: %s", "Internal Server Error", "/people/zhang.san/")
    logging.getLogger("other").error(f"joined before: {'zhang.san'}")  # noqa: G004 - what a careless library does
    logging.getLogger("zhiheng_web.evidence").warning("swept %d files of %s", 3, "zhang.san")
    failed, joined, own = read(lines)
    assert failed["error"] == "IntegrityError"
    assert failed["at"][-1].endswith("test_an_error_is_named_by_kind_and_place_without_its_text")
    assert failed["event"] == "%s: %s"
    assert joined["event"].startswith("test_logs:")
    assert (own["event"], own["numbers"]) == ("swept %d files of %s", [3])
    assert "zhang" not in lines.getvalue()


def test_a_key_is_believed_from_our_own_proxy_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "0123456789abcdef"
    assert client.get("/healthz", headers={"X-Request-ID": key})["X-Request-ID"] != key
    monkeypatch.setattr(settings, "BEHIND_PROXY", True)
    assert client.get("/healthz", headers={"X-Request-ID": key})["X-Request-ID"] == key
    assert client.get("/healthz", headers={"X-Request-ID": HOSTILE})["X-Request-ID"] != HOSTILE


def test_the_key_of_a_request_does_not_reach_the_next_one() -> None:
    seen: list[str] = []

    def answer(_request: HttpRequest) -> HttpResponse:
        seen.append(telemetry.REQUEST.get())
        return HttpResponse()

    middleware = telemetry.TelemetryMiddleware(answer)
    for _ in range(2):
        middleware(HttpRequest())
    assert len(set(seen)) == 2
    assert telemetry.REQUEST.get() == ""


def test_a_role_is_told_without_asking_the_database(django_assert_num_queries: Any) -> None:
    request = HttpRequest()
    with django_assert_num_queries(0):
        assert telemetry.role_of(request) == "anonymous"
        request._cached_user = User(role="zhang.san")  # type: ignore[attr-defined]  # as Django keeps it
        assert telemetry.role_of(request) == "anonymous"


def test_the_form_of_the_log_is_checked() -> None:
    assert "zhiheng.request" in logging_of("json", "WARNING")["loggers"]  # type: ignore[operator]  # a dict
    with pytest.raises(ImproperlyConfigured, match="ZHIHENG_LOG="):
        logging_of("xml", "WARNING")
