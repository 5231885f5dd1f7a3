"""Where the content of evidence lies: put there whole or not at all, opened for reading, swept when nobody lists it."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _

from zhiheng_web.evidence.inspection import hash_stream
from zhiheng_web.evidence.inspection.limits import MIB
from zhiheng_web.refusals import Refused

NAME = re.compile(r"[0-9a-f]{64}")
"""Name of a stored content: its SHA-256."""
PART = re.compile(r"[0-9a-f]+\.part")
"""Name of a content that is being written."""

_log = logging.getLogger(__name__)


class ContentChanged(Refused):
    """A file is not what it was when it was checked."""

    code = "evidence.changed"

    def __init__(self) -> None:
        super().__init__(_("文件在检查以后发生了变化，没有保存。请重新上传。"))


class ContentMissing(Refused):
    """A file is listed but its content cannot be found or read."""

    code = "evidence.missing"

    def __init__(self) -> None:
        super().__init__(_("文件内容暂时无法读取。请稍后再试；仍不行的，请把单位、要点和文件名告诉系统管理员。"))


class StoreAway(Refused):
    """The store does not answer or has no room; nothing is kept."""

    code = "evidence.store"

    def __init__(self) -> None:
        super().__init__(_("材料暂时无法保存，什么也没有保存。请稍后再试；仍不行的，请告诉系统管理员。"))


def place(sha256: str) -> str:
    """Return the name under which a content is stored."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def folder_path(name: str) -> Path | None:
    """Return the path of a stored name, or None where the store is no folder."""
    try:
        return Path(default_storage.path(name))
    except NotImplementedError:
        return None


def deliver(source: Path, sha256: str) -> None:
    """
    Store a content ahead of the transaction that lists it and calls `put`, which then finds it there.

    The way to the disk or to a store elsewhere may take long, and whoever waits for the locks of the transaction would
    wait too. Refused: as `put`.
    """
    _store(source, sha256)


def put(source: Path, sha256: str) -> None:
    """
    Store a content under its hash; a crash leaves the whole content or none under that name.

    Call it inside the transaction that lists the content, so that a sweep cannot take it away in between. Refused:
    content of another hash (ContentChanged), a store that does not answer or has no room (StoreAway).
    """
    hold(sha256)
    _store(source, sha256)


def _store(source: Path, sha256: str) -> None:
    name = place(sha256)
    try:
        if default_storage.exists(name) and default_storage.size(name) == source.stat().st_size:
            return
        path = folder_path(name)
        with source.open("rb") as content:
            if path is not None:
                _put_in_folder(content, path, sha256)
            elif hash_stream(_chunks(content))[0] == sha256:
                content.seek(0)
                default_storage.save(name, File(content))
            else:
                raise ContentChanged
    except OSError as error:
        _log.exception("evidence cannot be stored")
        raise StoreAway from error


def _put_in_folder(content: BinaryIO, path: Path, sha256: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{uuid.uuid4().hex}.part")
    digest = hashlib.sha256()
    try:
        with part.open("xb") as copy:
            os.fchmod(copy.fileno(), 0o600)
            for chunk in _chunks(content):
                digest.update(chunk)
                copy.write(chunk)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise ContentChanged
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _chunks(content: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: content.read(MIB), b"")


def open_content(sha256: str) -> File[bytes]:
    """Return a stored content for reading. Refused: content that is not there or cannot be read (ContentMissing)."""
    try:
        return default_storage.open(place(sha256), "rb")
    except OSError as error:
        _log.exception("evidence cannot be read")
        raise ContentMissing from error


@contextmanager
def local_content(sha256: str) -> Iterator[Path]:
    """Lend a stored content as a file of this machine, for the time of the block; see `open_content`."""
    path = folder_path(place(sha256))
    if path is not None:
        if not path.is_file():
            raise ContentMissing
        yield path
        return
    with tempfile.NamedTemporaryFile(dir=settings.UPLOADS, prefix="read-") as copy:
        with open_content(sha256) as content:
            shutil.copyfileobj(content, copy, MIB)
        copy.flush()
        yield Path(copy.name)


def hold(sha256: str) -> None:
    """
    Keep a content from being swept until the running transaction ends; others may hold it as well.

    SQLite needs nothing: its writers wait for each other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_lock(sha256)])


def try_seize(sha256: str) -> bool:
    """Take a content for oneself until the running transaction ends, unless somebody holds it."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock(sha256)])
        row = cursor.fetchone()
    return bool(row and row[0])


def _lock(sha256: str) -> int:
    return int(sha256[:15], 16)


def stored_before(moment: datetime) -> Iterator[str]:
    """
    Yield the names of all content that was put into the store before a moment, half-written content included.

    What else lies there is not ours.
    """
    listed = getattr(default_storage, "modified", _modified)
    for name, put_at in listed():
        last = name.rpartition("/")[2]
        ours = PART.fullmatch(last) or (NAME.fullmatch(last) and name == place(last))
        if ours and put_at < moment:
            yield name


def _modified() -> Iterator[tuple[str, datetime]]:
    """Yield every name with the moment it was put there."""
    for name in _walk(""):
        try:
            put_at = default_storage.get_modified_time(name)
        except FileNotFoundError:
            continue
        yield name, put_at


def _walk(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(names):
        yield f"{folder}{name}"
    for inner in sorted(folders):
        yield from _walk(f"{folder}{inner}/")
