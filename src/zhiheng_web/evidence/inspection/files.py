"""Whether one uploaded file may be kept as evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from zhiheng_web.evidence.inspection.isolation import call
from zhiheng_web.evidence.inspection.kinds import KINDS
from zhiheng_web.evidence.inspection.limits import MIB, Limits
from zhiheng_web.evidence.inspection.names import extension_of, safe_name
from zhiheng_web.evidence.inspection.refusal import EMPTY, EXTENSION, NO_EXTENSION, NOT_ACCEPTED, SIZE

_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Inspected:
    """
    A file that may be kept.

    Parameters
    ----------
    kind
        Code of its kind, a key of `KINDS`.
    mime
        Type under which it is served.
    extension
        Extension of its name, without the dot, in lower case.
    size
        Length in bytes.
    sha256
        Hash of its bytes, in hexadecimal.
    pages
        Number of pages, or None where only an office program could tell.
    width
        Width in pixels of a picture as its header states it, else None.
    height
        Height in pixels of a picture as its header states it, else None.
    """

    kind: str
    mime: str
    extension: str
    size: int
    sha256: str
    pages: int | None
    width: int | None
    height: int | None


def hash_stream(chunks: Iterable[bytes]) -> tuple[str, int]:
    """
    Hash a stream.

    Parameters
    ----------
    chunks
        Its pieces in order.

    Returns
    -------
    SHA-256 in hexadecimal, and the number of bytes.
    """
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def inspect_file(path: Path, name: str, limits: Limits = _DEFAULT) -> Inspected:
    """
    Decide whether a file may be kept as evidence.

    The content is parsed in a child process with bounded time and memory; this process reads it only to hash it.

    Parameters
    ----------
    path
        The file; nobody may change it meanwhile.
    name
        The name it was sent under; only its extension counts.
    limits
        Bounds.

    Returns
    -------
    What the file is.

    Raises
    ------
    EvidenceRefusedError
        It may not be kept; the message says why and what to do.
    """
    size = path.stat().st_size
    if size == 0:
        raise EMPTY.error()
    if size > limits.max_bytes:
        raise SIZE.error(name=safe_name(name), limit=limits.max_bytes // MIB, size=size)
    extension = extension_of(name)
    seen = call("examine", path, limits, extension=extension)
    kind = KINDS[str(seen["kind"])]
    _check_extension(extension, kind.code)
    with path.open("rb") as file:
        sha256, size = hash_stream(iter(lambda: file.read(MIB), b""))
    return Inspected(kind.code, kind.mime, extension, size, sha256, seen["pages"], seen["width"], seen["height"])


def _check_extension(extension: str, code: str) -> None:
    """Refuse a name that says something else than the content."""
    kind = KINDS[code]
    if extension in kind.extensions:
        return
    if code in {"txt", "csv"} and extension not in {
        "",
        *(known for other in KINDS.values() for known in other.extensions),
    }:
        raise NOT_ACCEPTED.error(extension=extension)
    if not extension:
        raise NO_EXTENSION.error(label=kind.label, wanted=kind.extensions[0])
    raise EXTENSION.error(extension=f".{extension}", label=kind.label, wanted=kind.extensions[0])
