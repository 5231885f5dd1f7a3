"""Part two: the indicator system, its tree, its marks and its kinds of rules."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zhiheng.framework.model import Indicator
from zhiheng.framework.rules import OURS
from zhiheng.marks import plain
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.chapters.drawings import tree_figure
from zhiheng.report.content import Block, Cell, Heading, Ref, Table, cell, paragraph

KINDS = {
    "yes_no": "是非项",
    "judged": "评判项",
    "per_item": "计次项",
    "per_field": "分领域计分项",
    "steps": "分档项",
    "linear": "比例项",
    "relative": "相对项",
    "deduct": "扣分项",
    "bonus": "加分项",
}


def framework_part(brief: Brief, number: str) -> Iterator[Block]:
    """Yield the blocks of the part on the indicator system; `number` is its Chinese number."""
    framework = brief.case.framework
    yield Heading(1, f"{number}、{brief.area}{brief.subject}指标体系", "framework", new_page=True)
    yield Heading(2, "（一）指标体系及说明", "framework-tree")
    yield paragraph(_structure(brief))
    yield paragraph(
        _first_level(brief), "总体结构见", Ref("fig-tree"), "，各项要点的计分说明见", Ref("appendix-points"), "。"
    )
    yield tree_figure(brief)
    yield Heading(2, "（二）指标打分情况", "framework-marks")
    worth = "分值" if _is_sum(brief) else "分值或权重"
    yield paragraph(_rule_kinds(brief), f"各级指标{worth}见", Ref("tab-marks"), "。")
    for veto in framework.vetoes:
        barred = "、".join(f"“{name}”" for name in veto.bars)
        yield paragraph(
            f"第{veto.point}项设有一票否决：该项核定得分低于{plain(veto.below)}分的，不列入{barred}等次。"
            "否决只影响等次，不改变得分。",
            key=f"framework-marks.veto.{veto.point}",
        )
    if _is_sum(brief):
        yield _marks_table(brief)
    else:
        yield _weights_table(brief)


def _is_sum(brief: Brief) -> bool:
    """Whether marks simply add up everywhere, so that every part has marks to print."""
    framework = brief.case.framework
    return framework.joined == "sum" and all(i.joined == "sum" for _, _, i in framework.nodes)


def _structure(brief: Brief) -> str:
    framework = brief.case.framework
    sources = "、".join(f"《{s.title}》" for key, s in framework.sources.items() if key != OURS)
    parts = "、".join(f"{n}项{name}" for n, name in zip(framework.counts, framework.level_names, strict=True))
    return (
        f"本次评估采用{framework.title}（{framework.version}版），内容取自{sources}，由{parts}组成，"
        f"满分{plain(framework.total)}分，得分精确到{plain(framework.precision)}分。"
    )


def _first_level(brief: Brief) -> str:
    framework = brief.case.framework
    if framework.joined == "sum":
        names = "、".join(f"{i.title}（{plain(framework.full(i))}分）" for i in framework.indicators)
        heaviest = max(framework.indicators, key=framework.full)
        share = framework.full(heaviest) / framework.total * 100
        tail = f"其中{heaviest.title}分值最高，占{plain(round(share, 1))}%。"
    else:
        names = "、".join(f"{i.title}（权重{plain(i.weight or 0)}）" for i in framework.indicators)
        tail = ""
    return f"{framework.level_names[0]}包括{names}。{tail}"


def _rule_kinds(brief: Brief) -> str:
    """Say how many points, and how many marks, rest on each kind of rule."""
    framework = brief.case.framework
    found: dict[str, list[Decimal]] = {}
    for _, point in framework.points:
        found.setdefault(point.rule.kind, []).append(point.marks or Decimal(0))
    by_marks = _is_sum(brief)
    parts = [
        f"{KINDS[kind]}{len(marks)}项" + (f"、{plain(sum(marks, Decimal(0)))}分" if by_marks else "")
        for kind, marks in sorted(found.items(), key=lambda item: -len(item[1]))
    ]
    return f"{len(framework.points)}项考核要点按计分方式分为：{'；'.join(parts)}。"


def _marks_table(brief: Brief) -> Table:
    """Build the table of marks with merged cells: one row for each indicator of the lowest level."""
    framework = brief.case.framework
    depth = len(framework.level_names) - 1
    head = []
    for name in framework.level_names[:depth]:
        head += [cell(name, strong=True), cell("分值", strong=True)]
    rows: list[tuple[Cell, ...]] = [tuple(head)]
    for indicator in framework.indicators:
        rows += _rows(brief, indicator, depth)
    widths = tuple(w for level in range(depth) for w in ((3.2 + level * 1.5), 1.5))
    return Table("tab-marks", "各级指标名称及分值", widths, tuple(rows), size="small")


def _rows(brief: Brief, indicator: Indicator, depth: int) -> list[tuple[Cell, ...]]:
    """Return the rows of an indicator; its own cells span those of its children."""
    below = [row for child in indicator.children for row in _rows(brief, child, depth - 1)] or [()]
    number = f"{indicator.number}. " if indicator.number else ""
    # A branch that ends early fills the columns of the missing levels.
    columns = 1 if indicator.children else 2 * depth - 1
    own = (
        cell(f"{number}{indicator.title}", align="left", rowspan=len(below), colspan=columns),
        cell(plain(brief.case.framework.full(indicator)), rowspan=len(below)),
    )
    return [(*own, *below[0]), *below[1:]]


def _weights_table(brief: Brief) -> Table:
    """Build the table of weights: one row for each indicator and point, indented by level."""
    framework = brief.case.framework
    rows: list[tuple[Cell, ...]] = [
        tuple(cell(t, strong=True) for t in ("序号", "指标或要点", "分值或权重", "合成或计分方式"))
    ]
    how = {"sum": "相加", "arithmetic": "加权算术平均", "geometric": "加权几何平均"}

    def walk(indicators: tuple[Indicator, ...], indent: int) -> None:
        for indicator in indicators:
            weight = plain(indicator.weight if indicator.weight is not None else indicator.marks or 0)
            rows.append(
                (
                    cell(indicator.number),
                    cell("　" * indent + indicator.title, align="left", strong=indent == 0),
                    cell(weight),
                    cell(how[indicator.joined]),
                )
            )
            walk(indicator.children, indent + 1)
            for point in indicator.points:
                weight = plain(point.weight if point.weight is not None else point.marks or 0)
                rows.append(
                    (
                        cell(f"（{point.no}）"),
                        cell("　" * (indent + 1) + point.name, align="left"),
                        cell(weight),
                        cell(KINDS[point.rule.kind]),
                    )
                )

    walk(framework.indicators, 0)
    return Table("tab-marks", "各级指标名称及分值或权重", (1, 6, 1.7, 2.4), tuple(rows), size="small")
