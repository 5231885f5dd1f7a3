"""Fixtures that integration tests of the site share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from zhiheng_web.audit.triggers import install, remove


@pytest.fixture
def triggers_again(
    django_db_setup: None,  # noqa: ARG001 - comes first
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Put the triggers of the log back after the tables were emptied, which they would refuse."""
    yield
    with django_db_blocker.unblock():
        install(connection)


@pytest.fixture
def real_database(
    triggers_again: None,  # noqa: ARG001 - comes first, and so ends last
    transactional_db: None,  # noqa: ARG001 - empties the tables between the two others
    tmp_path: Path,
) -> Iterator[None]:
    """
    Give a test a database with real commits, for threads and for the worker of jobs.

    Use it without the mark `django_db`: the triggers of the log must be back after the tables were emptied, and so they
    are asked for first. A database in memory cannot be written to by two connections; a copy in a file stands in.
    """
    memory, name = connection.connection, connection.settings_dict["NAME"]
    in_memory = connection.vendor == "sqlite" and connection.is_in_memory_db()
    if in_memory:
        with sqlite3.connect(tmp_path / "shared.sqlite3") as copy:
            memory.backup(copy)
        copy.close()
        connection.connection, connection.settings_dict["NAME"] = None, str(tmp_path / "shared.sqlite3")
    yield
    if in_memory:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = memory, name
    remove(connection)
