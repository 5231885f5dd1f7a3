"""CSV tables that people send: text of unknown encoding from a spreadsheet, with every fault named by its row."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.errors import Problem
from zhiheng_web.language import listed

MOST_BYTES = 1_600_000
"""Bytes of UTF-8; a file of 1 MB in GB18030 grows up to this."""
MOST_ROWS = 3_000
MOST_CELL = 200
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Row:
    """
    A row of a table.

    Parameters
    ----------
    line
        Line in the file; the header is line 1.
    cells
        Text by column; an absent column is "".
    """

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column that a table may have.

    Parameters
    ----------
    name
        Title in the header.
    required
        Whether every row must fill it.
    """

    name: str
    required: bool = False


def read_table(data: bytes, columns: Sequence[Column]) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a table and everything that is wrong with it; a row with a fault is not returned."""
    try:
        text = decoded(data)
    except ValueError as error:
        return [], [Problem(str(error))]
    first = text.partition("\n")[0]
    separator = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        problems += _header_faults(header, columns)
        if problems:
            return [], problems
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                faults = list(_row_faults(line, cells, header, columns))
                problems += faults
                if not faults:
                    rows.append(Row(line, {n: c.strip() for n, c in zip(header, cells, strict=True)}))
            line = reader.line_num + 1
            if len(rows) + len(problems) > MOST_ROWS:
                problems.append(Problem(_("超过%(most)d行，请分成几个文件。") % {"most": MOST_ROWS}, line=line))
                break
    except csv.Error:
        problems.append(Problem(_("不是有效的CSV行，请检查引号是否成对。"), line=reader.line_num))
    if not rows and not problems:
        problems.append(Problem(_("表中没有内容。")))
    return rows, problems


def decoded(data: bytes) -> str:
    """
    Return the text of a file in UTF-8 or GB18030.

    Raises
    ------
    ValueError
        If it is too large or no text; says what to do.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(_("文件超过1MB，请分成几个文件。"))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(_("这是Excel工作簿，请在Excel或者WPS中另存为“CSV UTF-8”。"))
    if b"\x00" in data:
        raise ValueError(_("这不是文本文件，请另存为“CSV UTF-8”。"))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(_("文件既不是UTF-8也不是GB18030编码，请另存为“CSV UTF-8”。"))


def _header_faults(header: list[str], columns: Sequence[Column]) -> Iterator[Problem]:
    names = [column.name for column in columns]
    wanted = listed(names)
    for column in columns:
        if column.required and column.name not in header:
            yield Problem(_("缺少这一列；表头应为：%(names)s。") % {"names": wanted}, line=1, field=column.name)
    for name in dict.fromkeys(header):
        if name not in names:
            yield Problem(_("不认识这一列；表头应为：%(names)s。") % {"names": wanted}, line=1, field=name[:40])
        elif header.count(name) > 1:
            yield Problem(_("这一列出现了两次。"), line=1, field=name)


def _row_faults(line: int, cells: list[str], header: list[str], columns: Sequence[Column]) -> Iterator[Problem]:
    if len(cells) != len(header):
        message = _("有%(cells)d格，表头有%(header)d格，请检查逗号和引号。")
        yield Problem(message % {"cells": len(cells), "header": len(header)}, line=line)
        return
    given = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    for name, cell in given.items():
        if len(cell) > MOST_CELL:
            yield Problem(_("超过%(most)d字。") % {"most": MOST_CELL}, line=line, field=name)
        elif cell.startswith(FORMULA):
            yield Problem(_("不能以“%(sign)s”开头。") % {"sign": cell[0]}, line=line, field=name)
        elif any(unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"} for character in cell):
            yield Problem(_("含有换行等不可见字符。"), line=line, field=name)
    for column in columns:
        if column.required and not given.get(column.name):
            yield Problem(_("没有填写。"), line=line, field=column.name)
