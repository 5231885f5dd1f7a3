"""Two texts beside each other: what was left out and what was added, by characters for Chinese, else by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

_PIECE = re.compile(r"\{[^{}]*\}|[0-9]+(?:\.[0-9]+)?%?|[A-Za-z]+|.", re.DOTALL)
MOST_PIECES = 6_000
"""Pieces of two texts together beyond which they are shown as a whole: the time grows with their product."""


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A run of text.

    Parameters
    ----------
    kind
        `same`, `gone` or `new`.
    text
        The text.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """
    A section that is other in two versions.

    Parameters
    ----------
    key, title
        Of the section.
    paragraphs
        Pieces of each paragraph that differs.
    """

    key: str
    title: str
    paragraphs: tuple[tuple[Piece, ...], ...]


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Return what makes one text the other. Numbers and tokens stay whole."""
    a, b = _PIECE.findall(before), _PIECE.findall(after)
    if len(a) + len(b) > MOST_PIECES:
        return tuple(Piece(kind, text) for kind, text in (("gone", before), ("new", after)) if text)
    found: list[Piece] = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(a[i:j])))
            continue
        found += [Piece("gone", "".join(a[i:j]))] if j > i else []
        found += [Piece("new", "".join(b[k:m]))] if m > k else []
    return tuple(found)


def differences(before: Sequence[Any], after: Sequence[Any]) -> list[Difference]:
    """Return the sections that differ between the texts of two versions, in the order of the second."""
    old = {key: (title, told) for key, title, told in before}
    new = {key: (title, told) for key, title, told in after}
    order = [*new, *(key for key in old if key not in new)]
    found = []
    for key in order:
        title = (new.get(key) or old[key])[0]
        changed = _changed(old.get(key, ("", []))[1], new.get(key, ("", []))[1])
        if changed:
            found.append(Difference(key, title, tuple(changed)))
    return found


def _changed(before: list[str], after: list[str]) -> list[tuple[Piece, ...]]:
    found: list[tuple[Piece, ...]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, new = before[i:j], after[k:m]
        both = min(len(gone), len(new))
        found += [pieces(x, y) for x, y in zip(gone[:both], new[:both], strict=True)]
        found += [(Piece("gone", x),) for x in gone[both:]] + [(Piece("new", y),) for y in new[both:]]
    return found
