"""The file of a snapshot: readable by any program, the same bytes always, and nothing else passes for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiheng.snapshot import container
from zhiheng.snapshot.container import NAME, UnsafeError, packed, unpacked

MEMBERS = {
    "manifest.json": b"{}",
    "case/case.yaml": "标题: 小".encode(),
    "case/某省.yaml": b"",
    "signature": b"\x00\xff",
}
names = st.from_regex(NAME, fullmatch=True)


def zipped(*members: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return file.getvalue()


def why(data: bytes) -> str:
    with pytest.raises(UnsafeError) as refused:
        unpacked(data)
    return str(refused.value)


@given(st.dictionaries(names, st.binary(max_size=50), min_size=1, max_size=6))
def test_what_was_packed_comes_out_again_whatever_the_order(members: dict[str, bytes]) -> None:
    if len({name.casefold() for name in members}) == len(members):
        data = packed(members)
        assert unpacked(data) == members
        assert packed(dict(reversed(members.items()))) == data


def test_the_bytes_are_these_on_every_machine() -> None:
    local = "504b0304 1400 0000 0000 0000 2100 9928e68f 02000000 02000000 0100 0000 61 7879"
    central = "504b0102 1403 1400 0000 0000 0000 2100 9928e68f 02000000 02000000 0100 0000 0000 0000 0000"
    central += "0000a481 00000000 61"
    end = "504b0506 0000 0000 0100 0100 2f000000 21000000 0000"
    assert packed({"a": b"xy"}) == bytes.fromhex(local + central + end)


def test_any_program_reads_it() -> None:
    with zipfile.ZipFile(io.BytesIO(packed(MEMBERS))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == MEMBERS


def test_a_compressed_member_is_refused_unread() -> None:
    bomb = zipped(("result.json", b"0" * 50_000_000), how=zipfile.ZIP_DEFLATED)
    assert "压缩" in why(bomb)


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "case/../evil",
        "case/a/b",
        "C:evil",
        "case\\evil",
        ".hidden",
        "case/.x",
        "a" * 101,
        "x/",
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(name: str) -> None:
    assert "名称不安全" in why(packed({"manifest.json": b"{}", name: b""}))


@pytest.mark.filterwarnings("ignore:Duplicate name")  # the archive under test is wrong on purpose
@pytest.mark.parametrize("second", ["result.json", "RESULT.json"])
def test_a_name_that_stands_twice_is_refused(second: str) -> None:
    assert "重名" in why(zipped(("result.json", b"1"), (second, b"2")))


def test_too_many_members_are_refused() -> None:
    assert "最多" in why(packed({f"x{i}": b"" for i in range(container.MAX_MEMBERS + 1)}))


def test_members_that_share_bytes_are_refused() -> None:
    data = packed({"a": b"x" * 400, "b": b""})
    # The directory says that `b`, too, has 400 bytes, and begins where `a` begins.
    start = data.index(b"PK\x01\x02")
    at = data.index(b"PK\x01\x02", start + 4)
    first, second = data[start:at], bytearray(data[at:])
    second[16:28], second[42:46] = first[16:28], first[42:46]
    assert why(data[:at] + bytes(second))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"x",
        lambda data: b"x" + data,
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: data[:4],
        lambda _: zipped(*MEMBERS.items()),
        lambda _: b"PK\x05\x06" + bytes(18),
    ],
)
def test_anything_more_or_less_than_the_members_is_refused(change: Callable[[bytes], bytes]) -> None:
    changed = change(packed(MEMBERS))
    if changed != packed({}):
        assert why(changed)


@given(st.data())
def test_a_flipped_bit_anywhere_gives_a_refusal_or_other_members(data: st.DataObject) -> None:
    good = bytearray(packed(MEMBERS))
    at = data.draw(st.integers(0, len(good) - 1))
    good[at] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(UnsafeError):
        assert unpacked(bytes(good)) != MEMBERS
