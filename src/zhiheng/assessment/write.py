"""Writes the tables of a case; each file whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from zhiheng.assessment.facts import Decision, Fact, Statement
from zhiheng.assessment.load import DECISION_COLUMNS, FACT_COLUMNS, STATEMENT_COLUMNS
from zhiheng.marks import plain


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file with LF line ends, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8", newline="\n")
    part.replace(path)


def write_facts(path: Path, facts: Iterable[Fact], names: dict[str, str]) -> None:
    """Write `facts.csv`; `names` gives the name of a unit by its code."""
    _write(
        path,
        FACT_COLUMNS,
        (
            (
                names[f.unit],
                f.point,
                f.status,
                _number(f.mark),
                _number(f.value),
                f.measure,
                f.date,
                f.component,
                f.quote,
                f.source,
                f.note,
            )
            for f in facts
        ),
    )


def write_decisions(path: Path, decisions: Iterable[Decision], names: dict[str, str]) -> None:
    """Write `decisions.csv`; `names` gives the name of a unit by its code."""
    _write(path, DECISION_COLUMNS, ((names[d.unit], d.point, d.status, _number(d.mark), d.reason) for d in decisions))


def write_statements(path: Path, statements: Iterable[Statement], names: dict[str, str]) -> None:
    """Write `statements.csv`; `names` gives the name of a unit by its code."""
    _write(
        path,
        STATEMENT_COLUMNS,
        (
            (
                s.id,
                names[s.unit],
                s.kind,
                s.node,
                s.relation,
                _number(s.value),
                s.quote,
                s.source,
                "yes" if s.inferred else "no",
                s.note,
            )
            for s in statements
        ),
    )


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
