"""The page of GB/T 9704-2012 in Word's units, and the conversions that the other files need."""

from __future__ import annotations

TWIPS_PER_MM = 1440 / 25.4
EMU_PER_MM = 36000

PAGE_WIDTH = 11906
PAGE_HEIGHT = 16838
TOP = round(37 * TWIPS_PER_MM)
BOTTOM = round(35 * TWIPS_PER_MM)
LEFT = round(28 * TWIPS_PER_MM)
RIGHT = round(26 * TWIPS_PER_MM)
TEXT_WIDTH = PAGE_WIDTH - LEFT - RIGHT
TEXT_HEIGHT = PAGE_HEIGHT - TOP - BOTTOM
TEXT_WIDTH_MM = 156.0

LINES = 22
CHARACTERS = 28
# 22 lines must fit, so the pitch rounds down: 579 twips = 28.95 pt.
LINE_PITCH = TEXT_HEIGHT // LINES
# 28 characters of 16 pt are wider than the type area, so they stand a quarter of a point closer. The grid of characters
# that Word offers for this would do, but LibreOffice gives every character two of its cells.
CHARACTER_SPACING = int(TEXT_WIDTH / CHARACTERS) - 16 * 20

# The label stands half-way up the top margin; the dashes of the page number lie 7 mm below the type area.
HEADER = round(22 * TWIPS_PER_MM)
FOOTER = round(25 * TWIPS_PER_MM)


def twips(millimetres: float) -> int:
    """Return a length in twentieths of a point."""
    return round(millimetres * TWIPS_PER_MM)


def emu(millimetres: float) -> int:
    """Return a length in English metric units, as drawings count it."""
    return round(millimetres * EMU_PER_MM)
