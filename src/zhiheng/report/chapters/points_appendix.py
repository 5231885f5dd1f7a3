"""Appendix 1: the points with their texts and marks."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.marks import plain
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.content import Block, Cell, Heading, Table, cell


def points_appendix(brief: Brief) -> Iterator[Block]:
    """Yield the appendix with every point of the framework, verbatim."""
    framework = brief.case.framework
    yield Heading(1, f"附录1：{brief.area}{brief.subject}指标考核要点及说明", "appendix-points", new_page=True)
    rows: list[tuple[Cell, ...]] = [
        tuple(cell(t, strong=True) for t in ("序号", framework.level_names[-2], "指标说明", "分值"))
    ]
    by_parent: dict[str, list[tuple[Cell, ...]]] = {}
    for parent, point in framework.points:
        worth = plain(point.marks) if point.marks is not None else f"权重{plain(point.weight or 0)}"
        by_parent.setdefault(parent, []).append((cell(f"（{point.no}）{point.text}", align="left"), cell(worth)))
    for parent, points in by_parent.items():
        indicator = framework.indicator(parent)
        span = len(points)
        head = (cell(indicator.number, rowspan=span), cell(indicator.title, align="left", rowspan=span))
        rows.append((*head, *points[0]))
        rows += points[1:]
    yield Table("tab-points", "指标考核要点及说明", (1, 3.6, 8.4, 1.1), tuple(rows), size="small")
