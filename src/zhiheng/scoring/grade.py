"""Grades by threshold or by quota, and the vetoes that bar them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP

from zhiheng.framework.model import Framework, Quota, Thresholds, Veto
from zhiheng.marks import Interval

_ROUNDING = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "nearest": ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class Graded:
    """
    The grade of one unit.

    Parameters
    ----------
    grade
        The grade, or None while more than one is possible.
    candidates
        Grades that are possible, from the highest.
    reason
        Why a grade is barred or not yet known, in Chinese, or "".
    """

    grade: str | None
    candidates: tuple[str, ...]
    reason: str = ""


def grade_by_total(framework: Framework, low: int, high: int) -> tuple[str, ...]:
    """
    Return the grades that a total between `low` and `high` ticks can have by thresholds, from the highest.

    Raises
    ------
    TypeError
        If the framework grades by quota.
    """
    if not isinstance(framework.grades, Thresholds):
        msg = "grades by quota depend on all units; use quota_grades"
        raise TypeError(msg)
    bands = framework.grades.bands
    scale = framework.scale
    tops = [None, *(scale.ticks(b.low) for b in bands[:-1])]
    found = tuple(
        b.name for b, top in zip(bands, tops, strict=True) if high >= scale.ticks(b.low) and (top is None or low < top)
    )
    return found or (bands[-1].name,)


def quota_grades(quota: Quota, totals: Sequence[int]) -> tuple[str, ...]:
    """
    Return the grade of each unit by quota.

    Parameters
    ----------
    quota
        Shares from the top, rounding of shares to counts, and what units that tie across a border get.
    totals
        Settled totals in ticks, one a unit.
    """
    count = len(totals)
    order = sorted(range(count), key=lambda i: -totals[i])
    grades = [quota.names[-1]] * count
    filled = 0
    for share in quota.shares[:-1]:
        size = int((share.share * count).to_integral_value(rounding=_ROUNDING[quota.rounding]))
        end = min(count, filled + size)
        end = _tied_border(quota, totals, order, filled, end)
        for place in range(filled, end):
            grades[order[place]] = share.name
        filled = end
    return tuple(grades)


def _tied_border(quota: Quota, totals: Sequence[int], order: Sequence[int], start: int, end: int) -> int:
    """Move a border that would part equal totals, to the side the framework declares."""
    if end in {0, len(order)} or totals[order[end - 1]] != totals[order[end]]:
        return end
    tied = totals[order[end]]
    if quota.ties == "better":
        while end < len(order) and totals[order[end]] == tied:
            end += 1
        return end
    while end > start and totals[order[end - 1]] == tied:
        end -= 1
    return end


def barred(
    framework: Framework,
    candidates: Sequence[str],
    marks: Mapping[int, Interval],
) -> Graded:
    """
    Apply the vetoes to the grades a unit could have by its total.

    Parameters
    ----------
    framework
        Gives the vetoes and the order of grades.
    candidates
        Grades possible by the total, from the highest.
    marks
        Interval of every point by number.

    Returns
    -------
    Graded
        A veto falls when the point's mark is settled below its limit; while the point is open, both the grade and the
        next one are possible. A barred unit gets the best grade that is not barred and not above its own.
    """
    names = framework.grades.names
    possible: set[str] = set()
    reasons: list[str] = []
    for name in candidates:
        outcomes = {name}
        for veto in framework.vetoes:
            if name not in veto.bars:
                continue
            fallback = _next_best(names, name, veto)
            state = _state(framework, veto, marks[veto.point])
            if state == "falls":
                outcomes.discard(name)
                outcomes.add(fallback)
                reasons.append(
                    f"第{veto.point}项{_score(framework, marks[veto.point])}，依据“{veto.text}”，不列入{name}等次"
                )
            elif state == "open":
                outcomes.add(fallback)
                reasons.append(f"第{veto.point}项尚未核定，能否列入{name}等次待定")
        possible |= outcomes
    ordered = tuple(n for n in names if n in possible)
    return Graded(ordered[0] if len(ordered) == 1 else None, ordered, "；".join(dict.fromkeys(reasons)))


def _next_best(names: Sequence[str], name: str, veto: Veto) -> str:
    return next((n for n in names[names.index(name) :] if n not in veto.bars), names[-1])


def _state(framework: Framework, veto: Veto, mark: Interval) -> str:
    limit = framework.scale.ticks(veto.below)
    if mark.possible < limit:
        return "falls"
    return "passes" if mark.confirmed >= limit else "open"


def _score(framework: Framework, mark: Interval) -> str:
    return f"得{framework.scale.text(mark.possible)}分"
