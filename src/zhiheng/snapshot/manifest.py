"""What a snapshot says about itself, as the bytes that are signed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

from zhiheng import __version__
from zhiheng.errors import SnapshotError
from zhiheng.scoring.result import Hashes, Result

FORMAT = 1
"""Version of the snapshot's form; a reader refuses others."""
MANIFEST, SIGNATURE, RESULT, CASE = "manifest.json", "signature", "result.json", "case/"
"""Names inside a snapshot; `case/` is the folder of the case."""
MAX_BYTES = 1_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What is in a snapshot, and from what it was made.

    Parameters
    ----------
    format
        Version of the form.
    case, title
        Code and title of the case.
    made_at
        When it was made: ISO 8601, UTC, to the second.
    zhiheng
        Version of the program that made it.
    units
        Count of units.
    hashes
        Hashes of framework, data and method that the result carries.
    members
        SHA-256 of every other file inside but the signature, by name.
    public_key
        Ed25519 public key, 64 hexadecimal digits.
    key_id
        Short name of the key, see `key_id`.
    """

    format: int
    case: str
    title: str
    made_at: str
    zhiheng: str
    units: int
    hashes: Hashes
    members: Mapping[str, str]
    public_key: str
    key_id: str

    def to_bytes(self) -> bytes:
        """Return the canonical JSON: sorted keys, one to a line, UTF-8; the same manifest, the same bytes."""
        return (json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()


def key_id(public_key: bytes) -> str:
    """Return the name by which people compare a key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes as hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def manifest_of(result: Result, members: Mapping[str, bytes], public_key: bytes, made_at: datetime) -> Manifest:
    """
    Return the manifest of a result and the files around it.

    Raises
    ------
    SnapshotError
        If the time names no time zone.
    """
    if made_at.utcoffset() is None:
        msg = "The time of a snapshot needs its time zone."
        raise SnapshotError(msg)
    return Manifest(
        format=FORMAT,
        case=result.case,
        title=result.title,
        made_at=made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        zhiheng=__version__,
        units=len(result.units),
        hashes=result.hashes,
        members={name: digest(members[name]) for name in sorted(members)},
        public_key=public_key.hex(),
        key_id=key_id(public_key),
    )


def parsed(data: bytes) -> Manifest:
    """
    Return a manifest from its bytes.

    Raises
    ------
    ValueError
        If the bytes are not a manifest of this format in canonical form; says why, in Chinese, without the full stop.
    """
    if len(data) > MAX_BYTES:
        msg = "清单过大"
        raise ValueError(msg)
    try:
        raw = json.loads(data)
        if raw["format"] != FORMAT:
            msg = f"快照的格式是{raw['format']!r}，本版本只认{FORMAT}"
            raise ValueError(msg)
        made = Manifest(**{**raw, "hashes": Hashes(**raw["hashes"]), "members": dict(raw["members"])})
        canonical = _typed(made) and made.to_bytes() == data
    except (KeyError, TypeError, AttributeError, RecursionError, UnicodeError, json.JSONDecodeError) as error:
        msg = "清单缺项或者写法不对"
        raise ValueError(msg) from error
    if not canonical:
        msg = "清单的写法不是规范形式"
        raise ValueError(msg)
    return made


def _typed(made: Manifest) -> bool:
    """Return whether every value is of its kind; JSON could hold anything."""
    kinds = {"format": int, "units": int, "hashes": Hashes, "members": dict}
    if not all(type(getattr(made, f.name)) is kinds.get(f.name, str) for f in fields(made)):
        return False
    digests = (*made.members.values(), *asdict(made.hashes).values(), made.public_key)
    return all(isinstance(d, str) and _SHA256.fullmatch(d) for d in digests)
