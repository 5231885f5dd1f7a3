"""Previews are plain, bounded PNG, and only of what can be drawn."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.web.unit.evidence import samples

from zhiheng_web.evidence.inspection import EvidenceRefusedError, Limits, page_count, render_page

Put = Callable[..., Path]


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["PNG"])
    image.load()
    return image


def test_a_page_of_a_pdf_has_the_width_asked_for(put: Put):
    path = put(samples.pdf(pages=2))
    assert page_count(path, "pdf") == 2
    image = opened(render_page(path, "pdf", 2, 300))
    assert (image.mode, image.width) == ("RGB", 300)
    assert abs(image.height - 425) <= 1


def test_a_picture_stands_upright_on_white_without_metadata_and_is_never_enlarged(put: Put):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "secret place"
    red = Image.new("RGB", (40, 20), "red")
    content = render_page(put(samples.saved(red, "JPEG", exif=exif)), "jpeg", 1, 900)
    image = opened(content)
    assert image.size == (20, 40)
    assert b"secret" not in content
    assert not image.getexif()
    clear = render_page(put(samples.saved(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG")), "png", 1, 9)
    assert opened(clear).getpixel((4, 4)) == (255, 255, 255)


def test_pixels_and_bytes_of_a_preview_are_bounded(put: Put):
    path = put(samples.pdf())
    limits = Limits(max_preview_pixels=10_000, max_preview_bytes=100_000)
    image = opened(render_page(path, "pdf", 1, 100_000, limits))
    assert image.width * image.height <= 10_400
    noisy = put(samples.saved(Image.effect_noise((400, 400), 90).convert("RGB"), "PNG"))
    assert len(render_page(noisy, "png", 1, 400, Limits(max_preview_bytes=100_000))) <= 100_000


def test_a_strip_of_a_page_does_not_become_a_strip_of_pixels(put: Put):
    content = samples.pdf().replace(b"595", b"1").replace(b"842", b"9000000")
    try:
        image = opened(render_page(put(content), "pdf", 1, 1000))
    except EvidenceRefusedError:
        return
    assert image.width * image.height <= 6_500_000


@pytest.mark.parametrize(
    ("content", "kind", "page", "code"),
    [
        (samples.word(), "docx", 1, "no_preview"),
        (b"text", "txt", 1, "no_preview"),
        (b"<svg/>", "svg", 1, "no_preview"),
        (samples.pdf(), "pdf", 2, "no_page"),
        (samples.pdf(), "pdf", 0, "no_page"),
        (samples.picture("PNG"), "png", 2, "no_page"),
        (samples.picture("PNG"), "jpeg", 1, "damaged"),
        (samples.huge_png(), "png", 1, "pixels"),
        (b"%PDF-1.7 nothing", "pdf", 1, "damaged"),
    ],
)
def test_what_cannot_be_drawn_is_refused(content: bytes, kind: str, page: int, code: str, put: Put):
    with pytest.raises(EvidenceRefusedError) as caught:
        render_page(put(content), kind, page, 200)
    assert caught.value.code == f"evidence.{code}"


def test_kinds_without_preview_have_no_pages(put: Put):
    assert page_count(put(samples.word()), "docx") == 0
