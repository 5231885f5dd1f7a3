"""The abuse set: each hostile or unfit file is refused for its own reason, by code."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from tests.web.unit.evidence import samples

from zhiheng_web.evidence.inspection import REFUSALS, EvidenceRefusedError, Limits
from zhiheng_web.evidence.inspection.markers import refuse_polyglot

Refuse = Callable[..., EvidenceRefusedError]
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"
ZIP = samples.zipped({"a.js": "alert(1)"})
SMALL = Limits(max_unpacked=2_000_000, max_members=100)
XML = '<?xml version="1.0"?>'
DDE = f"{XML}<w:document xmlns:w='w'><w:instrText>DDE</w:instrText><w:instrText>AUTO cmd.exe</w:instrText></w:document>"
BOMB_XML = f'{XML}<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
TEMPLATE = "http://198.51.100.1/t.dotm"
MACRO_SORT = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
MACRO_TYPES = samples.zipped({"[Content_Types].xml": f'<Types><Default ContentType="{MACRO_SORT}"/></Types>'})

PLAIN = {
    "empty": (b"", "a.pdf", "empty"),
    "svg named png": (SVG, "a.png", "markup"),
    "svg in utf-16": (SVG.decode().encode("utf-16"), "a.png", "markup"),
    "html named pdf": (b"\n  " + HTML, "a.pdf", "markup"),
    "windows program": (b"MZ\x90\x00" + bytes(100), "a.pdf", "executable"),
    "elf program": (b"\x7fELF" + bytes(100), "a.jpg", "executable"),
    "shell script": (b"#!/bin/sh\necho 1\n", "a.txt", "executable"),
    "shortcut": (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(68), "a.pdf", "executable"),
    "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(50), "a.docx", "archive"),
    "zip": (ZIP, "a.docx", "archive"),
    "rtf": (rb"{\rtf1 {\object}}", "a.doc", "type"),
    "video": (b"\x00\x00\x00\x18ftypmp42" + bytes(50), "a.jpg", "type"),
    "noise": (bytes(range(1, 256)) * 4, "a.pdf", "type"),
    "control characters": (b"plain\x00\x01text", "a.txt", "type"),
    "script as text": (b"alert(1)", "a.js", "type"),
    "text with page": (b"notes\n" + HTML, "a.txt", "polyglot"),
    "text in utf-16": ("通知".encode("utf-16"), "a.txt", "encoding"),
    "text named pdf": (b"hello", "a.pdf", "extension"),
    "png named jpg": (samples.picture("PNG"), "a.jpg", "extension"),
    "pdf without extension": (samples.pdf(), "通知", "extension"),
    "docx named xlsx": (samples.word(), "a.xlsx", "extension"),
    "cell that starts a program": (b"name,mark\nx,\"=cmd|'/c calc'!A1\"\n", "a.csv", "formula"),
}
PDFS = {
    "script": (samples.pdf(root={"/OpenAction": samples.script()}), "script"),
    "script in an object stream with an escaped name": (samples.packed_script(), "script"),
    "script whose name is a reference": (samples.packed_script(b"<</S 6 0 R/JS(app.alert(1))>>"), "script"),
    "launch": (samples.pdf(root={"/OpenAction": samples.action("Launch", F=TextStringObject("cmd.exe"))}), "launch"),
    "submit": (samples.pdf(root={"/OpenAction": samples.action("SubmitForm")}), "action"),
    "attachment": (samples.attached(), "attachment"),
    "xfa": (samples.pdf(root=samples.xfa()), "xfa"),
    "film": (
        samples.pdf(root={"/A": ArrayObject([DictionaryObject({NameObject("/Subtype"): NameObject("/RichMedia")})])}),
        "media",
    ),
    "password": (samples.pdf(password="secret"), "encrypted"),  # noqa: S106 - a sample
    "zip behind": (samples.pdf() + ZIP, "polyglot"),
    "page behind": (samples.pdf() + HTML, "polyglot"),
    "zip that ends with the end mark": (samples.pdf() + ZIP[:-2] + struct.pack("<H", 6) + b"%%EOF\n", "polyglot"),
    "header after a page": (HTML.replace(b"<", b"(") + samples.pdf(), "polyglot"),
    "page inside the header": (samples.pdf().replace(b"\n", b"\n%<html><script>alert(1)</script>\n", 1), "polyglot"),
    "cut off": (samples.pdf()[:-40], "damaged"),
    "no pages": (samples.pdf(pages=0), "damaged"),
}
PICTURES = {
    "jpeg and zip": (samples.picture("JPEG") + ZIP, "a.jpg", "polyglot"),
    "png and zip": (samples.picture("PNG") + ZIP, "a.png", "polyglot"),
    "gif and page": (samples.picture("GIF") + HTML, "a.gif", "polyglot"),
    "jpeg with a page in its comment": (samples.picture("JPEG", comment=HTML), "a.jpg", "polyglot"),
    "png and pdf": (samples.picture("PNG") + samples.pdf(), "a.png", "polyglot"),
    "bmp and program": (samples.picture("BMP") + b"MZ This program cannot be run in DOS mode", "a.bmp", "polyglot"),
    "billions of pixels": (samples.huge_png(), "a.png", "pixels"),
    "cut off": (samples.picture("PNG")[:-200], "a.png", "damaged"),
}
OFFICE = {
    "vba": ({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0"}, "macro"),
    "vba in capitals": ({"word/VBAPROJECT.BIN": b"x"}, "macro"),
    "excel 4 macros": ({"xl/macrosheets/sheet1.xml": XML + "<a/>"}, "macro"),
    "wps macros": ({"xl/JDEData.bin": b"x"}, "macro"),
    "activex": ({"word/activeX/activeX1.xml": XML + "<a/>"}, "control"),
    "ole object": ({"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, "embedded"),
    "packed object": ({"word/embeddings/a.zip": ZIP}, "embedded"),
    "program": ({"word/media/a.png": b"MZ\x90\x00"}, "executable"),
    "ole elsewhere": ({"customXml/item.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, "embedded"),
    "remote template": (samples.related("attachedTemplate", TEMPLATE), "external"),
    "template on a share": (samples.related("attachedTemplate", r"\\198.51.100.1\s\t.dotm"), "external"),
    "template on a share by address": (samples.related("attachedTemplate", "file://host/t.dotm"), "external"),
    "linked object": (samples.related("oleObject", "C:/a.docx"), "external"),
    "remote picture": (samples.related("image", "https://example.org/a.png"), "external"),
    "altchunk": (samples.related("aFChunk", "http://example.org/"), "external"),
    "dde in two runs": ({"word/document.xml": DDE}, "field"),
    "dde link": ({"xl/externalLinks/externalLink1.xml": XML + "<externalLink><ddeLink/></externalLink>"}, "field"),
    "web query": (
        {"xl/connections.xml": XML + "<connections><webPr/></connections>"},
        "field",
    ),
    "linked picture field": (
        {"word/header1.xml": XML + "<h><fldSimple instr='INCLUDEPICTURE \"https://example.org/a.png\"'/></h>"},
        "field",
    ),
    "entities": ({"word/document.xml": BOMB_XML}, "entities"),
    "entities in relations": ({"word/_rels/a.xml.rels": BOMB_XML}, "entities"),
    "entities in utf-16": ({"word/styles.xml": BOMB_XML.encode("utf-16")}, "damaged"),
    "entities in utf-7": ({"word/styles.xml": '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'}, "damaged"),
    "entities under another name": ({"word/styles.bin": BOMB_XML}, "markup"),
    "path": ({"../../etc/passwd": "x"}, "damaged"),
    "nested macro": ({"word/embeddings/a.xlsx": MACRO_TYPES}, "macro"),
}
SHEET = b"\x00\x00\x00\x00\x02\x01\x01\x00a"
OLE = {
    "macros in doc": ({"WordDocument": b""}, ["Macros"], "a.doc", "macro"),
    "macros in xls": ({"Workbook": samples.sheet_records()}, ["_VBA_PROJECT_CUR"], "a.xls", "macro"),
    "macro sheet": (
        {"Workbook": samples.sheet_records((0x85, SHEET))},
        [],
        "a.xls",
        "macro",
    ),
    "xls password": ({"Workbook": samples.sheet_records((0x2F, bytes(54)))}, [], "a.xls", "encrypted"),
    "doc password": ({"WordDocument": b"\xec\xa5" + bytes(8) + b"\x00\x01"}, [], "a.doc", "encrypted"),
    "docx password": ({"EncryptedPackage": b"", "EncryptionInfo": b""}, [], "a.docx", "encrypted"),
    "ppt password": (
        {"PowerPoint Document": b"", "Current User": bytes(12) + struct.pack("<L", 0xF3D1C4DF)},
        [],
        "a.ppt",
        "encrypted",
    ),
    "ppt object": ({"PowerPoint Document": struct.pack("<HHL", 0, 0x1011, 8) + bytes(8)}, [], "a.ppt", "embedded"),
    "ppt macros": ({"PowerPoint Document": struct.pack("<HHLHHL", 15, 1000, 8, 15, 0x3FF, 0)}, [], "a.ppt", "macro"),
    "object in doc": ({"WordDocument": b""}, ["ObjectPool", "_1234567890"], "a.doc", "embedded"),
    "object in xls": ({"Workbook": samples.sheet_records(), "\x01Ole10Native": b"MZ"}, [], "a.xls", "embedded"),
    "other document": ({"Contents": b""}, [], "a.doc", "type"),
}


@pytest.mark.parametrize("case", PLAIN)
def test_content_and_name_decide(case: str, refuse: Refuse):
    content, name, code = PLAIN[case]
    assert refuse(content, name).code == f"evidence.{code}"


@pytest.mark.parametrize("case", PDFS)
def test_a_pdf_holds_pages_only(case: str, refuse: Refuse):
    content, code = PDFS[case]
    assert refuse(content, "a.pdf").code == f"evidence.{code}"


@pytest.mark.parametrize("case", PICTURES)
def test_a_picture_is_one_format_and_can_be_decoded(case: str, refuse: Refuse):
    content, name, code = PICTURES[case]
    assert refuse(content, name).code == f"evidence.{code}"


@pytest.mark.parametrize("case", OFFICE)
def test_an_office_document_runs_and_fetches_nothing(case: str, refuse: Refuse):
    parts, code = OFFICE[case]
    assert refuse(samples.changed(samples.word(), parts), "a.docx").code == f"evidence.{code}"


@pytest.mark.parametrize("case", OLE)
def test_an_old_office_document_carries_nothing(case: str, refuse: Refuse):
    streams, storages, name, code = OLE[case]
    assert refuse(samples.compound(streams, storages), name).code == f"evidence.{code}"


def test_links_that_wait_for_a_click_or_stay_on_the_computer_pass(accept: Callable[..., object]):
    for sort, target in (
        ("hyperlink", "https://example.org/"),
        ("attachedTemplate", "file:///C:/Users/a/Normal.dotm"),
        ("externalLinkPath", "%E5%8F%B0%E8%B4%A6.xlsx"),
    ):
        accept(samples.changed(samples.word(), samples.related(sort, target)), "a.docx")


def test_a_workbook_behind_a_chart_passes_but_not_without_end(accept: Callable[..., object], refuse: Refuse):
    content = samples.workbook()
    for _ in range(2):
        content = samples.changed(samples.word(), {"word/embeddings/sheet.docx": content})
    accept(content, "a.docx")
    deeper = samples.changed(samples.word(), {"word/embeddings/sheet.docx": content})
    assert refuse(deeper, "a.docx").code == "evidence.embedded"


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/worksheets/sheet9.xml": b"<a>" + b" " * 5_000_000 + b"</a>"},
        {f"xl/media/{number}.txt": b"x" for number in range(200)},
        {f"xl/{number}.xml": f"<a{number}/>".ljust(30_000).encode() for number in range(80)},
    ],
    ids=["ratio", "count", "total"],
)
def test_a_workbook_that_unpacks_too_far_is_refused(parts: dict[str, bytes | str], refuse: Refuse):
    assert refuse(samples.changed(samples.workbook(), parts), "a.xlsx", SMALL).code == "evidence.bomb"


def test_what_nested_documents_unpack_to_counts_together(refuse: Refuse):
    part: dict[str, bytes | str] = {"word/media/a.dat": bytes(range(256)) * 5_000}
    inner = samples.changed(samples.word(), part)
    outer = samples.changed(samples.word(), {**part, "word/embeddings/a.docx": inner})
    assert refuse(outer, "a.docx", Limits(max_unpacked=2_000_000)).details["reason"] == "unpacked"


def test_a_mark_that_straddles_two_readings_is_found():
    for start in range(1_048_576 - 8, 1_048_576 + 1):
        with pytest.raises(EvidenceRefusedError):
            refuse_polyglot(io.BytesIO(bytes(start) + b"<script>" + bytes(100)))


def test_a_size_of_five_gigabytes_is_refused_by_its_claim(refuse: Refuse):
    content = bytearray(samples.workbook())
    place = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, place + 24, 0xFFFFFFFE)
    assert refuse(bytes(content), "a.xlsx").code == "evidence.bomb"


def test_an_encrypted_part_is_refused(refuse: Refuse):
    content = bytearray(samples.workbook())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert refuse(bytes(content), "a.xlsx").code == "evidence.encrypted"


def test_a_document_with_two_parts_of_one_name_is_refused(refuse: Refuse):
    content = samples.changed(samples.word(), {"WORD/document.xml": f"{XML}<a/>"})
    assert refuse(content, "a.docx").details["reason"] == "zip: two parts of one name"


def test_limits_of_size_pixels_and_pages_are_settings(refuse: Refuse):
    assert refuse(bytes(2_000_001), "a.pdf", Limits(max_bytes=2_000_000)).code == "evidence.size"
    assert refuse(samples.picture(size=(200, 200)), "a.png", Limits(max_pixels=39_999)).code == "evidence.pixels"
    assert refuse(samples.pdf(pages=3), "a.pdf", Limits(max_pages=2)).code == "evidence.pages"
    assert refuse(samples.pdf(pages=9), "a.pdf", Limits(max_objects=5)).code == "evidence.complex"


def test_memory_of_the_child_is_bounded(refuse: Refuse):
    content = samples.picture("PNG", (4000, 4000))
    assert refuse(content, "a.png", Limits(memory=64 * 1024 * 1024)).code in {"evidence.damaged", "evidence.complex"}


def test_every_message_says_what_to_do_and_codes_are_dotted():
    for refusal in REFUSALS:
        assert refusal.code.startswith("evidence.")
        assert refusal.template.endswith("。")


def test_an_unknown_compression_is_refused(refuse: Refuse):
    content = samples.zipped({"[Content_Types].xml": "<Types/>"}, zipfile.ZIP_LZMA)
    assert refuse(content, "a.docx").code == "evidence.compression"
