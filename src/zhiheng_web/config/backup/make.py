"""Makes a backup of a running site, written whole or not at all and read again before it gets its name; checks one."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng import __version__
from zhiheng.cli.console import progress
from zhiheng_web.audit.actions import record
from zhiheng_web.config.backup import place
from zhiheng_web.config.backup.archive import CHUNK, Listing, Member, Step, opened, write
from zhiheng_web.config.backup.database import NAMES, Facts, dump
from zhiheng_web.config.backup.errors import BackupError
from zhiheng_web.config.backup.place import STAGE
from zhiheng_web.evidence.inspection.limits import MIB
from zhiheng_web.evidence.store import NAME, open_content
from zhiheng_web.evidence.store import place as stored_name
from zhiheng_web.jobs.locks import CONTENT, held

Source = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Made:
    """
    A backup that was made.

    Parameters
    ----------
    path, size, sha256
        The file.
    listing
        What it holds.
    """

    path: Path
    size: int
    sha256: str
    listing: Listing

    @property
    def lost(self) -> list[str]:
        """Return the contents of evidence that were missing or damaged in the site already."""
        return [*self.listing.evidence["missing"], *self.listing.evidence["damaged"]]


def backup(target: Path | None = None, *, passphrase: str = "", with_files: bool = False) -> Made:
    """
    Write a backup and check it by reading it again.

    The database is copied first, at one moment; then the files, which are stored before the rows that list them and
    are not swept meanwhile. So every file that a row lists is in the backup. It holds secrets: only its owner may read
    it.

    Parameters
    ----------
    target
        A folder, or the name of the file; the current folder when absent.
    passphrase
        Seals the backup, unless empty.
    with_files
        Fetch evidence from a store that is no folder, too.

    Refused: an unfinished restore, a file that exists, PostgreSQL without its tools, no room (BackupError).
    """
    place.refuse_unfinished()
    path = _target(target, sealed=bool(passphrase))
    with held(CONTENT, alone=True) as free:
        if not free:
            raise BackupError(_("正在清理文件或者正在备份，请过几分钟再试。"))
        made = _write(path, passphrase, with_files=with_files)
    after = {
        "name": path.name, "size": made.size, "sha256": made.sha256, "members": len(made.listing.members),
        "sealed": bool(passphrase), "files": made.listing.evidence["included"],
    }  # fmt: skip
    record("backup.made", "backup", name=path.name, after=after)
    return made


def _write(path: Path, passphrase: str, *, with_files: bool) -> Made:
    with _part(path) as part, _stage() as stage:
        listing, sources = _gather(stage, with_files=with_files)
        _enough_room(part.parent, listing.size)
        with part.open("wb") as file, bytes_shown(_("写入"), listing.size) as step:
            write(file, listing, sources, passphrase, step)
            file.flush()
            os.fsync(file.fileno())
        check(part, passphrase)
        with part.open("rb") as file:
            size, sha256 = _hash(file)
        os.link(part, path)
    sync_folder(path.parent)
    return Made(path, size, sha256, listing)


def check(path: Path, passphrase: str = "") -> Listing:
    """Read a backup from beginning to end, checking every hash, and return what it holds; see `opened` for refusals."""
    with opened(path, passphrase) as found, bytes_shown(_("校验"), found.listing.size) as step:
        found.each(lambda _member, _source: None, step)
        return found.listing


@contextmanager
def bytes_shown(title: str, total: int) -> Iterator[Step]:
    """Show a bar of megabytes, and lend the function that moves it."""
    with progress() as bars:
        bar = bars.add_task(_("%(title)s（MB）") % {"title": title}, total=max(1, round(total / MIB)))
        yield lambda count: bars.advance(bar, count / MIB)


def sync_folder(folder: Path) -> None:
    """Make sure that new names in a folder outlast a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _target(given: Path | None, *, sealed: bool) -> Path:
    path = (given or Path()).absolute()
    if path.is_dir():
        moment = timezone.localtime().strftime("%Y%m%d-%H%M%S")
        path = path / f"zhiheng-{moment}{'.tar.gz.sealed' if sealed else '.tar.gz'}"
    if path.exists():
        raise BackupError(_("“%(path)s”已经存在，不覆盖。") % {"path": path})
    if not path.parent.is_dir():
        raise BackupError(_("文件夹“%(path)s”不存在。") % {"path": path.parent})
    return path


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Lend the name of an unfinished file beside the wanted one, readable by its owner only; it goes in the end."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _stage() -> Iterator[Path]:
    """Lend a folder for the copy of the database; what a killed backup left there goes first."""
    for left in place.data().glob(f"{STAGE}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=STAGE, dir=place.data()) as folder:
        yield Path(folder)


def _enough_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size:
        words = {"need": round(size / MIB), "free": round(free / MIB)}
        raise BackupError(_("空间不足：需要约%(need)dMB，还有%(free)dMB。") % words)


def _gather(stage: Path, *, with_files: bool) -> tuple[Listing, dict[str, Source]]:
    """Copy the database, and list everything that goes into the backup with its hash and the way to open it."""
    copy = stage / NAMES[connection.vendor]
    facts = dump(copy)
    sources: dict[str, Source] = {f"database/{copy.name}": _file(copy)}
    sources |= {f"keys/{path.name}": _file(path) for path in place.kept(place.data() / place.KEYS)}
    for path in place.others():
        kept = stage / "data" / path.relative_to(place.data())
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            # People go on working: a workbook that waits may be dropped or replaced while we write.
            shutil.copyfile(path, kept)
        except FileNotFoundError:
            continue
        sources[f"data/{kept.relative_to(stage / 'data').as_posix()}"] = _file(kept)
    included = place.in_folder() or with_files
    if place.in_folder():
        root = place.evidence_folder()
        sources |= {f"evidence/{path.relative_to(root).as_posix()}": _file(path) for path in place.kept(root)}
    members, damaged = _members(sources)
    there = {name.rpartition("/")[2] for name in sources} if place.in_folder() else _in_store(facts)
    missing = [sha256 for sha256, _size in facts.listed if sha256 not in there]
    if included and not place.in_folder():
        # A content of the store bears its hash as its name; writing checks it.
        for sha256, size in facts.listed:
            if sha256 not in missing:
                path_ = f"evidence/{stored_name(sha256)}"
                sources[path_] = partial(_fetched, sha256)
                members.append(Member(path_, path_, size, sha256))
    evidence = {
        "store": settings.EVIDENCE_STORE, "included": included, "listed": facts.listed, "missing": missing,
        "damaged": damaged,
    }  # fmt: skip
    listing = Listing(
        timezone.now().isoformat(timespec="seconds"), __version__, connection.vendor, facts.migrations, facts.audit,
        evidence, tuple(members),
    )  # fmt: skip
    return listing, sources


def _members(sources: dict[str, Source]) -> tuple[list[Member], list[str]]:
    """Return the members of a backup, and the contents of evidence whose hash is not their name."""
    members, damaged = [], []
    with progress() as bars:
        for number, path in enumerate(bars.track(sorted(sources), description=_("登记文件")), start=1):
            with sources[path]() as file:
                size, sha256 = _hash(file)
            last = path.rpartition("/")[2]
            # Names of our own fit into a tar file as they are; others may be long or Chinese.
            members.append(Member(f"data/{number:08d}" if path.startswith("data/") else path, path, size, sha256))
            if path.startswith("evidence/") and NAME.fullmatch(last) and last != sha256:
                damaged.append(last)
    return members, damaged


def _in_store(facts: Facts) -> set[str]:
    """Return the contents that a store which is no folder has with the size that their rows name."""
    found = set()
    for sha256, size in facts.listed:
        try:
            if default_storage.size(stored_name(sha256)) == size:
                found.add(sha256)
        except FileNotFoundError:
            continue
    return found


def _file(path: Path) -> Source:
    return lambda: path.open("rb")


def _fetched(sha256: str) -> BinaryIO:
    return cast("BinaryIO", open_content(sha256))


def _hash(file: BinaryIO) -> tuple[int, str]:
    size, sha256 = 0, hashlib.sha256()
    while piece := file.read(CHUNK):
        size += len(piece)
        sha256.update(piece)
    return size, sha256.hexdigest()
