"""Part three, the whole field: totals and ranks first, then the comparison across regions."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.drawings import heat_figure, ranking_figure, tile_figure, weakest_figure
from zhiheng.report.chapters.prose import comparison_sentences, overall_sentences
from zhiheng.report.content import Block, Cell, Heading, Ref, Table, cell, keyed, paragraph
from zhiheng.report.narrative.numbers import percent

MOST_ROWS = 60
"""Units beyond this many are left to the workbook."""


def overall_section(brief: Brief, number: str) -> Iterator[Block]:
    """Yield totals and ranks of all units: lead paragraph, figure and table."""
    yield Heading(2, f"{number}总体情况", "overall")
    figure = ranking_figure(brief)
    yield paragraph(
        *overall_sentences(brief),
        "各地区得分情况见",
        Ref(figure.key),
        "和",
        Ref("tab-ranking"),
        "。",
        key="overall.lead",
    )
    yield figure
    yield _evidence_table(brief) if brief.evidence else _ranking_table(brief)


def comparison_section(brief: Brief, number: str) -> Iterator[Block]:
    """Yield the comparison across regions: heat map, tile-grid map and weakest indicators."""
    yield Heading(2, f"{number}地区比较", "comparison", new_page=True)
    yield from keyed("comparison.text", (paragraph(text) for text in comparison_sentences(brief)))
    heat, tiles = heat_figure(brief), tile_figure(brief)
    names = brief.case.framework.level_names[brief.lowest_level - 1]
    what = "已核实得分率" if brief.evidence else "得分率"
    yield paragraph(
        f"各地区{len(brief.nodes(brief.lowest_level))}项{names}的{what}见",
        Ref(heat.key),
        "，图中列号为指标序号，名称见",
        Ref("tab-marks"),
        "。",
        key="comparison.heat",
    )
    yield heat
    if tiles is not None:
        yield paragraph("各地区在总体中的位置见", Ref(tiles.key), "。", key="comparison.tiles")
        yield tiles
    weakest = weakest_figure(brief)
    yield paragraph(
        f"按{brief.whole}平均{what}由低到高，各项{names}的排列见", Ref(weakest.key), "。", key="comparison.weakest"
    )
    yield weakest


def _ranking_table(brief: Brief) -> Table:
    first = brief.nodes(1)
    head = tuple(cell(t, strong=True) for t in ("名次", "地区", "总分", "得分率", *(n.short for n in first), "等次"))
    rows: list[tuple[Cell, ...]] = [head]
    by_code = {u.code: u for u in brief.result.units}
    for unit in brief.ranked[:MOST_ROWS]:
        result = by_code[unit.code]
        rate = brief.rate(unit.code, "")
        rows.append(
            (
                cell("—" if result.rank is None else f"{result.rank:g}"),
                cell(unit.name),
                cell(brief.marks(unit.code), strong=True),
                cell("—" if rate is None else percent(rate)),
                *(cell(brief.marks(unit.code, n.code)) for n in first),
                cell(result.grade or "或".join(result.grades)),
            )
        )
    note = "" if len(brief.ranked) <= MOST_ROWS else f"只列前{MOST_ROWS}名，全部名次见随附工作簿。"
    widths = (1.0, 1.7, 1.2, 1.4, *(1.9 for _ in first), 1.4)
    return Table("tab-ranking", f"各地区{brief.subject}名次和得分", widths, tuple(rows), size="small", note=note)


def _evidence_table(brief: Brief) -> Table:
    head = tuple(
        cell(t, strong=True)
        for t in ("名次", "地区", "公布总分", "已核实", "加待核", "最多可能", "有材料的要点", "等次")
    )
    rows: list[tuple[Cell, ...]] = [head]
    result, scale = brief.result, brief.result.scale
    for unit in brief.ranked[:MOST_ROWS]:
        row = result.row(unit.code)
        about = result.units[row]
        known = sum(1 for n in brief.points if str(result.status(unit.code, int(n.code[1:]))) != "unknown")
        interval = result.interval(unit.code)
        rows.append(
            (
                cell("—" if about.rank is None else f"{about.rank:g}"),
                cell(unit.name),
                cell(_published(about.published), strong=True),
                *(cell(scale.text(t)) for t in (interval.confirmed, interval.claimed, interval.possible)),
                cell(f"{known}项"),
                cell(about.grade or "或".join(about.grades)),
            )
        )
    return Table(
        "tab-ranking",
        f"各地区公布总分和公开事实支持的{brief.subject}得分区间",
        (1.0, 1.6, 1.7, 1.4, 1.4, 1.6, 2.1, 2.0),
        tuple(rows),
        size="small",
        note="公布总分取自来源报告；名次按公布的总分和点名顺序；等次栏列出两个的，为尚不能确定。",
    )


def _published(text: str) -> str:
    """Return a published total in words: `>70` as 超过70."""
    return {">": "超过", "<": "低于"}.get(text[:1], "") + text.lstrip("<>=") if text else "未公布"
