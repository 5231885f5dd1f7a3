"""Copies are found, different things are mostly not; the bounds here are looser than the rates in the documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.web.unit.evidence import likeness, samples

from zhiheng_web.evidence.inspection import (
    Fingerprint,
    bands,
    distance,
    fingerprint,
    inspect_file,
    is_near,
    probes,
)
from zhiheng_web.evidence.inspection.fingerprints import simhash
from zhiheng_web.evidence.inspection.raster import difference_hash

BITS = st.integers(0, 2**64 - 1)
Print = Callable[..., Fingerprint | None]


@pytest.fixture
def printed(put: Callable[..., Path]) -> Print:
    def run(content: bytes, name: str) -> Fingerprint | None:
        path = put(content)
        return fingerprint(path, inspect_file(path, name))

    return run


def test_copies_of_pictures_and_reports_are_found_and_others_are_not():
    rates = likeness.rates(pictures=12, texts=16)
    for name, rate in rates.items():
        if name.endswith("different"):
            assert rate <= (0.5 if "90%" in name else 0.08), name
        elif "cropped by 3 %" not in name:
            assert rate >= 0.8, name


def test_a_document_in_another_format_says_the_same(printed: Print):
    text = likeness.report(1, 0.5)
    first, second = printed(samples.word([text]), "a.docx"), printed(text.encode("gb18030"), "a.txt")
    assert first is not None
    assert first == second
    assert first.sort == "text"


def test_a_scan_in_a_pdf_is_compared_as_a_picture(printed: Print):
    page = likeness.page(3)
    first, second = printed(samples.saved(page, "PDF"), "a.pdf"), printed(samples.saved(page, "PNG"), "a.png")
    assert first is not None
    assert second is not None
    assert first.sort == "picture"
    assert is_near(first, second)


def test_a_picture_turned_by_its_metadata_is_compared_upright(printed: Print):
    upright = likeness.photograph(2)
    turned = upright.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    first, second = (
        printed(samples.saved(upright, "JPEG"), "a.jpg"),
        printed(samples.saved(turned, "JPEG", exif=exif), "a.jpg"),
    )
    assert first is not None
    assert second is not None
    assert is_near(first, second)


def test_what_says_too_little_has_no_fingerprint(printed: Print):
    assert printed("通知".encode(), "a.txt") is None
    assert printed(samples.workbook(), "a.xlsx") is None
    assert printed(samples.saved(Image.new("RGB", (50, 50), "white"), "PNG"), "a.png") is None
    assert printed(samples.pdf(), "a.pdf") is None


def test_spaces_punctuation_and_width_make_no_difference_to_a_text():
    text = likeness.report(4, 0.5)
    assert simhash(text) == simhash(" ".join(text).replace("。", "\n").replace("0", "０"))


def test_the_bits_of_a_picture_are_the_falls_of_light_from_the_top_left():
    image = Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_270)
    assert difference_hash(image) == (2**64 - 1, 2**256 - 1)
    image.paste(255, (0, 0, 256, 32))
    assert difference_hash(image) == (2**56 - 1, 2**224 - 1)


@given(BITS, st.sets(st.integers(0, 63), max_size=11))
def test_looking_up_the_probes_finds_everything_near(value: int, flips: set[int]):
    other = value
    for flip in flips:
        other ^= 1 << flip
    first, second = Fingerprint("text", value, 0), Fingerprint("text", other, 0)
    assert distance(first, second) == len(flips)
    assert is_near(first, second)
    assert any(band in probe for band, probe in zip(bands(other), probes(value), strict=True))


@given(BITS)
def test_bands_hold_the_whole_value(value: int):
    first, second, third, fourth = bands(value)
    assert first << 48 | second << 32 | third << 16 | fourth == value


def test_twelve_bits_are_too_many_and_sorts_do_not_mix():
    assert is_near(Fingerprint("text", 0, 0), Fingerprint("text", 0x7FF, 0))
    assert not is_near(Fingerprint("text", 0, 0), Fingerprint("text", 0xFFF, 0))
    assert not is_near(Fingerprint("text", 5, 5), Fingerprint("picture", 5, 5))


def test_the_finer_bits_confirm():
    assert is_near(Fingerprint("text", 0, 0), Fingerprint("text", 0, 2**32 - 1))
    assert not is_near(Fingerprint("text", 0, 0), Fingerprint("text", 0, 2**33 - 1))
    assert is_near(Fingerprint("picture", 5, 0b111_0000), Fingerprint("picture", 5, 0b111_0001))
    assert not is_near(Fingerprint("picture", 5, 0b1111), Fingerprint("picture", 5, 0b11110000))
