"""Who is acting now: set once for a request or a job, read by everything that records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class Actor:
    """
    The person or program behind a write.

    Parameters
    ----------
    username, name, role
        Empty for the program itself.
    address
        Network address, or "".
    """

    username: str = ""
    name: str = ""
    role: str = ""
    address: str = ""


# Kept in the language of the site, shown in that of the reader.
_SYSTEM = Actor(name=gettext_noop("系统"))
_CURRENT: ContextVar[Actor | None] = ContextVar("actor", default=None)


def actor() -> Actor:
    """Return who is acting."""
    return _CURRENT.get() or _SYSTEM


@contextmanager
def acting(who: Actor) -> Iterator[None]:
    """Let everything inside be recorded as done by `who`."""
    token = _CURRENT.set(who)
    try:
        yield
    finally:
        _CURRENT.reset(token)
