"""Edits of the generated text: laid over it paragraph by paragraph, flagged when the facts under them have changed."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from zhiheng.errors import EditsError, Problem
from zhiheng.report.content import Block, Document, Figure, Heading, Inline, Paragraph, Ref, Table, Text, plain

Act = Literal["replace", "remove", "after"]
"""Say it in other words, leave it out, or say more after it."""
State = Literal["in_force", "stale", "orphan"]
ACTS: tuple[Act, ...] = get_args(Act)
ABSTRACT = ("abstract", "摘要")
"""Key and title of the section before the first heading."""
FIXED = frozenset({"appendix-points", "appendix-method"})
"""Parts that state rules, methods and hashes: they are not edited."""
MOST_CHARACTERS = 5_000
MOST_PARAGRAPHS = 20
MOST_REASON = 500
KIND = {Figure: "图", Table: "表", Heading: "节"}
"""What a token calls its target: `{图:fig-tree}`."""
_TOKEN = re.compile(r"\{\{|\}\}|\{(图|表|节):([!-z|~]+)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Edit:
    """
    What somebody changed at one paragraph.

    Parameters
    ----------
    key
        Key of the generated paragraph.
    act
        `replace` it, `remove` it, or say more `after` it.
    text
        The new text; each line is a paragraph, references are tokens as in `{图:fig-tree}`; "" for `remove`.
    generated, basis
        Text and fingerprint of the generated paragraph that the person had before him.
    reason
        Why; needed for `remove`.
    """

    key: str
    act: Act
    text: str = ""
    generated: str = ""
    basis: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """
    A generated paragraph that can be edited.

    Parameters
    ----------
    key
        What names it in every run of the report.
    section, title
        Key and title of its section.
    text
        Its text with tokens for references.
    basis
        Fingerprint of the text and of the figures and tables it refers to: of the facts under it.
    """

    key: str
    section: str
    title: str
    text: str
    basis: str


@dataclass(frozen=True, slots=True)
class Applied:
    """
    What became of an edit.

    Parameters
    ----------
    edit
        The edit.
    state
        `in_force`; `stale`: laid over it, but what was generated has changed since; `orphan`: not used, as the
        paragraph or what the text refers to is gone.
    slot
        The generated paragraph as it is now, or None.
    """

    edit: Edit
    state: State
    slot: Slot | None = None


def state_of(edit: Edit, slot: Slot | None) -> State:
    """Return how an edit stands to the generated paragraph as it is now, None where there is none."""
    if slot is None:
        return "orphan"
    if edit.basis:
        return "in_force" if edit.basis == slot.basis else "stale"
    return "in_force" if edit.generated == slot.text else "stale"


def slots(document: Document) -> tuple[Slot, ...]:
    """Return the paragraphs that can be edited, in order. `document` is one without edits."""
    targets = _targets(document)
    return tuple(_slot(where, block, targets) for where, block in _walk(document) if where.key)


def checked_text(text: str, *, empty: bool = False) -> str:
    """
    Return a text as it is kept: lines stripped, empty ones left out.

    Parameters
    ----------
    text
        What somebody typed.
    empty
        Whether nothing is allowed.

    Raises
    ------
    EditsError
        If it is empty or too long, or holds characters that cannot be seen.
    """
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    kept = [line for line in lines if line]
    hidden = next((c for line in kept for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Cn"}), None)
    if hidden is not None:
        msg = f"文字中有看不见的控制字符（U+{ord(hidden):04X}），请删除后再保存。"
        raise EditsError(msg)
    if not kept and not empty:
        msg = "文字不能为空；不需要这一段的，请选择删除并说明理由。"
        raise EditsError(msg)
    found = "\n".join(kept)
    if len(found) > MOST_CHARACTERS or len(kept) > MOST_PARAGRAPHS:
        msg = f"文字过长：一处修订最多{MOST_CHARACTERS}字、{MOST_PARAGRAPHS}段。"
        raise EditsError(msg)
    return found


def checked(edit: Edit, targets: Mapping[str, str]) -> Edit:
    """
    Return an edit as it is kept.

    Parameters
    ----------
    edit
        What somebody made.
    targets
        What tokens may name, with what it is called in them (图, 表, 节); see `known_targets`.

    Raises
    ------
    EditsError
        If its text cannot be used, refers to something unknown, or a reason is missing.
    """
    reason = checked_text(edit.reason, empty=True).replace("\n", "；")
    if len(reason) > MOST_REASON:
        msg = f"理由最多{MOST_REASON}字。"
        raise EditsError(msg)
    if edit.act == "remove":
        if not reason:
            msg = "删除一段文字须说明理由。"
            raise EditsError(msg)
        return replace(edit, text="", reason=reason)
    text = checked_text(edit.text)
    for line in text.split("\n"):
        parsed(line, targets)
    return replace(edit, text=text, reason=reason)


def known_targets(document: Document) -> dict[str, str]:
    """Return what tokens may name: key of each figure, table and heading, with what a token calls it."""
    return {key: KIND[type(block)] for key, block in _targets(document).items()}


def tokens(paragraph: Paragraph, targets: Mapping[str, str]) -> str:
    """Return a paragraph as text with a token for each reference; braces of the text itself are doubled."""
    return "".join(
        i.text.replace("{", "{{").replace("}", "}}")
        if isinstance(i, Text)
        else f"{{{targets.get(i.target, '节')}:{i.target}}}"
        for i in paragraph.inlines
    )


def parsed(line: str, targets: Mapping[str, str]) -> tuple[Inline, ...]:
    """
    Return a line with tokens as runs and references.

    Raises
    ------
    EditsError
        If a token names nothing of the report, or a brace stands alone.
    """
    found: list[Inline] = []
    words, at = "", 0
    for match in _TOKEN.finditer(line):
        words += line[at : match.start()]
        at = match.end()
        kind, target = match.groups()
        if target is None:
            if len(match.group()) == 1:
                msg = f"第{match.start() + 1}个字是单独的花括号；引用写作{{图:名称}}，花括号本身写两遍。"
                raise EditsError(msg)
            words += match.group()[0]
        elif targets.get(target) != kind:
            msg = f"报告中没有{match.group()}，请从原文中复制引用，或者删去。"
            raise EditsError(msg)
        else:
            found += [Text(words)] if words else []
            found.append(Ref(target))
            words = ""
    words += line[at:]
    return (*found, Text(words)) if words or not found else tuple(found)


def apply(document: Document, edits: Sequence[Edit]) -> tuple[Document, tuple[Applied, ...]]:
    """
    Lay edits over a document.

    Parameters
    ----------
    document
        The generated document.
    edits
        At most one that replaces or removes, and one that adds, for each key.

    Returns
    -------
    tuple
        The document with the edits that are in force or stale, and what became of each, in their order.

    Raises
    ------
    EditsError
        If two edits are about the same, or one that is in force cannot be used.
    """
    _refuse_double(edits)
    targets = _targets(document)
    known = {key: KIND[type(block)] for key, block in targets.items()}
    walked = list(_walk(document))
    here = {where.key: _slot(where, block, targets) for where, block in walked if where.key}
    applied = [_judged(edit, here.get(edit.key), known) for edit in edits]
    used = {(a.edit.key, a.edit.act): a.edit for a in applied if a.state != "orphan"}
    abstract: list[Paragraph] = []
    body: list[Block] = []
    for where, block in walked:
        made = _edited(where.key, block, used, known) if where.key else (block,)
        if where.section == ABSTRACT[0]:
            abstract += [b for b in made if isinstance(b, Paragraph)]
        else:
            body += made
    return replace(document, abstract=tuple(abstract), body=tuple(body)), tuple(applied)


def digest(edits: Sequence[Edit]) -> str:
    """Return the SHA-256 of edits, whatever their order; "" for none."""
    if not edits:
        return ""
    rows = sorted([e.key, e.act, e.text, e.basis or e.generated, e.reason] for e in edits)
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def printed(text: str, document: Document) -> str:
    """Return a text with tokens as the report prints it; one that names nothing stays as it is."""
    known, numbers = known_targets(document), document.numbers()
    try:
        return "\n".join(plain(parsed(line, known), numbers) for line in text.split("\n"))
    except EditsError:
        return text


@dataclass(frozen=True, slots=True)
class _Where:
    section: str
    title: str
    key: str


def _walk(document: Document) -> Iterator[tuple[_Where, Block]]:
    """Yield every block with its section; `key` is "" for what cannot be edited."""
    section, title = ABSTRACT
    counted = 0
    fixed = False
    for block in (*document.abstract, *document.body):
        if isinstance(block, Heading):
            section, title, counted = block.key, block.text, 0
            fixed = block.key in FIXED if block.level == 1 else fixed
        key = ""
        if isinstance(block, Paragraph) and block.style == "body" and not fixed:
            counted += not block.key
            key = block.key or f"{section}.{counted}"
        yield _Where(section, title, key), block


def _slot(where: _Where, block: Block, targets: Mapping[str, Block]) -> Slot:
    assert isinstance(block, Paragraph)
    known = {key: KIND[type(target)] for key, target in targets.items()}
    text = tokens(block, known)
    under = [_facts(targets[i.target]) for i in block.inlines if isinstance(i, Ref) and i.target in targets]
    basis = hashlib.sha256(json.dumps([text, under], ensure_ascii=False, default=str).encode()).hexdigest()
    return Slot(where.key, where.section, where.title, text, basis)


def _facts(block: Block) -> object:
    """Return what a figure or table tells; where a section stands is no fact."""
    if isinstance(block, Figure):
        return [block.caption, block.data.columns, block.data.rows]
    if isinstance(block, Table):
        return [block.caption, [[plain(c.inlines) for c in row] for row in block.rows]]
    return ""


def _targets(document: Document) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for block in document.body:
        if isinstance(block, Figure | Heading) or (isinstance(block, Table) and block.numbered):
            found[block.key] = block
    return found


def _refuse_double(edits: Sequence[Edit]) -> None:
    seen: set[tuple[str, bool]] = set()
    for place, edit in enumerate(edits):
        what = (edit.key, edit.act == "after")
        if what in seen:
            msg = "同一段文字有两处修订，只能保留一处。"
            raise EditsError(msg, [Problem(msg, field=f"edits.{place}.key")], key=edit.key)
        seen.add(what)


def _judged(edit: Edit, slot: Slot | None, known: Mapping[str, str]) -> Applied:
    state = state_of(edit, slot)
    if state == "orphan":
        return Applied(edit, state)
    try:
        checked(edit, known)
    except EditsError as error:
        if state == "in_force":
            message = f"段落{edit.key}：{error.message}"
            raise EditsError(message, [Problem(error.message, field=edit.key)], key=edit.key) from error
        # What the text refers to went with the facts; that is no mistake of who wrote it.
        return Applied(edit, "orphan", slot)
    return Applied(edit, state, slot)


def _edited(key: str, block: Block, used: Mapping[tuple[str, Act], Edit], known: Mapping[str, str]) -> Iterator[Block]:
    """Yield a paragraph, or what stands in its place, and what was added after it."""
    if (found := used.get((key, "replace"))) is not None:
        yield from _lines(found, known)
    elif (key, "remove") not in used:
        yield block
    if (found := used.get((key, "after"))) is not None:
        yield from _lines(found, known)


def _lines(edit: Edit, known: Mapping[str, str]) -> Iterator[Paragraph]:
    for line in checked_text(edit.text).split("\n"):
        yield Paragraph(parsed(line, known), key=edit.key)
