"""Sentences about where a unit loses marks and which points would recover most."""

from __future__ import annotations

from collections.abc import Sequence

from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.ladder import LADDER, TINY, NodeRate, Steps, grouped, names, rates, weak

Point = tuple[int, str, float]
"""Number, short text and lost marks of a point."""
_MOST = 3
_WORDS = 2
_PASS = 0.6


def low(nodes: Sequence[NodeRate], seat: int, ladder: Steps = LADDER) -> str:
    """Return one sentence on the weak second-level indicators; "" where none is weak."""
    poor = sorted((n for n in nodes if weak(n.rate, ladder)), key=lambda n: n.rate)
    if not poor:
        return ""
    under = [n for n in poor if n.rate < _PASS - TINY]
    shown = (under or poor)[:_MOST]
    bound = f"得分率低于{numbers.percent(_PASS)}" if under else "得分率偏低"
    items = "、".join(f"{n.short}（{numbers.percent(n.rate)}）" for n in shown)
    more = f"等{len(under or poor)}项" if len(under or poor) > _MOST else ""
    variants = (
        f"{bound}的二级指标有{items}{more}。",
        f"二级指标中{items}{more}{bound}。",
        f"从二级指标看，短板在{items}{more}，{bound}。",
    )
    return variants[seat % len(variants)]


def words(nodes: Sequence[NodeRate], seat: int, ladder: Steps = LADDER) -> str:
    """Return one sentence that names the weakest third-level indicators by the word of the ladder."""
    poor = [(said, group) for said, group in grouped(nodes, ladder) if weak(group[0].rate, ladder)]
    if not poor:
        return ""
    told = [f"{names(group)}{said}" for said, group in reversed(poor[-_WORDS:])]
    worst = poor[-1][1]
    detail = f"（{rates(worst)}）" if len(worst) <= _WORDS else ""
    first = f"{names(worst)}{detail}{poor[-1][0]}"
    variants = (
        f"三级指标里，{'，'.join([first, *told[1:]])}。",
        f"按得分率分档，{'；'.join(told)}。",
        f"薄弱环节较为明确：{'，'.join(told)}。",
    )
    return variants[seat % len(variants)]


def lost(nodes: Sequence[NodeRate], seat: int) -> str:
    """Return one sentence on the third-level indicators that lose most marks; "" where none loses any."""
    losing = sorted((n for n in nodes if n.lost > TINY), key=lambda n: -n.lost)
    if not losing:
        return "三级指标没有失分。" if nodes else ""
    top = losing[:_MOST]
    every = sum(n.lost for n in losing)
    share = numbers.percent(sum(n.lost for n in top) / every)
    items = [f"{n.short}失{numbers.marks(n.lost)}" for n in top]
    count = f"{numbers.quantity(len(top))}项"
    bracketed = [f"{n.short}（{numbers.marks(n.lost)}）" for n in top]
    most = top[0]
    others = "、".join(bracketed[1:])
    rest = f"，其次是{others}" if others else ""
    if len(top) == 1:
        return f"失分只在{most.short}一项，为{numbers.marks(most.lost)}。"
    variants = (
        f"失分集中在{'、'.join(bracketed)}，{count}合计占全部失分的{share}。",
        f"失分最多的三级指标是{most.short}（{numbers.marks(most.lost)}）{rest}。",
        f"全部失分为{numbers.marks(round(every, 9))}，其中{'，'.join(items)}。",
        f"从失分构成看，{most.short}一项即占{numbers.percent(most.lost / every)}，连同{others}，占到{share}。",
        f"{'，'.join(items)}，是失分较多的{count}三级指标。",
    )
    return variants[seat % len(variants)]


def points(found: Sequence[Point], seat: int) -> str:
    """Return one sentence on the points that would recover most marks; "" where no marks are missing."""
    top = list(found[:_MOST])
    if not top:
        return ""
    told = [f"第{no}项“{text}”" for no, text, _ in top]
    gain = [numbers.marks(marks) for *_, marks in top]
    pairs = [f"{t}可挽回{g}" for t, g in zip(told, gain, strict=True)]
    if len(top) == 1:
        return f"补齐{told[0]}即可挽回{gain[0]}。"
    every = numbers.marks(round(sum(m for *_, m in top), 9))
    bracketed = [f"{t}（{g}）" for t, g in zip(told, gain, strict=True)]
    variants = (
        f"对应到考核要点，{'，'.join(pairs)}。",
        f"提升空间最大的要点是{bracketed[0]}，随后为{numbers.join(bracketed[1:])}。",
        f"如补齐{numbers.join(told, '以及')}，最多可提高{every}。",
        f"整改可先从{told[0]}入手，挽回{gain[0]}；再推进{numbers.join(bracketed[1:])}。",
        f"就要点而言，{numbers.join(bracketed)}最值得投入，合计{every}。",
    )
    return variants[seat % len(variants)]
