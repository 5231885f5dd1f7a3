"""Fingerprints that stay close when a file is saved again, to find the same evidence in another unit or year."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

from zhiheng_web.evidence.inspection.files import Inspected
from zhiheng_web.evidence.inspection.isolation import call
from zhiheng_web.evidence.inspection.kinds import KINDS
from zhiheng_web.evidence.inspection.limits import Limits

_DEFAULT = Limits()
_BITS = 64
_BAND_BITS = 16
_BANDS = _BITS // _BAND_BITS
_GRAM = 4
_FEWEST_GRAMS = 60
_DETAIL_BITS = 256
# Four bands of which each differs in three bits or more make 12, so up to 11 some band differs in two at most.
_NEAR = 11
_PROBE_FLIPS = 2
_TEXT_DETAIL = 32
_PICTURE_DETAIL_SHARE = 0.35
_MASKS = tuple(
    sum(1 << bit for bit in flips)
    for count in range(_PROBE_FLIPS + 1)
    for flips in combinations(range(_BAND_BITS), count)
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """
    64 bits that stand for what a file looks like or says.

    Parameters
    ----------
    sort
        `picture` or `text`; only the same sort compares.
    value
        The bits as a number from 0 to 2**64 - 1, by which candidates are found.
    detail
        256 bits, by which candidates are confirmed.
    """

    sort: Literal["picture", "text"]
    value: int
    detail: int


def fingerprint(path: Path, inspected: Inspected, limits: Limits = _DEFAULT) -> Fingerprint | None:
    """
    Compute the fingerprint of an accepted file.

    Parameters
    ----------
    path
        The file.
    inspected
        What `inspect_file` found.
    limits
        Bounds.

    Returns
    -------
    Of the text for PDF, DOCX, TXT and CSV with enough of it; of the picture for pictures and the first page of a PDF
    without text; None for other kinds, short texts and flat pictures.

    Raises
    ------
    EvidenceRefusedError
        The file cannot be read within the limits.
    """
    family = KINDS[inspected.kind].family
    if family != "pictures":
        written = simhash(call("words", path, limits, kind=inspected.kind)["text"])
        if written is not None:
            return Fingerprint("text", *written)
    if family in {"pictures", "pdfs"}:
        bits = call("picture_hash", path, limits, kind=inspected.kind)["bits"]
        if bits is not None:
            return Fingerprint("picture", *bits)
    return None


def simhash(text: str) -> tuple[int, int] | None:
    """
    Compute the simhash of a text over its distinct runs of four characters.

    Parameters
    ----------
    text
        The text; punctuation, spaces, letter case and full width make no difference.

    Returns
    -------
    The first 64 and all 256 bits, or None where the text has fewer than 60 different runs.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(mark for mark in folded if unicodedata.category(mark)[0] in "LN")
    grams = {plain[place : place + _GRAM] for place in range(len(plain) - _GRAM + 1)}
    if len(grams) < _FEWEST_GRAMS:
        return None
    size = _DETAIL_BITS // 8
    digests = b"".join(hashlib.blake2b(gram.encode(), digest_size=size).digest() for gram in grams)
    value = 0
    for place in range(size):
        # Counting equal bytes first leaves at most 256 values to take apart.
        counts = Counter(digests[place::size])
        for bit in range(7, -1, -1):
            ones = sum(count for byte, count in counts.items() if byte >> bit & 1)
            value = value << 1 | (ones * 2 > len(grams))
    return value >> (_DETAIL_BITS - _BITS), value


def distance(first: Fingerprint, second: Fingerprint) -> int:
    """
    Count the bits in which two fingerprints differ.

    Parameters
    ----------
    first, second
        Fingerprints of the same sort.

    Returns
    -------
    0 to 64; 64 for different sorts.
    """
    if first.sort != second.sort:
        return _BITS
    return (first.value ^ second.value).bit_count()


def is_near(first: Fingerprint, second: Fingerprint) -> bool:
    """
    Tell whether two files are so alike that a person should look at both.

    At most 11 of the 64 bits may differ, because `probes` finds all of those. Then texts may differ in 32 of the 256
    bits, pictures in 35 % of the places that either marks there. Measured on made samples (the figures and the command
    are in docs/methods/evidence-files.md): pictures compressed, halved, darkened, scanned or cropped by 1 % a side are
    all found, pages cropped by 3 % hardly ever; different photographs and pages are confused in 0.01 % of pairs or
    fewer. Texts with another date and unit are found in 94-99 %; different reports that share up to three quarters of
    their sentences are confused in 0.02 % of pairs or fewer, sharing nine tenths in 28 %.

    Parameters
    ----------
    first, second
        Fingerprints.

    Returns
    -------
    True if they are near.
    """
    if distance(first, second) > _NEAR:
        return False
    different = (first.detail ^ second.detail).bit_count()
    if first.sort == "text":
        return different <= _TEXT_DETAIL
    return different <= (first.detail | second.detail).bit_count() * _PICTURE_DETAIL_SHARE


def bands(value: int) -> tuple[int, ...]:
    """
    Cut a fingerprint into four numbers to be stored in four indexed columns.

    Parameters
    ----------
    value
        Bits of a fingerprint.

    Returns
    -------
    Four numbers of 16 bits, highest first.
    """
    return tuple(value >> shift & 0xFFFF for shift in range(_BITS - _BAND_BITS, -1, -_BAND_BITS))


def probes(value: int) -> tuple[tuple[int, ...], ...]:
    """
    Return what to look up so that no near fingerprint is missed.

    Fingerprints that differ in at most 11 bits differ in at most two bits of some band, so looking up each band and
    everything up to two bits away from it finds all of them. Equality of a band alone is sure only up to 3 bits.

    Parameters
    ----------
    value
        Bits of a fingerprint.

    Returns
    -------
    For each of the four bands the 137 numbers to look up in its column.
    """
    return tuple(tuple(band ^ mask for mask in _MASKS) for band in bands(value))
