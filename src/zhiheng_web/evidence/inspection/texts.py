"""TXT and CSV: readable characters in UTF-8 or GB18030, and no cell that starts a program."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.markers import refuse_polyglot
from zhiheng_web.evidence.inspection.refusal import ENCODING, FORMULA, UNKNOWN
from zhiheng_web.evidence.inspection.seen import Seen

_CHUNK = 256 * 1024
_OVERLAP = 256
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
# A cell of this form makes a spreadsheet program start another program: =cmd|'/c ...'!A1
_STARTS_PROGRAM = re.compile(r"(?:^|[,;\t\r\n])[\"'\s]*[=+\-@][^,\r\n|]{0,100}\|[^\r\n]{0,100}!")


def examine(path: Path, hint: str, _limits: Limits) -> Seen:
    """
    Read a file that has no known first bytes and decide whether it is text.

    Parameters
    ----------
    path
        The file.
    hint
        Extension of the name: `csv` makes it a table.
    _limits
        Bounds; none applies beside the size of the file.

    Returns
    -------
    Its kind.

    Raises
    ------
    EvidenceRefusedError
        It is no text, in another encoding, markup, or a table that would start a program.
    """
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            raise ENCODING.error()
        refuse_polyglot(file)
    kind = "csv" if hint == "csv" else "txt"
    before = ""
    for piece in _decoded(path):
        if kind == "csv" and (found := _STARTS_PROGRAM.search(before + piece)):
            raise FORMULA.error(found=found[0][:100])
        before = piece[-_OVERLAP:]
    return Seen(kind)


def text_of(path: Path, limits: Limits) -> str:
    """
    Return the beginning of a text.

    Parameters
    ----------
    path
        A file that `examine` accepted.
    limits
        Bounds.

    Returns
    -------
    At most `limits.max_characters` characters.
    """
    words: list[str] = []
    size = 0
    for piece in _decoded(path):
        words.append(piece)
        size += len(piece)
        if size >= limits.max_characters:
            break
    return "".join(words)[: limits.max_characters]


def _decoded(path: Path) -> Iterator[str]:
    """Yield the text piece by piece, refusing what is no text."""
    encoding = "utf-8-sig" if _fits(path, "utf-8-sig") else "gb18030"
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(_CHUNK):
                text = decoder.decode(piece)
                if _CONTROL.search(text):
                    raise UNKNOWN.error()
                yield text
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UNKNOWN.error() from error


def _fits(path: Path, encoding: str) -> bool:
    """Tell whether the whole file is valid in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while piece := file.read(_CHUNK):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True
