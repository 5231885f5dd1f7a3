"""Whatever was changed in a snapshot, a check says so, and says which."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.zhiheng.snapshot.builders import EXTRAS, KEY, OTHER, PUBLIC, resigned

from zhiheng.errors import FileMissingError, SnapshotError
from zhiheng.scoring.result import Result
from zhiheng.snapshot import verify
from zhiheng.snapshot.container import packed
from zhiheng.snapshot.manifest import digest, key_id, parsed
from zhiheng.snapshot.recompute import MAX_PARENTS
from zhiheng.snapshot.verify import TITLES, State, Verification, verify_snapshot
from zhiheng.snapshot.write import SnapshotSummary

Place = Callable[[bytes], Path]
Members = dict[str, bytes]
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def states(found: Verification) -> dict[str, str]:
    assert [check.name for check in found.checks] == list(TITLES)
    assert found.ok == all(check.state in {"ok", "note"} for check in found.checks)
    return {check.name: str(check.state) for check in found.checks}


def failed(found: Verification) -> set[str]:
    return {name for name, state in states(found).items() if state == State.FAILED}


def test_a_snapshot_that_nobody_touched_passes(written: SnapshotSummary) -> None:
    found = verify_snapshot(written.path, PUBLIC)
    assert set(states(found).values()) == {"ok"}
    assert (found.sha256, found.manifest, found.other_method) == (written.sha256, written.manifest, False)
    assert found.result is not None
    assert found.result.to_json() == written.result.to_json()


def test_without_a_key_it_says_that_the_signer_is_not_known(written: SnapshotSummary) -> None:
    found = verify_snapshot(written.path)
    assert states(found) == dict.fromkeys(TITLES, "ok") | {"key": "note"}
    assert key_id(PUBLIC) in found.check("key").words


def test_progress_is_told(written: SnapshotSummary) -> None:
    told: list[tuple[int, int]] = []
    verify_snapshot(written.path, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (2, 2)


@many
@given(st.data())
def test_a_flipped_bit_of_any_member_fails(content: bytes, members: Members, place: Place, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(members)))
    at = data.draw(st.integers(0, len(members[name]) - 1))
    changed = bytearray(members[name])
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    found = verify_snapshot(place(packed({**members, name: bytes(changed)})), PUBLIC)
    assert not found.ok
    assert found.result is None
    if name not in {"manifest.json", "signature"}:
        assert failed(found) == {"hashes"}
        assert name in found.check("hashes").words
    if name == "signature":
        assert failed(found) == {"signature"}
    # The same bit in the file as it lies on the disk.
    start = content.index(members[name]) + at
    file = content[:start] + bytes([changed[at]]) + content[start + 1 :]
    assert failed(verify_snapshot(place(file), PUBLIC)) == {"container"}


@many
@given(st.data())
def test_a_flipped_bit_anywhere_in_the_file_fails_or_is_no_snapshot(
    content: bytes, place: Place, data: st.DataObject
) -> None:
    # Headers and directory are a small part of the file, so half of the examples are drawn from its ends.
    ends = st.integers(0, 100) | st.integers(len(content) - 700, len(content) - 1)
    at = data.draw(st.integers(0, len(content) - 1) | ends)
    changed = bytearray(content)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        assert not verify_snapshot(place(bytes(changed)), PUBLIC).ok
    except SnapshotError:
        assert at < 4


@many
@given(st.data())
def test_a_file_that_is_cut_off_anywhere_fails_or_is_no_snapshot(
    content: bytes, place: Place, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(content) - 1))
    try:
        assert failed(verify_snapshot(place(content[:length]), PUBLIC)) == {"container"}
    except SnapshotError:
        assert length < 4


@pytest.mark.parametrize("name", ["case/case.yaml", "case/decisions.csv", "result.json", "chain.csv"])
def test_a_missing_member_is_named(members: Members, place: Place, name: str) -> None:
    del members[name]
    found = verify_snapshot(place(packed(members)), PUBLIC)
    assert failed(found) == {"manifest", "hashes"}
    assert name in found.check("manifest").words


def test_an_added_member_is_named(members: Members, place: Place) -> None:
    found = verify_snapshot(place(packed({**members, "case/facts.csv": b"unit\n"})), PUBLIC)
    assert failed(found) == {"manifest"}
    assert "case/facts.csv" in found.check("manifest").words


def test_a_missing_signature_is_told(members: Members, place: Place) -> None:
    del members["signature"]
    assert failed(verify_snapshot(place(packed(members)), PUBLIC)) == {"manifest", "signature"}


def test_changed_and_signed_again_with_another_key_is_told(members: Members, place: Place) -> None:
    public = OTHER.public_key().public_bytes_raw()
    members["case/decisions.csv"] = members["case/decisions.csv"].replace(
        "甲市,1,verified,4".encode(), "甲市,1,verified,3".encode()
    )
    file = place(resigned(members, OTHER, public_key=public.hex(), key_id=key_id(public)))
    found = verify_snapshot(file, PUBLIC)
    assert failed(found) == {"key"}
    assert "另一把密钥" in found.check("key").words
    assert states(found)["result"] == "skipped"
    # Without a key the file can say what it likes about its signer, but not about its marks.
    assert failed(verify_snapshot(file)) == {"result"}


def test_signed_with_another_key_than_the_manifest_names(members: Members, place: Place) -> None:
    assert failed(verify_snapshot(place(resigned(members, OTHER)), PUBLIC)) == {"signature"}


def test_a_key_number_that_is_not_that_of_the_key(members: Members, place: Place) -> None:
    assert failed(verify_snapshot(place(resigned(members, key_id="0" * 16)), PUBLIC)) == {"manifest"}


def test_marks_that_the_case_does_not_give_are_told_even_with_the_right_key(members: Members, place: Place) -> None:
    result = json.loads(members["result.json"])
    result["confirmed"][1][0] += 1
    members["result.json"] = json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    found = verify_snapshot(place(resigned(members)), PUBLIC)
    assert failed(found) == {"result"}
    assert "得不到" in found.check("result").words


@pytest.mark.parametrize("about", [{"title": "另一轮"}, {"case": "other"}, {"units": 3}])
def test_a_manifest_that_speaks_of_another_result_is_told(
    members: Members, place: Place, about: Mapping[str, Any]
) -> None:
    found = verify_snapshot(place(resigned(members, **about)), PUBLIC)
    assert failed(found) == {"result"}
    assert "不是同一件事" in found.check("result").words


def by_another_version(members: Members, tick: int) -> bytes:
    """Return the snapshot as a version with another method would have written it."""
    result = Result.from_json(members["result.json"].decode())
    hashes = replace(result.hashes, method="0" * 64)
    result.confirmed[0, 0] += tick
    content = {**members, "result.json": replace(result, hashes=hashes).to_json().encode()}
    return resigned(content, hashes=hashes, zhiheng="9.9")


def test_another_version_that_scores_the_same_is_told_and_passes(members: Members, place: Place) -> None:
    found = verify_snapshot(place(by_another_version(members, 0)), PUBLIC)
    assert states(found) == dict.fromkeys(TITLES, "ok") | {"result": "note"}
    assert found.other_method
    assert "另一版本计分" in found.check("result").words


def test_another_version_that_scores_otherwise_is_not_called_changed(members: Members, place: Place) -> None:
    found = verify_snapshot(place(by_another_version(members, 1)), PUBLIC)
    assert failed(found) == {"result"}
    assert found.other_method
    words = found.check("result").words
    assert "另一版本计分" in words
    assert "没有被改动" in words
    assert "9.9" in words


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 200_000,
        b'{"format": 2}',
        b'{"format": 1, "hashes": 3, "members": 4}',
        b" " * 2_000_000,
    ],
)
def test_a_manifest_that_cannot_be_read_fails(members: Members, place: Place, manifest: bytes) -> None:
    found = verify_snapshot(place(packed({**members, "manifest.json": manifest})), PUBLIC)
    assert failed(found) == {"manifest"}
    assert found.manifest is None


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"units": 2', '"units": true'),
        lambda text: text.replace('"units": 2', '"units":  2'),
        lambda text: text.replace('"units": 2', '"units": 1,\n "units": 2'),
        lambda text: text.replace('"units": 2', '"more": 1,\n "units": 2'),
        lambda text: text.replace('"case": "mini",\n', ""),
        lambda text: text.replace(f'"{PUBLIC.hex()}"', '"xyz"'),
        lambda text: text.replace(f'"{digest(EXTRAS["chain.csv"])}"', "null"),
    ],
)
def test_a_manifest_is_canonical_or_fails_even_when_signed(
    members: Members, place: Place, change: Callable[[str], str]
) -> None:
    text = members["manifest.json"].decode()
    manifest = change(text).encode()
    assert manifest != text.encode()
    signed = packed({**members, "manifest.json": manifest, "signature": KEY.sign(manifest)})
    assert failed(verify_snapshot(place(signed), PUBLIC)) == {"manifest"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("case/case.yaml", b"framework: /etc/passwd"),
        ("case/case.yaml", b"\xff\xfe"),
        ("case/case.yaml", b"[" * 5000),
        ("case/case.yaml", b" " * 1_000_001),
        ("case/case.yaml", b"framework: framework.yaml"),
        ("case/framework.yaml", b"extends: ../../secret"),
        ("case/framework.yaml", b"code: x"),
        ("case/decisions.csv", b"\xff"),
        ("case/decisions.csv", b"a,b\n"),
        ("case/decisions.csv", b'unit,point,status,mark,reason\n"'),
        ("result.json", b"{}"),
        ("result.json", b"\xff"),
        ("result.json", b"[" * 200_000),
    ],
)
def test_content_that_cannot_be_used_fails_even_when_signed(
    members: Members, place: Place, name: str, data: bytes
) -> None:
    found = verify_snapshot(place(resigned({**members, name: data})), PUBLIC)
    assert failed(found) == {"result"}
    assert found.result is None


def test_a_long_chain_of_rules_is_not_followed(members: Members, place: Place) -> None:
    rules = {f"case/f{i}.yaml": f"extends: f{i + 1}".encode() for i in range(MAX_PARENTS)}
    rules |= {"case/framework.yaml": b"extends: f0", f"case/f{MAX_PARENTS}.yaml": members["case/framework.yaml"]}
    found = verify_snapshot(place(resigned({**members, **rules})), PUBLIC)
    assert "extend each other" in found.check("result").words


def test_content_is_not_read_before_the_signature_holds(members: Members, place: Place) -> None:
    found = verify_snapshot(place(packed({**members, "case/case.yaml": b"framework: /etc/passwd"})), PUBLIC)
    assert states(found)["result"] == "skipped"


def test_what_is_no_snapshot_is_refused(
    tmp_path: Path, members: Members, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FileMissingError):
        verify_snapshot(tmp_path / "none.zhiheng")
    with pytest.raises(FileMissingError):
        verify_snapshot(tmp_path)
    del members["manifest.json"]
    for data in (b"", b"hello", packed(members)):
        with pytest.raises(SnapshotError, match="not a snapshot"):
            verify_snapshot(place(data))
    monkeypatch.setattr(verify, "MAX_BYTES", 1000)
    with pytest.raises(SnapshotError, match="larger"):
        verify_snapshot(place(packed(members)))


def test_the_manifest_reads_back(written: SnapshotSummary) -> None:
    assert parsed(written.manifest.to_bytes()) == written.manifest
