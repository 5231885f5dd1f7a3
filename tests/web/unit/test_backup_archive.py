from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from zhiheng_web.config.backup import archive, sealing
from zhiheng_web.config.backup.archive import Listing, Member, opened, write
from zhiheng_web.config.backup.errors import ArchiveError, PassphraseError

CONTENTS = {"database/zhiheng.sqlite3": b"rows" * 5000, "keys/secret_key": b"secret", "data/imports/佐证.zip": b""}
PASSPHRASE = "correct horse battery"  # noqa: S105 - of backups that exist in tests only


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make guesses cheap: these tests seal often."""
    monkeypatch.setattr(sealing, "COST", 2**8)


def member(path: str, content: bytes, name: str = "") -> Member:
    return Member(
        name or path.encode("ascii", "replace").decode(), path, len(content), hashlib.sha256(content).hexdigest()
    )


def listing(members: tuple[Member, ...]) -> Listing:
    evidence: dict[str, Any] = {"store": "folder", "included": True, "listed": [], "missing": [], "damaged": []}
    return Listing("2026-11-24T00:00:00+00:00", "0.1.0", "sqlite", {"audit": ["0001_initial"]},
                   {"number": 0, "hash": ""}, evidence, members)  # fmt: skip


def made(path: Path, passphrase: str = "") -> Listing:
    found = listing(tuple(member(name, content) for name, content in CONTENTS.items()))
    sources = {name: partial(io.BytesIO, content) for name, content in CONTENTS.items()}
    with path.open("wb") as file:
        write(file, found, sources, passphrase, lambda _count: None)  # type: ignore[arg-type]  # BytesIO is a BinaryIO
    return found


def read(path: Path, passphrase: str = "") -> dict[str, bytes]:
    got: dict[str, bytes] = {}
    with opened(path, passphrase) as found:
        found.each(lambda one, source: got.update({one.path: source.read()}), lambda _count: None)
    return got


def forged(path: Path, listed: Any, entries: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """Write a tar.gz with any list and any members."""
    with tarfile.open(path, "w:gz") as tar:
        content = json.dumps(listed).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
        for entry, data in entries:
            tar.addfile(entry, io.BytesIO(data))
    return path


def entry(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_what_was_written_is_read_again(tmp_path: Path, passphrase: str) -> None:
    written = made(tmp_path / "a", passphrase)
    assert read(tmp_path / "a", passphrase) == CONTENTS
    with opened(tmp_path / "a", passphrase) as found:
        assert found.listing == written
    content = (tmp_path / "a").read_bytes()
    assert content.startswith(sealing.MAGIC if passphrase else b"\x1f\x8b")


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
@pytest.mark.parametrize("where", [0.02, 0.3, 0.6, 0.95])
def test_a_changed_byte_is_found(tmp_path: Path, passphrase: str, where: float) -> None:
    made(tmp_path / "a", passphrase)
    content = bytearray((tmp_path / "a").read_bytes())
    # The time and the flags in the head of gzip mean nothing.
    place = max(12, int(len(content) * where))
    content[place] ^= 0x40
    (tmp_path / "a").write_bytes(content)
    with pytest.raises((ArchiveError, PassphraseError)):
        read(tmp_path / "a", passphrase)


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_backup_that_is_cut_off_is_found(tmp_path: Path, passphrase: str, kept: float) -> None:
    made(tmp_path / "a", passphrase)
    content = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises((ArchiveError, PassphraseError)):
        read(tmp_path / "a", passphrase)


def test_a_sealed_backup_wants_its_passphrase(tmp_path: Path) -> None:
    made(tmp_path / "a", PASSPHRASE)
    for wrong in ("", "another passphrase"):
        with pytest.raises(PassphraseError):
            read(tmp_path / "a", wrong)
    with pytest.raises(PassphraseError):
        made(tmp_path / "b", "short")


def test_sealed_pieces_cannot_be_left_out_or_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PIECE", 64)
    made(tmp_path / "a", PASSPHRASE)
    content = (tmp_path / "a").read_bytes()
    head, body = content[:40], content[40:]
    size = 64 + sealing.TAG
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    assert len(pieces) > 3
    for wrong in ([*pieces[:1], *pieces[2:]], [pieces[0], pieces[2], pieces[1], *pieces[3:]], pieces[:-1]):
        (tmp_path / "a").write_bytes(head + b"".join(wrong))
        with pytest.raises(ArchiveError):
            read(tmp_path / "a", PASSPHRASE)


@pytest.mark.parametrize(
    "path",
    ["../keys/x", "keys/../../x", "/etc/passwd", "keys/./x", "keys//x", "keys", "etc/x", "keys/a\\..\\b", "keys/a\x00"],
)
def test_a_path_that_leaves_its_area_is_refused(tmp_path: Path, path: str) -> None:
    listed = asdict(listing((member(path, b"x", "keys/x"),)))
    forged(tmp_path / "a", listed, [(entry("keys/x", 1), b"x")])
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: bytes) -> None:
    listed = asdict(listing((member("keys/x", b""),)))
    forged(tmp_path / "a", listed, [(entry("keys/x", 0, kind, "/etc/passwd"), b"")])
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")


def test_extended_headers_are_refused_before_they_are_read(tmp_path: Path) -> None:
    listed = asdict(listing((member("keys/x", b""),)))
    forged(tmp_path / "a", listed, [(entry("keys/x", 3_000_000, tarfile.XHDTYPE), b"0" * 3_000_000)])
    with pytest.raises(ArchiveError, match="普通文件"):
        read(tmp_path / "a")


def test_members_are_exactly_those_of_the_list(tmp_path: Path) -> None:
    one = member("keys/x", b"x")
    cases: list[list[tuple[tarfile.TarInfo, bytes]]] = [
        [],
        [(entry("keys/y", 1), b"x")],
        [(entry("keys/x", 2), b"xx")],
        [(entry("keys/x", 1), b"y")],
        [(entry("keys/x", 1), b"x"), (entry("keys/y", 1), b"x")],
    ]
    for members in cases:
        forged(tmp_path / "a", asdict(listing((one,))), members)
        with pytest.raises(ArchiveError):
            read(tmp_path / "a")
    forged(tmp_path / "a", asdict(listing((one, one))), [(entry("keys/x", 1), b"x")] * 2)
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")


def test_an_archive_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    made(tmp_path / "a")
    bomb = gzip.decompress((tmp_path / "a").read_bytes()) + b"\0" * 5_000_000
    (tmp_path / "a").write_bytes(gzip.compress(bomb))
    with pytest.raises(ArchiveError, match="比清单所列的大"):
        read(tmp_path / "a")


def test_a_list_that_is_too_long_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_LIST", 2000)
    forged(tmp_path / "a", {"x": "y" * 10_000}, [])
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")


@pytest.mark.parametrize(
    "wrong", [[], {}, {"format": "zhiheng-backup/9"}, {"format": "zhiheng-backup/1", "members": [1]}]
)
def test_a_list_of_another_kind_is_refused(tmp_path: Path, wrong: Any) -> None:
    forged(tmp_path / "a", wrong, [])
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")
    good = asdict(listing(()))
    for field in ("audit", "evidence", "migrations"):
        forged(tmp_path / "a", good | {field: {"listed": "../x"}}, [])
        with pytest.raises(ArchiveError):
            read(tmp_path / "a")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", gzip.compress(b"hello"), b"PK\x03\x04" + b"\0" * 100],
    ids=["empty", "text", "gzip", "zip"],
)
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ArchiveError):
        read(tmp_path / "a")


def test_a_file_that_changes_while_it_is_written_is_noticed(tmp_path: Path) -> None:
    found = listing((member("keys/x", b"before"),))
    for now in (b"after!", b"shorter"[:3]):
        source: BinaryIO = io.BytesIO(now)
        with (tmp_path / "a").open("wb") as file, pytest.raises(ArchiveError):
            write(file, found, {"keys/x": partial(lambda it: it, source)}, "", lambda _count: None)
    assert replace(found, members=()).size == 0
