"""Who may read and hand in evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zhiheng_web.rounds.permissions import can_read_unit

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User
    from zhiheng_web.evidence.models import EvidenceFile

READERS: list[Callable[[User, EvidenceFile], bool]] = []
"""Asked about who may not read the whole unit; filled when the apps start, because they stand further out."""


def can_read_file(user: User, file: EvidenceFile) -> bool:
    """Return whether a person may read a file: with the self-assessment of its unit, or for what he was given to do."""
    return can_read_unit(user, file.round_unit) or any(reader(user, file) for reader in READERS)
