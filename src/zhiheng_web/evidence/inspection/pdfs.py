"""PDF: nothing but pages; no script, no action that runs or sends, no attachment, no XFA, nothing before or after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pypdfium2
from pypdf import PasswordType, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from zhiheng_web.evidence.inspection.limits import MIB, Limits
from zhiheng_web.evidence.inspection.markers import refuse_appended_zip, refuse_foreign
from zhiheng_web.evidence.inspection.refusal import (
    COMPLEX,
    DAMAGED,
    ENCRYPTED,
    PAGES,
    PDF_ACTION,
    PDF_ATTACHMENT,
    PDF_LAUNCH,
    PDF_MEDIA,
    PDF_SCRIPT,
    PDF_XFA,
    POLYGLOT,
    Refusal,
    guarded,
)
from zhiheng_web.evidence.inspection.seen import Seen
from zhiheng_web.evidence.inspection.zips import tail_of

_HEAD = 1024
_END = b"%%EOF"
_BLANK = b" \t\r\n\f\x00"
_OVERLAP = 32
_NAMES = re.compile(rb"/(JavaScript|Launch|EmbeddedFile)(?=[\s/<>\[\]()])")
_ACTIONS = {
    "/JavaScript": PDF_SCRIPT,
    "/Launch": PDF_LAUNCH,
    "/SubmitForm": PDF_ACTION,
    "/ImportData": PDF_ACTION,
    "/GoToE": PDF_ACTION,
    "/GoToR": PDF_ACTION,
    "/Rendition": PDF_MEDIA,
    "/Movie": PDF_MEDIA,
    "/Sound": PDF_MEDIA,
    "/GoTo3DView": PDF_MEDIA,
    "/RichMediaExecute": PDF_MEDIA,
}
_SUBTYPES = {"/FileAttachment": PDF_ATTACHMENT, "/RichMedia": PDF_MEDIA, "/3D": PDF_MEDIA, "/Screen": PDF_MEDIA}
_RAW = {b"JavaScript": PDF_SCRIPT, b"Launch": PDF_LAUNCH, b"EmbeddedFile": PDF_ATTACHMENT}


def examine(path: Path, _hint: str, limits: Limits) -> Seen:
    """
    Read a PDF and decide whether it holds pages only.

    Parameters
    ----------
    path
        A file that starts as a PDF.
    limits
        Bounds.

    Returns
    -------
    Its kind and number of pages.

    Raises
    ------
    EvidenceRefusedError
        It is encrypted, carries more than pages, or is broken.
    """
    with path.open("rb") as file:
        _check_outside(file)
        _check_names(file)
        with guarded("pypdf"):
            for found in _objects(file, limits):
                if reason := _reason(found):
                    raise reason.error()
    pages = _count(path)
    if pages > limits.max_pages:
        raise PAGES.error(limit=limits.max_pages, pages=pages)
    return Seen("pdf", pages)


def text_of(path: Path, limits: Limits) -> str:
    """
    Return the text of the first pages.

    Parameters
    ----------
    path
        A file that `examine` accepted.
    limits
        Bounds on pages and characters.

    Returns
    -------
    The text; empty for a scan.

    Raises
    ------
    EvidenceRefusedError
        The file cannot be read.
    """
    words = ""
    with guarded("pdfium"), pypdfium2.PdfDocument(path) as document:
        for number in range(min(len(document), limits.pages_read)):
            page = document[number].get_textpage()
            words += page.get_text_range(0, min(page.count_chars(), limits.max_characters))
            if len(words) >= limits.max_characters:
                break
    return words[: limits.max_characters]


def _count(path: Path) -> int:
    """Return the number of pages as the program that shows them counts."""
    with guarded("pdfium"), pypdfium2.PdfDocument(path) as document:
        pages = len(document)
    if pages < 1:
        raise DAMAGED.error(reason="pdf: no pages")
    return pages


def _check_outside(file: IO[bytes]) -> None:
    """Refuse what stands around the pages: a page or script at the start, anything after the end mark."""
    tail = tail_of(file)
    refuse_appended_zip(tail)
    end = tail.rfind(_END)
    if end < 0:
        raise DAMAGED.error(reason="pdf: no end mark")
    if tail[end + len(_END) :].strip(_BLANK):
        raise POLYGLOT.error(found="appended")
    file.seek(0)
    refuse_foreign(file.read(_HEAD))


def _check_names(file: IO[bytes]) -> None:
    """Refuse names of what runs wherever they stand in clear: a reader that repairs a file finds unlisted objects."""
    file.seek(0)
    before = b""
    while piece := file.read(MIB):
        if found := _NAMES.search(before + piece):
            raise _RAW[found[1]].error()
        before = piece[-_OVERLAP:]


def _objects(file: IO[bytes], limits: Limits) -> Iterator[DictionaryObject]:
    """Yield every dictionary of every object that the tables of the file list."""
    reader = PdfReader(file, strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise ENCRYPTED.error()
    places = {(number, generation) for generation, table in reader.xref.items() for number in table}
    places |= {(number, 0) for number in reader.xref_objStm}
    if len(places) > limits.max_objects:
        raise COMPLEX.error(reason="objects", objects=len(places))
    yield from _dictionaries(reader.trailer)
    for number, generation in places:
        if number:
            found = reader.get_object(IndirectObject(number, generation, reader))
            if found is not None:
                yield from _dictionaries(found)


def _dictionaries(root: PdfObject) -> Iterator[DictionaryObject]:
    """Yield the dictionaries inside one object, without following references."""
    waiting = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, DictionaryObject):
            yield item
            waiting.extend(dict.values(item))
        elif isinstance(item, ArrayObject):
            waiting.extend(list.__iter__(item))


def _reason(item: DictionaryObject) -> Refusal | None:
    """Return why a dictionary is refused, or None."""
    if (action := _name(item, "/S")) in _ACTIONS:
        return _ACTIONS[action]
    if (subtype := _name(item, "/Subtype")) in _SUBTYPES:
        return _SUBTYPES[subtype]
    if "/XFA" in item:
        return PDF_XFA
    if _name(item, "/Type") == "/EmbeddedFile" or ("/EF" in item and ("/F" in item or "/UF" in item)):
        return PDF_ATTACHMENT
    return None


def _name(item: DictionaryObject, key: str) -> str:
    """Return the name that a key holds, through references, or ""."""
    try:
        value = item[key]  # unlike `get`, this follows a reference
    except KeyError:
        return ""
    return value if isinstance(value, str) else ""
