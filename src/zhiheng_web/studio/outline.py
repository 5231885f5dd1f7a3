"""The report as the studio shows it: sections with counts, and paragraphs with generated and edited text beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zhiheng_web.studio.diff import Piece, pieces
from zhiheng_web.studio.engine import judge, printed_text
from zhiheng_web.studio.models import Edit, Report, Section


@dataclass(frozen=True, slots=True)
class Line:
    """A section in the outline: its key, title and level, paragraphs that can be edited, and edits by state."""

    key: str
    title: str
    level: int
    paragraphs: int
    edited: int
    stale: int


@dataclass(frozen=True)
class Outline:
    """
    The sections of a report.

    Parameters
    ----------
    lines
        All sections.
    orphans
        Edits whose paragraph is gone.
    edited, stale
        Paragraphs that are edited, and edits among them whose facts have changed.
    """

    lines: tuple[Line, ...]
    orphans: tuple[Edit, ...]
    edited: int
    stale: int


@dataclass(frozen=True, slots=True)
class Written:
    """
    What somebody wrote at one place of a paragraph, as a form shows it.

    Parameters
    ----------
    place, act, version
        Where, what, and the version that a form sends back.
    text, reason
        The words.
    edit
        The edit, or None.
    state
        `none`, `in_force` or `stale`.
    diff, moved
        From the generated text to the words; from the generated text when it was edited to that of now.
    """

    place: str
    act: str
    version: int
    text: str
    reason: str = ""
    edit: Edit | None = None
    state: str = "none"
    diff: tuple[Piece, ...] = ()
    moved: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """
    A block of a section: its kind, what is kept of it, and for a paragraph what people wrote.

    Parameters
    ----------
    kind, block
        Kind and content as `Section.blocks` has them.
    key, basis, generated, printed
        Of a paragraph.
    own, after
        What was written in its place and after it.
    """

    kind: str
    block: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    basis: str = ""
    generated: str = ""
    printed: str = ""
    own: Written | None = None
    after: Written | None = None


def outline_of(report: Report, edits: Sequence[Edit]) -> Outline:
    """Return the sections of a report with counts."""
    by_key: dict[str, list[Edit]] = {}
    for edit in edits:
        by_key.setdefault(edit.key, []).append(edit)
    lines, seen, edited, stale = [], set(), 0, 0
    for key, title, level, slots in report.sections.values_list("key", "title", "level", "slots"):
        here = [(e, basis) for name, basis in slots for e in by_key.get(name, ())]
        changed = sum(judge(e, basis) == "stale" for e, basis in here)
        paragraphs = len({e.key for e, _ in here})
        lines.append(Line(key, title, level, len(slots), paragraphs, changed))
        seen |= {name for name, _ in slots}
        edited, stale = edited + paragraphs, stale + changed
    return Outline(tuple(lines), tuple(e for e in edits if e.key not in seen), edited, stale)


def items_of(section: Section) -> list[Item]:
    """Return the blocks of a section with what people wrote."""
    keys = [key for key, _ in section.slots]
    found = Edit.objects.filter(round=section.report.round_id, key__in=keys).select_related("by")
    edits = {(e.key, e.place): e for e in found}
    return [_item(block, edits) for block in section.blocks]


def _item(block: Mapping[str, Any], edits: Mapping[tuple[str, str], Edit]) -> Item:
    if block["kind"] != "paragraph":
        return Item(block["kind"], block)
    key, text, basis = block["key"], block["text"], block["basis"]
    own, after = (_written(edits.get((key, place)), place, text, basis) for place in ("own", "after"))
    return Item("paragraph", block, key, basis, text, block["printed"], own, after)


def _written(edit: Edit | None, place: str, generated: str, basis: str) -> Written:
    start = generated if place == "own" else ""
    if edit is None or not edit.act:
        return Written(place, "", edit.version if edit else 0, start)
    state = judge(edit, basis)
    moved = pieces(edit.generated, generated) if state == "stale" and edit.generated != generated else ()
    return Written(
        place, edit.act, edit.version, edit.text, edit.reason, edit, state,
        pieces(generated, edit.text) if place == "own" else (), moved,
    )  # fmt: skip


def preview_of(section: Section, report: Report) -> list[Item]:
    """Return the blocks of a section as the report prints them with the edits."""
    found: list[Item] = []
    for item in items_of(section):
        if item.own is None or item.after is None:
            found.append(item)
            continue
        told = [] if item.own.act == "remove" else [item.own.text] if item.own.act else [item.generated]
        told += [item.after.text] if item.after.act else []
        lines = [line for text in told for line in printed_text(text, report).split("\n")]
        found += [Item("text", key=item.key, printed=line, own=item.own) for line in lines]
    return found
