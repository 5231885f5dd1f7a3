"""A ZIP of evidence whose files are named by the number of their point, unpacked or refused as a whole."""

from __future__ import annotations

import re
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zhiheng_web.evidence.inspection.limits import MIB, Limits
from zhiheng_web.evidence.inspection.names import extension_of, safe_name
from zhiheng_web.evidence.inspection.refusal import NESTED, NOT_ZIP, PATH, SIZE, guarded
from zhiheng_web.evidence.inspection.zips import Budget, opened

_DEFAULT = Limits()
_UTF8_NAME = 0x800
_UNIX = 3
_IGNORED_FOLDERS = {"__macosx", ".git", ".svn"}
_IGNORED_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}
_ARCHIVES = {"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "cab", "iso", "jar", "zst", "lzh", "arj"}
_PACKED = ("docx", "xlsx", "pptx", "ofd")
_ARCHIVE_HEAD = re.compile(rb"PK\x03\x04|PK\x05\x06|Rar!\x1a|7z\xbc\xaf|\x1f\x8b\x08|BZh[1-9]1AY|\xfd7zXZ|MSCF\x00")
_SUFFIX_ROOM = 8

_STATED = re.compile(
    r"(?:考核)?要点\s*[:：#第]?\s*0*([1-9]\d{0,2})(?!\d)|(?<![a-z0-9])p\s?[.#_-]?0*([1-9]\d{0,2})(?![\da-z])"
)
_BARE = re.compile(r"0*([1-9]\d{0,2})(?=$|[\s_\-.、,，。:：()\[\]【《—–])")
_DATED = re.compile(r"0*\d{1,2}[.-]\d{1,2}[.-]\d{2,4}(?!\d)")


@dataclass(frozen=True, slots=True)
class Member:
    """
    A file of an archive.

    Parameters
    ----------
    point
        Number of the point its name states, or None.
    name
        Safe name, different from every other of the archive in any letter case.
    path
        The unpacked file.
    original
        The name in the archive, folders included.
    """

    point: int | None
    name: str
    path: Path
    original: str


def point_of(name: str) -> int | None:
    """
    Return the number of the point that a name in an archive states.

    A stated number (`要点10_通知.pdf`, `p10 通知.pdf`) goes before a bare one, the file before its folders. A bare
    number is one to three digits at the start of a folder or file before a separator (`10/通知.pdf`,
    `10-01 通知.pdf`); folders go before files, because files in the folder of a point are often numbered from 1.
    Folders that disagree state nothing.

    Parameters
    ----------
    name
        Name in the archive, folders included.

    Returns
    -------
    1 to 999, or None where nothing is stated.
    """
    parts = [part.strip() for part in re.split(r"[/\\]", unicodedata.normalize("NFKC", name).lower()) if part.strip()]
    if not parts:
        return None
    *folders, file = parts
    extension = extension_of(file)
    file = file.removesuffix(f".{extension}") if extension and not extension.isdigit() else file
    for part in (file, *reversed(folders)):
        if found := _STATED.search(part):
            return int(found[1] or found[2])
    numbers = {number for folder in folders if (number := _bare(folder)) is not None}
    if numbers:
        return numbers.pop() if len(numbers) == 1 else None
    return _bare(file)


def unpack_archive(path: Path, folder: Path, limits: Limits = _DEFAULT) -> tuple[Member, ...]:
    """
    Unpack a ZIP of evidence; each file must still pass `inspect_file`.

    Parameters
    ----------
    path
        The ZIP.
    folder
        Where the files go: made if missing, otherwise empty.
    limits
        Bounds.

    Returns
    -------
    The files in the order of the archive.

    Raises
    ------
    EvidenceRefusedError
        It is no ZIP, encrypted, a bomb, leaves its folder, or contains links or other archives; nothing is left in the
        folder.
    FileExistsError
        The folder is not empty.
    """
    size = path.stat().st_size
    if size > limits.max_archive_bytes:
        raise SIZE.error(name=safe_name(path.name), limit=limits.max_archive_bytes // MIB, size=size)
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise NOT_ZIP.error()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    try:
        with guarded("archive"), opened(path, limits) as container:
            return tuple(_unpack(container, folder, limits))
    except BaseException:
        shutil.rmtree(folder)
        raise


def _unpack(container: zipfile.ZipFile, folder: Path, limits: Limits) -> Iterator[Member]:
    """Write the files of an open archive and yield what they are."""
    budget = Budget(limits)
    taken = set[str]()
    named = _named(container.infolist())
    # All names are looked at before the first byte is written.
    for _, name in named:
        _check_path(name)
    for entry, name in named:
        parts = [part for part in re.split(r"[/\\]", name) if part]
        if name.endswith(("/", "\\")) or not parts or _is_ignored(parts):
            continue
        safe = _unused(safe_name(parts[-1], limits.max_name_bytes - _SUFFIX_ROOM), taken)
        target = folder / safe
        _write(target, container, entry, budget)
        yield Member(point_of(name), safe, target, name)


def _write(target: Path, container: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> None:
    """Write one entry, refusing an archive in the archive and a file that grows too large."""
    size = 0
    with target.open("xb") as file:
        for piece in budget.chunks(container, entry):
            if not size:
                _refuse_archive(target.name, piece)
            size += len(piece)
            if size > budget.limits.max_bytes:
                raise SIZE.error(name=target.name, limit=budget.limits.max_bytes // MIB)
            file.write(piece)


def _refuse_archive(name: str, head: bytes) -> None:
    """Refuse an archive by its name or by its first bytes."""
    extension = extension_of(name)
    packed = head.startswith(b"PK\x03\x04") and extension in _PACKED
    if extension in _ARCHIVES or (_ARCHIVE_HEAD.match(head) and not packed):
        raise NESTED.error(member=name)


def _named(entries: list[zipfile.ZipInfo]) -> list[tuple[zipfile.ZipInfo, str]]:
    """Return entries with their names as they were meant: Windows writes the names of a Chinese system in GB18030."""
    raw = [
        None if entry.flag_bits & _UTF8_NAME else entry.orig_filename.encode("cp437", errors="replace")
        for entry in entries
    ]
    encodings = ("utf-8", "gb18030") if any(entry.create_system == _UNIX for entry in entries) else ("gb18030", "utf-8")
    for encoding in encodings:
        try:
            names = [
                entry.orig_filename if name is None else name.decode(encoding)
                for entry, name in zip(entries, raw, strict=True)
            ]
        except UnicodeDecodeError:
            continue
        return list(zip(entries, names, strict=True))
    return [(entry, entry.orig_filename) for entry in entries]


def _check_path(name: str) -> None:
    """Refuse a name that would lead out of the folder."""
    parts = re.split(r"[/\\]", name)
    if "\x00" in name or not parts[0] or re.match(r"[A-Za-z]:", name) or any(part.strip() == ".." for part in parts):
        raise PATH.error(member=safe_name(name))


def _is_ignored(parts: list[str]) -> bool:
    """Tell whether a system, not a person, put the file there."""
    folded = [part.casefold() for part in parts]
    return bool(_IGNORED_FOLDERS & set(folded[:-1])) or folded[-1] in _IGNORED_NAMES or folded[-1].startswith("._")


def _unused(name: str, taken: set[str]) -> str:
    """Return the name, with a number before its extension if another file has it in any letter case."""
    extension = extension_of(name)
    stem = name[: len(name) - len(extension) - 1] if extension else name
    candidate = name
    number = 2
    while candidate.casefold() in taken:
        candidate = f"{stem} ({number}).{name[len(stem) + 1 :]}" if extension else f"{stem} ({number})"
        number += 1
    taken.add(candidate.casefold())
    return candidate


def _bare(part: str) -> int | None:
    """Return the bare number that a folder or file starts with; a date is none."""
    if _DATED.match(part):
        return None
    found = _BARE.match(part)
    return int(found[1]) if found else None
