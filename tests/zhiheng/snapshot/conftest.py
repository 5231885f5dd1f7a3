"""The snapshot that the tests look at; made once, because scoring takes most of the time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.zhiheng.snapshot.builders import snapshot

from zhiheng.snapshot.container import unpacked
from zhiheng.snapshot.write import SnapshotSummary


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> SnapshotSummary:
    return snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture(scope="session")
def content(written: SnapshotSummary) -> bytes:
    return written.path.read_bytes()


@pytest.fixture
def members(content: bytes) -> dict[str, bytes]:
    return unpacked(content)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Path]:
    """Write a file and return its path; always the same one, so that many examples leave one file."""
    path = tmp_path_factory.mktemp("placed") / "round.zhiheng"

    def write(data: bytes) -> Path:
        path.write_bytes(data)
        return path

    return write
