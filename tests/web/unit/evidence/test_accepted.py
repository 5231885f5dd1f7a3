"""Good files of every kind pass and are described rightly."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.web.unit.evidence import samples

from zhiheng_web.evidence.inspection import Inspected, hash_stream, page_count, render_page

GOOD = {
    "通知.pdf": (samples.pdf(pages=3), "pdf", "application/pdf"),
    "照片.JPG": (samples.picture("JPEG"), "jpeg", "image/jpeg"),
    "截图.png": (samples.picture("PNG"), "png", "image/png"),
    "a.webp": (samples.picture("WEBP"), "webp", "image/webp"),
    "扫描.tif": (samples.picture("TIFF"), "tiff", "image/tiff"),
    "a.bmp": (samples.picture("BMP"), "bmp", "image/bmp"),
    "a.gif": (samples.picture("GIF"), "gif", "image/gif"),
    "报告.docx": (samples.word(), "docx", f"{samples.MAIN}.wordprocessingml.document"),
    "表.xlsx": (samples.workbook(), "xlsx", f"{samples.MAIN}.spreadsheetml.sheet"),
    "图表.xlsx": (samples.charted(), "xlsx", f"{samples.MAIN}.spreadsheetml.sheet"),
    "导出.xlsx": (samples.large_end(samples.workbook()), "xlsx", f"{samples.MAIN}.spreadsheetml.sheet"),
    "演示.pptx": (samples.slides(), "pptx", f"{samples.MAIN}.presentationml.presentation"),
    "发票.ofd": (samples.ofd(), "ofd", "application/ofd"),
    "a.txt": (samples.PARAGRAPH.encode(), "txt", "text/plain"),
    "b.txt": (samples.PARAGRAPH.encode("gb18030"), "txt", "text/plain"),
    "台账.csv": ("\ufeff地区,分值\n甲市,-3.5\n".encode(), "csv", "text/csv"),
    "文字.wps": (samples.compound({"WordDocument": b"\xec\xa5" + bytes(4094)}), "doc", "application/msword"),
    "表格.et": (samples.compound({"Workbook": samples.sheet_records()}), "xls", "application/vnd.ms-excel"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_passes(name: str, accept: Callable[..., Inspected]):
    content, kind, mime = GOOD[name]
    found = accept(content, name)
    assert (found.kind, found.mime, found.size) == (kind, mime, len(content))
    assert found.sha256 == hashlib.sha256(content).hexdigest()


def test_pages_and_pixels_are_reported(accept: Callable[..., Inspected]):
    assert accept(samples.pdf(pages=3), "a.pdf").pages == 3
    found = accept(samples.picture("JPEG", (300, 200)), "a.jpg")
    assert (found.pages, found.width, found.height) == (1, 300, 200)


def test_a_tiff_counts_its_frames(put: Callable[..., Path], accept: Callable[..., Inspected]):
    frames = [Image.new("L", (50, 50), shade) for shade in (0, 100, 200)]
    content = samples.saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert accept(content, "a.tiff").pages == 3
    path = put(content)
    assert page_count(path, "tiff") == 3
    assert render_page(path, "tiff", 3, 50) != render_page(path, "tiff", 1, 50)


def test_a_pdf_that_only_restricts_printing_can_be_checked_and_passes(accept: Callable[..., Inspected]):
    assert accept(samples.pdf(password=""), "a.pdf").pages == 1


@pytest.mark.office
@pytest.mark.parametrize(("source", "target"), [("docx", "doc"), ("xlsx", "xls")])
def test_files_of_an_office_program_pass(
    source: str, target: str, converted: Callable[..., bytes], accept: Callable[..., Inspected]
):
    content = samples.word() if source == "docx" else samples.workbook()
    assert accept(converted(content, source, target), f"a.{target}").kind == target


def test_hash_of_a_stream_is_that_of_its_bytes():
    assert hash_stream([b"ab", b"", b"c"]) == (hashlib.sha256(b"abc").hexdigest(), 3)
