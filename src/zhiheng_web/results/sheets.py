"""A table as a workbook, such as the ranking."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from django.utils.translation import gettext as _


def as_xlsx(title: str, heads: Sequence[str], lines: Iterable[Sequence[str | float]], *, sheet: str = "") -> bytes:
    """Return a table as a workbook; every text is written as text, so none becomes a formula or a link."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title})
    page = book.add_worksheet(sheet or _("排名"))
    head = book.add_format({"bold": True, "bg_color": "#E9ECF0", "border": 1, "align": "center", "text_wrap": True})
    for column, text in enumerate(heads):
        page.write_string(0, column, text, head)
    count = 0
    for count, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                page.write_string(count, column, cell)
            else:
                page.write_number(count, column, cell)
    page.freeze_panes(1, 2)
    page.autofilter(0, 0, max(1, count), len(heads) - 1)
    page.set_column(0, 1, 16)
    page.set_column(2, max(2, len(heads) - 1), 12)
    book.close()
    return file.getvalue()
