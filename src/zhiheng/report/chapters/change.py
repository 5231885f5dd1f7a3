"""Part three, year on year: how totals and ranks changed since the last round, and why."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from zhiheng.marks import plain
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.content import Block, Cell, Heading, Ref, Table, cell, keyed, paragraph
from zhiheng.report.figures.change import Change as Bar
from zhiheng.report.figures.change import change_figure
from zhiheng.report.narrative import numbers
from zhiheng.scoring.compare import Change, Comparison, compare
from zhiheng.scoring.result import Result

MOST_ROWS = 60
"""Units beyond this many are left to the command `zhiheng compare`."""


def change_section(brief: Brief, previous: Result, number: str) -> Iterator[Block]:
    """Yield the comparison with the last round; `previous` is its result."""
    found = compare(previous, brief.result)
    yield Heading(2, f"{number}与上一轮比较", "change", new_page=True)
    yield from keyed("change.text", (paragraph(text) for text in _sentences(brief, previous, found)))
    if not found.changes:
        return
    bars = [Bar(c.name, *(round(float(v), 6) for v in (c.score, c.weight, c.framework))) for c in found.changes]
    figure = change_figure("fig-change", f"各地区{brief.subject}得分变化及其构成", bars[:MOST_ROWS], label=brief.label)
    yield paragraph(
        "得分变化的构成见",
        Ref(figure.key),
        "，各地区前后两轮得分和名次见",
        Ref("tab-change"),
        "。",
        key="change.figure",
    )
    yield figure
    yield _table(brief, found)


def _sentences(brief: Brief, previous: Result, found: Comparison) -> Iterator[str]:
    if not (previous.settled and brief.result.settled):
        yield "两轮中有一轮的得分尚是区间，变化中包含新增或新核实的材料，不能当作工作的进退。"
    changes = found.changes
    if changes:
        moves = [c.after - c.before for c in changes]
        mean = sum(moves, Fraction(0)) / len(moves)
        up, down = sum(m > 0 for m in moves), sum(m < 0 for m in moves)
        best, worst = max(changes, key=_move), min(changes, key=_move)
        direction = "提高" if mean > 0 else "下降"
        average = f"平均{direction}{_size(mean)}" if mean else "平均与上轮持平"
        extremes = ""
        if _move(best) > 0:
            extremes += f"，提高最多的是{best.name}（{_size(_move(best))}）"
        if _move(worst) < 0:
            extremes += f"，下降最多的是{worst.name}（{_size(_move(worst))}）"
        yield (
            f"与上一轮（{previous.title}）相比，两轮都参评的{len(changes)}个地区{average}，"
            f"其中{up}个提高、{down}个下降{extremes}。"
        )
        parts = [("得分率变化", [c.score for c in changes]), ("权重变化", [c.weight for c in changes])]
        parts.append(("指标体系变化", [c.framework for c in changes]))
        told = [f"{name}使平均分{_signed(sum(v, Fraction(0)) / len(v))}" for name, v in parts if any(v)]
        if told:
            yield f"从构成看，{'；'.join(told)}。"
    for names, when in ((found.only_before, "上一轮"), (found.only_after, "本轮")):
        if names:
            yield f"{numbers.join(names)}只参加了{when}，不作比较，也不按零分计。"


def _move(change: Change) -> Fraction:
    return change.after - change.before


def _size(move: Fraction) -> str:
    return numbers.marks(numbers.rounded(abs(float(move)), 2))


def _signed(move: Fraction) -> str:
    return f"{'提高' if move > 0 else '下降'}{_size(move)}" if move else "不变"


def _table(brief: Brief, found: Comparison) -> Table:
    heads = ("地区", "上轮得分", "本轮得分", "变化", "其中：得分率", "权重", "指标体系", "上轮名次", "本轮名次")
    rows: list[tuple[Cell, ...]] = [tuple(cell(t, strong=True) for t in heads)]
    for c in found.changes[:MOST_ROWS]:
        moves = (c.after - c.before, c.score, c.weight, c.framework)
        ranks = ("—" if r is None else f"{r:g}" for r in (c.rank_before, c.rank_after))
        totals = (plain(numbers.rounded(float(t), 2)) for t in (c.before, c.after))
        rows.append(
            (
                cell(c.name),
                *(cell(t) for t in totals),
                *(cell(f"{float(m):+.2f}") for m in moves),
                *(cell(r) for r in ranks),
            )
        )
    widths = (1.6, 1.3, 1.3, 1.2, 1.7, 1.2, 1.4, 1.3, 1.3)
    return Table("tab-change", f"各地区{brief.subject}前后两轮得分和名次", widths, tuple(rows), size="small")
