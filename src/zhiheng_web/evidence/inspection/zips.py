"""ZIP containers opened with distrust: the table of contents is checked first, then every byte is counted."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.refusal import BOMB, COMPRESSION, DAMAGED, ENCRYPTED, LINK, POLYGLOT

_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_MARK = b"PK\x06\x06"
_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY_SIZE = 46
_LONGEST_COMMENT = 0xFFFF
_LARGEST_NAME = 2048
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SYMLINK = 0o120000
_TYPE_MASK = 0o170000
_CHUNK = 64 * 1024
# What zipfile and zlib raise on contents made to break them.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    IndexError,
)


@contextmanager
def opened(source: Path | IO[bytes], limits: Limits) -> Iterator[zipfile.ZipFile]:
    """
    Open a ZIP after its table of contents has been checked.

    Parameters
    ----------
    source
        The file, or an open one that can seek.
    limits
        Bounds on entries, sizes and ratios.

    Yields
    ------
    The open container; its entries are within the limits as declared, not encrypted, no links, and do not overlap.

    Raises
    ------
    EvidenceRefusedError
        The container is broken, a bomb, encrypted or carries something before or after itself.
    """
    with source.open("rb") if isinstance(source, Path) else source as file:
        start = _check_end(file, limits)
        try:
            container = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise DAMAGED.error(reason=f"zip: {error}") from error
        with container:
            _check_entries(container, limits)
            _check_spans(file, container, start)
            yield container


def ends_as_zip(tail: bytes) -> bool:
    """
    Tell whether a ZIP reader would accept a file with this end.

    Parameters
    ----------
    tail
        The last bytes of a file, at least 22 + 65,535 where it is that long.

    Returns
    -------
    True if the end record of a ZIP stands there and its comment does not reach beyond the file.
    """
    place = tail.rfind(_END_MARK)
    while place >= 0:
        if place + _END.size <= len(tail):
            *_, comment = _END.unpack_from(tail, place)
            if place + _END.size + comment <= len(tail):
                return True
        place = tail.rfind(_END_MARK, 0, place)
    return False


def tail_of(file: IO[bytes], size: int = _END.size + _LONGEST_COMMENT) -> bytes:
    """
    Return the last bytes of an open file.

    Parameters
    ----------
    file
        A file that can seek.
    size
        How many bytes.

    Returns
    -------
    At most `size` bytes.
    """
    length = file.seek(0, 2)
    file.seek(max(0, length - size))
    return file.read(size)


def _check_end(file: IO[bytes], limits: Limits) -> int:
    """Refuse what stands around the container or claims too much; return where the table of contents starts."""
    length = file.seek(0, 2)
    file.seek(0)
    if file.read(4) not in {b"PK\x03\x04", _END_MARK}:
        raise DAMAGED.error(reason="zip: does not start with an entry")
    tail = tail_of(file)
    place = tail.rfind(_END_MARK)
    if place < 0 or place + _END.size > len(tail):
        raise DAMAGED.error(reason="zip: no end record")
    disk, first_disk, here, entries, size, start, comment = map(int, _END.unpack_from(tail, place)[1:])
    position = length - len(tail) + place
    if position + _END.size + comment != length:
        raise POLYGLOT.error(found="zip")
    if tail[max(0, place - _LOCATOR.size) : place].startswith(_LOCATOR_MARK):
        disk, first_disk, here, entries, size, start, position = _read_end64(file, position)
    if start + size != position:
        raise POLYGLOT.error(found="zip")
    if (disk, first_disk) != (0, 0) or here != entries:
        raise DAMAGED.error(reason="zip: split over several files")
    if entries > limits.max_members or size > limits.max_members * (_ENTRY_SIZE + _LARGEST_NAME):
        raise BOMB.error(reason="entries", found=entries)
    return start


def _read_end64(file: IO[bytes], position: int) -> tuple[int, ...]:
    """Return disks, numbers, size and start of the table as the end record for large files has them, and its place."""
    place = position - _LOCATOR.size - _END64.size
    if place < 0:
        raise DAMAGED.error(reason="zip: end record")
    file.seek(place)
    record = file.read(_END64.size)
    # zipfile looks for the record right here, whatever the locator says.
    if not record.startswith(_END64_MARK):
        raise DAMAGED.error(reason="zip: end record")
    _, _, _, _, *fields = _END64.unpack(record)
    return (*map(int, fields), place)


def _check_entries(container: zipfile.ZipFile, limits: Limits) -> None:
    """Refuse encrypted entries, links and declared sizes beyond the limits."""
    entries = container.infolist()
    if len(entries) > limits.max_members:
        raise BOMB.error(reason="entries", found=len(entries))
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise ENCRYPTED.error(member=entry.filename)
        if (entry.external_attr >> 16) & _TYPE_MASK == _SYMLINK:
            raise LINK.error(member=entry.filename)
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise COMPRESSION.error(member=entry.filename)
        _check_ratio(entry, entry.file_size, limits)
    if sum(entry.file_size for entry in entries) > limits.max_unpacked:
        raise BOMB.error(reason="unpacked")


def _check_ratio(entry: zipfile.ZipInfo, size: int, limits: Limits) -> None:
    """Refuse an entry that unpacks to far more than it takes."""
    if size > limits.ratio_from and size > entry.compress_size * limits.max_ratio:
        raise BOMB.error(reason="ratio", member=entry.filename)


def _check_spans(file: IO[bytes], container: zipfile.ZipFile, start: int) -> None:
    """Refuse entries that share bytes with one another or with the table of contents."""
    position = 0
    for entry in sorted(container.infolist(), key=lambda entry: entry.header_offset):
        file.seek(entry.header_offset)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise DAMAGED.error(reason="zip: no local header")
        *_, name, extra = _LOCAL.unpack(header)
        if entry.header_offset < position:
            raise BOMB.error(reason="overlap", member=entry.filename)
        position = entry.header_offset + _LOCAL.size + name + extra + entry.compress_size
        if position > start:
            raise BOMB.error(reason="overlap", member=entry.filename)


class Budget:
    """
    The bytes that may still be unpacked, counted as they come.

    Parameters
    ----------
    limits
        Bounds on the total and on the ratio.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.max_unpacked

    def chunks(self, container: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """
        Unpack one entry piece by piece.

        Parameters
        ----------
        container
            The open container.
        entry
            The entry.

        Yields
        ------
        Pieces of the content, in order.

        Raises
        ------
        EvidenceRefusedError
            The entry is broken, or gives more bytes than are left or than its ratio allows.
        """
        size = 0
        try:
            with container.open(entry) as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    self.left -= len(piece)
                    if self.left < 0:
                        raise BOMB.error(reason="unpacked", member=entry.filename)
                    _check_ratio(entry, size, self.limits)
                    yield piece
        except _BROKEN as error:
            raise DAMAGED.error(reason=f"zip: {error}") from error

    def read(self, container: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
        """
        Unpack one entry that is read as a whole.

        Parameters
        ----------
        container
            The open container.
        entry
            The entry.
        most
            Most bytes it may have.

        Returns
        -------
        The content.

        Raises
        ------
        EvidenceRefusedError
            As `chunks`, or the entry is larger than `most`.
        """
        content = bytearray()
        for piece in self.chunks(container, entry):
            content += piece
            if len(content) > most:
                raise BOMB.error(reason="member", member=entry.filename)
        return bytes(content)
