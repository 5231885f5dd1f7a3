"""One figure of each kind, small but with what is easy to get wrong: long names, a missing value, an open interval."""

from __future__ import annotations

from zhiheng.report.content import Figure
from zhiheng.report.figures.bars import Known, Rate, Score, known_bars, rate_bars, score_bars
from zhiheng.report.figures.change import Change, change_figure
from zhiheng.report.figures.distribution import Bin, distribution_figure
from zhiheng.report.figures.heat import Column, Row, heat_figure
from zhiheng.report.figures.radar import Axis, radar_figure
from zhiheng.report.figures.ranking import Bounds, Line, Total, bounds_figure, ranking_figure
from zhiheng.report.figures.tiles import Tile, tile_figure
from zhiheng.report.figures.tree import Branch, tree_figure

LABEL = "重构示例·非官方得分"
GRADES = ("优秀", "良好", "合格")
NAMES = (
    "加强研究部署，强化知识产权保护工作顶层设计",
    "信息报送",
    "统筹推进知识产权领域国际合作和竞争，维护国家安全，推动同保护重点工作",
    "督查考核",
)


def ranking() -> Figure:
    totals = [
        Total("吉林市", 71.3, "良好"),
        Total("长春市", 82.4, "优秀"),
        Total("新区", None),
        Total("通化市", 61, "合格"),
    ]
    lines = [Line("良好", 70), Line("合格", 60)]
    return ranking_figure(
        "r", "得分", totals, full=100, grades=GRADES, mean=Line("全省均值", 71.6), thresholds=lines, label=LABEL
    )


def bounds() -> Figure:
    units = [
        Bounds("长春市", 16, 28.4, 100, published=82.4),
        Bounds("吉林市", 17, 36, 100, band=(70, 82.4)),
        Bounds("长白山", 16, 24.2, 94),
    ]
    return bounds_figure("b", "区间", units, full=100, label=LABEL)


def radar() -> Figure:
    axes = [Axis(name, rate, 0.5) for name, rate in zip(NAMES, (0.625, 0.8, 0.4, None), strict=True)]
    return radar_figure("d", "雷达", "长春市", axes, label=LABEL)


def scores() -> Figure:
    return score_bars(
        "s", "得分", [Score(NAMES[0], 8.5, 10), Score(NAMES[1], None, 3), Score(NAMES[2], 0, 9)], label=LABEL
    )


def rates() -> Figure:
    listed = [Rate(NAMES[0], 0.7, 0.4, 1.0), Rate(NAMES[1], None), Rate(NAMES[2], 0.355, 0.1, 0.8)]
    return rate_bars("w", "弱项", listed, label=LABEL)


def known() -> Figure:
    return known_bars("k", "区间", [Known(NAMES[0], 2, 4, 10, 10), Known(NAMES[1], 3, 3, 3, 3)], label=LABEL)


def heat() -> Figure:
    columns = [Column(str(place), name) for place, name in enumerate(NAMES, 1)]
    rows = [Row("长春市", (1.0, 0.0, 0.625, 0.3)), Row("长白山", (0.5, None, 0.25, 0.75))]
    return heat_figure("h", "热力", columns, rows, label=LABEL)


def tiles() -> Figure:
    grid = [Tile("白城市", 0, 0, "70.4", "良好"), Tile("长春市", 2, 1, "82.4", "优秀"), Tile("新区", 1, 1)]
    return tile_figure("t", "地图", grid, grades=GRADES, label=LABEL)


def change() -> Figure:
    return change_figure("c", "变化", [Change("长春市", 2.1, -0.6, 0.5), Change("吉林市", -3, 0, 0.4)], label=LABEL)


def distribution() -> Figure:
    bins = [Bin("50～60", 1), Bin("60～70", 3, 2), Bin("70～80", 0, 1), Bin("80～90", 0), Bin("90～100", 1)]
    return distribution_figure("n", "分布", bins, label=LABEL)


def tree() -> Figure:
    leaves = tuple(Branch(f"{place}. {name}", 5) for place, name in enumerate(NAMES, 1))
    root = Branch(
        "指标体系",
        100,
        (Branch("组织", 27, (Branch("部署", 10, leaves[:2]), Branch("机制", 17, leaves[2:]))), Branch("成效", 3)),
    )
    return tree_figure("e", "体系", root, label=LABEL)


FIGURES = {
    f.__name__: f for f in (ranking, bounds, radar, scores, rates, known, heat, tiles, change, distribution, tree)
}
