"""Marks, ranks and grades in words: what is open is said to be open, never shown as if it were decided."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.report.figures import theme
from zhiheng.report.figures.ranking import Bounds
from zhiheng_web.dashboards.engine.source import Field


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What a unit has at a node.

    Parameters
    ----------
    node
        Code of the node.
    text, full
        Marks and full marks as text; `16～94` while open.
    settled
        Whether nothing is open.
    rate
        Score rate as text, `—` where nothing applies; a range while open.
    shade
        Tenths of the rate for the colour, or None while open and where nothing applies.
    """

    node: str
    text: str
    full: str
    settled: bool
    rate: str
    shade: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A unit in the ranking.

    Parameters
    ----------
    code, name, group
        The unit.
    mark
        Its total.
    rank, grade
        Rank and grade in words: an open rank is a range, an open grade those that are possible, "" if all are.
    rank_open, grade_open
        Whether they are open.
    reason
        Why a grade is barred or open, or "".
    """

    code: str
    name: str
    group: str
    mark: Mark
    rank: str
    grade: str
    rank_open: bool
    grade_open: bool
    reason: str = ""


def span(low: str, high: str) -> str:
    """Return a range, or the one value where both ends are the same."""
    return low if low == high else _("%(low)s～%(high)s") % {"low": low, "high": high}


def mark_at(field: Field, row: int, column: int) -> Mark:
    """Return what a unit has at a node."""
    result = field.result
    low, high, base = (int(layer[row, column]) for layer in (result.scores, result.possible, result.base))
    settled = bool(result.confirmed[row, column] == result.possible[row, column])
    scale, code = result.scale, result.nodes[column].code
    if not base:
        return Mark(code, scale.text(low), scale.text(base), settled, theme.NO_VALUE)
    rate = span(theme.percent(low / base), theme.percent(high / base))
    text = span(scale.text(low), scale.text(high)) if not settled else scale.text(low)
    shade = min(10, max(0, int(low / base * 10 + 0.5))) if settled else None
    return Mark(code, text, scale.text(base), settled, rate, shade)


def rank_words(field: Field, best: int, worst: int, rank: float | None) -> tuple[str, bool]:
    """
    Return a rank in words, and whether it is open.

    Parameters
    ----------
    field
        Gives whether the round is settled and how ties are ranked.
    best, worst
        Ranks that are still possible.
    rank
        Rank as the framework gives it once everything is settled.
    """
    if field.result.settled:
        return ("—" if rank is None else f"{rank:g}"), False
    # A rank with ties by another rule than `best` depends on the totals of others as well.
    known = best == worst and field.framework.ranking.ties == "best"
    return (str(best), False) if known else (span(str(best), str(worst)), True)


def grade_words(field: Field, grade: str | None, grades: tuple[str, ...]) -> tuple[str, bool]:
    """Return a grade in words, and whether it is open; "" where every grade is possible."""
    if grade is not None:
        return grade, False
    return ("" if len(grades) == len(field.framework.grades.names) else _("或").join(grades)), True


def bounds_of(field: Field, row: int) -> Bounds:
    """Return the total of a unit as a range to be drawn."""
    result = field.result
    low, middle, high = (
        float(result.scale.marks(int(layer[row, 0]))) for layer in (result.confirmed, result.claimed, result.possible)
    )
    return Bounds(result.units[row].name, low, middle, high)


def standing_of(field: Field, row: int) -> Standing:
    """Return a unit in the ranking."""
    about = field.result.units[row]
    rank, rank_open = rank_words(field, about.rank_best, about.rank_worst, about.rank)
    grade, grade_open = grade_words(field, about.grade, about.grades)
    total = mark_at(field, row, 0)
    return Standing(
        about.code, about.name, field.groups[row], total, rank, grade, rank_open, grade_open, about.grade_reason
    )
