"""Pages and pictures drawn as PNG: bounded, upright, first frame, without metadata."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps

from zhiheng_web.evidence.inspection.kinds import KINDS
from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.pictures import opened
from zhiheng_web.evidence.inspection.refusal import DAMAGED, NO_PAGE, NO_PREVIEW, guarded

_NARROWEST = 16
_COARSE, _FINE = 8, 16
# Differences up to this (of 255) are noise of scanning and compression: blank paper must give the same bits each time.
_NOISE = 2
_FEWEST_FALLS = 8


def draw(path: Path, kind: str, page: int, width: int, limits: Limits) -> Image.Image:
    """
    Draw one page of a file on white.

    Parameters
    ----------
    path
        A file that was accepted.
    kind
        Code of its kind.
    page
        Number of the page, from 1; pictures have one, TIFF one for each frame.
    width
        Wanted width in pixels; the result is narrower where the limits ask for it or the picture is smaller.
    limits
        Bounds.

    Returns
    -------
    An RGB picture.

    Raises
    ------
    EvidenceRefusedError
        The kind has no preview, there is no such page, or it cannot be drawn.
    """
    family = KINDS[kind].family if kind in KINDS else ""
    if family == "pdfs":
        with guarded("pdfium"):
            return _draw_pdf(path, page, width, limits)
    if family == "pictures":
        with guarded("picture"):
            return _draw_picture(path, kind, page, width, limits)
    raise NO_PREVIEW.error(kind=kind)


def png(image: Image.Image, limits: Limits) -> bytes:
    """
    Return a picture as PNG.

    Parameters
    ----------
    image
        The picture.
    limits
        Bound on the bytes; a picture beyond it is halved until it fits.

    Returns
    -------
    The bytes of the PNG, without any metadata.
    """
    while True:
        stream = io.BytesIO()
        image.save(stream, "PNG")
        if stream.tell() <= limits.max_preview_bytes or image.width <= _NARROWEST:
            return stream.getvalue()
        image = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)


def difference_hash(image: Image.Image) -> tuple[int, int] | None:
    """
    Return which way the light falls between neighbouring cells of a picture, coarsely and finely.

    Parameters
    ----------
    image
        A picture.

    Returns
    -------
    64 bits of 8 x 8 cells and 256 bits of 16 x 16 cells, rows from the top: bit set where a cell is clearly lighter
    than its right neighbour. None where the picture is flat or has too few such places to tell it from another.
    """
    grey = image.convert("L")
    coarse, fine = _falls(grey, _COARSE), _falls(grey, _FINE)
    return (coarse, fine) if coarse and fine.bit_count() >= _FEWEST_FALLS else None


def _falls(grey: Image.Image, cells: int) -> int:
    """Return the bits for a square of cells."""
    light = grey.resize((cells + 1, cells), Image.Resampling.BOX).tobytes()
    value = 0
    for row in range(cells):
        for place in range(row * (cells + 1), row * (cells + 1) + cells):
            value = value << 1 | (light[place] > light[place + 1] + _NOISE)
    return value


def _scale(size: tuple[float, float], width: int, limits: Limits) -> float:
    """Return the factor that gives the width unless that makes too many pixels."""
    wide, high = size
    if not (math.isfinite(wide) and math.isfinite(high) and wide > 0 and high > 0):
        raise DAMAGED.error(reason="page size")
    return min(max(_NARROWEST, width) / wide, math.sqrt(limits.max_preview_pixels / (wide * high)))


def _draw_pdf(path: Path, page: int, width: int, limits: Limits) -> Image.Image:
    """Draw a page of a PDF; forms keep their printed look because no form environment is made."""
    with pypdfium2.PdfDocument(path) as document:
        if not 1 <= page <= len(document):
            raise NO_PAGE.error(page=page, pages=len(document))
        sheet = document[page - 1]
        scale = _scale(sheet.get_size(), width, limits)
        # Rounding up a hair-thin page to whole pixels may still make a long strip.
        if max(sheet.get_size()) * scale > limits.max_preview_pixels:
            raise DAMAGED.error(reason="page size")
        return _on_white(sheet.render(scale=scale).to_pil())


def _draw_picture(path: Path, kind: str, page: int, width: int, limits: Limits) -> Image.Image:
    """Decode a frame no larger than needed, turn it upright and put it on white."""
    with opened(path, kind, limits) as image:
        if kind != "tiff" and page != 1:
            raise NO_PAGE.error(page=page, pages=1)
        try:
            image.seek(page - 1)
        except EOFError as error:
            raise NO_PAGE.error(page=page, pages=page - 1) from error
        if image.width * image.height > limits.max_pixels:
            raise DAMAGED.error(reason="frame size")
        scale = min(1.0, _scale(image.size, width, limits))
        image.draft("RGB", (math.ceil(image.width * scale), math.ceil(image.height * scale)))
        scale = min(1.0, _scale(image.size, width, limits))
        small = image.resize(
            (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
            Image.Resampling.BOX if image.mode in {"1", "P", "I;16"} else Image.Resampling.LANCZOS,
            reducing_gap=3.0,
        )
        upright = ImageOps.exif_transpose(small)
    return _on_white(upright)


def _on_white(image: Image.Image) -> Image.Image:
    """Put a picture that may be transparent on white paper; nothing but the pixels is taken along."""
    paper = Image.new("RGB", image.size, "white")
    coloured = image.convert("RGBA")
    paper.paste(coloured, mask=coloured)
    return paper
