"""Whether an uploaded file may be kept as evidence, what it is, what it looks like and what it resembles; no Django."""

from __future__ import annotations

from zhiheng_web.evidence.inspection.archives import Member, point_of, unpack_archive
from zhiheng_web.evidence.inspection.files import Inspected, hash_stream, inspect_file
from zhiheng_web.evidence.inspection.fingerprints import Fingerprint, bands, distance, fingerprint, is_near, probes
from zhiheng_web.evidence.inspection.kinds import KINDS, Kind
from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.names import extension_of, safe_name
from zhiheng_web.evidence.inspection.previews import page_count, render_page
from zhiheng_web.evidence.inspection.refusal import REFUSALS, EvidenceRefusedError

__all__ = [
    "KINDS",
    "REFUSALS",
    "EvidenceRefusedError",
    "Fingerprint",
    "Inspected",
    "Kind",
    "Limits",
    "Member",
    "bands",
    "distance",
    "extension_of",
    "fingerprint",
    "hash_stream",
    "inspect_file",
    "is_near",
    "page_count",
    "point_of",
    "probes",
    "render_page",
    "safe_name",
    "unpack_archive",
]
