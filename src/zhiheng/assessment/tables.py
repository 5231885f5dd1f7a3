"""CSV tables with row-level errors: every bad cell is named by file, line and column, and all are reported at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from zhiheng.errors import CaseError, FileMissingError, Problem

MAX_BYTES = 200_000_000
"""Larger tables are refused unread; 3,000 units x 44 points take 10 MB."""
MAX_CELL = 20_000
"""Longest text of one cell, in characters."""

T = TypeVar("T")


class Row:
    """
    One row that is being read; collects what is wrong with it.

    Parameters
    ----------
    file
        Name of the file.
    line
        Line, counting the header as 1.
    cells
        Text by column.
    problems
        List the faults go to.
    """

    def __init__(self, file: str, line: int, cells: Mapping[str, str], problems: list[Problem]) -> None:
        self.file = file
        self.line = line
        self.cells = cells
        self.problems = problems

    def fault(self, column: str, message: str) -> None:
        """Note that the cell of `column` cannot be used."""
        self.problems.append(Problem(message, self.file, self.line, column))

    def text(self, column: str, *, required: bool = False) -> str:
        """Return the text of a cell."""
        value = self.cells.get(column, "").strip()
        if required and not value:
            self.fault(column, "The cell is empty; fill it in.")
        if len(value) > MAX_CELL:
            self.fault(column, f"The text is longer than {MAX_CELL} characters; shorten it.")
        return value

    def number(self, column: str) -> Decimal | None:
        """Return the number of a cell, or None where it is empty."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self.fault(column, f"{text!r} is not a number; write digits with a point, such as 0.5.")
            return None
        return value

    def integer(self, column: str) -> int | None:
        """Return the whole number of a cell; an empty cell is a fault."""
        text = self.text(column, required=True)
        if not text:
            return None
        if not text.isascii() or not text.isdigit():
            self.fault(column, f"{text!r} is not a whole number.")
            return None
        return int(text)

    def choice(self, column: str, allowed: Mapping[str, T]) -> T | None:
        """Return what the text of a cell stands for."""
        text = self.text(column, required=True)
        if text and text not in allowed:
            self.fault(column, f"{text!r} is not known here; write one of {', '.join(sorted(allowed))}.")
        return allowed.get(text)


def read_rows(
    path: Path,
    required: tuple[str, ...],
    parse: Callable[[Row], T | None],
    *,
    optional: tuple[str, ...] = (),
) -> tuple[T, ...]:
    """
    Read a table.

    Parameters
    ----------
    path
        UTF-8 CSV file with a header row (a byte-order mark is accepted).
    required, optional
        Columns that must and may be there; others are refused so that a misspelt column is not lost.
    parse
        Turns a row into a record; notes faults through the row and returns None for a row it cannot use.

    Raises
    ------
    FileMissingError
        If there is no such file.
    CaseError
        If any row has a fault; carries all of them.
    """
    problems: list[Problem] = []
    records = [record for row in _rows(path, required, optional, problems) if (record := parse(row)) is not None]
    if problems:
        faults = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        msg = f"{path.name} cannot be used: {faults}."
        raise CaseError(msg, problems)
    return tuple(records)


def _rows(
    path: Path,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    problems: list[Problem],
) -> Iterator[Row]:
    if not path.is_file():
        msg = f"There is no file {path.name} in {path.parent.name}."
        raise FileMissingError(msg, file=str(path))
    if path.stat().st_size > MAX_BYTES:
        problems.append(Problem(f"The file is larger than {MAX_BYTES} bytes.", path.name))
        return
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem("The file is not UTF-8 text; save it as “CSV UTF-8”.", path.name))
        return
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        problems += _header_faults(path.name, header, required, optional)
        if problems:
            return
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                yield Row(path.name, line, dict(zip(header, cells, strict=True)), problems)
            elif any(cells):
                message = f"The row has {len(cells)} cells, the header {len(header)}; check commas and quotes."
                problems.append(Problem(message, path.name, line))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(f"Not a valid CSV row: {error}.", path.name, reader.line_num))


def _header_faults(
    file: str,
    header: list[str],
    required: tuple[str, ...],
    optional: tuple[str, ...],
) -> Iterator[Problem]:
    known = (*required, *optional)
    for name in required:
        if name not in header:
            yield Problem(f"The column is missing; the columns are {', '.join(known)}.", file, 1, name)
    for name in header:
        if name not in known:
            yield Problem(f"The column is not known; the columns are {', '.join(known)}.", file, 1, name)
        elif header.count(name) > 1:
            yield Problem("The column stands twice.", file, 1, name)
