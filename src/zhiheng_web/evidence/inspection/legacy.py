"""DOC, XLS, PPT and the WPS kinds in OLE compound files: no macros, no embedded objects, no passwords."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from zhiheng_web.evidence.inspection.compound import STORAGE, STREAM, Compound
from zhiheng_web.evidence.inspection.limits import MIB, Limits
from zhiheng_web.evidence.inspection.markers import refuse_appended_zip
from zhiheng_web.evidence.inspection.refusal import DAMAGED, EMBEDDED, ENCRYPTED, MACRO, UNKNOWN
from zhiheng_web.evidence.inspection.seen import Seen
from zhiheng_web.evidence.inspection.zips import tail_of

_MACROS = {"macros", "vba", "_vba_project", "_vba_project_cur", "project", "jdedata", "jsaproject"}
_OBJECTS = {"\x01ole10native", "package", "ctls", "\x03ocxname", "ocxdata", "\x03objinfo"}
_ENCRYPTED = {"encryptedpackage", "encryptioninfo"}
_MAIN = {"worddocument": "doc", "workbook": "xls", "book": "xls", "powerpoint document": "ppt"}
_DOC_FLAGS = 10
_DOC_ENCRYPTED = 0x0100
_XLS_FILEPASS, _XLS_SHEET, _XLS_END = 0x2F, 0x85, 0x0A
_XLS_MACRO_SHEETS = {1, 6}
_XLS_SORT_AT = 5
_XLS_MOST = 8 * MIB
_PPT_ENCRYPTED = 0xF3D1C4DF
_PPT_TOKEN = 12
_PPT_MACROS, _PPT_OBJECT = 0x03FF, 0x1011
_PPT_CONTAINER = 0xF
_PPT_MOST = 64 * MIB
_PPT_RECORDS = 2_000_000


def examine(path: Path, _hint: str, _limits: Limits) -> Seen:
    """
    Read a compound file and decide whether it is a harmless document.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Its kind; pages are not known without laying it out.

    Raises
    ------
    EvidenceRefusedError
        It is encrypted, carries macros, controls or objects, is no document or is broken.
    """
    with path.open("rb") as file:
        seen = Seen(_document(Compound.of(file)))
        # Last, because an embedded object may end in a ZIP too, and that reason helps more.
        refuse_appended_zip(tail_of(file))
        return seen


def _document(compound: Compound) -> str:
    """Return the kind after names and the records that matter have been looked at."""
    names = {entry.name.casefold() for entry in compound.entries if entry.sort in {STORAGE, STREAM}}
    if names & _ENCRYPTED:
        raise ENCRYPTED.error()
    if names & _MACROS:
        raise MACRO.error()
    kinds = {kind for name, kind in _MAIN.items() if name in names}
    if len(kinds) != 1:
        raise UNKNOWN.error() if not kinds else EMBEDDED.error()
    kind = kinds.pop()
    {"doc": _check_doc, "xls": _check_xls, "ppt": _check_ppt}[kind](compound)
    # Word keeps each embedded object in a storage named by a number, Excel in one that starts with MBD.
    if names & _OBJECTS or any(name.startswith("mbd") or (name[:1] == "_" and name[1:].isdigit()) for name in names):
        raise EMBEDDED.error()
    return kind


def _check_doc(compound: Compound) -> None:
    """Refuse a Word file whose text is encrypted."""
    for head in compound.read("WordDocument", _DOC_FLAGS + 2):
        if len(head) < _DOC_FLAGS + 2:
            raise DAMAGED.error(reason="doc: header")
        if struct.unpack_from("<H", head, _DOC_FLAGS)[0] & _DOC_ENCRYPTED:
            raise ENCRYPTED.error()


def _check_xls(compound: Compound) -> None:
    """Refuse an Excel file that is encrypted or has sheets of macros; the global records come first and end."""
    for content in (*compound.read("Workbook", _XLS_MOST), *compound.read("Book", _XLS_MOST)):
        _check_records(content)


def _check_records(content: bytes) -> None:
    """Refuse global records that announce a password or a sheet of macros."""
    place = 0
    while place + 4 <= len(content):
        record, size = struct.unpack_from("<HH", content, place)
        body = content[place + 4 : place + 4 + size]
        if record == _XLS_FILEPASS:
            raise ENCRYPTED.error()
        if record == _XLS_SHEET and body[_XLS_SORT_AT : _XLS_SORT_AT + 1] and body[_XLS_SORT_AT] in _XLS_MACRO_SHEETS:
            raise MACRO.error()
        if record == _XLS_END:
            return
        place += 4 + size
    raise DAMAGED.error(reason="xls: records")


def _check_ppt(compound: Compound) -> None:
    """Refuse a PowerPoint file that is encrypted or stores macros or objects."""
    for user in compound.read("Current User", _PPT_TOKEN + 4):
        if len(user) < _PPT_TOKEN + 4:
            raise DAMAGED.error(reason="ppt: current user")
        if struct.unpack_from("<L", user, _PPT_TOKEN)[0] == _PPT_ENCRYPTED:
            raise ENCRYPTED.error()
    for content in compound.read("PowerPoint Document", _PPT_MOST):
        if len(content) == _PPT_MOST:
            raise DAMAGED.error(reason="ppt: too large")
        records = set(_ppt_records(content))
        if _PPT_MACROS in records:
            raise MACRO.error()
        if _PPT_OBJECT in records:
            raise EMBEDDED.error()


def _ppt_records(content: bytes) -> Iterator[int]:
    """Yield the sorts of all records; a container's records follow its header, so a walk needs no recursion."""
    place = 0
    for _ in range(_PPT_RECORDS):
        if place + 8 > len(content):
            return
        version, sort, size = struct.unpack_from("<HHL", content, place)
        yield sort
        place += 8 if version & 0xF == _PPT_CONTAINER else 8 + size
    raise DAMAGED.error(reason="ppt: too many records")
