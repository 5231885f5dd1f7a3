"""A new workbook, its columns, and how its sheets are printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from zhiheng.sheets.text import clean

CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp without zone, so that the same input gives the same bytes
FOOTER = 120
"""Characters of a label in a footer, which holds 255 with its codes, and where `&` counts twice."""
BASE: Mapping[str, object] = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "text_wrap": True}
"""The look on which every format stands."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a sheet.

    Parameters
    ----------
    head
        Text of the head.
    width
        Width in characters.
    style
        Name of the format of its cells.
    """

    head: str
    width: float
    style: str = "text"


def new_workbook(path: Path, properties: Mapping[str, str]) -> Workbook:
    """
    Return a workbook in which text never becomes a formula, a number or a link, with the same bytes at every time.

    Parameters
    ----------
    path
        File to write.
    properties
        Texts of the document by XlsxWriter's names: title, author, comments.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book: Workbook = xlsxwriter.Workbook(str(path), options)
    book.set_properties({name: clean(text) for name, text in properties.items()} | {"created": CREATED})
    return book


def print_setup(sheet: Worksheet, label: str, *, landscape: bool = True) -> None:
    """Set A4, one page wide, with label and page number in the footer."""
    if landscape:
        sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    label = clean(label).replace("\n", " ")
    label = label if len(label) <= FOOTER else f"{label[: FOOTER - 1]}…"
    # A single & starts a code in a footer.
    left = f"&L{label.replace('&', '&&')}" if label else ""
    sheet.set_footer(f"{left}&R第 &P 页 共 &N 页")
