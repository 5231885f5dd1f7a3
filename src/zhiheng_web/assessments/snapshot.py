"""Long reads of one state of the database while people go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

BEGIN = {
    # Only a write takes the lock of SQLite: a read that begins like this holds up nobody.
    "sqlite": "BEGIN DEFERRED",
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}
"""Statement that starts to read one state, by database."""


@contextmanager
def snapshot() -> Iterator[None]:
    """
    Let all reads inside see the database as it is at the first of them.

    Nothing may be written inside. Inside a transaction it changes nothing: that has its own view.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
