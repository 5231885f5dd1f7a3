"""A store of files that is no folder of this machine, as an object store is."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import File
from django.core.files.storage import InMemoryStorage, Storage


class RemoteStorage(Storage):
    """Keeps files in memory and knows no paths."""

    def __init__(self) -> None:
        self.memory = InMemoryStorage()

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        return self.memory.open(name, mode)

    def _save(self, name: str, content: File[bytes]) -> str:
        return self.memory.save(name, content)

    def delete(self, name: str) -> None:
        self.memory.delete(name)

    def exists(self, name: str) -> bool:
        return self.memory.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        return self.memory.listdir(path)

    def size(self, name: str) -> int:
        return self.memory.size(name)

    def get_modified_time(self, name: str) -> datetime:
        return self.memory.get_modified_time(name)
