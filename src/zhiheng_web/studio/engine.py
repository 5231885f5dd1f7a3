"""Where the studio calls the library: generated text, edits checked and judged, and the files of a version."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from django.utils.translation import gettext as _

from zhiheng.assessment.case import Case
from zhiheng.assessment.load import load_case
from zhiheng.errors import EditsError
from zhiheng.report.build import PIXELS_PER_MM, build
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Block, Document, Figure, Heading, Paragraph, Table, plain
from zhiheng.report.edits import (
    ABSTRACT,
    Act,
    Edit,
    Slot,
    apply,
    checked,
    digest,
    known_targets,
    parsed,
    slots,
    state_of,
)
from zhiheng.report.edits_file import edits_text
from zhiheng.report.job import FORMATS, Job
from zhiheng.report.render.svg import Drawer
from zhiheng.scoring.result import Result
from zhiheng.snapshot.container import unpacked
from zhiheng.snapshot.manifest import CASE, RESULT
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_case, round_result
from zhiheng_web.results.queries import place as signed_place
from zhiheng_web.results.queries import snapshot_of
from zhiheng_web.results.source import SnapshotLost
from zhiheng_web.rounds.models import Round
from zhiheng_web.studio.models import Edit as EditRow
from zhiheng_web.studio.models import Report

__all__ = ["FORMATS", "ReportMaterial", "Written", "edits_digest", "edits_file", "judge", "material_of"]

DRAFT, DRAFT_SHORT = "草稿：结果尚未定稿，得分和名次可能变化", "草稿"
MOST_ROWS = 30
"""Rows of a table that the preview shows."""
Step = Callable[[str], None]


@dataclass(frozen=True)
class ReportMaterial:
    """
    What a report is made from.

    Parameters
    ----------
    case, result
        Of the round: signed, or as it stands, then labelled as a draft.
    previous
        Signed result of the round before, or None.
    frozen
        Whether it is signed.
    """

    case: Case
    result: Result
    previous: Result | None
    frozen: bool


@dataclass(frozen=True)
class Written:
    """
    What a version turned out to be.

    Parameters
    ----------
    result_hash
        Of the result in it.
    files
        SHA-256 and size by format.
    counts
        Edits by state.
    texts
        [key, title, [paragraphs]] of each section.
    """

    result_hash: str
    files: Mapping[str, tuple[str, int]]
    counts: Mapping[str, int]
    texts: list[list[object]]


def material_of(round_: Round) -> ReportMaterial:
    """
    Return what a report of a round is made from. Call it inside `snapshot()`, so that all of it is of one state.

    Refused: a signed result whose file is lost (SnapshotLost).
    """
    previous = _signed(round_.previous) if round_.previous else None
    before = previous[1] if previous else None
    if (found := _signed(round_)) is not None:
        return ReportMaterial(found[0], found[1], before, frozen=True)
    content = content_of(round_)
    case = round_case(content)
    short = f"{DRAFT_SHORT}·{case.settings.short_label}" if case.settings.short_label else DRAFT_SHORT
    label = f"{DRAFT}；{case.settings.label}" if case.settings.label else DRAFT
    labelled = replace(case, settings=case.settings.model_copy(update={"label": label, "short_label": short}))
    return ReportMaterial(labelled, round_result(content), before, frozen=False)


def _signed(round_: Round) -> tuple[Case, Result] | None:
    found = snapshot_of(round_)
    if found is None:
        return None
    path = signed_place() / found.file
    if not path.is_file():
        raise SnapshotLost(_("找不到已签名的结果文件，请联系系统管理员从备份中恢复。"))
    members = unpacked(path.read_bytes())
    with TemporaryDirectory(prefix="zhiheng-") as name:
        for member, data in members.items():
            if member.startswith(CASE):
                (Path(name) / member.removeprefix(CASE)).write_bytes(data)
        case = load_case(Path(name))
    return case, Result.from_json(members[RESULT].decode(), path.name)


def generated(material: ReportMaterial) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Return targets and sections of the generated text, as `Report` and `Section` keep them."""
    document = compose(material.case, material.result, material.previous)
    numbers, drawer = document.numbers(), Drawer()
    targets = {key: [kind, numbers[key]] for key, kind in known_targets(document).items()}
    by_section: dict[str, list[Slot]] = {}
    for slot in slots(document):
        by_section.setdefault(slot.section, []).append(slot)
    sections: list[dict[str, Any]] = []
    for heading, blocks in _cut(document):
        key, title = (heading.key, heading.text) if heading else ABSTRACT
        own = iter(by_section.get(key, ()))
        open_here = bool(by_section.get(key))
        shown = [_shown(block, numbers, own if open_here else None, drawer) for block in blocks]
        slots_here = [[s.key, s.basis] for s in by_section.get(key, ())]
        level = heading.level if heading else 1
        sections.append({"key": key, "title": title, "level": level, "slots": slots_here, "blocks": shown})
    return targets, sections


def _cut(document: Document) -> Iterable[tuple[Heading | None, list[Block]]]:
    yield None, list(document.abstract)
    heading: Heading | None = None
    blocks: list[Block] = []
    for block in document.body:
        if isinstance(block, Heading):
            if heading is not None:
                yield heading, blocks
            heading, blocks = block, []
        else:
            blocks.append(block)
    if heading is not None:
        yield heading, blocks


def _shown(block: Block, numbers: Mapping[str, str], own: Any, drawer: Drawer) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        text = plain(block.inlines, numbers)
        if block.style != "body" or own is None:
            return {"kind": "note", "text": text}
        slot = next(own)
        return {"kind": "paragraph", "key": slot.key, "text": slot.text, "basis": slot.basis, "printed": text}
    if isinstance(block, Figure):
        svg = drawer.draw(block.option, block.width_mm * PIXELS_PER_MM, block.height_mm * PIXELS_PER_MM)
        return {"kind": "figure", "key": block.key, "number": numbers[block.key], "caption": block.caption,
                "alt": block.alt, "svg": svg}  # fmt: skip
    assert isinstance(block, Table)
    rows = [[[plain(c.inlines, numbers), c.rowspan, c.colspan, c.align] for c in row] for row in block.rows]
    return {"kind": "table", "number": numbers.get(block.key, ""), "caption": block.caption,
            "head": rows[: block.header_rows], "rows": rows[block.header_rows :][:MOST_ROWS],
            "left": max(0, len(rows) - block.header_rows - MOST_ROWS), "note": block.note}  # fmt: skip


def edit_of(row: EditRow) -> Edit:
    """Return a kept edit as the library takes it."""
    return Edit(row.key, cast("Act", row.act), row.text, row.generated, row.basis, row.reason)


def edit_rows(rows: Sequence[EditRow]) -> list[dict[str, str]]:
    """Return edits as a version keeps them."""
    return [asdict(edit_of(row)) for row in rows]


def edits_digest(rows: Sequence[EditRow]) -> str:
    """Return the hash of edits; "" for none."""
    return digest([edit_of(row) for row in rows])


def edits_file(rows: Sequence[EditRow]) -> str:
    """Return edits as a file for `zhiheng report --edits`."""
    return edits_text([edit_of(row) for row in rows])


def judge(row: EditRow, basis: str | None) -> str:
    """Return how an edit stands to the paragraph with this fingerprint, None where the paragraph is gone."""
    return state_of(edit_of(row), None if basis is None else Slot(row.key, "", "", "", basis))


def check(row: EditRow, report: Report) -> EditRow:
    """Return an edit with its text as it is kept. Refused: what cannot be printed (EditsError)."""
    kept = checked(edit_of(row), {key: kind for key, (kind, _) in report.targets.items()})
    row.text, row.reason = kept.text, kept.reason
    return row


def printed_text(text: str, report: Report) -> str:
    """Return a text with tokens as the report prints it; one with unknown tokens stays as it is."""
    kinds = {key: kind for key, (kind, _) in report.targets.items()}
    numbers = {key: shown for key, (_, shown) in report.targets.items()}
    try:
        return "\n".join(plain(parsed(line, kinds), numbers) for line in text.split("\n"))
    except EditsError:
        return text


def write_version(material: ReportMaterial, rows: Sequence[Mapping[str, str]], folder: Path, step: Step) -> Written:
    """Write the files of a version into a folder, and return what it turned out to be. Refused: edits of no use."""
    edits = tuple(Edit(**row) for row in cast("Sequence[Mapping[str, Any]]", rows))
    plainly = compose(material.case, material.result, material.previous)
    edited, applied = apply(plainly, edits)
    paths = build(material.case, material.result, folder, Job(previous=material.previous, edits=edits), step)
    counts = {state: sum(a.state == state for a in applied) for state in ("in_force", "stale", "orphan")}
    numbers = edited.numbers()
    texts: list[list[object]] = []
    for heading, blocks in _cut(edited):
        told = [plain(b.inlines, numbers) for b in blocks if isinstance(b, Paragraph)]
        if told:
            texts.append([heading.key if heading else ABSTRACT[0], heading.text if heading else ABSTRACT[1], told])
    files = {path.suffix[1:]: _hashed(path) for path in paths}
    return Written(material.result.digest(), files, counts, texts)


def _hashed(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
