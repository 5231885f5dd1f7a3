"""Good files of every kind and hostile ones, built in code so that each test shows what it is about."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import docx
import openpyxl
import xlsxwriter
from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, PdfObject, StreamObject, TextStringObject

MAIN = "application/vnd.openxmlformats-officedocument"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARAGRAPH = (
    "为深入贯彻落实国家知识产权保护工作部署，进一步强化知识产权全链条保护，现就做好年度知识产权保护工作通知如下。"
    "各县（市、区）要健全工作机制，明确责任分工，组织开展专利、商标、地理标志专项行政执法行动，严厉打击侵权假冒行为，"
    "畅通投诉举报渠道，加强行政执法与刑事司法衔接，推动重点领域和关键环节保护取得实效。"
)


def picture(kind: str = "PNG", size: tuple[int, int] = (320, 240), seed: int = 1, **options: object) -> bytes:
    """Return a picture of overlapping ellipses that differ by seed."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for number in range(24):
        mixed = (seed * 7919 + number * 104729) % 65521
        x, y = mixed % size[0], mixed * 31 % size[1]
        pen.ellipse((x - 30, y - 40, x + 50, y + 30), fill=(mixed % 256, mixed // 7 % 256, mixed // 49 % 256))
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)  # type: ignore[arg-type]  # options of the formats are untyped
    return stream.getvalue()


def pdf(*, pages: int = 1, root: dict[str, PdfObject] | None = None, password: str | None = None) -> bytes:
    """Return a PDF of blank pages with more entries in its catalogue."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    for key, value in (root or {}).items():
        writer.root_object[NameObject(key)] = value
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")  # noqa: S106 - a sample
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def action(sort: str, **more: PdfObject) -> DictionaryObject:
    entries: dict[PdfObject, PdfObject] = {NameObject("/S"): NameObject(f"/{sort}")}
    return DictionaryObject({**entries, **{NameObject(f"/{key}"): value for key, value in more.items()}})


def script() -> DictionaryObject:
    return action("JavaScript", JS=TextStringObject("app.alert(1)"))


def packed_script(action: bytes = b"<</S/Java#53cript/JS(app.alert(1))>>") -> bytes:
    """Return a PDF whose script stands in a compressed object stream, out of sight of a search for names."""
    name = b"/Java#53cript"
    numbers = b"4 0 6 %d " % (len(action) + 1)
    inner = numbers + action + b" " + name
    body = zlib.compress(inner)
    parts = [
        b"1 0 obj <</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>> endobj\n",
        b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n",
        b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>> endobj\n",
        b"5 0 obj <</Type/ObjStm/N 2/First %d/Filter/FlateDecode/Length %d>> stream\n%b\nendstream endobj\n"
        % (len(numbers), len(body), body),
    ]
    content, places = b"%PDF-1.5\n", []
    for part in parts:
        places.append(len(content))
        content += part
    rows = [(0, 0, 255), *((1, place, 0) for place in places[:3]), (2, 5, 0), (1, places[3], 0), (2, 5, 1)]
    table = zlib.compress(b"".join(struct.pack(">BHB", *row) for row in rows))
    start = len(content)
    content += b"7 0 obj <</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>> stream\n" % len(table)
    return content + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % start


def attached() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("a.txt", b"text")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def xfa() -> dict[str, PdfObject]:
    part = StreamObject()
    part.set_data(b"<xdp/>")
    return {"/AcroForm": DictionaryObject({NameObject("/XFA"): part, NameObject("/Fields"): ArrayObject()})}


def word(paragraphs: Sequence[str] = (PARAGRAPH,)) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["考核要点", "得分"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def charted() -> bytes:
    """Return a workbook with a chart and a picture."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.write_column("A1", [1, 2, 3])
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$3"})
        sheet.insert_chart("C1", chart)
        sheet.insert_image("C20", "a.png", {"image_data": io.BytesIO(picture())})
    return stream.getvalue()


def slides() -> bytes:
    sort = f"{MAIN}.presentationml.presentation.main+xml"
    types = f'<Types><Override PartName="/ppt/presentation.xml" ContentType="{sort}"/></Types>'
    return zipped({"[Content_Types].xml": types, "ppt/presentation.xml": "<p/>", "_rels/.rels": "<Relationships/>"})


def ofd() -> bytes:
    xml = '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'
    return zipped({"OFD.xml": xml, "Doc_0/Document.xml": xml, "Doc_0/Res/image_1.png": picture()})


def zipped(files: dict[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return stream.getvalue()


def changed(content: bytes, files: dict[str, bytes | str]) -> bytes:
    """Return an office document with parts added or replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts: dict[str, bytes | str] = {name: container.read(name) for name in container.namelist()}
    return zipped({**parts, **files})


def related(sort: str, target: str, *, external: bool = True) -> dict[str, bytes | str]:
    """Return a table of relationships with one entry."""
    mode = ' TargetMode="External"' if external else ""
    row = f'<Relationship Id="r1" Type="{RELATIONS}/{sort}" Target="{target}"{mode}/>'
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return {"word/_rels/settings.xml.rels": f'<Relationships xmlns="{space}">{row}</Relationships>'}


def compound(streams: dict[str, bytes], storages: Sequence[str] = ()) -> bytes:
    """Return an OLE compound file; streams are filled up to the size that needs no small sectors."""
    each, last, none = 512, 0xFFFFFFFE, 0xFFFFFFFF
    entries = [("Root Entry", 5, last, 0)]
    body, fat = b"", []
    entry_count = 1 + len(streams) + len(storages)
    directory = -(-entry_count // 4)
    position = 1 + directory
    for name, content in streams.items():
        content = content.ljust(4096, b"\x00")  # noqa: PLW2901 - padding is part of the format
        sectors = -(-len(content) // each)
        entries.append((name, 2, position, len(content)))
        fat += [*range(position + 1, position + sectors), last]
        body += content.ljust(sectors * each, b"\x00")
        position += sectors
    entries += [(name, 1, 0, 0) for name in storages]
    table = [0xFFFFFFFD, *range(2, directory + 1), last, *fat]
    assert len(table) <= each // 4, "one table sector is enough for a sample"
    table += [none] * (each // 4 - len(table))
    rows = b""
    for name, sort, start, size in entries:
        text = name.encode("utf-16-le") + b"\x00\x00"
        row = struct.pack(
            "<64sHBBLLL16sL8s8sLQ", text, len(text), sort, 1, none, none, none, b"", 0, b"", b"", start, size
        )
        rows += row
    header = struct.pack(
        "<8s16s5H6s9L",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        b"",
        0,
        1,
        1,
        0,
        4096,
        last,
        0,
        last,
        0,
    )
    header += struct.pack("<109L", 0, *[none] * 108)
    return header + struct.pack(f"<{each // 4}L", *table) + rows.ljust(directory * each, b"\x00") + body


def sheet_records(*records: tuple[int, bytes]) -> bytes:
    """Return the global records of an Excel 97 workbook."""
    rows = ((0x0809, b"\x00\x06\x05\x00" + bytes(12)), *records, (0x0A, b""))
    return b"".join(struct.pack("<HH", record, len(content)) + content for record, content in rows)


def overlapping(count: int = 50) -> bytes:
    """Return a ZIP whose entries all use the same bytes."""
    content = bytearray(zipped({"10.txt": b"a" * 100_000}))
    end = content.rindex(b"PK\x05\x06")
    start = struct.unpack_from("<L", content, end + 16)[0]
    row = bytes(content[start:end])
    table = row * count
    tail = bytearray(content[end:])
    struct.pack_into("<HHL", tail, 8, count, count, len(table))
    return bytes(content[:start]) + table + bytes(tail)


def large_end(content: bytes) -> bytes:
    """Return a ZIP with the end record for large files, as some programs always write it."""
    place = content.rindex(b"PK\x05\x06")
    *_, here, entries, size, start, _ = struct.unpack_from("<4s4H2LH", content, place)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, here, entries, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, place, 1)
    return content[:place] + record + locator + content[place:]


def claiming(size: int) -> bytes:
    """Return a ZIP whose table claims a size of one entry that it does not have."""
    content = bytearray(zipped({"10.txt": b"a" * 100}))
    place = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, place + 24, size)
    return bytes(content)


def huge_png(width: int = 60_000, height: int = 60_000) -> bytes:
    """Return a PNG whose header claims a picture of billions of pixels."""
    content = bytearray(picture())
    struct.pack_into(">LL", content, 16, width, height)
    struct.pack_into(">L", content, 29, zlib.crc32(content[12:29]))
    return bytes(content)
