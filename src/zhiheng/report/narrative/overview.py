"""The paragraphs about all totals: who leads, how far the field is spread, how many units each grade holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import fmean, median

from zhiheng.report.narrative import numbers

_MOST_NAMES = 6
_MOST_TIES = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One unit in the comparison.

    Parameters
    ----------
    name
        Of the unit.
    total
        Marks.
    rank
        Rank, ties sharing one.
    grade
        Grade, or "" while it is open.
    """

    name: str
    total: float
    rank: int
    grade: str = ""


def overview(
    units: Sequence[Standing],
    grades: Sequence[str] = (),
    *,
    whole: str = "全省",
    kind: str = "地区",
) -> tuple[str, ...]:
    """
    Return one or two paragraphs about all totals.

    Parameters
    ----------
    units
        In any order; none gives no paragraph.
    grades
        Names of the grades from the highest.
    whole, kind
        How the field and what it is made of are called.
    """
    if not units:
        return ()
    ordered = sorted(units, key=lambda u: (-u.total, u.name))
    if len(ordered) == 1:
        only = ordered[0]
        return (f"{whole}参评{kind}仅{only.name}1个，得{numbers.marks(only.total)}。",)
    first = _spread(ordered, whole, kind) + _gaps(ordered)
    second = _grades(ordered, grades, kind) + _ties(ordered)
    return tuple(p for p in (first, second) if p)


def _spread(ordered: Sequence[Standing], whole: str, kind: str) -> str:
    totals = [u.total for u in ordered]
    mean = float(numbers.rounded(fmean(totals), 1))
    top, low = ordered[0], ordered[-1]
    above = sum(t > mean for t in totals)
    # A shared first place is told among the ties.
    lead = "、".join(u.name for u in ordered if u.total == top.total)
    last = "、".join(u.name for u in ordered if u.total == low.total)
    if top.total == low.total:
        return f"{whole}{len(ordered)}个{kind}得分相同，均为{numbers.marks(top.total)}。"
    return (
        f"{whole}{len(ordered)}个{kind}平均得{numbers.marks(mean)}，中位数为{numbers.marks(numbers.rounded(median(totals), 2))}，"
        f"{above}个{kind}高于平均分。{lead}以{numbers.marks(top.total)}居首位，"
        f"{last}为{numbers.marks(low.total)}，居末位，首末相差{numbers.marks(round(top.total - low.total, 6))}。"
    )


def _gaps(ordered: Sequence[Standing]) -> str:
    steps = [(round(a.total - b.total, 6), a, b) for a, b in pairwise(ordered)]
    widest, upper, lower = max(steps, key=lambda s: s[0])
    if widest <= 0 or len(ordered) <= 2:  # noqa: PLR2004 - between two units the spread has said it
        return ""
    return f"相邻名次间落差最大的是{upper.name}与{lower.name}之间，达{numbers.marks(widest)}。"


def _grades(ordered: Sequence[Standing], grades: Sequence[str], kind: str) -> str:
    held = [(g, [u.name for u in ordered if u.grade == g]) for g in grades]
    told = [(g, names) for g, names in held if names]
    if not told:
        return ""
    clauses = []
    for grade, names in told:
        shown = f"（{'、'.join(names)}）" if len(names) <= _MOST_NAMES else ""
        clauses.append(f"“{grade}”{len(names)}个{shown}")
    empty = [f"“{g}”" for g, names in held if not names]
    none = f"，{numbers.join(empty)}等次空缺" if empty else ""
    undecided = sum(not u.grade for u in ordered)
    rest = f"；另有{undecided}个{kind}等次待定" if undecided else ""
    return f"按等次划分，{'，'.join(clauses)}{none}{rest}。"


def _ties(ordered: Sequence[Standing]) -> str:
    clauses = []
    for rank, same in groupby(ordered, key=lambda u: u.rank):
        names = [u.name for u in same]
        if len(names) > 1:
            clauses.append(f"{numbers.join(names)}并列第{rank}位")
    if len(clauses) > _MOST_TIES:
        return f"共有{len(clauses)}组总分相同、名次并列，逐个名次见随附工作簿。"
    return f"{'；'.join(clauses)}。" if clauses else ""
