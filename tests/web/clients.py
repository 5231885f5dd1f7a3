"""Clients of people of a role, and what they are answered."""

from __future__ import annotations

from django.http import HttpResponse
from django.test import Client
from tests.web.builders import person


def of(role: str) -> Client:
    """Return a client of a person of a role."""
    client = Client()
    client.force_login(person(role))
    return client


def body(answer: HttpResponse) -> str:
    """Return the text of an answer, sent whole or in parts."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()
