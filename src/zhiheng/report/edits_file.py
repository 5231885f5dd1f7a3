"""Edits of a report as a JSON file, and the paragraphs of a report that can be edited."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

from zhiheng.errors import EditsError, FileMissingError, Problem
from zhiheng.report.edits import ACTS, Act, Edit, Slot, checked_text

FORMAT = "zhiheng-edits/1"
PARAGRAPHS = "zhiheng-paragraphs/1"
MOST_BYTES = 20_000_000
MOST_EDITS = 5_000
_FIELDS = ("key", "act", "text", "generated", "basis", "reason")


def edits_text(edits: Sequence[Edit]) -> str:
    """Return edits as the text of a file; the same edits give the same text."""
    rows = [{name: value for name, value in asdict(e).items() if value} for e in edits]
    return json.dumps({"format": FORMAT, "edits": rows}, ensure_ascii=False, indent=1) + "\n"


def paragraphs_text(found: Sequence[Slot]) -> str:
    """Return the paragraphs that can be edited as the text of a file, to copy key, text and fingerprint from."""
    rows = [{"key": s.key, "section": s.title, "generated": s.text, "basis": s.basis} for s in found]
    return json.dumps({"format": PARAGRAPHS, "paragraphs": rows}, ensure_ascii=False, indent=1) + "\n"


def read_edits(path: Path) -> tuple[Edit, ...]:
    """
    Read a file of edits.

    Raises
    ------
    FileMissingError
        If there is no such file.
    EditsError
        If it is no file of edits, is of another version, or holds what cannot be used; names every fault.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        msg = f"There is no file of edits {path}."
        raise FileMissingError(msg) from error
    if size > MOST_BYTES:
        raise _refused(path, [Problem(f"The file is larger than {MOST_BYTES // 1_000_000} MB.", path.name)])
    return edits_of(data, path)


def edits_of(data: bytes, path: Path) -> tuple[Edit, ...]:
    """Return the edits in the content of a file; `path` names it in messages. Raises EditsError, see `read_edits`."""
    try:
        whole = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise _refused(path, [Problem("This is not JSON in UTF-8.", path.name, line)]) from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise _refused(
            path, [Problem(f"A file of edits begins with this format: {FORMAT}.", path.name, field="format")]
        )
    rows = whole.get("edits")
    if not isinstance(rows, list) or len(rows) > MOST_EDITS:
        raise _refused(path, [Problem(f"Give a list of at most {MOST_EDITS} edits.", path.name, field="edits")])
    problems: list[Problem] = []
    found = [_edit(row, f"edits.{place}", path.name, problems) for place, row in enumerate(rows)]
    if problems:
        raise _refused(path, problems)
    return tuple(found)


def _edit(row: object, field: str, file: str, problems: list[Problem]) -> Edit:
    """Return one edit, and add what is wrong with it to `problems`."""
    empty = Edit("", "replace")
    if not isinstance(row, Mapping):
        problems.append(Problem("An edit is an object.", file, field=field))
        return empty
    wrong = [Problem("This field is not known.", file, field=f"{field}.{name}") for name in row if name not in _FIELDS]
    typed = [name for name in _FIELDS if not isinstance(row.get(name, ""), str)]
    wrong += [Problem("This must be text.", file, field=f"{field}.{name}") for name in typed]
    if not wrong:
        wrong = [Problem(message, file, field=f"{field}.{name}") for name, message in _faults(row)]
    problems += wrong
    if wrong:
        return empty
    values = {name: str(row.get(name, "")) for name in _FIELDS if name != "act"}
    return Edit(act=cast("Act", row["act"]), **values)


def _faults(row: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    if not row.get("key"):
        found.append(("key", "Name the paragraph; `zhiheng report CASE --paragraphs FILE` lists all."))
    if row.get("act") not in ACTS:
        found.append(("act", f"An act is {', '.join(ACTS)}."))
    if not row.get("basis") and not row.get("generated"):
        found.append(("basis", "Give the fingerprint or the generated text that was edited."))
    removes = row.get("act") == "remove"
    if removes and not row.get("reason", "").strip():
        found.append(("reason", "Say why the paragraph is removed."))
    try:
        checked_text(row.get("text", ""), empty=removes)
    except EditsError as error:
        found.append(("text", error.message))
    return found


def _refused(path: Path, problems: Sequence[Problem]) -> EditsError:
    return EditsError(f"{path} holds edits that cannot be used.", problems)
