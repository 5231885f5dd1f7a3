"""Text out of a cell, made plain so that words can be compared."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def narrow(text: str) -> str:
    """Return text with full-width letters and digits made plain and without any space, to compare words by."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text))
