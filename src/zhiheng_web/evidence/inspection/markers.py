"""Marks of a second format hidden in a file of another kind (polyglots)."""

from __future__ import annotations

import re
from typing import IO

from zhiheng_web.evidence.inspection.refusal import POLYGLOT
from zhiheng_web.evidence.inspection.zips import ends_as_zip, tail_of

_CHUNK = 1024 * 1024
_OVERLAP = 64
# Long enough that chance does not produce one in a large picture.
_FOREIGN = re.compile(
    rb"(?i:<script[\s>/]|<iframe[\s>]|<html[\s>]|<!doctype\s+(?:html|svg)|<\?php\s)"
    rb"|This program cannot be run in DOS mode|Rar!\x1a\x07[\x00\x01]|7z\xbc\xaf\x27\x1c\x00"
)
_PDF = re.compile(rb"%PDF-[12]\.[0-7][\r\n ]")


def refuse_foreign(content: bytes) -> None:
    """
    Refuse bytes that contain the marks of a page, a script, a program or an archive.

    Parameters
    ----------
    content
        Bytes of a file that is something else.

    Raises
    ------
    EvidenceRefusedError
        A mark was found.
    """
    if found := _FOREIGN.search(content):
        raise POLYGLOT.error(found=found[0].decode("ascii", errors="replace"))


def refuse_polyglot(file: IO[bytes]) -> None:
    """
    Refuse a picture or text that is also something else.

    Parameters
    ----------
    file
        The open file; it is read once from its beginning.

    Raises
    ------
    EvidenceRefusedError
        It contains the marks of another format or ends as a ZIP.
    """
    if ends_as_zip(tail_of(file)):
        raise POLYGLOT.error(found="zip")
    file.seek(0)
    before = b""
    while piece := file.read(_CHUNK):
        refuse_foreign(before + piece)
        if _PDF.search(before + piece):
            raise POLYGLOT.error(found="pdf")
        before = piece[-_OVERLAP:]


def refuse_appended_zip(tail: bytes) -> None:
    """
    Refuse a file that a ZIP reader would open from its end.

    Parameters
    ----------
    tail
        The last bytes, as `tail_of` returns them.

    Raises
    ------
    EvidenceRefusedError
        It ends as a ZIP.
    """
    if ends_as_zip(tail):
        raise POLYGLOT.error(found="zip")
