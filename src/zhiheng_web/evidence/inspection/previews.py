"""Previews of kept files: PDF pages and pictures as plain PNG."""

from __future__ import annotations

import base64
from pathlib import Path

from zhiheng_web.evidence.inspection.isolation import call
from zhiheng_web.evidence.inspection.limits import Limits

_DEFAULT = Limits()


def page_count(path: Path, kind: str, limits: Limits = _DEFAULT) -> int:
    """
    Return how many pages can be drawn.

    Parameters
    ----------
    path
        An accepted file.
    kind
        Code of its kind.
    limits
        Bounds.

    Returns
    -------
    Pages of a PDF, frames of a TIFF, 1 for other pictures, 0 for kinds without preview.

    Raises
    ------
    EvidenceRefusedError
        The file is not what it was.
    """
    return int(call("examine", path, limits, extension=kind)["pages"] or 0)


def render_page(path: Path, kind: str, page: int, width: int, limits: Limits = _DEFAULT) -> bytes:
    """
    Draw one page.

    Parameters
    ----------
    path
        An accepted file.
    kind
        Code of its kind.
    page
        Number of the page, from 1.
    width
        Wanted width in pixels; pictures are never enlarged, and the limits may make the result narrower.
    limits
        Bounds.

    Returns
    -------
    A PNG: upright, on white, first frame, without metadata.

    Raises
    ------
    EvidenceRefusedError
        The kind has no preview, there is no such page, or it cannot be drawn within the limits.
    """
    return base64.b64decode(call("render", path, limits, kind=kind, page=page, width=width)["png"])
