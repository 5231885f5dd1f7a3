"""Checks a snapshot, link by link: the file, its manifest, every hash, the signature, the key, and the marks again."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from zhiheng import __version__
from zhiheng.errors import FileMissingError, InputError, SnapshotError, ZhihengError
from zhiheng.pipeline import Progress, method_hash
from zhiheng.scoring.result import Result
from zhiheng.snapshot.container import MAX_BYTES, START, UnsafeError, unpacked
from zhiheng.snapshot.manifest import CASE, MANIFEST, RESULT, SIGNATURE, Manifest, digest, key_id, parsed
from zhiheng.snapshot.recompute import recomputed

TITLES = {
    "container": "文件完整、可以安全打开",
    "manifest": "清单齐全，与内容一一对应",
    "hashes": "每个文件的SHA-256与清单一致",
    "signature": "清单的签名有效",
    "key": "由指定的公钥签名",
    "result": "复算结果逐字节一致",
}
"""The checks in their order, and what people read for each."""
SHOWN = 5
Files: TypeAlias = Mapping[str, bytes]


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    FAILED = "failed"
    NOTE = "note"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """
    One check.

    Parameters
    ----------
    name
        Name for programs, a key of `TITLES`.
    state
        `note`: holds with a reservation that people must read; `skipped`: not done because one before failed.
    words
        What was found, in Chinese.
    """

    name: str
    state: State
    words: str

    @property
    def title(self) -> str:
        """What is checked, in Chinese."""
        return TITLES[self.name]

    @property
    def ok(self) -> bool:
        """Whether the check holds, be it with a reservation."""
        return self.state in {State.OK, State.NOTE}


@dataclass(frozen=True, slots=True)
class Verification:
    """
    What the checks of a snapshot found.

    Parameters
    ----------
    path, sha256
        The file and its SHA-256.
    checks
        All checks, in the order of `TITLES`.
    manifest
        What the snapshot says about itself, or None where that cannot be read; nothing of it is proved unless `ok`.
    result
        The result that it holds, or None unless it was computed again.
    other_method
        Whether it was scored by another version of the calculation than the one that checks.
    """

    path: Path
    sha256: str
    checks: tuple[Check, ...]
    manifest: Manifest | None = None
    result: Result | None = field(default=None, repr=False)
    other_method: bool = False

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return all(check.ok for check in self.checks)

    def check(self, name: str) -> Check:
        """Return a check by its name."""
        return next(check for check in self.checks if check.name == name)


def verify_snapshot(path: Path, public_key: bytes | None = None, progress: Progress | None = None) -> Verification:
    """
    Check a snapshot and compute its result again.

    Parameters
    ----------
    path
        The file, from whomever.
    public_key
        The 32 bytes of the key that it must be signed with; without it the key that the file names is taken, which
        shows that nothing was changed since it was signed, not by whom.
    progress
        Called with (units done, units in all) while the result is computed.

    Raises
    ------
    FileMissingError
        If there is no such file.
    SnapshotError
        If the file is too large, or is something else than a snapshot.

    Notes
    -----
    The case inside is read only after hashes, signature and key hold. Where the method differs from ours the result is
    computed by ours and compared without the method's hash; a difference then says "another version", not "changed".
    """
    data = _content(path)
    run = _Run(progress)
    try:
        members = unpacked(data)
    except UnsafeError as error:
        run.add("container", State.FAILED, f"{error}。")
    else:
        if MANIFEST not in members:
            raise _no_snapshot(path)
        run.add("container", State.OK, f"{len(members)}个文件，{len(data):,}字节。")
        run.members(members, public_key)
    return Verification(path, digest(data), run.all_checks(), run.manifest, run.result, run.other_method)


def _content(path: Path) -> bytes:
    if not path.is_file():
        msg = f"There is no file {path}."
        raise FileMissingError(msg, file=str(path))
    with path.open("rb") as file:
        # One byte more than allowed, whatever size the file system states.
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        msg = f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB, so it is not a snapshot."
        raise SnapshotError(msg, file=path.name)
    if not data.startswith(START):
        raise _no_snapshot(path)
    return data


def _no_snapshot(path: Path) -> SnapshotError:
    msg = f"{path.name} is not a snapshot of zhiheng."
    return SnapshotError(msg, file=path.name)


class _Run:
    """Goes through the checks and keeps what each found."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.checks: dict[str, Check] = {}
        self.manifest: Manifest | None = None
        self.result: Result | None = None
        self.other_method = False

    def add(self, name: str, state: State, words: str) -> None:
        self.checks[name] = Check(name, state, words)

    def all_checks(self) -> tuple[Check, ...]:
        skipped = "前面的检查没有通过，没有进行。"
        return tuple(self.checks.get(name) or Check(name, State.SKIPPED, skipped) for name in TITLES)

    def members(self, members: Files, public_key: bytes | None) -> None:
        try:
            manifest = parsed(members[MANIFEST])
        except ValueError as error:
            self.add("manifest", State.FAILED, f"{error}。")
            return
        self.manifest = manifest
        self._complete(members, manifest)
        self._hashes(members, manifest)
        self._signature(members, manifest)
        self._key(manifest, public_key)
        if all(check.ok for check in self.checks.values()):
            self._recompute(members, manifest)

    def _complete(self, members: Files, manifest: Manifest) -> None:
        held, named = set(members) - {MANIFEST, SIGNATURE}, set(manifest.members)
        faults = [
            (f"缺少{_listed(named - held)}", named - held),
            (f"多出清单没有列的{_listed(held - named)}", held - named),
            (f"清单没有{RESULT}", {RESULT} - named),
            ("没有签名文件", {SIGNATURE} - set(members)),
            ("密钥编号与公钥不符", {manifest.key_id} - {key_id(bytes.fromhex(manifest.public_key))}),
        ]
        words = "；".join(text for text, found in faults if found)
        self.add("manifest", State.FAILED if words else State.OK, f"{words or f'列有{len(named)}个文件'}。")

    def _hashes(self, members: Files, manifest: Manifest) -> None:
        wrong = {name for name, sha256 in manifest.members.items() if digest(members.get(name, b"")) != sha256}
        words = f"被改动：{_listed(wrong)}" if wrong else f"{len(manifest.members)}个文件全部一致"
        self.add("hashes", State.FAILED if wrong else State.OK, f"{words}。")

    def _signature(self, members: Files, manifest: Manifest) -> None:
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(manifest.public_key))
            key.verify(members.get(SIGNATURE, b""), members[MANIFEST])
        except (InvalidSignature, ValueError):
            self.add("signature", State.FAILED, "签名与清单不符：清单或者签名被改动过。")
        else:
            self.add("signature", State.OK, f"Ed25519签名有效，密钥编号{manifest.key_id}。")

    def _key(self, manifest: Manifest, public_key: bytes | None) -> None:
        if public_key is None:
            words = "没有指定公钥：能说明签名之后没有改动，不能说明由谁签名。请与发布单位公布的密钥编号核对："
            self.add("key", State.NOTE, f"{words}{manifest.key_id}。")
        elif public_key.hex() != manifest.public_key:
            words = f"由另一把密钥签名：编号{manifest.key_id}，指定的是{key_id(public_key)}。"
            self.add("key", State.FAILED, words)
        else:
            self.add("key", State.OK, f"与指定的公钥一致，编号{manifest.key_id}。")

    def _recompute(self, members: Files, manifest: Manifest) -> None:
        files = {name.removeprefix(CASE): data for name, data in members.items() if name.startswith(CASE)}
        try:
            held = Result.from_json(members[RESULT].decode(), RESULT)
            told = (manifest.case, manifest.title, manifest.hashes, manifest.units)
            if told != (held.case, held.title, held.hashes, len(held.units)):
                self.add("result", State.FAILED, "清单与结果说的不是同一件事。")
                return
            again = recomputed(files, self.progress)
        except (ZhihengError, ValueError, TypeError, ArithmeticError, RecursionError, csv.Error) as error:
            self.add("result", State.FAILED, f"案例或结果不能读取：{_why(error)}")
            return
        self.other_method = held.hashes.method != method_hash()
        compared = replace(again, hashes=replace(again.hashes, method=held.hashes.method))
        same = compared.to_json().encode() == members[RESULT]
        self.result = held
        self.add("result", *_compared(held, manifest, same=same, other=self.other_method))


def _compared(held: Result, manifest: Manifest, *, same: bool, other: bool) -> tuple[State, str]:
    count = len(held.units)
    if other:
        about = f"另一版本计分：由知衡{manifest.zhiheng}计算，计分程序与本机的{__version__}不同。"
        if same:
            return State.NOTE, f"{about}按本机的计分程序复算，{count}个地区的得分、名次、等次全部一致。"
        return (
            State.FAILED,
            f"{about}按本机的计分程序复算，结果不同；签名有效，内容没有被改动，请用知衡{manifest.zhiheng}核对。",
        )
    if same:
        return State.OK, f"{count}个地区、{len(held.nodes)}个节点，与文件里的结果逐字节一致。"
    return State.FAILED, "由文件里的案例复算，得不到文件里的结果。"


def _listed(names: set[str]) -> str:
    shown = "、".join(sorted(names)[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown}等{len(names)}个"


def _why(error: Exception) -> str:
    problems = error.problems[:SHOWN] if isinstance(error, InputError) else ()
    return " ".join((str(error), *map(str, problems)))
