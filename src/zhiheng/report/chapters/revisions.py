"""What the report says of the edits laid over it: how many, where, and which rest on facts that have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from zhiheng.report.content import Block, Document, Heading, Revision, Table, cell, paragraph
from zhiheng.report.edits import ABSTRACT, Applied, Edit, apply, digest, printed

ACTS = {"replace": "改写", "remove": "删除", "after": "增补"}
STATES = {"in_force": "有效", "stale": "依据已变，尚未复核", "orphan": "未采用，原段落或引用已不存在"}
APPENDIX = "appendix-method"
MOST_NAMED = 12
"""Sections that are named; the workbook lists all edits."""
_PLACES = "一二三四五六七八九"


def revised(document: Document, edits: Sequence[Edit]) -> Document:
    """
    Return a document with edits, a section that says so, and the list for the workbook.

    Parameters
    ----------
    document
        The generated document.
    edits
        At least one.

    Raises
    ------
    EditsError
        If an edit cannot be used.
    """
    edited, applied = apply(document, edits)
    listed = tuple(_revision(document, each) for each in applied)
    properties = {**document.properties, "edits_hash": digest(edits)}
    return replace(
        edited, body=(*edited.body, *_section(document, applied, edits)), revisions=listed, properties=properties
    )


def _revision(document: Document, applied: Applied) -> Revision:
    edit, slot = applied.edit, applied.slot
    return Revision(
        section=slot.title if slot else "",
        act=ACTS[edit.act],
        state=STATES[applied.state],
        generated=printed(slot.text if slot else edit.generated, document),
        text=printed(edit.text, document),
        reason=edit.reason,
    )


def _section(document: Document, applied: Sequence[Applied], edits: Sequence[Edit]) -> tuple[Block, ...]:
    used = [a for a in applied if a.state != "orphan"]
    parts = [f"{ACTS[act]}{n}处" for act in ACTS if (n := sum(a.edit.act == act for a in used))]
    text = "本报告没有采用经人工修订的文字，全部文字由系统根据数据生成。"
    if used:
        text = (
            f"本报告有{len({a.edit.key for a in used})}段文字经人工修订（{'、'.join(parts)}），其余文字由系统根据数据生成。"
            "修订只涉及文字，不改变得分、名次和等次，也不改变图表。"
        )
        text += f"修订涉及的部分是{_named(used)}。"
    if stale := sum(a.state == "stale" for a in used):
        text += f"其中{stale}处修订所依据的生成稿或者图表数据在修订后有变化，尚未重新核对，引用时请以图表为准。"
    if lost := len(applied) - len(used):
        text += f"另有{lost}处修订因原段落或者所引用的图表已不存在，没有采用。"
    text += "生成稿和修订后的文字逐条列于随附工作簿“文字修订”。"
    return (
        Heading(2, f"（{_PLACES[_subsections(document)]}）文字修订", "revisions"),
        paragraph(text),
        _hash_table(digest(edits)),
    )


def _hash_table(value: str) -> Table:
    rows = (("内容", "SHA-256"), ("文字修订", value))
    made = tuple(tuple(cell(text, strong=not at) for text in row) for at, row in enumerate(rows))
    return Table("tab-edits-hash", "文字修订校验值", (1.4, 6.4), made, size="small")


def _named(used: Sequence[Applied]) -> str:
    titles = list(dict.fromkeys(a.slot.title for a in used if a.slot is not None))
    names = "、".join(title if title == ABSTRACT[1] else f"“{title}”" for title in titles[:MOST_NAMED])
    return names if len(titles) <= MOST_NAMED else f"{names}等{len(titles)}个部分"


def _subsections(document: Document) -> int:
    """Return how many sections the appendix on method has already."""
    keys = [(h.level, h.key) for h in document.headings()]
    start = keys.index((1, APPENDIX))
    return sum(level == 2 for level, _ in keys[start:])  # noqa: PLR2004 - sections of a part
