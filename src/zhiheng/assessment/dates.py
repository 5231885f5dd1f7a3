"""Dates as sources print them: a day, a month, a year, a range, or an open end; never a guessed day."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_PART = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Span:
    """
    The days a written date may mean.

    Parameters
    ----------
    first, last
        First and last possible day; None for an open end.
    """

    first: date | None
    last: date | None


def parse_span(text: str) -> Span:
    """
    Return the days that `text` may mean.

    Parameters
    ----------
    text
        `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, a range `A..B`, `A..` (since) or `..B` (up to).

    Raises
    ------
    ValueError
        If it has another form, a day that does not exist, or ends before it starts.

    Examples
    --------
    >>> parse_span("2021-02").last
    datetime.date(2021, 2, 28)
    """
    start, dots, end = text.partition("..")
    if not start and not end:
        msg = f"{text!r} is not a date; write 2021, 2021-06, 2021-06-30, 2020..2021-06, 2020.. or ..2021-06"
        raise ValueError(msg)
    first = _edge(start, last=False) if start else None
    last = _edge(end if dots else start, last=True) if (end or not dots) else None
    if first and last and last < first:
        msg = f"{text!r} ends before it starts"
        raise ValueError(msg)
    return Span(first, last)


def _edge(text: str, *, last: bool) -> date:
    match = _PART.fullmatch(text)
    if not match:
        msg = f"{text!r} is not a date; write 2021, 2021-06 or 2021-06-30"
        raise ValueError(msg)
    year = int(match[1])
    month = int(match[2] or (12 if last else 1))
    if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
        msg = f"{text!r} has no month {month}"
        raise ValueError(msg)
    day = int(match[3]) if match[3] else (calendar.monthrange(year, month)[1] if last else 1)
    try:
        return date(year, month, day)
    except ValueError as error:
        msg = f"{text!r} is not a day of the calendar"
        raise ValueError(msg) from error


def placed(span: Span, start: date, end: date) -> str:
    """
    Return how `span` lies to the period from `start` to `end`.

    Returns
    -------
    str
        `inside`, `outside`, or `across` where only a part lies inside or an end is open.
    """
    if (span.last and span.last < start) or (span.first and span.first > end):
        return "outside"
    if span.first and span.first >= start and span.last and span.last <= end:
        return "inside"
    return "across"
