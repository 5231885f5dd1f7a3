"""Pictures: one format only, a number of pixels that can be decoded, and a first frame that decodes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.markers import refuse_polyglot
from zhiheng_web.evidence.inspection.refusal import PAGES, PIXELS, EvidenceRefusedError, guarded
from zhiheng_web.evidence.inspection.seen import Seen

# JPEG decodes at an eighth of its size when asked for a small one, which proves it readable at little cost.
_DRAFT = (64, 64)


def examine(path: Path, code: str, limits: Limits) -> Seen:
    """
    Read a picture and decide whether it is only that.

    Parameters
    ----------
    path
        The file.
    code
        What its first bytes say it is.
    limits
        Bounds.

    Returns
    -------
    Its kind, size, and frames of a TIFF.

    Raises
    ------
    EvidenceRefusedError
        It has too many pixels or pages, is broken or carries another format.
    """
    with path.open("rb") as file:
        refuse_polyglot(file)
    with guarded("picture"), opened(path, code, limits) as image:
        width, height = image.size
        pages = _frames(image, limits) if code == "tiff" else 1
        image.seek(0)
        image.draft(None, _DRAFT)
        image.load()
    return Seen(code, pages, width, height)


def opened(path: Path, code: str, limits: Limits) -> Image.Image:
    """
    Open a picture by its header only.

    Parameters
    ----------
    path
        The file.
    code
        Its kind; no other format is tried.
    limits
        Bound on the pixels.

    Returns
    -------
    The picture, not yet decoded.

    Raises
    ------
    EvidenceRefusedError
        It has too many pixels.
    """
    try:
        image = Image.open(path, formats=[code.upper()])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(limits) from error
    _check_pixels(image, limits)
    return image


def _frames(image: Image.Image, limits: Limits) -> int:
    """Return the number of frames; each has a size of its own."""
    for number in range(limits.max_pages + 1):
        try:
            image.seek(number)
        except EOFError:
            return number
        _check_pixels(image, limits)
    raise PAGES.error(limit=limits.max_pages)


def _check_pixels(image: Image.Image, limits: Limits) -> None:
    """Refuse a frame that is too large to be decoded."""
    if image.width * image.height > limits.max_pixels:
        raise _too_many_pixels(limits, width=image.width, height=image.height)


def _too_many_pixels(limits: Limits, **details: int) -> EvidenceRefusedError:
    """Return the refusal of a picture with too many pixels."""
    return PIXELS.error(limit=limits.max_pixels // 10_000, **details)
