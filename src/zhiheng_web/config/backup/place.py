"""What an installation keeps where: what a backup holds, and what it leaves out because it can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhiheng_web.config.backup.errors import UnfinishedRestoreError
from zhiheng_web.evidence.store import PART, folder_path

MADE_AGAIN = {"cache", "static", "previews", "metrics"}
"""Folders whose content is made again when it is wanted."""
EVIDENCE, KEYS, UPLOADS = "evidence", "keys", "uploads"
ASIDE = "replaced-"
"""Beginning of the name of a folder where a restore puts what it replaced."""
STAGE, RESTORING = ".backing-up-", ".restoring-"
"""Beginnings of the names of folders where a backup or a restore gathers its files."""
UNFINISHED = "restore-unfinished.json"
"""Marks a restore that has begun to replace things and has not verified them yet."""


def data() -> Path:
    """Return the folder of data."""
    return Path(settings.DATA)


def in_folder() -> bool:
    """Return whether evidence lies in a folder."""
    return folder_path("") is not None


def evidence_folder() -> Path:
    """Return the folder of evidence, where it lies in one."""
    return Path(settings.MEDIA_ROOT)


def kept(folder: Path) -> Iterator[Path]:
    """Yield every whole plain file below a folder; links, and what is still being written, are left out."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink() and not PART.fullmatch(path.name) and path.suffix != ".part":
            yield path


def others() -> Iterator[Path]:
    """
    Yield everything of the data folder that is neither database, evidence nor key and cannot be made again.

    Of what was uploaded only folders count: a single file is an upload that is still coming in.
    """
    database = Path(str(settings.DATABASES["default"]["NAME"])).name
    left_out = MADE_AGAIN | {database, f"{database}-wal", f"{database}-shm", KEYS, EVIDENCE, UNFINISHED}
    for top in sorted(data().iterdir()):
        if top.name in left_out or top.name.startswith((ASIDE, ".")) or top.is_symlink():
            continue
        if top.name == UPLOADS:
            for folder in sorted(path for path in top.iterdir() if path.is_dir()):
                yield from kept(folder)
        elif top.is_dir():
            yield from kept(top)
        elif top.is_file() and top.suffix != ".part" and not is_backup(top):
            yield top


def is_backup(path: Path) -> bool:
    """Return whether a file is a backup: one must not hold another."""
    return path.name.endswith((".tar.gz", ".tar.gz.sealed"))


def refuse_unfinished() -> None:
    """Refuse to work where a restore was cut off (UnfinishedRestoreError)."""
    mark = data() / UNFINISHED
    if mark.exists():
        msg = _("上一次恢复没有完成（%(mark)s 中有说明）。请用 zhiheng restore --force 再恢复一次。") % {"mark": mark}
        raise UnfinishedRestoreError(msg)
