"""Reader of OLE compound files (the container of .doc, .xls, .ppt and WPS files) that trusts no length and no chain."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, Self

from zhiheng_web.evidence.inspection.refusal import DAMAGED

_HEADER = struct.Struct("<8s16s5H6s9L")
_ENTRY = struct.Struct("<64sHBBLLL16sL8s8sLLL")
_HEADER_SIZE = 512
_FAT_IN_HEADER = 109
_LAST_SECTOR = 0xFFFFFFFA
_SHIFTS = {3: 9, 4: 12}
_MINI_SHIFT = 6
_MINI_BELOW = 4096
_MOST_ENTRIES = 20_000
# A table sector covers a quarter of its bytes in sectors; twice that and a few more is what careless writers need.
_SPARE_TABLES = 16
_LONGEST_NAME = 64
_MOST_OF_A_NAME = 4
STORAGE, STREAM, ROOT = 1, 2, 5


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A storage or stream of a compound file.

    Parameters
    ----------
    name
        Its name.
    sort
        `STORAGE`, `STREAM` or `ROOT`.
    start
        First sector.
    size
        Length in bytes as declared.
    """

    name: str
    sort: int
    start: int
    size: int


class Compound:
    """
    An open compound file.

    Parameters
    ----------
    file
        The open file; it must outlive this object.
    size
        Length of the file in bytes.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        header = file.read(_HEADER_SIZE)
        if len(header) < _HEADER_SIZE:
            raise DAMAGED.error(reason="ole: header")
        _, _, _, version, _, shift, mini, _, _, *numbers = _HEADER.unpack_from(header)
        fats, directory, _, _, mini_fat, _, extra, extras = numbers
        if _SHIFTS.get(version) != shift or mini != _MINI_SHIFT:
            raise DAMAGED.error(reason="ole: sector size")
        self._sector = 1 << shift
        self._sectors = max(0, -(-size // self._sector) - 1)
        if fats > self._sectors * 8 // self._sector + _SPARE_TABLES:
            raise DAMAGED.error(reason="ole: table size")
        places = list(struct.unpack_from(f"<{_FAT_IN_HEADER}L", header, _HEADER.size))
        self._fat = self._table(self._fat_sectors(places, fats, extra, extras))
        self.entries = self._read_entries(directory)
        self._mini_fat = self._table(self._chain(mini_fat)) if mini_fat < _LAST_SECTOR else ()
        root = next((entry for entry in self.entries if entry.sort == ROOT), None)
        if root is None:
            raise DAMAGED.error(reason="ole: no root")
        self._mini_sectors = self._chain(root.start) if root.start < _LAST_SECTOR else []

    def read(self, name: str, most: int) -> tuple[bytes, ...]:
        """
        Return the beginnings of all streams of a name: which of two a program would open is not known.

        Parameters
        ----------
        name
            Name of the stream, in any case.
        most
            Most bytes of each.

        Returns
        -------
        The bytes of each, nothing if there is no such stream.

        Raises
        ------
        EvidenceRefusedError
            A stream cannot be followed.
        """
        wanted = name.casefold()
        found = [entry for entry in self.entries if entry.sort == STREAM and entry.name.casefold() == wanted]
        if len(found) > _MOST_OF_A_NAME:
            raise DAMAGED.error(reason="ole: too many streams of one name")
        return tuple(
            (self._read_small if entry.size < _MINI_BELOW else self._read_large)(entry.start, min(most, entry.size))
            for entry in found
        )

    def _read_large(self, start: int, most: int) -> bytes:
        """Return the beginning of a stream kept in ordinary sectors."""
        wanted = -(-most // self._sector)
        return b"".join(map(self._at, self._chain(start, wanted)))[:most]

    def _read_small(self, start: int, most: int) -> bytes:
        """Return the beginning of a stream kept in the small sectors inside the root's stream."""
        content = bytearray()
        each = self._sector >> _MINI_SHIFT
        for _ in range(-(-most // (1 << _MINI_SHIFT))):
            if start >= len(self._mini_fat) or start // each >= len(self._mini_sectors):
                raise DAMAGED.error(reason="ole: small chain")
            place = (start % each) << _MINI_SHIFT
            content += self._at(self._mini_sectors[start // each])[place : place + (1 << _MINI_SHIFT)]
            start = self._mini_fat[start]
        return bytes(content[:most])

    def _at(self, sector: int) -> bytes:
        """Return one sector; the last one of a file may be short."""
        if sector >= self._sectors:
            raise DAMAGED.error(reason="ole: sector outside the file")
        self._file.seek((sector + 1) * self._sector)
        return self._file.read(self._sector)

    def _fat_sectors(self, places: list[int], fats: int, extra: int, extras: int) -> list[int]:
        """Return the sectors of the allocation table, those listed outside the header included."""
        for _ in range(extras):
            if len(places) >= fats:
                break
            words = self._words(self._at(extra))
            *more, extra = words
            places += more
        return [place for place in places[:fats] if place < _LAST_SECTOR]

    def _words(self, sector: bytes) -> tuple[int, ...]:
        """Return a sector as 32-bit numbers."""
        return struct.unpack(f"<{len(sector) // 4}L", sector[: len(sector) // 4 * 4])

    def _table(self, sectors: list[int]) -> tuple[int, ...]:
        """Return the numbers of several sectors."""
        return tuple(word for sector in sectors for word in self._words(self._at(sector)))

    def _chain(self, start: int, most: int | None = None) -> list[int]:
        """Return the sectors of a chain, refusing one that runs in a circle or out of the file."""
        chain: list[int] = []
        seen = set[int]()
        while start < _LAST_SECTOR and (most is None or len(chain) < most):
            if start in seen or start >= len(self._fat) or start >= self._sectors:
                raise DAMAGED.error(reason="ole: chain")
            seen.add(start)
            chain.append(start)
            start = self._fat[start]
        return chain

    def _read_entries(self, start: int) -> tuple[Entry, ...]:
        """Return all storages and streams; the tree among them does not matter for what is looked for."""
        most = _MOST_ENTRIES * _ENTRY.size // self._sector
        content = b"".join(map(self._at, self._chain(start, most + 1)))
        if len(content) > _MOST_ENTRIES * _ENTRY.size:
            raise DAMAGED.error(reason="ole: too many entries")
        entries = []
        for place in range(0, len(content) - _ENTRY.size + 1, _ENTRY.size):
            name, length, sort, *_, first, low, high = _ENTRY.unpack_from(content, place)
            if sort not in {STORAGE, STREAM, ROOT}:
                continue
            text = name[: max(0, min(length, _LONGEST_NAME) - 2)].decode("utf-16-le", errors="replace")
            # The upper half of a size is undefined in version 3 files.
            entries.append(Entry(text, sort, first, low | (high << 32 if self._sector > _HEADER_SIZE else 0)))
        return tuple(entries)

    @classmethod
    def of(cls, file: IO[bytes]) -> Self:
        """
        Open a compound file.

        Parameters
        ----------
        file
            A file that can seek.

        Returns
        -------
        The compound file.

        Raises
        ------
        EvidenceRefusedError
            It is broken.
        """
        size = file.seek(0, 2)
        file.seek(0)
        return cls(file, size)
