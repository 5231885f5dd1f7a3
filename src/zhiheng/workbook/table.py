"""Reads the cells of a workbook from outside: tables found by their heads, each cell with its address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import python_calamine

from zhiheng.marks import plain
from zhiheng.workbook.archive import refuse, safe_copy
from zhiheng.workbook.text import narrow

Raw = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
Severity = Literal["error", "warning"]
HEADS_WITHIN = 30
"""Rows from the top in which column heads are looked for."""
_LETTERS = 26


@dataclass(frozen=True, slots=True)
class CellProblem:
    """
    What is wrong with one cell.

    Parameters
    ----------
    sheet
        Name of the sheet.
    cell
        Address such as `C12`; "" for the sheet as a whole.
    message
        What is wrong and what to do, in Chinese.
    severity
        An `error` keeps the workbook from being used; a `warning` says what was read into the cell.
    """

    sheet: str
    cell: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Cell:
    """
    The content of one cell and where it stands.

    Parameters
    ----------
    raw
        What the reader found; "" where the cell is empty or holds an error.
    sheet, address
        Its place.
    """

    raw: Raw
    sheet: str
    address: str

    @property
    def text(self) -> str:
        """The content as people see it, without space around it."""
        if isinstance(self.raw, str):
            return self.raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        if isinstance(self.raw, bool):
            return "是" if self.raw else "否"
        if isinstance(self.raw, int | float):
            return plain(Decimal(repr(self.raw)))
        if isinstance(self.raw, dt.datetime):
            return self.raw.date().isoformat()
        if isinstance(self.raw, dt.date):
            return self.raw.isoformat()
        return str(self.raw)

    @property
    def dated(self) -> bool:
        """Whether the program that saved the file took the content for a date or a time."""
        return isinstance(self.raw, dt.date | dt.time | dt.timedelta)

    def problem(self, message: str, severity: Severity = "error") -> CellProblem:
        """Return a problem at this cell."""
        return CellProblem(self.sheet, self.address, message, severity)


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of a table.

    Parameters
    ----------
    number
        Row of the sheet, from 1.
    cells
        Cells by the key of their column; a column that the sheet lacks gives empty cells.
    """

    number: int
    cells: Mapping[str, Cell]

    def __getitem__(self, key: str) -> Cell:
        """Return the cell in a column."""
        return self.cells[key]

    @property
    def empty(self) -> bool:
        """Whether no column holds anything."""
        return not any(cell.text for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class Table:
    """
    The rows under a row of heads.

    Parameters
    ----------
    sheet
        Name of the sheet.
    rows
        Rows that hold anything, in the order of the sheet.
    missing
        Keys of columns that the sheet lacks.
    """

    sheet: str
    rows: tuple[Row, ...]
    missing: tuple[str, ...]

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows."""
        return iter(self.rows)


@contextmanager
def _refusing_damage() -> Iterator[None]:
    """Turn what the reader cannot parse into a refusal; it is native code, and its panics are no `Exception`."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, python_calamine.CalamineError) and type(error).__name__ != "PanicException":
            raise
        refuse("文件已损坏，请用表格软件重新打开并另存为.xlsx格式", "damaged")


class Sheets:
    """
    A workbook from outside.

    Parameters
    ----------
    path
        The file; see `zhiheng.workbook.archive.safe_copy` for what is refused.
    """

    def __init__(self, path: Path) -> None:
        copy = safe_copy(path)
        with _refusing_damage():
            self._book = python_calamine.load_workbook(copy)
        # Of names that differ in spaces alone the first counts.
        self._names = {narrow(name): name for name in reversed(self._book.sheet_names)}

    def _cells(self, name: str) -> list[list[Raw]]:
        """Return the cells of a sheet from A1; only sheets that are asked for are taken into memory."""
        with _refusing_damage():
            return list(self._book.get_sheet_by_name(self._names[narrow(name)]).to_python(skip_empty_area=False))

    def __contains__(self, name: str) -> bool:
        """Whether there is a sheet of this name."""
        return narrow(name) in self._names

    def pairs(self, name: str) -> dict[str, str]:
        """Return the first two columns of a sheet as keys and texts."""
        found = {}
        for row in self._cells(name) if name in self else []:
            key, value = (*(Cell(raw, name, "").text for raw in row[:2]), "", "")[:2]
            if key:
                found[key] = value
        return found

    def table(self, name: str, heads: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Table:
        """
        Return the table of a sheet.

        Parameters
        ----------
        name
            Name of the sheet.
        heads
            Texts that may head a column, by the key of the column. A head fits when it starts with one of them, so
            that units and hints may follow; the longest text that fits decides.
        needed
            Keys of columns without which the table cannot be read.

        Raises
        ------
        WorkbookError
            If there is no such sheet, or no row near its top holds the needed heads.
        """
        if name not in self:
            refuse(f"工作簿里没有“{name}”工作表，请使用从本系统下载的工作簿，不要删除或者改名", "no_sheet")
        sheet, cells = self._names[narrow(name)], self._cells(name)
        texts = [(narrow(text), key) for key, known in heads.items() for text in known]
        texts.sort(key=lambda pair: -len(pair[0]))
        places = [(at, _columns(row, texts)) for at, row in enumerate(cells[:HEADS_WITHIN])]
        heading = next(((at, found) for at, found in places if all(key in found for key in needed)), None)
        if heading is None:
            listed = "、".join(heads[key][0] for key in needed)
            refuse(f"“{name}”工作表里找不到表头（{listed}），请不要删除或者改写表头", "no_heads")
        return _table(sheet, cells, *heading, heads)


def _columns(row: Sequence[Raw], texts: Sequence[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, raw in enumerate(row):
        head = narrow(raw) if isinstance(raw, str) else ""
        key = next((key for text, key in texts if head.startswith(text)), None) if head else None
        if key is not None and key not in found:
            found[key] = column
    return found


def _table(
    sheet: str, cells: Sequence[Sequence[Raw]], at: int, columns: Mapping[str, int], heads: Mapping[str, Sequence[str]]
) -> Table:
    rows = []
    for number, values in enumerate(cells[at + 1 :], at + 2):
        found = {}
        for key in heads:
            column = columns.get(key)
            raw = values[column] if column is not None and column < len(values) else ""
            found[key] = Cell(raw, sheet, address(number, column) if column is not None else "")
        row = Row(number, found)
        if not row.empty:
            rows.append(row)
    return Table(sheet, tuple(rows), tuple(key for key in heads if key not in columns))


def address(row: int, column: int) -> str:
    """Return the address of a cell; the row counts from 1, the column from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
