"""Takes a backup back: everything is read and checked beside the data first, then moved in, then verified."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.config.backup import database, place
from zhiheng_web.config.backup.archive import CHUNK, Listing, Member, opened
from zhiheng_web.config.backup.errors import RestoreError, UnfinishedRestoreError
from zhiheng_web.config.backup.make import bytes_shown, sync_folder
from zhiheng_web.evidence.inspection.limits import MIB
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.store import place as stored_name
from zhiheng_web.jobs.locks import SITE, held

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """
    What was restored.

    Parameters
    ----------
    listing
        What the backup held.
    aside
        The folder with what was there before, or None where nothing was.
    schema
        The schema of PostgreSQL with what was there before, or "".
    entries, contents
        Entries of the log and contents of evidence that were verified.
    lost
        Contents that were missing or damaged when the backup was made.
    """

    listing: Listing
    aside: Path | None
    schema: str
    entries: int
    contents: int
    lost: list[str]


def restore(path: Path, *, passphrase: str = "", force: bool = False) -> Restored:
    """
    Restore a backup into this installation, bring its database up to date and verify everything.

    Until the whole backup has been read and checked nothing is touched. From then on a mark lies in the data folder,
    without which no site starts; it goes when log and evidence are verified. Everybody must sign in again.

    Parameters
    ----------
    path
        The backup.
    passphrase
        Of a sealed one.
    force
        Move what is there aside and go on.

    Refused: a running site, data that is there (without `force`), another kind of database, migrations that this
    version does not know (RestoreError), an archive that is damaged or hostile (ArchiveError), and in the end content
    that does not verify (UnfinishedRestoreError).
    """
    with held(SITE, alone=True) as free, _stage() as stage:
        if not free:
            raise RestoreError(_("网站正在运行，请先停止网站再恢复。"))
        if not force:
            place.refuse_unfinished()
            _refuse_data()
        listing = _unpack(path, passphrase, stage)
        mark = place.data() / place.UNFINISHED
        aside, schema = _switch(stage, listing, mark, path.name)
        call_command("migrate", interactive=False, verbosity=0)
        Session.objects.all().delete()
        entries = _verified_log(listing)
        contents = _verified_files(listing)
        after = {"name": path.name, "made_at": listing.made_at, "entries": entries, "contents": contents,
                 "aside": aside.name if aside else ""}  # fmt: skip
        record("backup.restored", "backup", name=path.name, after=after)
        mark.unlink()
        sync_folder(place.data())
    lost = [*listing.evidence["missing"], *listing.evidence["damaged"]]
    return Restored(listing, aside, schema, entries, contents, lost)


def _refuse_data() -> None:
    files = place.in_folder() and any(place.kept(place.evidence_folder()))
    if files or not database.is_empty():
        msg = _("这里已有数据，没有恢复。确实要换成备份中的，请加 --force：现有数据先移到一边，不删除。")
        raise RestoreError(msg)


@contextmanager
def _stage() -> Iterator[Path]:
    """Lend a folder where the content of an archive waits; what a killed restore left there goes first."""
    for left in place.data().glob(f"{place.RESTORING}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = place.data() / f"{place.RESTORING}{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, passphrase: str, stage: Path) -> Listing:
    """Write the members of an archive that fits this installation into a folder, each checked."""
    with opened(path, passphrase) as found:
        listing = found.listing
        _fits(listing)
        free = shutil.disk_usage(stage).free
        if free < listing.size:
            words = {"need": round(listing.size / MIB), "free": round(free / MIB)}
            raise RestoreError(_("空间不足：需要约%(need)dMB，还有%(free)dMB。") % words)

        def receive(member: Member, source: BinaryIO) -> None:
            target = stage / member.path
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                while piece := source.read(CHUNK):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())

        with bytes_shown(_("读取"), listing.size) as step:
            found.each(receive, step)
    return listing


def _fits(listing: Listing) -> None:
    """Refuse an archive of another kind of database, or of a newer version (RestoreError)."""
    if listing.database != connection.vendor:
        words = {"theirs": listing.database, "ours": connection.vendor}
        raise RestoreError(_("备份的数据库是%(theirs)s，这里设定的是%(ours)s；请改设定后再恢复。") % words)
    if f"database/{database.NAMES[connection.vendor]}" not in {member.path for member in listing.members}:
        raise RestoreError(_("备份中没有数据库。"))
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations or ())
    newer = [f"{app}.{name}" for app, names in listing.migrations.items() for name in names if (app, name) not in known]
    if newer:
        words = {"version": listing.version, "names": "、".join(newer[:MOST_SHOWN])}
        msg = _("备份由更新的版本（%(version)s）写成，请先升级本系统；这里不认识的数据库变更：%(names)s。")
        raise RestoreError(msg % words)


def _switch(stage: Path, listing: Listing, mark: Path, name: str) -> tuple[Path | None, str]:
    """Move what is there aside and the content of the archive in; the mark says what is going on meanwhile."""
    moment = f"{timezone.localtime():%Y%m%d_%H%M%S}_{secrets.token_hex(2)}"
    aside = place.data() / f"{place.ASIDE}{moment}"
    old_tables = not database.is_empty()
    schema = f"zhiheng_replaced_{moment}" if old_tables and connection.vendor == "postgresql" else ""
    _write_mark(mark, {"backup": name, "made_at": listing.made_at, "replaced": aside.name, "schema": schema})
    aside.mkdir(mode=0o700)
    if old_tables:
        database.set_aside(aside, schema)
    for path in sorted(place.data().iterdir()):
        if path.name != mark.name and not path.name.startswith((place.ASIDE, ".")) and not place.is_backup(path):
            path.rename(aside / path.name)
    _move_in(stage)
    if not any(aside.iterdir()):
        aside.rmdir()
        return None, schema
    return aside, schema


def _move_in(stage: Path) -> None:
    """Move the checked content of an archive to its places; they are empty."""
    root, data = place.data(), stage / "data"
    database.load(stage / "database" / database.NAMES[connection.vendor])
    for area in (place.KEYS, place.EVIDENCE) if place.in_folder() else (place.KEYS,):
        if (stage / area).is_dir():
            (stage / area).rename(root / area)
    for path in sorted(data.iterdir()) if data.is_dir() else ():
        path.rename(root / path.name)
    for folder in (place.KEYS, place.EVIDENCE, place.UPLOADS):
        (root / folder).mkdir(mode=0o700, exist_ok=True)
    if not place.in_folder():
        _send(stage / place.EVIDENCE)
    sync_folder(root)


def _send(folder: Path) -> None:
    """Put the contents of an archive into a store that is no folder; what is there already is left."""
    for path in place.kept(folder):
        name = path.relative_to(folder).as_posix()
        if not default_storage.exists(name):
            with path.open("rb") as content:
                default_storage.save(name, File(content))


def _write_mark(mark: Path, words: dict[str, str]) -> None:
    part = mark.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(words, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(mark)
    sync_folder(mark.parent)


def _verified_log(listing: Listing) -> int:
    """Return the number of entries. Refused: a broken chain, or one that does not end as the backup says."""
    found = [f"{each.number}：{each.message}" for each in chain_breaks()]
    last = Entry.objects.order_by("-number").values_list("number", "hash").first() or (0, listing.audit["hash"])
    if not found and last != (listing.audit["number"], listing.audit["hash"]):
        found = [_("末尾的记录与备份清单所记的不同")]
    if found:
        raise UnfinishedRestoreError(_("恢复的审计日志不完整：%(found)s。") % {"found": "；".join(found[:MOST_SHOWN])})
    return int(last[0])


def _verified_files(listing: Listing) -> int:
    """
    Return the number of contents whose hash was checked. Refused: one that is missing or another.

    What was lost before the backup was made is known; where the archive has no files the store is asked for each.
    """
    known = {*listing.evidence["missing"], *listing.evidence["damaged"]}
    wanted = (
        EvidenceFile.objects.exclude(sha256__in=known).order_by("sha256").values_list("sha256", flat=True).distinct()
    )
    bad: list[str] = []
    count = 0
    with bytes_shown(_("核对材料"), sum(size for _name, size in listing.evidence["listed"])) as step:
        for sha256 in wanted.iterator(chunk_size=2000):
            digest = hashlib.sha256()
            try:
                with default_storage.open(stored_name(sha256), "rb") as content:
                    while piece := content.read(CHUNK):
                        digest.update(piece)
                        step(len(piece))
            except OSError:
                bad.append(sha256)
                continue
            bad += [sha256] if digest.hexdigest() != sha256 else []
            count += 1
    if bad:
        words = {"count": len(bad), "names": "、".join(bad[:MOST_SHOWN]), "store": settings.EVIDENCE_STORE}
        raise UnfinishedRestoreError(_("有%(count)d份材料缺失或者与校验值不符（%(store)s）：%(names)s。") % words)
    return count
