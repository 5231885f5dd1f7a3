"""A made-up report of the size of a real one: ten regions, merged tables over pages, a heat map, 44 points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pypdf
import pytest

from zhiheng.report.content import (
    Block,
    Cell,
    Cover,
    DataTable,
    Document,
    Figure,
    Heading,
    Ref,
    Table,
    WorkGroup,
    cell,
    paragraph,
)
from zhiheng.report.render.pdf import Rendered, render

REGIONS = ("甲市", "乙市", "丙市", "丁市", "戊市", "己市", "庚市", "辛市", "壬州", "癸山保护开发区")
LABEL = "示例数据：本报告由程序测试生成，不反映任何地区的真实情况"
_SENTENCE = (
    "围绕知识产权强市建设目标，{name}印发了《知识产权保护工作实施方案（2021—2025年）》〔2021〕12号文件，"
    "全年办理专利侵权纠纷行政裁决案件37件，结案率达到97.3%，较上年提高4.6个百分点；"
    "联合市场监管、公安、海关等9个部门开展“铁拳”“净网”专项行动3次，查处商标侵权案件128起。"
)
_WIDTH, _HEIGHT = 150.0, 78.0


class Sample(NamedTuple):
    """A rendered sample and what was asked for."""

    document: Document
    path: Path
    rendered: Rendered
    reader: pypdf.PdfReader


def drawing(title: str, rates: tuple[float, ...]) -> str:
    """Draw plain bars as an SVG of the size that the real charts have."""
    bars = "".join(
        f'<rect x="130" y="{20 + 26 * i}" width="{380 * rate:.1f}" height="16" fill="#2f6db3"/>'
        f'<text x="120" y="{33 + 26 * i}" text-anchor="end" font-size="13">{REGIONS[i % len(REGIONS)]}</text>'
        for i, rate in enumerate(rates)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="570" height="296" viewBox="0 0 570 296">'
        f'<g font-family="Noto Sans SC, sans-serif">{bars}'
        f'<text x="10" y="290" font-size="11">{title}</text></g></svg>'
    )


def figure(key: str, caption: str, *, height: float = _HEIGHT, heat: Table | None = None) -> Figure:
    """Make a figure whose alternative text names its key."""
    data = DataTable(("地区", "得分"), tuple((name, 60.0 + i) for i, name in enumerate(REGIONS)))
    return Figure(key, caption, f"条形图 {key}：甲市最高，得 69.0 分", {}, _WIDTH, height, data, heat=heat)


def indicator_table() -> Table:
    """Make three levels of indicators with merged cells, long enough to break over pages."""
    rows: list[tuple[Cell, ...]] = [
        tuple(cell(text, strong=True) for text in ("一级指标", "分值", "二级指标", "分值", "三级指标", "分值")),
    ]
    for first in range(4):
        for second in range(2):
            for third in range(4):
                row: list[Cell] = []
                if second == 0 and third == 0:
                    row += [cell(f"知识产权保护工作第{first + 1}方面", rowspan=8), cell("25.0", rowspan=8)]
                if third == 0:
                    row += [cell(f"法治化水平{first + 1}{second + 1}", rowspan=4, align="left")]
                    row += [cell("12.5", rowspan=4)]
                row += [cell(f"考核内容第{first + 1}{second + 1}{third + 1}项", align="left"), cell("3.1")]
                rows.append(tuple(row))
    rows.append((cell("合计", colspan=5, strong=True), cell("100.0", strong=True)))
    return Table("t-indicators", "各级指标名称及分值", (3, 1, 3, 1, 4, 1), tuple(rows), note="注：分值合计100分。")


def point_table() -> Table:
    """Make the appendix of 44 points with an explanation each."""
    head = tuple(cell(text, strong=True) for text in ("序号", "考核要点", "指标说明", "分值"))
    explained = "出台地方性法规或规章的得满分，以正式发布的文件为准；处于征求意见阶段的得一半分，未启动的不得分。"
    rows = tuple(
        (
            cell(str(i)),
            cell(f"考核要点{i}：将知识产权保护工作纳入政府考核", align="left"),
            cell(explained * (1 + i % 3), align="left"),
            cell(f"{1 + i % 3}.0"),
        )
        for i in range(1, 45)
    )
    return Table("t-points", "考核要点及说明", (1, 4, 10, 1.2), (head, *rows), size="small")


def heat_table(key: str = "t-heat") -> Table:
    """Make a heat map as a shaded table of ten regions by eight indicators."""
    head = (cell("地区", strong=True), *(cell(f"指标{i}", strong=True) for i in range(1, 9)))
    rows = tuple(
        (cell(name), *(cell(f"{(i * 3 + r) % 11 / 10:.0%}", shade=(i * 3 + r) % 11 / 10) for i in range(8)))
        for r, name in enumerate(REGIONS)
    )
    note = "注：单元格为得分率。"
    return Table(key, "各地区二级指标得分率", (2.6, *(1,) * 8), (head, *rows), size="small", note=note)


def region_section(index: int) -> Iterator[Block]:
    """Yield one region: text, a figure, findings with quoted evidence."""
    name = REGIONS[index]
    sentence = _SENTENCE.format(name=name)
    key = f"r{index}"
    yield Heading(3, f"{index + 1}. {name}知识产权保护水平评估", key, new_page=index > 0)
    yield paragraph(sentence * 2, "各考核内容得分见", Ref(f"f-{key}"), "。")
    yield figure(f"f-{key}", f"{name}知识产权保护水平各考核内容评估情况")
    yield Heading(4, "（1）主要优势", f"{key}-strong")
    yield paragraph(sentence * (2 + index % 3))
    yield paragraph(f"“{sentence}”（佐证材料第{index + 1}号，第12页）", style="quote")
    yield Heading(4, "（2）存在差距", f"{key}-weak")
    for _ in range(1 + index % 3):
        yield paragraph(sentence * 2)
    yield paragraph("数据来源：各地区自评材料。", style="note")


def sample_document(label: str = LABEL) -> Document:
    """Make the whole report."""
    text = _SENTENCE.format(name="全省")
    body: list[Block] = [
        Heading(1, "一、知识产权保护工作开展情况概述", "p1"),
        *(paragraph(text * 2) for _ in range(5)),
        Heading(1, "二、知识产权保护水平指标体系", "p2", new_page=True),
        Heading(2, "（一）指标体系及说明", "p2-1"),
        paragraph(text, "指标体系见", Ref("f-tree"), "和", Ref("t-indicators"), "，说明见", Ref("a1"), "。"),
        figure("f-tree", "知识产权保护水平评估指标体系", height=95),
        Heading(2, "（二）指标打分情况", "p2-2"),
        paragraph(text),
        indicator_table(),
        paragraph(text),
        Heading(1, "三、各地区知识产权保护水平评估", "p3", new_page=True),
        paragraph(text * 2),
        figure("f-total", "各地区知识产权保护水平得分情况"),
        paragraph(text),
        figure("f-heat", "各地区二级指标得分率热力图", height=90, heat=heat_table("t-in-figure")),
        heat_table(),
        *(block for index in range(len(REGIONS)) for block in region_section(index)),
        Heading(1, "四、问题分析与对策建议", "p4", new_page=True),
    ]
    for number, title in ((1, "（一）问题分析"), (2, "（二）对策建议")):
        body.append(Heading(2, title, f"p4-{number}"))
        for item in range(1, 5):
            body.append(Heading(3, f"{item}. 第{item}方面的工作机制有待进一步完善", f"p4-{number}-{item}"))
            body += [paragraph(text * 2)]
    body += [figure("f-problem", "问题与对策对应关系", height=120)]
    body += [Heading(1, "附录1：知识产权保护水平指标考核要点及说明", "a1", new_page=True), point_table()]
    names = ("郭辉", "程龙靛", "孙健", "骆婉仪", "郑博", "辛颖", "欧阳海涛", "陈一", "施岩")
    return Document(
        Cover("某省2021年知识产权保护水平评估报告", "（送审稿）", "某省知识产权保护中心", "2021年9月"),
        WorkGroup((("组长", ("孙健",)), ("副组长", names[:3]), ("组员", names))),
        tuple(paragraph(_SENTENCE.format(name=name) * 2) for name in ("各地区", "全省", "本报告")),
        tuple(body),
        label=label,
        short_label="示例数据" if label else "",
        properties={"language": "zh-CN", "keywords": "知识产权保护；评估", "framework": "sha256:0123"},
    )


def sample_drawings(document: Document) -> dict[str, str]:
    """Draw every figure of `document`."""
    rates = tuple(0.4 + i * 0.06 for i in range(10))
    return {item.key: drawing(item.caption, rates) for item in document.figures()}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Render the sample once for all tests."""
    document = sample_document()
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    rendered = render(document, path, svgs=sample_drawings(document), font_folders=[])
    return Sample(document, path, rendered, pypdf.PdfReader(path))
