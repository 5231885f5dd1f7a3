"""How entries are chained: each carries the hash of its content and of the entry before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

START = "0" * 64
"""What the first entry names as the hash before it."""
FIELDS = (
    "number", "at", "actor", "actor_name", "actor_role", "address", "act", "outcome", "target", "target_name", "before",
    "after", "previous",
)  # fmt: skip
"""Fields under the hash, in this order."""


def entry_hash(fields: Mapping[str, object]) -> str:
    """Return the SHA-256 of an entry in canonical form; times are in UTC to the microsecond."""
    content = {name: _canonical(fields[name]) for name in FIELDS}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


@dataclass(frozen=True, slots=True)
class Break:
    """
    A place where the log is not what was written.

    Parameters
    ----------
    number
        Number of the entry.
    message
        What is wrong with it.
    """

    number: int
    message: str


def breaks(entries: Iterable[Mapping[str, object]], *, number: int = 0, previous: str = START) -> Iterable[Break]:
    """
    Return every place where a chain is broken.

    Parameters
    ----------
    entries
        Entries by rising number, with `hash`.
    number, previous
        Number and hash of the entry before the first.
    """
    for entry in entries:
        number += 1
        given = int(str(entry["number"]))
        if given != number:
            words = {"first": number, "last": given - 1, "number": given}
            message = _("序号%(first)d至%(last)d的记录缺失") if given > number else _("序号%(number)d重复")
            yield Break(number, message % words)
            number = given
        if entry["previous"] != previous:
            yield Break(number, _("与前一条记录衔接不上，前面的记录被删除、插入或者改动过"))
        if entry_hash(entry) != entry["hash"]:
            yield Break(number, _("内容与校验值不符，记录被改动过"))
        previous = str(entry["hash"])
