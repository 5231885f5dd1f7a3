"""Who is told when files are kept or turn out alike; filled when the apps start, because they stand further out."""

from __future__ import annotations

from collections.abc import Callable, Collection

KEPT: list[Callable[[int], None]] = []
"""Called with the primary key of a file inside the transaction that lists it."""
LIKENESS_CHANGED: list[Callable[[Collection[int]], None]] = []
"""Called with primary keys of files whose open likenesses changed, inside the transaction that changed them."""


def tell_kept(file: int) -> None:
    """Tell that a file was kept."""
    for listener in KEPT:
        listener(file)


def tell_likeness_changed(files: Collection[int]) -> None:
    """Tell that the likenesses of files changed."""
    for listener in LIKENESS_CHANGED:
        listener(files)
