"""Text on its way into a cell: what XML cannot hold, what a cell has room for, and what a row needs in height."""

from __future__ import annotations

import math
import re

LONGEST = 32_000
"""UTF-16 units a cell can hold, with room to spare."""
LINE_POINTS, PAD_POINTS, TALLEST_POINTS = 15.0, 6.0, 400.0
"""Height of a line of text, room around it, and the tallest row that programs accept."""
MARGIN = 1.5
"""Characters of a column that text does not use."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text that XML can hold and a cell has room for."""
    if not text.isprintable():
        text = _ILLEGAL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    # Programs count UTF-16 units, of which a character has one or two.
    if len(text) > LONGEST // 2 and len(units := text.encode("utf-16-le")) > LONGEST * 2:
        text = units[: LONGEST * 2].decode("utf-16-le", "ignore") + "…（已截断）"
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes such text for the XML of a rich string and writes it as it stands.
        text += " "
    return text


def line_count(text: str, width: float) -> int:
    """Return the lines that a text takes in a column of a width in characters."""
    return sum(max(1, math.ceil(_width(line) / (width - MARGIN))) for line in text.split("\n"))


def row_height(lines: int) -> float:
    """Return the height in points of a row with so many lines."""
    return min(TALLEST_POINTS, lines * LINE_POINTS + PAD_POINTS)


def _width(text: str) -> float:
    # A Chinese character has three bytes in UTF-8 and is two characters wide; a letter has one of each.
    return (len(text.encode("utf-8", "replace")) + len(text)) / 2
