"""Numbers, dates, lists and marks in the habits of official Chinese."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from zhiheng.marks import plain

_DIGITS = "零一二三四五六七八九"
_MONTHS = 12
_HALF = 6
_QUARTER = 3
_TEN = 10
_HUNDRED = 100


def number(value: Decimal | float) -> str:
    """
    Return a number without separators, exponent or trailing zeros.

    Examples
    --------
    >>> number(Decimal("14960")), number(3.0)
    ('14960', '3')
    """
    text = plain(value)
    return "0" if text == "-0" else text


def marks(value: Decimal | float) -> str:
    """
    Return marks with their sign: `82.4分`, `3分`.

    Parameters
    ----------
    value
        Marks; a float is cleared of binary noise first.
    """
    return f"{number(round(value, 6) if isinstance(value, float) else value)}分"


def percent(rate: float, digits: int = 1) -> str:
    """
    Return a rate in [0, 1] as per cent, halves rounded up, without trailing zeros.

    Examples
    --------
    >>> percent(0.975), percent(1.0), percent(0.0005)
    ('97.5%', '100%', '0.1%')
    """
    return f"{number(rounded(rate * 100, digits))}%"


def gap(rate: float, digits: int = 1) -> str:
    """
    Return the size of a difference of two rates: `3.2个百分点`; the sign is for the words around it.

    Parameters
    ----------
    rate
        Difference in [-1, 1].
    digits
        Digits after the point.
    """
    return f"{number(rounded(abs(rate) * 100, digits))}个百分点"


def rounded(value: float, digits: int) -> Decimal:
    """Return a number rounded half up (四舍五入) to so many digits after the point."""
    # repr of a product such as 0.575 * 100 is 57.49999999999999; 9 digits are beyond every printed figure.
    exact = Decimal(repr(round(value, 9)))
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def change(base: str, by: Decimal) -> str:
    """Return a change as it is printed: `同比增长24.5%`, `同比下降3%`, `同比持平`; keeps the digits given."""
    if by == 0:
        return f"{base}持平"
    return f"{base}{'增长' if by > 0 else '下降'}{abs(by):f}%"


def numeral(n: int) -> str:
    """
    Return a count from 0 to 99 in Chinese numerals.

    Raises
    ------
    ValueError
        If it lies outside.

    Examples
    --------
    >>> numeral(4), numeral(10), numeral(21)
    ('四', '十', '二十一')
    """
    if not 0 <= n < _HUNDRED:
        msg = f"{n} is not between 0 and 99; write larger numbers in digits."
        raise ValueError(msg)
    tens, ones = divmod(n, _TEN)
    if not tens:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def quantity(n: int) -> str:
    """Return a small count in numerals before a measure word (`两个`, `四个`) and larger ones in digits (`12个`)."""
    if n == 2:  # noqa: PLR2004 - two has its own word before a measure
        return "两"
    return numeral(n) if 0 <= n <= _TEN else str(n)


def join(items: Sequence[str], last: str = "和") -> str:
    """
    Join nouns: 、 between them, `last` (和, 及, 以及) before the last one.

    Titles and quotations that stand side by side take no 、 (GB/T 15834).

    Examples
    --------
    >>> join(["专利", "商标", "版权"]), join(["《甲》", "《乙》"])
    ('专利、商标和版权', '《甲》《乙》')
    """
    if not items:
        return ""
    if all(i[0] in "《“" and i[-1] in "》”" for i in items):
        return "".join(items)
    head, tail = list(items[:-1]), items[-1]
    return f"{'、'.join(head)}{last}{tail}" if head else tail


def listing(clauses: Sequence[str]) -> str:
    """
    Return clauses numbered 一是…；二是…。 as one sentence; a single clause stands without number.

    Parameters
    ----------
    clauses
        Clauses without their closing mark.
    """
    if len(clauses) == 1:
        return f"{clauses[0]}。"
    return "；".join(f"{numeral(i)}是{c}" for i, c in enumerate(clauses, 1)) + "。"


def day(text: str) -> str:
    """
    Return a written date in words: `2021-05-08` gives 2021年5月8日, `2021-05` 2021年5月, `2021` 2021年.

    Parameters
    ----------
    text
        `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, already checked by `zhiheng.assessment.dates`.
    """
    parts = [int(p) for p in text.split("-")]
    return "".join(f"{p}{sign}" for p, sign in zip(parts, "年月日", strict=False))


def span(text: str) -> str:
    """
    Return a written date or range as an adverbial without its comma.

    Parameters
    ----------
    text
        See `zhiheng.assessment.dates.parse_span`; "" gives "".

    Examples
    --------
    >>> span("..2020-12-31"), span("2019.."), span("2021-01..2021-04"), span("2020..2021-06")
    ('截至2020年底', '2019年以来', '2021年1—4月', '2020年至2021年上半年')
    """
    if not text:
        return ""
    start, dots, end = text.partition("..")
    if not dots:
        return day(start)
    if not start:
        return f"截至{_close(end)}"
    if not end:
        return f"{day(start)}以来"
    return _between(start, end)


def _close(end: str) -> str:
    """Return the end of a count: the last day of a year or month is called its end, as offices do."""
    parts = [int(p) for p in end.split("-")]
    if len(parts) == 3:  # noqa: PLR2004 - year, month, day
        year, month, last = parts
        if (month, last) == (_MONTHS, 31):
            return f"{year}年底"
        if last == calendar.monthrange(year, month)[1]:
            return f"{year}年{month}月底"
    return day(end)


def _between(start: str, end: str) -> str:
    first, last = ([int(p) for p in t.split("-")] for t in (start, end))
    months = {len(first), len(last)} == {2}
    if months and first[0] == last[0]:
        if first[1] % _QUARTER == 1 and last[1] == first[1] + 2:
            return f"{first[0]}年第{numeral((first[1] + 2) // _QUARTER)}季度"
        if (first[1], last[1]) == (1, _HALF):
            return f"{first[0]}年上半年"
        return f"{first[0]}年{first[1]}—{last[1]}月"
    if len(first) == 1 and len(last) == 2 and last[1] == _HALF:  # noqa: PLR2004 - year and month
        return f"{first[0]}年至{last[0]}年上半年"
    return f"{day(start)}至{day(end)}"
