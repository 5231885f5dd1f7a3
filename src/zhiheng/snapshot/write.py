"""Writes the snapshot of a case folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhiheng.errors import FileMissingError, SnapshotError
from zhiheng.pipeline import Progress
from zhiheng.scoring.result import Result
from zhiheng.snapshot.container import MAX_BYTES, MAX_MEMBERS, NAME, packed
from zhiheng.snapshot.manifest import CASE, MANIFEST, RESULT, SIGNATURE, Manifest, digest, manifest_of
from zhiheng.snapshot.recompute import SETTINGS, recomputed

NOTHING: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """
    A snapshot that was written.

    Parameters
    ----------
    path
        The file.
    size
        Bytes.
    sha256
        SHA-256 of the file: two snapshots with the same are the same.
    manifest
        What it says about itself.
    result
        The result that it holds.
    """

    path: Path
    size: int
    sha256: str
    manifest: Manifest
    result: Result = field(repr=False)


def write_snapshot(
    case_folder: Path,
    target: Path,
    key: Ed25519PrivateKey,
    made_at: datetime,
    extras: Mapping[str, bytes] = NOTHING,
    progress: Progress | None = None,
) -> SnapshotSummary:
    """
    Write the snapshot of a case folder, whole or not at all.

    Parameters
    ----------
    case_folder
        Folder with `case.yaml`, the rules with all that they extend, and the tables; nothing else is looked at.
    target
        File to write, by custom `NAME.zhiheng`; one that exists is replaced.
    key
        Key to sign with.
    made_at
        When; needs its time zone.
    extras
        More files, such as `chain.csv`, by name.
    progress
        Called with (units done, units in all) now and then.

    Returns
    -------
    SnapshotSummary
        The same folder, key, time and extras give the same bytes.

    Raises
    ------
    FileMissingError
        If the folder holds no case.
    InputError
        If the case cannot be scored or is not self-contained.
    SnapshotError
        If a name cannot stand in a snapshot, there are too many files, or they are too large.
    """
    files = _files(case_folder)
    # From the bytes that go into the file, not from the folder again: what is signed is what was computed.
    result = recomputed(files, progress)
    members = {f"{CASE}{name}": data for name, data in files.items()}
    members |= _checked_extras(extras)
    members[RESULT] = result.to_json().encode()
    manifest = manifest_of(result, members, key.public_key().public_bytes_raw(), made_at)
    members[MANIFEST] = manifest.to_bytes()
    members[SIGNATURE] = key.sign(members[MANIFEST])
    if len(members) > MAX_MEMBERS:
        msg = f"A snapshot holds at most {MAX_MEMBERS} files, not {len(members)}."
        raise SnapshotError(msg)
    data = packed(members)
    if len(data) > MAX_BYTES:
        msg = f"The snapshot would have {len(data)} bytes; {MAX_BYTES} are allowed."
        raise SnapshotError(msg)
    _write(target, data)
    return SnapshotSummary(target, len(data), digest(data), manifest, result)


def _files(folder: Path) -> dict[str, bytes]:
    if not (folder / SETTINGS).is_file():
        msg = f"The folder {folder} has no case.yaml, so it is not a case."
        raise FileMissingError(msg, folder=str(folder))
    files = {}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or not NAME.fullmatch(f"{CASE}{path.name}"):
            msg = f"{path.name} cannot stand in a snapshot; the case folder may hold plain files only."
            raise SnapshotError(msg, name=path.name)
        files[path.name] = path.read_bytes()
    return files


def _checked_extras(extras: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name in extras:
        if not NAME.fullmatch(name) or name.startswith(CASE) or name in {MANIFEST, SIGNATURE, RESULT}:
            msg = f"{name!r} cannot be the name of a file in a snapshot."
            raise SnapshotError(msg, name=name)
    return extras


def _write(target: Path, data: bytes) -> None:
    """Write and flush beside the target, then rename: a power cut leaves the old file or the new one."""
    handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
