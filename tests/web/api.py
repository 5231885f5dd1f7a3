"""Programs that call the API in tests: a client with the token of a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.test import Client

from zhiheng_web.accounts.models import User
from zhiheng_web.api.actions import make_token
from zhiheng_web.api.permissions import scopes_of

BASE = "/api/v1"
PROBLEM = "application/problem+json"


def token(user: User, scopes: Collection[str] | None = None) -> str:
    """Return the text of a new token, for all that the person may do or for some of it."""
    return make_token(user, "测试", scopes_of(user) if scopes is None else scopes, 30)[1]


def program(user: User | None, scopes: Collection[str] | None = None) -> Client:
    """Return a client that shows a token of a person, or none."""
    headers = {"authorization": f"Bearer {token(user, scopes)}"} if user and (scopes or scopes_of(user)) else {}
    return Client(raise_request_exception=False, headers=headers)


def put(client: Client, url: str, body: Mapping[str, Any], **headers: str) -> Any:
    """Return the answer to a PUT of JSON."""
    return client.put(url, dict(body), content_type="application/json", headers=headers)


def told(answer: Any) -> tuple[int, str]:
    """Return status and code of a problem, and see that it is one."""
    assert answer.headers["Content-Type"] == PROBLEM, answer.content[:300]
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["type"] == f"urn:zhiheng:problem:{said['code']}"
    assert said["title"]
    assert said["detail"]
    return answer.status_code, said["code"]
