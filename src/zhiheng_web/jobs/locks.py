"""Locks between the processes of an installation; each goes with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

SITE = ".site.lock"
"""Held by a running site together with others, alone by a restore."""
CONTENT = ".content.lock"
"""Held alone by a backup, and by what takes stored files away."""


@contextmanager
def held(name: str, *, alone: bool) -> Iterator[bool]:
    """Hold a lock of the data folder for the time of the block, and tell whether it was to be had at once."""
    folder = Path(settings.DATA)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / name).open("a") as file:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
