"""Sentences about what a unit does well and how its indicators lie to the field."""

from __future__ import annotations

from collections.abc import Sequence

from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.ladder import LADDER, TINY, NodeRate, Steps, grouped, names, predicate, rates

_NOTED = 0.02
"""Differences from the mean of the field below two per cent of the marks are not worth a word."""
_MOST = 2
_EVEN = 2
"""From this many first-level indicators on there is something to compare."""


def pillars(nodes: Sequence[NodeRate], seat: int, whole: str, ladder: Steps = LADDER) -> str:
    """Return one sentence on the first-level indicators; "" where there are fewer than two."""
    if len(nodes) < _EVEN:
        return ""
    best = max(nodes, key=lambda n: n.rate)
    worst = min(nodes, key=lambda n: n.rate)
    variants = (_by_word, _extremes, _by_marks, _by_mean)
    if best.rate - worst.rate < TINY:
        return _by_word(nodes, whole, ladder)
    return variants[seat % len(variants)](nodes, whole, ladder)


def _by_word(nodes: Sequence[NodeRate], whole: str, ladder: Steps) -> str:
    del whole
    clauses = [
        f"{names(group)}{said}" + ("" if said == "得满分" else f"（{rates(group)}）")
        for said, group in grouped(nodes, ladder)
    ]
    return f"{numbers.numeral(len(nodes))}项一级指标中，{'，'.join(clauses)}。"


def _extremes(nodes: Sequence[NodeRate], whole: str, ladder: Steps) -> str:
    highest = max(n.rate for n in nodes)
    best = [n for n in nodes if n.rate >= highest - TINY]
    worst = min(nodes, key=lambda n: n.rate)
    between = [n for n in nodes if n not in best and n is not worst]
    middle = f"；其次为{names(between)}，{rates(between)}" if between else ""
    top = "得满分" if predicate(highest, ladder) == "得满分" else f"得分率{numbers.percent(highest)}"
    low = f"{worst.short}最低，得分率{numbers.percent(worst.rate)}，{_against(worst, whole)}"
    return f"一级指标以{names(best)}最好，{top}{middle}；{low}，{predicate(worst.rate, ladder)}。"


def _by_marks(nodes: Sequence[NodeRate], whole: str, ladder: Steps) -> str:
    del whole
    items = "、".join(f"{n.short}{numbers.marks(n.score)}（满分{numbers.marks(n.full)}）" for n in nodes)
    groups = grouped(nodes, ladder)
    best, worst = groups[0], groups[-1]
    told = f"{names(best[1])}{best[0]}"
    if worst is not best:
        told += f"，{names(worst[1])}{worst[0]}"
    return f"分项得分为{items}；其中{told}。"


def _by_mean(nodes: Sequence[NodeRate], whole: str, ladder: Steps) -> str:
    above = [n for n in nodes if n.lead >= _NOTED]
    below = [n for n in nodes if n.lead <= -_NOTED]
    near = [n for n in nodes if n not in above and n not in below]
    parts = []
    if above:
        parts.append("、".join(f"{n.short}高{numbers.gap(n.lead)}" for n in above))
    if below:
        parts.append("、".join(f"{n.short}低{numbers.gap(n.lead)}" for n in below))
    if near:
        parts.append(f"{names(near)}与之相当")
    worst = min(nodes, key=lambda n: n.rate)
    tail = f"；得分率最低的{worst.short}为{numbers.percent(worst.rate)}，{predicate(worst.rate, ladder)}"
    return f"一级指标得分率与{whole}平均相比，{'，'.join(parts)}{tail}。"


def _against(node: NodeRate, whole: str) -> str:
    if abs(node.lead) < _NOTED:
        return f"与{whole}平均相当"
    return f"{'高' if node.lead > 0 else '低'}于{whole}平均{numbers.gap(node.lead)}"


def even(nodes: Sequence[NodeRate]) -> str:
    """Return one sentence on a profile without peaks; "" where there are fewer than two first-level indicators."""
    if len(nodes) < _EVEN:
        return ""
    low, high = min(n.rate for n in nodes), max(n.rate for n in nodes)
    if high - low < TINY:
        return f"各项一级指标得分率同为{numbers.percent(low)}。"
    between = f"{numbers.percent(low)}至{numbers.percent(high)}"
    return f"各项一级指标得分率在{between}之间，高低相差{numbers.gap(high - low)}，分布较为均衡。"


def full(nodes: Sequence[NodeRate], seat: int) -> str:
    """Return one sentence on third-level indicators with full marks, else on the best one; "" without indicators."""
    if not nodes:
        return ""
    done = [n for n in nodes if n.rate >= 1 - TINY]
    if not done:
        best = max(nodes, key=lambda n: n.rate)
        return (
            f"没有三级指标得满分，得分率最高的是{best.short}，为{numbers.percent(best.rate)}。" if best.rate > 0 else ""
        )
    shown = names(done, most=5)
    count = f"{len(done)}项"
    variants = (
        f"三级指标中，{shown}得满分。",
        f"{shown}已拿满全部分值。" if len(done) > 1 else f"{shown}这项三级指标已拿满分值。",
        f"得满分的三级指标有{count}，{'包括' if len(done) > 1 else '即'}{names(done[:4])}。",
        f"{len(nodes)}项三级指标有{count}未失分，{'如' if len(done) > 1 else '即'}{names(done[:3])}。",
    )
    return variants[seat % len(variants)]


def relative(nodes: Sequence[NodeRate], seat: int, whole: str) -> str:
    """Return one sentence on second-level indicators against the mean of the field; "" where none differs."""
    ups = sorted((n for n in nodes if n.lead >= _NOTED), key=lambda n: -n.lead)
    downs = sorted((n for n in nodes if n.lead <= -_NOTED), key=lambda n: n.lead)
    if not ups and not downs:
        return f"各项二级指标与{whole}平均水平相差都不大。" if nodes else ""
    if not downs:
        return f"{len(nodes)}项二级指标均不低于{whole}平均水平，领先最多的{ups[0].short}高{numbers.gap(ups[0].lead)}。"
    if not ups:
        return f"二级指标无一明显高于{whole}平均水平，差距最大的{downs[0].short}低{numbers.gap(downs[0].lead)}。"
    return (_listed, _widest, _counted)[seat % 3](nodes, ups, downs, whole)


def _listed(nodes: Sequence[NodeRate], ups: Sequence[NodeRate], downs: Sequence[NodeRate], whole: str) -> str:
    del nodes
    above = [f"{n.short}高{numbers.gap(n.lead)}" for n in ups[1:_MOST]]
    high = "，".join([f"{ups[0].short}高于{whole}平均{numbers.gap(ups[0].lead)}", *above])
    low = "，".join(f"{n.short}低{numbers.gap(n.lead)}" for n in downs[:_MOST])
    return f"二级指标中，{high}；{low}。"


def _widest(nodes: Sequence[NodeRate], ups: Sequence[NodeRate], downs: Sequence[NodeRate], whole: str) -> str:
    del nodes
    up, down = ups[0], downs[0]
    gained = f"领先{whole}平均最多的是{up.short}，达{numbers.gap(up.lead)}"
    return f"细看二级指标，{gained}；落后最多的是{down.short}，为{numbers.gap(down.lead)}。"


def _counted(nodes: Sequence[NodeRate], ups: Sequence[NodeRate], downs: Sequence[NodeRate], whole: str) -> str:
    above = f"{len(ups)}项高于{whole}平均（{ups[0].short}高{numbers.gap(ups[0].lead)}，幅度最大）"
    below = f"{len(downs)}项低于平均（{downs[0].short}低{numbers.gap(downs[0].lead)}，差距最大）"
    return f"{len(nodes)}项二级指标有{above}，{below}。"
