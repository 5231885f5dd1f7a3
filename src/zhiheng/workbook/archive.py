"""Makes a workbook from outside safe to open: limits, refusals, and a fresh copy of only the parts that hold cells."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from lxml import etree

from zhiheng.errors import FileMissingError, WorkbookError

MAX_BYTES = 10_000_000
"""Largest file; a filled self-assessment of 44 points has 60 kB."""
MAX_MEMBERS = 500
"""Most files in the archive; ours have a dozen."""
MAX_UNPACKED = 40_000_000
"""Most bytes that the parts we read may unfold to."""
MAX_RATIO = 200
"""Most bytes that one byte may unfold to, for members above `RATIO_FROM`; empty styled rows reach about 60."""
RATIO_FROM = 1_000_000
MAX_ROWS, MAX_COLUMNS = 20_000, 100
"""Rows and columns in which content is read; the reader holds a sheet as one full rectangle."""
CHUNK = 1 << 16
_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_KEPT = re.compile(r"\[Content_Types\]\.xml|_rels/\.rels|xl/(\w[\w.-]*/)*\w[\w.-]*\.(xml|rels)")
_ACTIVE = (
    (re.compile(r"vbaproject|vbadata|macrosheets/|activex/|ctrlprops/", re.IGNORECASE), "宏或者控件"),
    (re.compile(r"externallinks/|connections\.xml|querytables/", re.IGNORECASE), "指向其他文件或数据库的外部链接"),
    (re.compile(r"embeddings/|oleobject", re.IGNORECASE), "嵌入的对象"),
)
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ROW = re.compile(r"[0-9]{1,7}")
_LETTERS = 26


def safe_copy(path: Path) -> io.BytesIO:
    """
    Return a workbook as a new archive in memory that holds nothing but what cells need.

    Parameters
    ----------
    path
        File that somebody handed in, under any name.

    Raises
    ------
    FileMissingError
        If there is no such file.
    WorkbookError
        If it is no `.xlsx`, is encrypted, too large, unfolds to too much, or carries macros, external links or objects.

    Notes
    -----
    The copy is written from the bytes that were counted here, so that no second reader can find something else in the
    archive: a size that lies, a name that stands twice, a second directory.
    """
    if not path.is_file():
        msg = f"There is no file {path.name}."
        raise FileMissingError(msg, file=path.name)
    if path.stat().st_size > MAX_BYTES:
        refuse(f"文件超过{MAX_BYTES // 1_000_000}MB，请删去图片等无关内容后再上传", "too_large")
    with path.open("rb") as file:
        start = file.read(4)
    if start == _OLD_FORMAT:
        refuse("文件带有打开密码，或者是旧的.xls格式，请取消密码并另存为.xlsx格式", "not_xlsx")
    if start != _ZIP:
        refuse("文件不是.xlsx工作簿，请上传从本系统下载并填写的工作簿", "not_xlsx")
    try:
        with zipfile.ZipFile(path) as archive:
            return _copied(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        refuse("文件已损坏，请用表格软件重新打开并另存为.xlsx格式", "damaged")


def refuse(message: str, why: str) -> NoReturn:
    """
    Refuse a whole file.

    Parameters
    ----------
    message
        What is wrong and what to do, in Chinese, without the full stop.
    why
        Machine-readable reason.

    Raises
    ------
    WorkbookError
        Always.
    """
    msg = f"{message}。"
    raise WorkbookError(msg, why=why)


def _copied(archive: zipfile.ZipFile) -> io.BytesIO:
    members = archive.infolist()
    _check_members(members)
    room = MAX_UNPACKED
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as fresh:
        for member in members:
            if not _KEPT.fullmatch(member.filename):
                continue
            data = _unpacked(archive, member, room)
            room -= len(data)
            if member.filename.endswith(".xml"):
                _check_part(data, member.filename)
            fresh.writestr(member.filename, data)
    copy.seek(0)
    return copy


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        refuse(f"工作簿里的部件超过{MAX_MEMBERS}个，不像填报用的工作簿", "too_many_members")
    names = [member.filename for member in members]
    for pattern, what in _ACTIVE:
        if any(pattern.search(name) for name in names):
            refuse(f"工作簿带有{what}，请去掉后另存为.xlsx格式", "active_content")
    if len({name.lower() for name in names}) != len(names):
        refuse("文件已损坏：有重名的部件", "damaged")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        refuse("文件不是.xlsx工作簿，请上传从本系统下载并填写的工作簿", "not_xlsx")
    for member in members:
        if member.flag_bits & 1:
            refuse("文件带有打开密码，请取消密码后再上传", "encrypted")
        if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(1, member.compress_size):
            refuse("工作簿的压缩比异常，不能打开", "bomb")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    parts, size = [], 0
    with archive.open(member) as stream:
        while part := stream.read(CHUNK):
            size += len(part)
            if size > room:
                refuse("工作簿展开后太大，不能打开", "bomb")
            parts.append(part)
    return b"".join(parts)


def _check_part(data: bytes, name: str) -> None:
    """Refuse document types, macro content types and cells beyond the limits, without building a tree."""
    watch: Any = _Watch()
    parser = etree.XMLParser(target=watch, resolve_entities=False, load_dtd=False, no_network=True)
    try:
        for at in range(0, len(data), CHUNK):
            parser.feed(data[at : at + CHUNK])
        parser.close()
    except etree.XMLSyntaxError:
        refuse(f"文件已损坏（{name}），请用表格软件重新打开并另存为.xlsx格式", "damaged")


class _Watch:
    """Follows the elements of one part."""

    def __init__(self) -> None:
        self.row = self.column = 0
        self.in_cell = False

    def doctype(self, *_: object) -> None:
        """Refuse a document type: no program that saves workbooks writes one, and entities hide in it."""
        refuse("文件不是表格软件保存的工作簿，不能打开", "damaged")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Note where a row or a cell stands; content far outside is refused."""
        tag = name.rpartition("}")[2]
        if tag == "row":
            self.row, self.column = _row_number(attributes.get("r"), self.row), 0
        elif tag == "c":
            self.row, self.column = _place(attributes.get("r"), self.row, self.column)
            self.in_cell = True
        elif self.in_cell and (self.row > MAX_ROWS or self.column > MAX_COLUMNS):
            refuse(f"工作表在第{MAX_ROWS}行或第{MAX_COLUMNS}列以外还有内容，请删去后再上传", "too_far")
        elif tag == "Override" and "macroenabled" in attributes.get("ContentType", "").lower():
            refuse("工作簿带有宏，请另存为.xlsx格式", "active_content")

    def end(self, name: str) -> None:
        """Leave a cell."""
        if name.rpartition("}")[2] == "c":
            self.in_cell = False

    def close(self) -> None:
        """Give nothing back."""


def _row_number(text: str | None, before: int) -> int:
    """Return the number of a row; one without number, or with a wrong one, stands below the one before."""
    return int(text) if text and _ROW.fullmatch(text) else before + 1


def _place(address: str | None, row: int, before: int) -> tuple[int, int]:
    """Return row and column of a cell, from 1; a cell without address stands right of the one before."""
    if address is None:
        return row, before + 1
    match = _CELL.fullmatch(address.upper())
    if not match:
        refuse("文件已损坏：有单元格没有正确的地址", "damaged")
    column = 0
    for letter in match[1]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(match[2]), column
