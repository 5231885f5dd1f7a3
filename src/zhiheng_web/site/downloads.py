"""Answers with CSV files: streamed, read by Excel and WPS as UTF-8, and with nothing in them that runs as a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from django.http import StreamingHttpResponse

from zhiheng_web.accounts.tables import FORMULA

MARK = "\ufeff"


class _Echo:
    """Hands on what a CSV writer writes."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def safe_cell(value: object) -> str:
    """Return text that a spreadsheet shows as it is: what looks like a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float):
        # A number below zero is one, whatever it begins with.
        return text
    return f"'{text}" if text.lstrip(" ").startswith((*FORMULA, "\t", "\r", "\n")) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Return the lines of a CSV file, each cell safe."""
    writer = csv.writer(_Echo())
    yield MARK + writer.writerow([str(title) for title in header])
    for row in rows:
        yield writer.writerow([safe_cell(value) for value in row])


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Return rows as a CSV file to download."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename=\"export.csv\"; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
