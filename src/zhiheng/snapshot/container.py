"""The file around a snapshot: a ZIP without compression, the same bytes for the same members on every machine."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

MAX_BYTES = 100_000_000
"""Larger files are refused unread; a round of 3,000 units takes about 8 MB."""
MAX_MEMBERS = 100
"""Most files inside; a round has about ten."""
NAME = re.compile(r"(case/)?\w[\w.-]{0,99}")
"""Name of a member: at most one folder, no dots in front, nothing that a file system reads as a path."""
START = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _UNIX = 20, 3 << 8
_UTF8 = 0x800
_DATE = (1 << 5) | 1
"""1 January 1980, the first day that the format knows: when a snapshot was made stands in its manifest."""
_MODE = 0o100644 << 16


class UnsafeError(Exception):
    """The file is not what `packed` writes; the message says why, in Chinese, without the full stop."""


def packed(members: Mapping[str, bytes]) -> bytes:
    """
    Return members as one ZIP file, sorted by name.

    Parameters
    ----------
    members
        Content by name; the names match `NAME`.

    Notes
    -----
    Nothing is compressed: compressors give different bytes from version to version, and a file that unfolds to nothing
    more than itself is no bomb. The bytes are laid out here rather than by a library, so that they stay the same.
    """
    body, directory = io.BytesIO(), io.BytesIO()
    for name in sorted(members):
        data, raw = members[name], name.encode()
        flags = 0 if name.isascii() else _UTF8
        about = (_VERSION, flags, 0, 0, _DATE, zlib.crc32(data), len(data), len(data), len(raw), 0)
        at = body.tell()
        body.write(_LOCAL.pack(START, *about) + raw + data)
        directory.write(_CENTRAL.pack(b"PK\x01\x02", _VERSION | _UNIX, *about, 0, 0, 0, _MODE, at) + raw)
    start, entries = body.tell(), directory.getvalue()
    end = _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(entries), start, 0)
    return body.getvalue() + entries + end


def unpacked(data: bytes) -> dict[str, bytes]:
    """
    Return the members of a file that `packed` wrote.

    Parameters
    ----------
    data
        Content of the file, not more than `MAX_BYTES`.

    Raises
    ------
    UnsafeError
        If the file is anything else, be it in a single byte: cut off, compressed, with something before, between or
        behind the members, with names that leave a folder or stand twice.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            _check(infos, len(data))
            members = {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, struct.error, EOFError, RuntimeError, OSError, ValueError, ArithmeticError) as error:
        msg = "文件不完整或者已损坏，不能打开"
        raise UnsafeError(msg) from error
    if packed(members) != data:
        msg = "文件里有不属于快照的字节"
        raise UnsafeError(msg)
    return members


def _check(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse before a byte is unfolded what could do harm when it is."""
    names = [info.filename for info in infos]
    if len(names) > MAX_MEMBERS:
        msg = f"文件里有{len(names)}个成员，快照最多{MAX_MEMBERS}个"
        raise UnsafeError(msg)
    for name in names:
        if not NAME.fullmatch(name):
            msg = f"成员的名称不安全：{name[:100]!r}"
            raise UnsafeError(msg)
    # Some file systems hold names equal that differ in case.
    if len({name.casefold() for name in names}) != len(names):
        msg = "文件里有重名的成员"
        raise UnsafeError(msg)
    if any(info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size for info in infos):
        msg = "文件里有压缩的成员，快照不压缩"
        raise UnsafeError(msg)
    # Members that share bytes could unfold to more than the file has.
    if sum(info.file_size for info in infos) > size:
        msg = "成员的大小之和超过文件本身"
        raise UnsafeError(msg)
