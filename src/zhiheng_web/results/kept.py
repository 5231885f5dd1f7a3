"""What a process keeps in memory of results: a few of the newest, each made once however many ask for it at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """
    A small store in memory.

    Parameters
    ----------
    most
        How many values are kept; the one that was asked for longest ago goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._guard = threading.Lock()
        self._makers: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable) -> T | None:
        """Return what is kept under a key, or None."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def take(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key; what is not there is made once, and who comes second waits for it."""
        found = self.get(key)
        if found is not None:
            return found
        with self._guard:
            lock = self._makers.setdefault(key, threading.Lock())
        with lock:
            found = self.get(key)
            if found is None:
                found = make()
                with self._guard:
                    self._values[key] = found
                    while len(self._values) > self._most:
                        self._values.popitem(last=False)
        with self._guard:
            self._makers.pop(key, None)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._values.clear()
