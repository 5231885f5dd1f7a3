"""A small finished round, its snapshot, and snapshots of it that somebody meddled with."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import zhiheng
from zhiheng.snapshot.container import packed
from zhiheng.snapshot.manifest import MANIFEST, SIGNATURE, digest, parsed
from zhiheng.snapshot.write import SnapshotSummary, write_snapshot

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC = KEY.public_key().public_bytes_raw()
MADE_AT = datetime(2021, 9, 30, 8, tzinfo=UTC)
EXTRAS = {"chain.csv": "unit,point,stage,mark\n甲市,1,self,4\n".encode()}
SETTINGS = """\
code: mini
title: 小案例
kind: evidence
label: 测试数据，不是评价结果
short_label: 测试数据
framework: framework.yaml
ranking: {basis: confirmed, source: ours, reason: 测试}
report: {title: 报告, organisation: 单位, date: 2021-09, area: 某省}
units:
  - {code: "1", name: 甲市}
  - {code: "2", name: 乙市}
"""
DECISIONS = "unit,point,status,mark,reason\n甲市,1,verified,4,会议纪要\n乙市,1,rejected,0,没有组织\n"
RULES = Path(zhiheng.__file__).parent / "frameworks" / "jilin-ip-2021.yaml"


def round_folder(folder: Path) -> Path:
    """Write the case folder of a round with two units."""
    folder.mkdir()
    (folder / "case.yaml").write_text(SETTINGS, "utf-8")
    (folder / "decisions.csv").write_text(DECISIONS, "utf-8")
    shutil.copy(RULES, folder / "framework.yaml")
    return folder


def snapshot(folder: Path, key: Ed25519PrivateKey = KEY) -> SnapshotSummary:
    """Write the snapshot of that round."""
    return write_snapshot(round_folder(folder / "case"), folder / "round.zhiheng", key, MADE_AT, EXTRAS)


def resigned(members: Mapping[str, bytes], key: Ed25519PrivateKey = KEY, **about: Any) -> bytes:
    """Return members as a file with new hashes and a new signature, as somebody does who has a key."""
    content = {name: data for name, data in members.items() if name not in {MANIFEST, SIGNATURE}}
    manifest = replace(
        parsed(members[MANIFEST]),
        **{"members": {name: digest(data) for name, data in sorted(content.items())}, **about},
    ).to_bytes()
    return packed({**content, MANIFEST: manifest, SIGNATURE: key.sign(manifest)})
