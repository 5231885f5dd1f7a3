"""The finding about one unit: what stands out, what lags, which points would recover most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zhiheng.report.narrative import numbers, strengths, weaknesses
from zhiheng.report.narrative.ladder import LADDER, TINY, NodeRate, Steps, weak

_SPREAD = 0.15
"""Indicators of one level whose rates lie this close count as even."""
_PILLAR_GAP = 0.1
_MANY = 3


@dataclass(frozen=True, slots=True)
class LostPoint:
    """
    One point where marks are missing.

    Parameters
    ----------
    no
        Number of the point.
    text
        Short text.
    lost
        Marks that would be recovered.
    """

    no: int
    text: str
    lost: float


@dataclass(frozen=True, slots=True)
class UnitDiagnosis:
    """
    All that a finding says about one unit.

    Parameters
    ----------
    name, pronoun
        Name, and what it is called afterwards (该市, 全市).
    total, mean_total
        Marks of the unit, and mean of the field.
    rank
        Rank, or None where the unit is not ranked.
    units
        Count of units.
    level1, level2, level3
        Indicators that apply to the unit, in printed order; levels that the framework lacks are empty.
    lost
        Points with missing marks, most marks first.
    grade
        Grade, or "" while it is open.
    veto_note, tie_note
        Sentences without closing mark about a barred grade and about a shared rank, or "".
    seat
        Position in the report, counted from 0: neighbours use other words.
    whole, kind
        How the field and what it is made of are called: 全省, 地区.
    """

    name: str
    pronoun: str
    total: float
    rank: int | None
    units: int
    mean_total: float
    level1: tuple[NodeRate, ...]
    level2: tuple[NodeRate, ...]
    level3: tuple[NodeRate, ...]
    lost: tuple[LostPoint, ...] = ()
    grade: str = ""
    veto_note: str = ""
    tie_note: str = ""
    seat: int = 0
    whole: str = "全省"
    kind: str = "地区"


def finding(unit: UnitDiagnosis, ladder: Steps = LADDER) -> tuple[str, ...]:
    """
    Return the finding about a unit as one or two paragraphs.

    Parameters
    ----------
    unit
        Its marks and rates.
    ladder
        (least rate, word) from the best.

    Notes
    -----
    The shape of the profile decides what is said in which order, the seat decides the words; periods 5, 4 and 3 of the
    sentences keep any 60 neighbours apart.
    """
    parts: dict[str, Callable[[], str]] = {
        "position": lambda: _position(unit),
        "pillars": lambda: strengths.pillars(unit.level1, unit.seat, unit.whole, ladder),
        "even": lambda: strengths.even(unit.level1),
        "full": lambda: strengths.full(unit.level3, unit.seat),
        "relative": lambda: strengths.relative(unit.level2, unit.seat, unit.whole),
        "low": lambda: weaknesses.low(unit.level2, unit.seat, ladder),
        "words": lambda: weaknesses.words(unit.level3, unit.seat, ladder),
        "lost": lambda: weaknesses.lost(unit.level3, unit.seat),
        "points": lambda: weaknesses.points([(p.no, p.text, p.lost) for p in unit.lost], unit.seat),
        "notes": lambda: "".join(f"{n}。" for n in (unit.tie_note, unit.veto_note) if n),
    }
    paragraphs = ("".join(parts[name]() for name in order) for order in _ORDERS[shape(unit, ladder)])
    return tuple(p for p in paragraphs if p)


_ORDERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "leader": (("position", "notes", "pillars", "full"), ("relative", "lost", "points")),
    "bottom": (("position", "notes", "words", "pillars"), ("lost", "points", "full")),
    "even": (("position", "notes", "even", "relative", "full"), ("lost", "points")),
    "pillar": (("position", "notes", "pillars"), ("relative", "words", "points", "full")),
    "many": (("position", "notes", "full", "pillars"), ("low", "lost", "points")),
    "mixed": (("position", "notes", "relative", "pillars"), ("full", "lost", "points")),
}


def shape(unit: UnitDiagnosis, ladder: Steps = LADDER) -> str:
    """
    Return what kind of profile a unit has.

    Returns
    -------
    str
        `leader` (first), `bottom` (last), `even`, `pillar` (one first-level indicator far behind), `many` (three
        or more weak second-level indicators) or `mixed`.
    """
    if unit.rank == 1:
        return "leader"
    if unit.rank is not None and unit.rank == unit.units:
        return "bottom"
    rates = sorted(n.rate for n in unit.level1)
    if len(rates) >= 2 and rates[-1] - rates[0] <= _SPREAD + TINY:  # noqa: PLR2004 - one indicator has no spread
        return "even"
    if len(rates) >= _MANY and rates[1] - rates[0] >= _PILLAR_GAP - TINY:
        return "pillar"
    if sum(weak(n.rate, ladder) for n in unit.level2) >= _MANY:
        return "many"
    return "mixed"


def _position(unit: UnitDiagnosis) -> str:
    total = numbers.marks(unit.total)
    rank = _rank(unit)
    versus = _versus(unit)
    grade = unit.grade
    name = unit.name
    variants = (
        (
            f"{name}总得分{total}",
            f"在{unit.units}个{unit.kind}中{rank}" if rank else "",
            versus,
            _if("等次为“{}”", grade),
        ),
        (f"本次评估，{name}得{total}", versus, rank, _if("列“{}”等次", grade)),
        (f"从总分看，{name}为{total}", rank, versus, _if("按分档属“{}”", grade)),
        (
            f"{name}在{unit.units}个{unit.kind}的总分排序中{rank}" if rank else name,
            f"得{total}",
            versus,
            _if("评为“{}”", grade),
        ),
        (
            f"{unit.whole}平均分为{numbers.marks(round(unit.mean_total, 1))}，{name}得{total}",
            rank,
            _if("对应等次为“{}”", grade),
        ),
    )
    return "，".join(p for p in variants[unit.seat % len(variants)] if p) + "。"


def _if(text: str, value: str) -> str:
    return text.format(value) if value else ""


def _rank(unit: UnitDiagnosis) -> str:
    if unit.rank is None:
        return ""
    if unit.rank == 1:
        return "居首位"
    return "居末位" if unit.rank == unit.units else f"居第{unit.rank}位"


def _versus(unit: UnitDiagnosis) -> str:
    difference = round(unit.total - round(unit.mean_total, 1), 6)
    if not difference:
        return f"与{unit.whole}平均分持平"
    return f"{'高' if difference > 0 else '低'}于{unit.whole}平均分{numbers.marks(abs(difference))}"
