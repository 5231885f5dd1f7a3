"""How much of a hostile file the inspection is willing to look at; every number is a setting."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds of the inspection.

    Parameters
    ----------
    max_bytes
        Largest file, in bytes.
    max_archive_bytes
        Largest ZIP of evidence, in bytes.
    max_pixels
        Most pixels of one picture, by its header.
    max_pages
        Most pages of a PDF or TIFF.
    pages_read
        Pages whose text is read for a fingerprint.
    max_members
        Most entries of a ZIP, office documents included.
    max_unpacked
        Most bytes all entries of a ZIP unpack to.
    max_ratio
        Most times an entry may be larger unpacked than packed.
    ratio_from
        Unpacked size in bytes from which the ratio is looked at: small files pack well without harm.
    max_depth
        How deep office documents may be embedded in each other (charts carry a workbook).
    max_objects
        Most objects of a PDF.
    max_name_bytes
        Longest stored file name, in bytes of UTF-8.
    max_characters
        Most characters of text that enter a fingerprint.
    max_preview_pixels
        Most pixels of a preview.
    max_preview_bytes
        Largest preview, in bytes.
    seconds
        Processor and clock time a file may take in the child process.
    memory
        Address space of the child process, in bytes.
    """

    max_bytes: int = 100 * MIB
    max_archive_bytes: int = 1024 * MIB
    max_pixels: int = 120_000_000
    max_pages: int = 3000
    pages_read: int = 30
    max_members: int = 5000
    max_unpacked: int = 2048 * MIB
    max_ratio: int = 200
    ratio_from: int = 4 * MIB
    max_depth: int = 2
    max_objects: int = 300_000
    max_name_bytes: int = 180
    max_characters: int = 200_000
    max_preview_pixels: int = 6_000_000
    max_preview_bytes: int = 20 * MIB
    seconds: int = 30
    memory: int = 2048 * MIB
