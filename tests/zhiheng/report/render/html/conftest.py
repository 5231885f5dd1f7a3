"""A report of ten regions over the indicators of Jilin, with invented marks, for the tests of the HTML renderer."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from zhiheng.report.content import (
    Block,
    Cell,
    Cover,
    DataTable,
    Document,
    Figure,
    Heading,
    Paragraph,
    Ref,
    Table,
    WorkGroup,
    cell,
    paragraph,
)

LABEL = "合成示例：各地区分数为测试用的虚构数据，不代表任何地区的真实水平。"
SHORT_LABEL = "合成示例"
REGIONS = ("长春市", "吉林市", "四平市", "辽源市", "通化市", "白山市", "松原市", "白城市", "延边州", "长白山")
INDICATORS = (
    (
        "整体组织实施情况",
        (
            (
                "加强研究部署，强化知识产权保护工作顶层设计",
                (
                    ("全面学习贯彻习近平总书记指示要求和党中央、国务院决策部署，落实知识产权保护属地责任情况", 6),
                    ("定期召开专题会议，将知识产权保护工作纳入党委和政府重要议事日程", 4),
                ),
            ),
            (
                "推动知识产权保护工作机制顺畅运行",
                (("信息报送", 3), ("宣传培训", 4), ("激励奖励", 5), ("督查考核", 5)),
            ),
        ),
    ),
    (
        "资源配备保障情况",
        (
            (
                "加强知识产权保护人才、经费等资源保障",
                (("人才队伍建设情况", 8), ("强化知识产权保护资源供给、经费保障情况", 6)),
            ),
        ),
    ),
    (
        "重点工作推进情况",
        (
            (
                "提高知识产权保护工作法制化水平，推动严保护重点工作",
                (
                    ("制定修订知识产权地方性法规、政府规章情况", 6),
                    ("知识产权纠纷及行政、司法案件办理情况", 6),
                    ("开展关键领域、重点群体行政执法专项行动，知识产权侵权假冒现象得到有效遏制", 12),
                    ("规制商标恶意注册、非正常专利申请行为相关情况", 5),
                ),
            ),
            (
                "强化知识产权全链条保护，构建大保护格局",
                (("知识产权保护工作监督情况", 3), ("社会共治能力建设情况", 6), ("专业技术支撑情况", 3)),
            ),
            (
                "深化知识产权保护工作机制改革，推动快保护机制建设",
                (
                    ("行政确权、公证存证、仲裁、调解、行政裁决、行政执法、司法保护之间的衔接情况", 3),
                    ("知识产权快速协同保护情况", 3),
                ),
            ),
            (
                "统筹推进知识产权领域国际合作和竞争，维护国家安全，推动同保护重点工作",
                (("知识产权保护国际合作及信息沟通情况", 2), ("海外维权援助情况", 2), ("涉外风险防控情况", 5)),
            ),
        ),
    ),
    (
        "工作进展及成效情况",
        (("区域内知识产权保护工作", (("区域内知识产权保护工作取得突出进展或积极成效的", 3),)),),
    ),
)
LEAVES = tuple(leaf for _, seconds in INDICATORS for _, leaves in seconds for leaf in leaves)
MAXIMA = tuple(sum(m for _, leaves in seconds for _, m in leaves) for _, seconds in INDICATORS)


def _rate(region: int, leaf: int) -> float:
    return (45 + (17 * region + 29 * leaf + 7 * region * leaf) % 53 + (9 - region)) / 106


def _marks(region: int) -> tuple[float, ...]:
    return tuple(round(_rate(region, i) * marks, 1) for i, (_, marks) in enumerate(LEAVES))


def _firsts(region: int) -> tuple[float, ...]:
    marks = iter(_marks(region))
    return tuple(round(sum(next(marks) for _, leaves in seconds for _ in leaves), 1) for _, seconds in INDICATORS)


def _wrapped(text: str, every: int = 14) -> str:
    return "\n".join(text[i : i + every] for i in range(0, len(text), every))


def _tree() -> Figure:
    children = [
        {
            "name": f"{first}（{marks}分）",
            "children": [
                {
                    "name": f"{_wrapped(second)}（{sum(m for _, m in leaves)}分）",
                    "children": [{"name": _wrapped(name, 24), "value": m} for name, m in leaves],
                }
                for second, leaves in seconds
            ],
        }
        for (first, seconds), marks in zip(INDICATORS, MAXIMA, strict=True)
    ]
    label = {"fontSize": 10, "position": "inside", "backgroundColor": "#eaf1fa", "padding": [3, 5]}
    series = {
        "type": "tree",
        "data": [{"name": "知识产权\n保护水平\n（100分）", "children": children}],
        "left": 40,
        "right": 275,
        "top": 8,
        "bottom": 8,
        "edgeShape": "polyline",
        "initialTreeDepth": -1,
        "symbolSize": 5,
        "label": label,
        "leaves": {"label": {"position": "right", "align": "left", "backgroundColor": "transparent"}},
    }
    return Figure(
        key="fig-tree",
        caption="吉林省知识产权保护水平评估指标体系",
        alt="指标体系结构图：4 个一级指标（27、14、56、3 分），8 个二级指标，21 个三级指标，满分 100 分。",
        option={"series": [series]},
        width_mm=156,
        height_mm=180,
        data=DataTable(("三级指标", "分值"), LEAVES),
    )


def _ranking(totals: Mapping[str, float]) -> Figure:
    rows = tuple(sorted(totals.items(), key=lambda item: -item[1]))
    option = {
        "grid": {"left": 70, "right": 60, "top": 20, "bottom": 40},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {"type": "category", "inverse": True, "data": [name for name, _ in rows]},
        "series": [
            {
                "type": "bar",
                "name": "得分",
                "data": [value for _, value in rows],
                "label": {"show": True, "position": "right"},
                "itemStyle": {"color": "#1d4f91"},
            }
        ],
    }
    return Figure(
        key="fig-ranking",
        caption="各地区知识产权保护水平得分情况",
        alt=f"条形图：得分最高 {rows[0][0]} {rows[0][1]} 分，最低 {rows[-1][0]} {rows[-1][1]} 分。",
        option=option,
        width_mm=156,
        height_mm=90,
        data=DataTable(("地区", "得分", "备注"), tuple((*row, None) for row in rows)),
    )


def _region_figure(index: int) -> Figure:
    names = [first for first, _ in INDICATORS]
    scores = _firsts(index)
    option = {
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 40, "right": 20, "top": 40, "bottom": 50},
        "xAxis": {"type": "category", "data": [_wrapped(n, 6) for n in names], "axisLabel": {"interval": 0}},
        "yAxis": {"type": "value"},
        "series": [
            {"type": "bar", "name": "满分", "data": list(MAXIMA), "itemStyle": {"color": "#d5dbe3"}},
            {
                "type": "bar",
                "name": "得分",
                "data": list(scores),
                "label": {"show": True, "position": "top"},
                "itemStyle": {"color": "#1d4f91"},
            },
        ],
    }
    return Figure(
        key=f"fig-region-{index}",
        caption=f"{REGIONS[index]}知识产权保护水平各考核内容评估情况",
        alt=f"柱形图：{REGIONS[index]}四项得分依次为 {'、'.join(map(str, scores))} 分。",
        option=option,
        width_mm=150,
        height_mm=80,
        data=DataTable(("考核内容", "满分", "得分"), tuple(zip(names, MAXIMA, scores, strict=True))),
    )


def _radar() -> Figure:
    names = [name for name, _ in LEAVES[:8]]
    option = {
        "legend": {"bottom": 0},
        "radar": {"indicator": [{"name": _wrapped(n, 8), "max": 1} for n in names], "radius": "55%"},
        "series": [{"type": "radar", "data": [{"name": "长春市", "value": [_rate(0, i) for i in range(8)]}]}],
    }
    rows = tuple((name, _rate(0, i)) for i, name in enumerate(names))
    return Figure(
        "fig-radar",
        "长春市部分指标得分率",
        "雷达图：长春市八项得分率。",
        option,
        150,
        110,
        DataTable(("指标", "得分率"), rows),
    )


def _heat() -> Figure:
    data = [[leaf, unit, round(100 * _rate(unit, leaf))] for unit in range(10) for leaf in range(21)]
    option = {
        "grid": {"left": 60, "right": 10, "top": 10, "bottom": 70},
        "xAxis": {"type": "category", "data": [f"{i + 1}" for i in range(21)]},
        "yAxis": {"type": "category", "inverse": True, "data": list(REGIONS)},
        "visualMap": {
            "min": 40,
            "max": 100,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "inRange": {"color": ["#fbe2cd", "#f6f8fb", "#1d4f91"]},
        },
        "series": [{"type": "heatmap", "data": data, "label": {"show": True, "fontSize": 9}}],
    }
    rows: tuple[tuple[str | float | None, ...], ...] = tuple(
        (REGIONS[u], *(round(100 * _rate(u, i)) for i in range(21))) for u in range(10)
    )
    return Figure(
        "fig-heat",
        "各地区三级指标得分率",
        "热力图：十个地区 21 项三级指标的得分率。",
        option,
        156,
        100,
        DataTable(("地区", *(str(i + 1) for i in range(21))), rows),
    )


def _framework_table() -> Table:
    head = tuple(cell(t, strong=True) for t in ("一级指标", "分值", "二级指标", "分值", "三级指标", "分值"))
    rows: list[tuple[Cell, ...]] = [head]
    for (first, seconds), total in zip(INDICATORS, MAXIMA, strict=True):
        span = sum(len(leaves) for _, leaves in seconds)
        lead = [cell(first, rowspan=span, align="left"), cell(str(total), rowspan=span)]
        for second, leaves in seconds:
            middle = [
                cell(second, rowspan=len(leaves), align="left"),
                cell(str(sum(m for _, m in leaves)), rowspan=len(leaves)),
            ]
            for name, marks in leaves:
                rows.append((*lead, *middle, cell(name, align="left"), cell(str(marks))))
                lead, middle = [], []
    rows.append((cell("合计", colspan=5, strong=True), cell("100", strong=True)))
    return Table(
        "tab-framework", "各级指标名称及分值", (3, 1, 5, 1, 7, 1), tuple(rows), note="注：分值为各级指标的满分。"
    )


def _matrix_table() -> Table:
    heads = (
        (cell("地区", rowspan=2, strong=True), cell("三级指标得分率（%）", colspan=21, strong=True)),
        tuple(cell(str(i + 1), strong=True) for i in range(21)),
    )
    rows = tuple(
        (cell(REGIONS[u]), *(cell(str(round(100 * _rate(u, i))), shade=_rate(u, i)) for i in range(21)))
        for u in range(10)
    )
    return Table("tab-matrix", "各地区三级指标得分率", (3, *[1] * 21), heads + rows, header_rows=2, size="small")


def _points_table() -> Table:
    head = tuple(cell(t, strong=True) for t in ("序号", "考核要点", "指标说明"))
    rows = tuple(
        (
            cell(str(i + 1)),
            cell(name, align="left"),
            cell(f"落实“{name}”并取得积极成效的，最高得 {m} 分。", align="left"),
        )
        for i, (name, m) in enumerate(LEAVES)
    )
    return Table("tab-points", "指标考核要点及说明", (1, 4, 6), (head, *rows), size="small")


def _region_blocks(index: int) -> list[Block]:
    name = REGIONS[index]
    first = ("专题部署和机制运行总体平稳，宣传培训、信息报送按期完成，" * 3).rstrip("，")
    return [
        Heading(2, f"（{'一二三四五六七八九十'[index]}）{name}", f"region-{index}", new_page=True),
        paragraph(
            f"{name}知识产权保护水平得分 {sum(_firsts(index)):.1f} 分，各考核内容得分见",
            Ref(f"fig-region-{index}"),
            f"。{first}。",
        ),
        _region_figure(index),
        Heading(3, "1. 主要做法", f"region-{index}-done"),
        paragraph(f"{name}将知识产权保护纳入党委和政府重要议事日程，部署专利、商标、地理标志等领域专项行动。{first}。"),
        paragraph("全年办理专利侵权纠纷行政裁决案件 12 件，商标侵权案件 87 件。", style="quote"),
        Heading(3, "2. 短板", f"region-{index}-gaps"),
        paragraph("涉外风险防控和海外维权援助材料不足，得分率低于全省平均水平，具体见", Ref("tab-matrix"), "。"),
    ]


def sample() -> Document:
    totals = {name: round(sum(_firsts(i)), 1) for i, name in enumerate(REGIONS)}
    opening = "为全面了解各地区知识产权保护工作情况，工作组依据指标体系对十个地区开展评估，" * 3
    body: list[Block] = [
        Heading(1, "一、评估背景", "background", new_page=True),
        paragraph(f"{opening}形成本报告。"),
        Heading(1, "二、指标体系：结构与赋分", "framework", new_page=True),
        Heading(2, "（一）指标体系结构", "framework-structure"),
        paragraph(
            "指标体系的结构见",
            Ref("fig-tree"),
            "，名称和分值见",
            Ref("tab-framework"),
            "，考核要点见",
            Ref("appendix"),
            "。",
        ),
        _tree(),
        Heading(2, "（二）指标赋分", "framework-marks"),
        _framework_table(),
        Heading(1, "三、各地区情况", "regions", new_page=True),
        paragraph(
            "各地区得分见", Ref("fig-ranking"), "，三级指标得分率见", Ref("fig-heat"), "和", Ref("tab-matrix"), "。"
        ),
        _ranking(totals),
        _heat(),
        _matrix_table(),
        paragraph("注：未提交材料的要点按“未知”处理，不计零分。", style="note"),
        _radar(),
        *(block for index in range(10) for block in _region_blocks(index)),
        Heading(1, "附录1：考核要点及说明", "appendix", new_page=True),
        _points_table(),
    ]
    abstract: tuple[Paragraph, ...] = (
        paragraph(f"十个地区平均得分 {sum(totals.values()) / 10:.1f} 分。{opening}结果见", Ref("fig-ranking"), "。"),
    )
    properties = {
        "language": "zh-CN",
        "keywords": "知识产权保护；评估",
        "framework_hash": "0f" * 32,
        "data_hash": "1e" * 32,
        "method_hash": "2d" * 32,
    }
    cover = Cover("吉林省知识产权保护水平评估报告", "（2021 年度）", "知识产权保护水平评估工作组", "2021年12月")
    group = WorkGroup((("组长", ("张三",)), ("成员", ("李四", "王五"))))
    return Document(cover, group, abstract, tuple(body), LABEL, SHORT_LABEL, properties)


def picture(figure: Figure) -> str:
    """Return a small SVG that stands for the figure as drawn."""
    width, height = (round(4 * mm) for mm in (figure.width_mm, figure.height_mm))
    return (
        f'<svg width="{width}" height="{height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#eaf1fa"/><text x="20" y="40">{figure.key}</text></svg>'
    )


@pytest.fixture(scope="session")
def document() -> Document:
    return sample()


@pytest.fixture(scope="session")
def svgs(document: Document) -> dict[str, str]:
    return {figure.key: picture(figure) for figure in document.figures()}
