"""The ranking as plain data: what pages, tables to download and charts are made of, and the names it hides."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from zhiheng_web.language import bracketed

STEMS = "甲乙丙丁戊己庚辛壬癸"
SMALL_GROUP = 3
"""A group of fewer units than this tells who they are, and is not named where names are hidden."""
ORDERS = ("rank", "-rank", "name", "-total", "total")


@dataclass(frozen=True, slots=True)
class Head:
    """
    One column of marks.

    Parameters
    ----------
    code, title
        Of the node; "" is the total.
    full
        Full marks as text.
    level
        1, 2, … for indicators, 0 for the total.
    is_point
        Whether it is a point.
    """

    code: str
    title: str
    full: str
    level: int
    is_point: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """
    Marks of a unit at a node, as text; `low` and `high` differ while it is open.

    Parameters
    ----------
    value
        The marks that are ranked.
    low, high
        What is confirmed, and what is still possible.
    number
        `value` as a number, for sorting, charts and workbooks.
    """

    value: str
    low: str
    high: str
    number: float

    @property
    def open(self) -> bool:
        """Return whether the marks may still move."""
        return self.low != self.high

    @property
    def text(self) -> str:
        """Return the marks, or while they are open their interval."""
        return f"{self.low}–{self.high}" if self.open else self.value


@dataclass(frozen=True, slots=True)
class Row:
    """
    One unit of the ranking.

    Parameters
    ----------
    code, name, group
        Of the unit; the code is empty where names are hidden.
    rank
        Rank as text, or "" while the evidence supports more than one.
    best, worst
        Ranks that are possible.
    grade
        Grade, or "" while it is open.
    total
        Its total.
    place
        Its row in the result.
    scores
        Marks at the columns of the table.
    """

    code: str
    name: str
    group: str
    rank: str
    best: int
    worst: int
    grade: str
    total: Score
    place: int = 0
    scores: tuple[Score, ...] = ()

    @property
    def rank_text(self) -> str:
        """Return the rank, or that it is open with the ranks that are possible."""
        return self.rank or _("未定（%(best)d–%(worst)d）") % {"best": self.best, "worst": self.worst}

    @property
    def number(self) -> int:
        """Return its number in the result, from 1."""
        return self.place + 1

    @property
    def grade_text(self) -> str:
        """Return the grade, or that it is open."""
        return self.grade or _("未定")


@dataclass(frozen=True)
class Table:
    """
    The ranking of a round.

    Parameters
    ----------
    title, label
        Of the round, and what must be said about its data.
    full
        Full marks.
    heads
        Columns of marks beside the total.
    rows
        Units, in the order of the ranking.
    grades
        Grades from the highest.
    settled
        Whether no mark is open.
    codes, grouped
        Whether codes and groups are shown.
    """

    title: str
    label: str
    full: float
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    grades: tuple[str, ...]
    settled: bool
    codes: bool = True
    grouped: bool = False

    @property
    def groups(self) -> list[str]:
        """Return the groups of its units."""
        return sorted({row.group for row in self.rows if row.group})

    def narrowed(self, *, text: str = "", group: str = "", order: str = "rank") -> Table:
        """Return the table with the rows that a filter leaves, in an order of `ORDERS`; any other leaves theirs."""
        rows = [
            row for row in self.rows
            if (not group or row.group == group) and (not text or text in row.name or _starts(row.code, text))
        ]  # fmt: skip
        falling, name = order.startswith("-"), order.removeprefix("-")
        if name == "name":
            rows.sort(key=lambda row: row.name, reverse=falling)
        elif name == "total":
            rows.sort(key=lambda row: row.total.number, reverse=falling)
        elif order == "-rank":
            rows.reverse()
        return replace(self, rows=tuple(rows))


def _starts(code: str, text: str) -> bool:
    return bool(code) and code.startswith(text)


def titles(table: Table) -> list[str]:
    """Return the headings of the table as it is shown and downloaded."""
    found = [_("名次"), _("单位")]
    found += [_("代码")] if table.codes else []
    found += [_("分组")] if table.grouped else []
    found += [_("等次")] if table.grades else []
    found += [_("总分")]
    found += [bracketed(head.title, head.full) for head in table.heads]
    return found + ([_("数据标注")] if table.label else [])


def cells(table: Table) -> list[list[str | float]]:
    """Return the rows of the table for a download: marks are numbers, open ones intervals as text."""
    found = []
    for row in table.rows:
        line: list[str | float] = [row.rank_text, row.name]
        line += [row.code] if table.codes else []
        line += [row.group] if table.grouped else []
        line += [row.grade_text] if table.grades else []
        line += [score.text if score.open else score.number for score in (row.total, *row.scores)]
        found.append(line + ([table.label] if table.label else []))
    return found


def masked(table: Table, masks: str, salt: str) -> Table:
    """
    Return a table under other names, from which nobody can read the hidden ones.

    Parameters
    ----------
    table
        The table.
    masks
        `none`, `initial` (the first character) or `anonymous` (甲市, 乙市, … by place in the ranking).
    salt
        Secret of the publication; it puts units of the same total in an order that follows from nothing else.

    Notes
    -----
    Codes and small groups go; the list of units, whose order is that of their codes, leaves no trace.
    """
    if masks == "none":
        return replace(table, rows=tuple(replace(row, code="") for row in table.rows), codes=False)
    rows = _drawn(table, salt)
    sizes = Counter(row.group for row in rows)
    groups = {group: group if count >= SMALL_GROUP else "" for group, count in sizes.items()}
    names = _initials(rows) if masks == "initial" else _stand_ins(rows, groups)
    hidden = [replace(row, code="", name=name, group=groups[row.group]) for row, name in zip(rows, names, strict=True)]
    return replace(table, rows=tuple(hidden), codes=False, grouped=any(groups.values()))


def preview(table: Table, count: int) -> list[tuple[Row, str, str]]:
    """
    Return the first units of a ranking, each with its name by first character and the one that stands in for it.

    Units of the same total are drawn anew when the result is published, so that theirs may change places.
    """
    rows = _drawn(table, "")
    names = [[row.name for row in masked(table, masks, "").rows] for masks in ("initial", "anonymous")]
    return list(zip(rows, *names, strict=True))[:count]


def _drawn(table: Table, salt: str) -> list[Row]:
    """Return the rows by total, those of the same total in an order that follows from nothing but a secret."""
    return sorted(table.rows, key=lambda row: (*_place(row), _lot(salt, row.code)))


def _place(row: Row) -> tuple[float, float, float]:
    return (-row.total.number, row.best, row.worst)


def _lot(salt: str, code: str) -> str:
    return hmac.new(salt.encode(), code.encode(), hashlib.sha256).hexdigest()


def _initials(rows: Sequence[Row]) -> list[str]:
    counts, seen, found = Counter(row.name[:1] for row in rows), Counter[str](), []
    for row in rows:
        first = row.name[:1]
        seen[first] += 1
        # The length of a name would tell it apart, so every mask is of the same length.
        found.append(f"{first}＊＊{seen[first] if counts[first] > 1 else ''}")
    return found


def _stand_ins(rows: Sequence[Row], groups: Mapping[str, str]) -> list[str]:
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(groups[row.group], []).append(row)
    several = len(members) > 1
    ends = {group: _ending(found) for group, found in members.items()}
    seen, names = Counter[str](), []
    for row in rows:
        group = groups[row.group]
        seen[group] += 1
        place, many = seen[group], len(members[group]) > len(STEMS)
        stem = _("第%(number)d") % {"number": place} if many else STEMS[place - 1]
        head = (group or _("其他")) if several else ""
        names.append(f"{head}{stem}{ends[group]}")
    return names


def _ending(rows: Sequence[Row]) -> str:
    """Return the last character of all names where they share it (市, 县), else a word that fits any."""
    ends = {row.name[-1:] for row in rows}
    return ends.pop() if len(ends) == 1 and len(rows) >= SMALL_GROUP else _("单位")
