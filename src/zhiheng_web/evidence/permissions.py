"""Who may read and hand in evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiheng_web.rounds.permissions import can_read_unit

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User
    from zhiheng_web.evidence.models import EvidenceFile


def can_read_file(user: User, file: EvidenceFile) -> bool:
    """Return whether a person may read a file: whoever may read the self-assessment of its unit."""
    return can_read_unit(user, file.round_unit)
