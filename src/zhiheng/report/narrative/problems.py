"""The analysis of problems over all units, and the countermeasures that answer them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.weaknesses import Point

MOST_THEMES = 4
_MOST_TEXTS = 3
_MOST_NAMES = 5
_WEAK = 0.7
_LOW = 0.6


@dataclass(frozen=True, slots=True)
class IndicatorStat:
    """
    One third-level indicator over all units.

    Parameters
    ----------
    code
        Code in the framework (`L3-12` or `3-12`).
    title, short
        Full title and short name.
    parent
        Short name of the indicator above: the theme where the framework has no themes of its own.
    full
        Full marks.
    mean_rate
        Mean score rate of the field, in [0, 1].
    mean_lost
        Mean of the marks that units miss.
    low_units
        Names of the units whose rate lies below 60 per cent.
    worst
        (number, short text, mean marks missing) of its points, most first.
    """

    code: str
    title: str
    short: str
    parent: str
    full: float
    mean_rate: float
    mean_lost: float
    low_units: tuple[str, ...] = ()
    worst: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One problem and its answer's title.

    Parameters
    ----------
    title, measure
        Headings of the problem and of the countermeasure.
    text
        The analysis, with its numbers.
    indicators
        The indicators it is made of, most marks lost first.
    """

    title: str
    measure: str
    text: str
    indicators: tuple[IndicatorStat, ...]


@dataclass(frozen=True, slots=True)
class _Theme:
    key: str
    problem: str
    measure: str


def problems(stats: Sequence[IndicatorStat], framework: str = "", *, whole: str = "全省") -> tuple[Problem, ...]:
    """
    Group the weakest indicators under at most four problems, most marks lost first.

    Parameters
    ----------
    stats
        All third-level indicators; those that lose nothing are left out.
    framework
        Code of the framework; its themes are used where `recommendations.yaml` knows it.
    whole
        How the field is called.
    """
    losing = [s for s in stats if s.mean_lost > 0]
    weak = [s for s in losing if s.mean_rate < _WEAK] or sorted(losing, key=lambda s: s.mean_rate)[:MOST_THEMES]
    groups: dict[_Theme, list[IndicatorStat]] = {}
    for stat in sorted(weak, key=lambda s: -s.mean_lost):
        groups.setdefault(_theme(stat, framework), []).append(stat)
    ranked = sorted(groups.items(), key=lambda g: -sum(s.mean_lost for s in g[1]))[:MOST_THEMES]
    return tuple(
        Problem(
            theme.problem,
            theme.measure,
            f"{numbers.numeral(at)}是{theme.problem}。{_analysis(found, at, whole)}",
            tuple(found),
        )
        for at, (theme, found) in enumerate(ranked, 1)
    )


def countermeasures(found: Sequence[Problem], framework: str = "") -> tuple[str, ...]:
    """
    Return one paragraph for each problem, in the same order.

    Parameters
    ----------
    found
        What `problems` returned.
    framework
        Code of the framework; for one that is not known the answer is built from the titles of the indicators.
    """
    paragraphs = []
    for at, problem in enumerate(found, 1):
        asked = problem.indicators[:_MOST_TEXTS]
        texts = [text for s in asked if (text := _text(s, framework))]
        general = [f"“{s.title}”" for s in asked if not _text(s, framework)]
        if general:
            texts.append(_book()["fallback"].format(title=numbers.join(general)))
        paragraphs.append(f"{numbers.numeral(at)}是{problem.measure}。{''.join(texts)}")
    return tuple(paragraphs)


def _analysis(stats: Sequence[IndicatorStat], at: int, whole: str) -> str:
    shown = stats[:_MOST_TEXTS]
    each = "，".join(f"{s.short}为{numbers.percent(s.mean_rate)}" for s in shown)
    named = "、".join(s.short for s in shown) + (f"等{len(stats)}项" if len(stats) > len(shown) else "")
    rates = "、".join(numbers.percent(s.mean_rate) for s in shown)
    told = f"为{rates}" if len(shown) == 1 else f"{'前三项' if len(stats) > len(shown) else ''}分别为{rates}"
    lost = numbers.marks(numbers.rounded(sum(s.mean_lost for s in stats), 1))
    openings = (
        f"{whole}平均得分率中，{each}，{'均' if len(stats) > 1 else ''}属偏低；此处各地平均失{lost}。",
        f"从{whole}平均得分率看，{each}，各地平均由此失{lost}。",
        f"{named}的{whole}平均得分率{told}，平均失{lost}。",
        f"这方面各地平均失{lost}，{named}的{whole}平均得分率{told}。",
    )
    return openings[(at - 1) % len(openings)] + _low(stats, at) + _worst(stats, at)


def _low(stats: Sequence[IndicatorStat], at: int) -> str:
    listed = [s for s in stats if s.low_units][:2]
    if not listed:
        return ""
    clauses = [f"{listed[0].short}得分率低于{numbers.percent(_LOW)}的有{_units(listed[0].low_units)}"]
    clauses += [f"{s.short}低于该水平的有{_units(s.low_units)}" for s in listed[1:]]
    lead = ("", "分地区看，", "就地区分布而言，", "从涉及地区看，")[(at - 1) % 4]
    return f"{lead}{'；'.join(clauses)}。"


def _units(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return numbers.join(names)
    return f"{'、'.join(names[:_MOST_NAMES])}等{len(names)}个地区"


def _worst(stats: Sequence[IndicatorStat], at: int) -> str:
    points = sorted((p for s in stats for p in s.worst), key=lambda p: (-p[2], p[0]))[:2]
    if not points:
        return ""
    items = [f"第{no}项“{text}”（平均失{numbers.marks(numbers.rounded(marks, 1))}）" for no, text, marks in points]
    variants = (
        f"失分最多的要点是{numbers.join(items)}。",
        f"落到要点上，{numbers.join(items)}失分突出。",
        f"要点中以{numbers.join(items)}差距最大。",
        f"{numbers.join(items)}是主要的失分要点。",
    )
    return variants[(at - 1) % len(variants)]


def _key(code: str) -> str:
    return code.removeprefix("L")


def _theme(stat: IndicatorStat, framework: str) -> _Theme:
    book = _book()
    if framework == book["framework"]:
        for theme in book["themes"]:
            if _key(stat.code) in theme["indicators"]:
                return _Theme(theme["key"], theme["problem"], theme["measure"])
    return _Theme(stat.parent, f"{stat.parent}存在短板", f"补齐{stat.parent}短板")


def _text(stat: IndicatorStat, framework: str) -> str:
    book = _book()
    own = book["texts"].get(_key(stat.code)) if framework == book["framework"] else None
    return str(own or "")


@cache
def _book() -> dict[str, Any]:
    source = resources.files("zhiheng.report.narrative").joinpath("recommendations.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(source)
    return data
