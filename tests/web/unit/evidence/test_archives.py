"""A ZIP of evidence is unpacked by point number or refused as a whole."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.unit.evidence import samples

from zhiheng_web.evidence.inspection import EvidenceRefusedError, Limits, Member, point_of, safe_name, unpack_archive

Unpack = Callable[..., tuple[Member, ...]]


@pytest.fixture
def unpack(put: Callable[..., Path], tmp_path: Path) -> Unpack:
    def run(content: bytes, limits: Limits | None = None) -> tuple[Member, ...]:
        return unpack_archive(put(content, "upload.zip"), tmp_path / "out", limits or Limits())

    return run


@pytest.mark.parametrize(
    ("name", "point"),
    [
        ("10-01 通知.pdf", 10),
        ("10/通知.pdf", 10),
        ("要点10_通知.pdf", 10),
        ("p10 通知.pdf", 10),
        ("P10.pdf", 10),
        ("10.pdf", 10),
        ("０７ 通知.pdf", 7),
        ("考核要点 3：通知.pdf", 3),
        ("材料/10 专题学习/01 通知.pdf", 10),
        ("10/要点12 通知.pdf", 12),
        ("要点9/10-1.pdf", 9),
        ("10\\通知.pdf", 10),
        ("9/10/通知.pdf", None),
        ("2021年总结.pdf", None),
        ("2021-06-30 通知.pdf", None),
        ("21-06-2021 通知.pdf", None),
        ("3名专家名单.pdf", None),
        ("通知10.pdf", None),
        ("0.pdf", None),
        ("1000 通知.pdf", None),
        ("app10.pdf", None),
        ("", None),
    ],
)
def test_the_point_is_read_from_the_name(name: str, point: int | None):
    assert point_of(name) == point


@given(st.text(max_size=60))
def test_any_name_gives_a_point_in_range_or_none(name: str):
    point = point_of(name)
    assert point is None or 1 <= point <= 999


@given(
    st.integers(1, 999), st.sampled_from(["{}-01 甲.pdf", "{}/甲.pdf", "要点{}_甲.pdf", "p{} 甲.pdf", "P{:03}-甲.pdf"])
)
def test_every_documented_form_gives_its_number(number: int, form: str):
    assert point_of(form.format(number)) == number


def test_files_come_out_with_point_name_and_content(unpack: Unpack):
    members = unpack(samples.zipped({"材料/": b"", "材料/10-01 通知.txt": b"one", "说明.txt": b"two"}))
    assert [(member.point, member.name, member.path.read_bytes(), member.original) for member in members] == [
        (10, "10-01 通知.txt", b"one", "材料/10-01 通知.txt"),
        (None, "说明.txt", b"two", "说明.txt"),
    ]


def test_names_of_a_chinese_windows_are_read(unpack: Unpack):
    # Latin names of the same lengths hold the place of bytes that zipfile would write with the UTF-8 flag.
    names = {"aaaa10_bbbb.txt": "要点10_通知.txt", "cccc/10.txt": "联通/10.txt"}
    content = samples.zipped(dict.fromkeys(names, b"x")).replace(b"\x14\x03", b"\x14\x00")
    for latin, chinese in names.items():
        content = content.replace(latin.encode(), chinese.encode("gb18030"))
    members = unpack(content)
    assert [(member.point, member.original) for member in members] == [(10, "要点10_通知.txt"), (10, "联通/10.txt")]


def test_names_of_a_mac_without_the_flag_are_read(unpack: Unpack):
    content = samples.zipped({"a" * len("通知.txt".encode()): b"x"})
    content = content.replace(b"a" * len("通知.txt".encode()), "通知.txt".encode())
    assert unpack(content)[0].original == "通知.txt"


def test_what_systems_add_is_left_out(unpack: Unpack):
    added = ("__MACOSX/10/._a.txt", ".DS_Store", "10/Thumbs.db", "10/desktop.ini", "10/._a.txt")
    assert [member.name for member in unpack(samples.zipped({**dict.fromkeys(added, b"x"), "10/a.txt": b"x"}))] == [
        "a.txt"
    ]


def test_names_that_become_the_same_get_a_number(unpack: Unpack):
    names = [member.name for member in unpack(samples.zipped(dict.fromkeys(("1/a.TXT", "2/A.txt", "3/a.txt"), b"x")))]
    assert names == ["a.TXT", "A (2).txt", "a (3).txt"]


def test_office_documents_are_no_nested_archives(unpack: Unpack):
    assert unpack(samples.zipped({"10.docx": samples.word()}))[0].point == 10


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"../10.txt": b"x"}, "path"),
        ({"a/../../10.txt": b"x"}, "path"),
        ({"..\\10.txt": b"x"}, "path"),
        ({"/etc/10.txt": b"x"}, "path"),
        ({"C:\\10.txt": b"x"}, "path"),
        ({"\\\\host\\share\\10.txt": b"x"}, "path"),
        ({"10.zip": samples.zipped({"a.txt": b"x"})}, "nested"),
        ({"10.pdf": samples.zipped({"a.txt": b"x"})}, "nested"),
        ({"10.pdf": b"Rar!\x1a\x07\x00"}, "nested"),
        ({"10.txt": b"a" * 5_000_000}, "bomb"),
        ({f"{number}.txt": b"x" for number in range(101)}, "bomb"),
        ({f"{number}.txt": bytes(range(256)) * 4_000 for number in range(1, 5)}, "bomb"),
    ],
)
def test_an_archive_that_does_harm_is_refused_and_nothing_stays(
    files: dict[str, bytes | str], code: str, unpack: Unpack, tmp_path: Path
):
    limits = Limits(max_unpacked=3_000_000, max_members=100, max_ratio=100)
    with pytest.raises(EvidenceRefusedError) as caught:
        unpack(samples.zipped({"1.txt": b"first", **files}), limits)
    assert caught.value.code == f"evidence.{code}"
    assert not (tmp_path / "out").exists()


def _linked() -> bytes:
    entry = zipfile.ZipInfo("10.txt")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as container:
        container.writestr(entry, "/etc/passwd")
    return stream.getvalue()


def _encrypted() -> bytes:
    content = bytearray(samples.zipped({"10.txt": b"x"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def _understated() -> bytes:
    content = bytearray(samples.zipped({"10.txt": b"a" * 3_000_000}))
    struct.pack_into("<L", content, content.rindex(b"PK\x01\x02") + 24, 10)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (samples.overlapping(), "bomb"),
        (samples.claiming(0xFFFFFFF0), "bomb"),
        (_understated(), "damaged"),
        (_linked(), "link"),
        (_encrypted(), "encrypted"),
        (b"junk" + samples.zipped({"10.txt": b"x"}), "not_zip"),
        (samples.zipped({"10.txt": b"x"}) + b"junk", "polyglot"),
        (samples.zipped({"10.txt": b"x"})[:-30], "damaged"),
        (samples.large_end(samples.zipped({"10.txt": b"x"})).replace(b"PK\x06\x06", b"PK\x06\x00"), "damaged"),
        (b"PK", "damaged"),
        (b"Rar!", "not_zip"),
    ],
    ids=["overlap", "claims 4 GB", "understates", "link", "password", "before", "behind", "cut", "end", "short", "rar"],
)
def test_a_forged_archive_is_refused(content: bytes, code: str, unpack: Unpack, tmp_path: Path):
    with pytest.raises(EvidenceRefusedError) as caught:
        unpack(content)
    assert caught.value.code == f"evidence.{code}"
    assert not (tmp_path / "out").exists()


def test_the_archive_itself_and_each_file_have_a_size(unpack: Unpack):
    content = samples.zipped({"10.txt": b"a" * 1000}, zipfile.ZIP_STORED)
    for limits in (Limits(max_archive_bytes=500), Limits(max_bytes=999)):
        with pytest.raises(EvidenceRefusedError, match="超过"):
            unpack(content, limits)


def test_a_folder_in_use_is_left_alone(put: Callable[..., Path], tmp_path: Path):
    path = put(samples.zipped({"10.txt": b"x"}), "upload.zip")
    with pytest.raises(FileExistsError):
        unpack_archive(path, tmp_path)
    assert path.exists()


@given(st.text(max_size=300))
def test_a_safe_name_is_safe_on_every_system(name: str):
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= 180
    assert safe_name(safe) == safe
    assert not re.search(r'[/\\<>:"|?*\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]', safe)
    assert safe.strip(" .") == safe
    assert not re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", safe)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("通知.pdf", "通知.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\材料\\通知.pdf", "通知.pdf"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\x00.pdf", "a.pdf"),
        ("con.pdf", "_con.pdf"),
        ("a<b>:c?.pdf", "a_b__c_.pdf"),
        ("...", "未命名"),
        (".pdf", "pdf"),
        ("", "未命名"),
        ("e\u0301.pdf", "é.pdf"),
        ("a.pdf. ", "a.pdf"),
        ("长" * 100 + ".pdf", "长" * 58 + ".pdf"),
        ("COM¹.txt", "_COM¹.txt"),
    ],
)
def test_names_are_made_safe(name: str, safe: str):
    assert safe_name(name) == safe
