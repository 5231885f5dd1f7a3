"""Old entries as a signed file that can be checked without the database."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.audit.actions import record
from zhiheng_web.audit.chain import FIELDS, Break, breaks
from zhiheng_web.audit.keys import signing_key
from zhiheng_web.audit.models import Entry

KEY = "audit_ed25519"


def write(folder: Path, *, now: datetime | None = None) -> tuple[Path, int]:
    """
    Write all entries older than the time they must be kept to a signed file, and return it with their count.

    The file holds one entry a line, then the signature; the log itself keeps its entries. A second run writes the same
    entries and those that have become old since.
    """
    before = (now or timezone.now()) - timedelta(days=settings.AUDIT_DAYS)
    rows = list(Entry.objects.filter(at__lt=before).order_by("number").values(*FIELDS, "hash"))
    path = folder / f"audit-{rows[-1]['number'] if rows else 0:09d}.jsonl"
    if not rows:
        return path, 0
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True, default=_text) for row in rows]
    content = "".join(f"{line}\n" for line in lines).encode()
    key = signing_key(KEY)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    seal = {
        "entries": len(rows),
        "sha256": hashlib.sha256(content).hexdigest(),
        "public_key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(content)).decode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content + json.dumps(seal, sort_keys=True).encode() + b"\n")
    part.replace(path)
    record("audit.archive", "audit", name=path.name, after={"entries": len(rows), "sha256": seal["sha256"]})
    return path, len(rows)


def check(path: Path, public_key: bytes | None = None) -> list[Break]:
    """
    Return what is wrong with an archive: its signature, or its chain.

    Parameters
    ----------
    path
        The file.
    public_key
        Key it must be signed with; the one it names when absent, which only shows that it is whole.
    """
    *lines, last = path.read_bytes().splitlines(keepends=True)
    seal, content = json.loads(last), b"".join(lines)
    key = Ed25519PublicKey.from_public_bytes(public_key or base64.b64decode(seal["public_key"]))
    try:
        key.verify(base64.b64decode(seal["signature"]), content)
    except InvalidSignature:
        return [Break(0, _("签名不符，文件被改动过"))]
    entries = [json.loads(line) for line in lines]
    for entry in entries:
        entry["at"] = datetime.fromisoformat(entry["at"])
    return list(breaks(entries)) if entries and entries[0]["number"] == 1 else []


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
