"""
The file of a backup: a tar.gz whose first member lists all others with size and SHA-256.

Reading trusts nothing: members are plain files that the list names, of the size and hash it gives, in its order; where
they go is decided by the reader from a checked path, never by the archive.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from django.utils.translation import gettext as _

from zhiheng_web.config.backup.errors import ArchiveError
from zhiheng_web.config.backup.sealing import Opener, Sealer, is_sealed

FORMAT = "zhiheng-backup/1"
LIST = "manifest.json"
MOST_LIST = 512 * 1024**2
"""Bytes of the list of an archive that are read; a list of a million files has a third of it."""
SLACK = 64 * 1024
"""Bytes that may follow the last member: the end of a tar file."""
AREAS = ("database", "keys", "evidence", "data")
CHUNK = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Member:
    """
    A file in an archive.

    Parameters
    ----------
    name
        Its name in the archive, short and in ASCII.
    path
        Where it belongs: an area, then its path there.
    size, sha256
        What it must be.
    """

    name: str
    path: str
    size: int
    sha256: str


Receiver = Callable[[Member, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Listing:
    """
    What an archive says of itself.

    Parameters
    ----------
    made_at, version
        When and by which version of the program.
    database
        Kind of the database: sqlite or postgresql.
    migrations
        Names of the applied migrations by app.
    audit
        Number and hash of the last entry of the log.
    evidence
        Store, whether its files are in the archive, and SHA-256 and size of every listed content; those that were
        missing or damaged when the backup was made.
    members
        The files.
    """

    made_at: str
    version: str
    database: str
    migrations: dict[str, list[str]]
    audit: dict[str, Any]
    evidence: dict[str, Any]
    members: tuple[Member, ...] = ()
    format: str = field(default=FORMAT)

    @property
    def size(self) -> int:
        """Return the bytes of all members."""
        return sum(member.size for member in self.members)


def good_path(path: str) -> bool:
    """Return whether a path of a member stays inside one of the areas."""
    parts = path.split("/")
    plain = all(part not in {"", ".", ".."} and "\\" not in part and part.isprintable() for part in parts)
    return plain and len(parts) > 1 and parts[0] in AREAS and not PurePosixPath(path).is_absolute()


def write(target: BinaryIO, listing: Listing, sources: dict[str, Callable[[], BinaryIO]], passphrase: str,
          step: Step) -> None:  # fmt: skip
    """
    Write an archive.

    Parameters
    ----------
    target
        A file open for writing.
    listing
        What it says of itself; its members are written in their order.
    sources
        Opens the content of each member, by the path of the member.
    passphrase
        Seals the archive, unless empty.
    step
        Is told the bytes of each piece that was written.
    """
    sealed = Sealer(target, passphrase) if passphrase else None
    inner = cast("BinaryIO", sealed or target)
    with (
        gzip.GzipFile(fileobj=inner, mode="wb", filename="", compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT) as tar,
    ):
        content = json.dumps(asdict(listing), ensure_ascii=False, sort_keys=True, indent=1).encode()
        _add(tar, LIST, len(content), BytesIO(content))
        for member in listing.members:
            with sources[member.path]() as source:
                checked = _Checked(source, member, step)
                _add(tar, member.name, member.size, cast("BinaryIO", checked))
                checked.finish()
    if sealed:
        sealed.close()


def _add(tar: tarfile.TarFile, name: str, size: int, source: BinaryIO) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    try:
        tar.addfile(info, source)
    except OSError as error:
        if error.errno is None:  # tarfile's own word for a file that became shorter
            raise ArchiveError(_("“%(name)s”在备份时发生了变化，请再备份一次。") % {"name": name}) from error
        raise


class _Checked:
    """A file for reading that is hashed on the way, and refused where it is not what its member says."""

    def __init__(self, source: BinaryIO, member: Member, step: Step) -> None:
        self._source, self._member, self._step = source, member, step
        self._digest, self._left = hashlib.sha256(), member.size

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(min(size, self._left) if size >= 0 else self._left)
        self._digest.update(piece)
        self._left -= len(piece)
        self._step(len(piece))
        return piece

    def finish(self) -> None:
        if self._left or self._digest.hexdigest() != self._member.sha256:
            raise ArchiveError(_("“%(name)s”与清单中的校验值不符。") % {"name": self._member.path})


class _PlainFile(tarfile.TarInfo):
    """A member that is a plain file; whatever else a tar file may hold is refused before it is looked at."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _PlainFile:
        info = super().frombuf(buf, encoding, errors)
        if info.type != tarfile.REGTYPE:
            raise ArchiveError(_("备份中有不是普通文件的内容，拒绝读取。"))
        return info


class _Limited:
    """A stream that ends with a refusal where it is longer than it may be."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.left = stream, MOST_LIST

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(min(size, CHUNK) if size >= 0 else CHUNK)
        self.left -= len(piece)
        if self.left < 0:
            raise ArchiveError(_("备份展开后比清单所列的大，拒绝读取。"))
        return piece


class Archive:
    """An archive that is open for reading: what it says of itself, and its members one after the other."""

    def __init__(self, tar: tarfile.TarFile, limited: _Limited) -> None:
        self._tar, self._limited = tar, limited
        self.listing = _listing(tar)
        # Each member takes a header and is filled up to a whole block.
        limited.left = self.listing.size + 1024 * len(self.listing.members) + SLACK

    def each(self, receive: Receiver, step: Step) -> None:
        """Hand every member to a receiver, which need not read it, and check it; `step` is told the bytes read."""
        _members(self._tar, self.listing, receive, step)
        while self._limited.read(CHUNK):
            pass


@contextmanager
def opened(path: Path, passphrase: str) -> Iterator[Archive]:
    """
    Open an archive.

    Refused: what is no archive, is damaged, or holds anything that its list does not name (ArchiveError), a passphrase
    that is missing or wrong (PassphraseError).
    """
    with path.open("rb") as file:
        inner = cast("BinaryIO", Opener(file, passphrase)) if is_sealed(file) else file
        try:
            with gzip.GzipFile(fileobj=inner, mode="rb") as unpacked:
                limited = _Limited(cast("BinaryIO", unpacked))
                with tarfile.open(fileobj=cast("BinaryIO", limited), mode="r|", tarinfo=_PlainFile) as tar:
                    yield Archive(tar, limited)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
            raise ArchiveError(_("备份已损坏或者不完整：%(why)s") % {"why": error}) from error


def _members(tar: tarfile.TarFile, listing: Listing, receive: Receiver, step: Step) -> None:
    for member in listing.members:
        info = tar.next()
        if info is None or (info.name, info.size) != (member.name, member.size):
            raise ArchiveError(_("备份的内容与清单不符：缺少“%(name)s”。") % {"name": member.path})
        source = tar.extractfile(info)
        assert source is not None  # a plain file, see _PlainFile
        checked = _Checked(cast("BinaryIO", source), member, step)
        receive(member, cast("BinaryIO", checked))
        while checked.read(CHUNK):
            pass
        checked.finish()
    if tar.next() is not None:
        raise ArchiveError(_("备份中有清单没有列出的内容，拒绝读取。"))


def _listing(tar: tarfile.TarFile) -> Listing:
    info = tar.next()
    if info is None or info.name != LIST or info.size > MOST_LIST:
        raise ArchiveError(_("文件不是本系统的备份：开头没有清单。"))
    source = tar.extractfile(info)
    assert source is not None  # a plain file, see _PlainFile
    try:
        found = json.loads(source.read())
        if found.pop("format") != FORMAT:
            raise ArchiveError(_("备份的格式是别的版本写的，请用该版本恢复。"))
        members = tuple(Member(**member) for member in found.pop("members"))
        listing = Listing(**found, members=members)
        _check(listing)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ArchiveError(_("备份的清单无法读取。")) from error
    return listing


def _check(listing: Listing) -> None:
    """Refuse a list that is not ours: paths outside the areas, names twice, values of another type."""
    seen: set[str] = set()
    for member in listing.members:
        values: tuple[Any, ...] = (member.name, member.path, member.sha256)
        size: Any = member.size
        good = all(isinstance(text, str) for text in values) and isinstance(size, int) and size >= 0
        if not good or not good_path(member.path):
            raise ArchiveError(_("备份的清单中有不合规的路径，拒绝读取。"))
        seen.add(member.path)
    hashes = [
        *(row[0] for row in listing.evidence["listed"]),
        *listing.evidence["missing"],
        *listing.evidence["damaged"],
    ]
    known = {"number", "hash"} <= listing.audit.keys() and all(map(_HASH.fullmatch, hashes))
    if (
        len(seen) != len(listing.members)
        or not known
        or not all(isinstance(n, list) for n in listing.migrations.values())
    ):
        raise ArchiveError(_("备份的清单自相矛盾，拒绝读取。"))
