"""DOCX, XLSX, PPTX and OFD: no macros, no controls, no embedded programs, nothing fetched from elsewhere, no bombs."""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
from pathlib import Path
from typing import IO
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from zhiheng_web.evidence.inspection.kinds import sniff
from zhiheng_web.evidence.inspection.limits import MIB, Limits
from zhiheng_web.evidence.inspection.refusal import (
    ARCHIVE,
    CONTROL,
    DAMAGED,
    EMBEDDED,
    ENTITIES,
    EXTERNAL,
    FIELD,
    MACRO,
    NOT_PLAIN_OFFICE,
)
from zhiheng_web.evidence.inspection.seen import Seen
from zhiheng_web.evidence.inspection.zips import Budget, opened

_TYPES = "[Content_Types].xml"
_MAIN = {
    "wordprocessingml.document.main+xml": "docx",
    "spreadsheetml.sheet.main+xml": "xlsx",
    "presentationml.presentation.main+xml": "pptx",
}
_MOST_TABLE = 4 * MIB
_MOST_PART = 64 * MIB
_MACRO_PART = re.compile(r"vbaproject|vbadata|macrosheets/|dialogsheets/|jdedata|jsaproject", re.IGNORECASE)
_MACRO_TYPE = re.compile(r"macroenabled|vbaproject|macrosheet|dialogsheet", re.IGNORECASE)
_CONTROL_PART = re.compile(r"activex|/ctrlprops/|webextension", re.IGNORECASE)
# Parts that hold XML; `psmdcp` are the properties as .NET writes them.
_MARKUP_PARTS = (".xml", ".vml", ".svg", ".psmdcp")
_PACKED_PICTURES = (".emz", ".wmz")
_EMBEDDED = ("docx", "xlsx", "pptx")
_ALWAYS_REFUSED = {"oleObject", "package", "aFChunk", "subDocument", "control", "frame"}
_DECLARED = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_ENCODINGS = {b"utf-8", b"utf8", b"us-ascii", b"gbk", b"gb2312", b"gb18030"}
_DEFINITION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_OVERLAP = 16
_INSTRUCTION = re.compile(rb"<(?:\w+:)?instrText[^>]*>([^<]*)|\binstr\s*=\s*(?:\"([^\"]*)|'([^']*))")
_FETCHING_FIELD = re.compile(
    r"\bDDE(?:AUTO)?\b|\b(?:INCLUDE(?:TEXT|PICTURE)|LINK\s+\S+)\s+\W{0,3}(?:https?:|ftp:|\\\\|file:)", re.IGNORECASE
)
_DATA_LINK = re.compile(rb"<(?:\w+:)?(?:ddeLink|oleLink|webPr)\b|\brefreshOnLoad\s*=\s*[\"'](?:1|true)")


def examine(path: Path, _hint: str, limits: Limits) -> Seen:
    """
    Read a file that starts as a ZIP and decide whether it is a harmless office document.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds.

    Returns
    -------
    Its kind; pages are not known without laying it out.

    Raises
    ------
    EvidenceRefusedError
        It is another ZIP, broken, a bomb, or carries something that runs or fetches.
    """
    with path.open("rb") as file:
        return Seen(_document(file, limits, Budget(limits), 0))


def text_of(path: Path, limits: Limits) -> str:
    """
    Return the text of a DOCX.

    Parameters
    ----------
    path
        A file that `examine` accepted.
    limits
        Bounds.

    Returns
    -------
    The running text, without headers and notes.

    Raises
    ------
    EvidenceRefusedError
        The main part cannot be read.
    """
    words: list[str] = []
    size = 0
    with opened(path, limits) as container:
        budget = Budget(limits)
        entry = next((item for item in container.infolist() if item.filename == "word/document.xml"), None)
        content = b"" if entry is None else budget.read(container, entry, _MOST_PART)
    try:
        for _, node in iterparse(io.BytesIO(content), forbid_dtd=True) if content else ():
            if node.tag.endswith("}t") and node.text:
                words.append(node.text)
                size += len(node.text)
            node.clear()
            if size > limits.max_characters:
                break
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise DAMAGED.error(reason=f"xml: {error}") from error
    return "".join(words)


def _document(file: IO[bytes], limits: Limits, budget: Budget, depth: int) -> str:
    """Return the kind of an office document after every part of it has been looked at."""
    if depth > limits.max_depth:
        raise EMBEDDED.error(found="depth")
    with opened(file, limits) as container:
        entries = {entry.filename: entry for entry in container.infolist() if not entry.is_dir()}
        kind = _kind(container, entries, budget)
        if len({name.casefold() for name in entries}) < sum(not entry.is_dir() for entry in container.infolist()):
            raise DAMAGED.error(reason="zip: two parts of one name")
        for name, entry in entries.items():
            _refuse_by_name(name)
            if name.lower().endswith(".rels"):
                _check_relationships(budget.read(container, entry, _MOST_TABLE))
            elif name.lower().endswith(_MARKUP_PARTS):
                _check_markup(name, container, entry, budget)
            else:
                _check_binary(name, container, entry, budget, depth)
    return kind


def _kind(container: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], budget: Budget) -> str:
    """Return which office document it is, by its own table of types and never by its name."""
    if "OFD.xml" in entries:
        return "ofd"
    if _TYPES not in entries:
        raise ARCHIVE.error()
    kinds = set[str]()
    for node in _parse(budget.read(container, entries[_TYPES], _MOST_TABLE)).iter():
        sort = node.get("ContentType", "").strip().lower()
        if _MACRO_TYPE.search(sort):
            raise MACRO.error(found=sort)
        if "activex" in sort:
            raise CONTROL.error(found=sort)
        kinds.update(kind for ending, kind in _MAIN.items() if sort.endswith(ending))
    if len(kinds) != 1:
        raise NOT_PLAIN_OFFICE.error()
    return kinds.pop()


def _refuse_by_name(name: str) -> None:
    """Refuse parts that are known by where they stand."""
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise DAMAGED.error(reason="zip: path")
    if _MACRO_PART.search(name):
        raise MACRO.error(found=name)
    if _CONTROL_PART.search(name):
        raise CONTROL.error(found=name)


def _check_relationships(content: bytes) -> None:
    """Refuse links that an office program follows on opening; hyperlinks wait for a click."""
    for node in _parse(content).iter():
        sort = posixpath.basename(node.get("Type", ""))
        target = node.get("Target", "")
        if _MACRO_PART.search(target):
            raise MACRO.error(found=target)
        if node.get("TargetMode", "").lower() != "external" or sort == "hyperlink":
            continue
        if sort in _ALWAYS_REFUSED or _fetches(target):
            raise EXTERNAL.error(relation=sort, target=target[:200])


def _fetches(target: str) -> bool:
    """Tell whether following a target leaves this computer: a drive letter, a local or a relative path does not."""
    place = unquote(target).strip().replace("\\", "/")
    if re.match(r"(?:file:/{0,3})?[a-z]:/|file:///[^/]", place, re.IGNORECASE):
        return False
    return place.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*:", place, re.IGNORECASE) is not None


def _check_markup(name: str, container: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> None:
    """Refuse definitions of entities, odd encodings and fields that run or fetch."""
    fields = name.startswith("word/")
    links = "externalLinks/" in name or name.startswith("xl/connections")
    kept = bytearray()
    before = b""
    for piece in budget.chunks(container, entry):
        if not before:
            _check_encoding(piece)
        if _DEFINITION.search(before + piece):
            raise ENTITIES.error()
        before = piece[-_OVERLAP:]
        if fields or links:
            kept += piece
            if len(kept) > _MOST_PART:
                raise DAMAGED.error(reason="xml: part too large")
    if links and (link := _DATA_LINK.search(kept)):
        raise FIELD.error(found=link[0].decode(errors="replace"))
    if fields:
        found = b"".join(b"".join(groups) for groups in _INSTRUCTION.findall(kept))
        if match := _FETCHING_FIELD.search(html.unescape(found.decode(errors="replace"))):
            raise FIELD.error(found=match[0])


def _check_encoding(piece: bytes) -> None:
    """Refuse encodings in which a definition could hide from a search for its bytes."""
    declared = _DECLARED.match(piece)
    if b"\x00" in piece[:64] or (declared and declared[1].lower() not in _ENCODINGS):
        raise DAMAGED.error(reason="xml: encoding")


def _check_binary(name: str, container: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget, depth: int) -> None:
    """Refuse embedded objects and programs; a workbook behind a chart is looked at like any document."""
    pieces = budget.chunks(container, entry)
    head = next(pieces, b"")
    if head.startswith(b"\xd0\xcf\x11\xe0") or ("/embeddings/" in name and not head.startswith(b"PK\x03\x04")):
        raise EMBEDDED.error(found=name)
    if not head.startswith(b"PK\x03\x04"):
        if not name.lower().endswith(_PACKED_PICTURES):
            # Markup under another name would escape the checks of markup; anything unknown is left as it is.
            sniff(head)
        for _ in pieces:
            pass
        return
    if name.rsplit(".", 1)[-1].lower() not in _EMBEDDED:
        raise EMBEDDED.error(found=name)
    inner = bytearray(head)
    for piece in pieces:
        inner += piece
        if len(inner) > _MOST_PART:
            raise EMBEDDED.error(found=name)
    _document(io.BytesIO(inner), budget.limits, budget, depth + 1)


def _parse(content: bytes) -> Element:
    """Return a small table as XML without definitions."""
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ENTITIES.error() from error
    except (ParseError, ValueError, LookupError) as error:
        raise DAMAGED.error(reason=f"xml: {error}") from error
    return root
