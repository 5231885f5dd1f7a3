"""Workbooks made to do harm are refused before anything parses them."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.zhiheng.workbook.forms import every_kind, written

from zhiheng.errors import FileMissingError, WorkbookError
from zhiheng.workbook import archive
from zhiheng.workbook.archive import safe_copy
from zhiheng.workbook.filled import read_unit_workbook

Change = Callable[[str, bytes], tuple[str, bytes] | None]
SHEET = "xl/worksheets/sheet2.xml"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, every_kind())


def rezipped(good: Path, change: Change, added: dict[str, bytes] | None = None) -> Path:
    """Copy an archive member by member, changing or leaving out some and adding others."""
    file = good.with_name("changed.xlsx")
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = change(name, source.read(name))
            if member:
                target.writestr(*member)
        for name, data in (added or {}).items():
            target.writestr(name, data)
    return file


def same(name: str, data: bytes) -> tuple[str, bytes]:
    return name, data


def in_sheet(old: bytes, new: bytes) -> Change:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        assert name != SHEET or old in data
        return name, data.replace(old, new, 1) if name == SHEET else data

    return change


def why(file: Path) -> str:
    with pytest.raises(WorkbookError) as refused:
        read_unit_workbook(file, every_kind())
    assert refused.value.code == "workbook.invalid"
    assert refused.value.message.endswith("。")
    return str(refused.value.details["why"])


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError):
        safe_copy(tmp_path / "none.xlsx")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_xlsx"),
        (b"a,b\n1,2\n", "not_xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "not_xlsx"),
        (b"PK\x03\x04" + b"0" * 100, "damaged"),
    ],
)
def test_files_that_are_no_workbook(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(content)
    assert why(file) == reason


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    with zipfile.ZipFile(file, "w") as target:
        target.writestr("word/document.xml", "<a/>")
    assert why(file) == "not_xlsx"


def test_a_file_that_is_too_large(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    assert why(good) == "too_large"


@pytest.mark.parametrize(
    "name",
    [
        "xl/vbaProject.bin",
        "xl/VBAPROJECT.BIN",
        "xl/macrosheets/sheet1.xml",
        "xl/activeX/activeX1.xml",
        "xl/externalLinks/externalLink1.xml",
        "xl/connections.xml",
        "xl/embeddings/oleObject1.bin",
    ],
)
def test_active_content(good: Path, name: str) -> None:
    assert why(rezipped(good, same, {name: b"<a/>"})) == "active_content"


def test_a_macro_workbook_by_its_content_type(good: Path) -> None:
    plain, macro = b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
    assert why(rezipped(good, lambda n, d: (n, d.replace(plain, macro)))) == "active_content"


def test_settings_of_a_printer_and_pictures_do_no_harm(good: Path) -> None:
    added = {"xl/printerSettings/printerSettings1.bin": b"\x00" * 100, "xl/media/image1.png": b"\x89PNG"}
    copy = safe_copy(rezipped(good, same, added))
    with zipfile.ZipFile(copy) as inside:
        assert not {name for name in inside.namelist() if name in added}


def test_a_bomb_by_its_ratio(good: Path) -> None:
    assert why(rezipped(good, same, {"xl/worksheets/sheet9.xml": b"<a>" + b" " * 5_000_000 + b"</a>"})) == "bomb"


def test_a_bomb_by_its_sum(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 20_000)
    assert why(good) == "bomb"


def test_a_bomb_among_parts_that_are_not_read_is_not_unfolded(good: Path) -> None:
    file = rezipped(good, same, {"xl/media/image1.png": b"\x00" * 900_000})
    assert safe_copy(file).getbuffer().nbytes < 900_000


def test_too_many_members(good: Path) -> None:
    added = {f"xl/x{i}.xml": b"<a/>" for i in range(archive.MAX_MEMBERS)}
    assert why(rezipped(good, same, added)) == "too_many_members"


def test_a_size_that_lies(good: Path) -> None:
    data = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as source:
        sizes = [info.file_size for info in source.infolist() if info.filename == SHEET]
    real = sizes[0].to_bytes(4, "little")
    assert real in data
    good.write_bytes(bytes(data).replace(real, (100).to_bytes(4, "little")))
    assert why(good) == "damaged"


@pytest.mark.filterwarnings("ignore:Duplicate name")  # the archive under test is wrong on purpose
def test_a_name_that_stands_twice(good: Path) -> None:
    assert why(rezipped(good, same, {"xl/Workbook.xml": b"<a/>"})) == "damaged"


def test_paths_that_leave_the_archive_are_left_behind(good: Path) -> None:
    copy = safe_copy(rezipped(good, same, {"xl/../../evil.xml": b"<a/>", "/xl/evil.xml": b"<a/>"}))
    with zipfile.ZipFile(copy) as inside:
        assert not [name for name in inside.namelist() if "evil" in name]


@pytest.mark.parametrize("where", [b"XFD1", b"xfd1", b"A1048576", b"IV20001"])
def test_a_cell_far_outside_is_refused_before_it_takes_the_memory(good: Path, where: bytes) -> None:
    far = b'<sheetData><row r="1"><c r="' + where + b'"><v>1</v></c></row>'
    assert why(rezipped(good, in_sheet(b"<sheetData>", far))) == "too_far"


def test_a_row_far_below_without_addresses_is_refused(good: Path) -> None:
    far = b'<sheetData><row r="1048576"><c><v>1</v></c></row>'
    assert why(rezipped(good, in_sheet(b"<sheetData>", far))) == "too_far"


def test_empty_cells_far_outside_do_no_harm(good: Path) -> None:
    far = b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>'
    assert len(read_unit_workbook(rezipped(good, in_sheet(b"</sheetData>", far)), every_kind()).claims) == 11


def test_a_cell_without_a_proper_address_is_refused(good: Path) -> None:
    assert why(rezipped(good, in_sheet(b'r="A6"', b'r="$A$6"'))) == "damaged"


def test_entities_are_refused(good: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'

    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, data.replace(b"?>", b"?>" + bomb, 1) if name == "xl/sharedStrings.xml" else data

    assert why(rezipped(good, change)) == "damaged"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/sharedStrings.xml", SHEET, "xl/styles.xml"])
def test_parts_that_are_cut_off(good: Path, part: str) -> None:
    assert why(rezipped(good, lambda n, d: (n, d[: len(d) // 2] if n == part else d))) == "damaged"


def test_sheets_that_the_book_names_but_does_not_hold(good: Path) -> None:
    assert why(rezipped(good, lambda n, d: None if n == SHEET else (n, d))) == "damaged"


@pytest.mark.parametrize("part", range(30))
def test_a_flipped_byte_gives_a_refusal_or_a_workbook_never_another_error(good: Path, part: int) -> None:
    data = good.read_bytes()
    at = 50 + (len(data) - 51) * part // 30
    good.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
    with contextlib.suppress(WorkbookError):
        read_unit_workbook(good, every_kind())


def test_the_copy_is_an_archive_of_its_own(good: Path) -> None:
    copy = safe_copy(good)
    assert isinstance(copy, io.BytesIO)
    with zipfile.ZipFile(copy) as inside:
        assert "docProps/core.xml" not in inside.namelist()
        assert inside.testzip() is None
