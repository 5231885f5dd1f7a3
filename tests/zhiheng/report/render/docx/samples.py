"""A report with every kind of block, as the Word renderer gets it, and a reader for the file that it writes."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from zhiheng.report.content import (
    Cell,
    Cover,
    DataTable,
    Document,
    Figure,
    Heading,
    NativeChart,
    Paragraph,
    Ref,
    Series,
    Table,
    Text,
    WorkGroup,
    cell,
    paragraph,
)
from zhiheng.report.render.docx import render

REGIONS = ("长春市", "吉林市", "四平市", "辽源市", "通化市", "白山市", "松原市", "白城市", "延边州", "长白山")
TITLE = "吉林省知识产权保护水平调查报告（2021年度）"
TOTALS = (82.4, 76.3, 68.9, 66.1, 72.5, 70.8, 61.7, 63.4, 74.2, 52.2)
PARTS = ("整体组织实施情况", "资源配备保障情况", "重点工作推进情况", "工作进展及成效情况")
FULL = (27, 14, 56, 3)
INDICATORS = (
    "学习贯彻", "专题会议", "信息报送", "督查考核", "激励奖励", "宣传培训", "人才队伍", "经费保障", "立法情况",
    "案件办理", "专项行动", "规制申请", "工作监督", "社会共治", "技术支撑", "衔接机制", "快速协同", "涉外风控",
    "海外维权", "国际合作", "突出成效",
)  # fmt: skip
LONG = (
    "近年来，全省各地区深入实施“知识产权强市”战略，积极开展知识产权保护工作，推动顶层设计落地，联合32个部门印发"
    "《吉林省贯彻落实〈关于强化知识产权保护的意见〉的实施意见》（吉市监联字〔2020〕18号），对今后一个时期的目标、"
    "措施和责任分工进行了明确。截至2021年6月，全省有效发明专利达到18,642件，同比增长12.6%。"
)


def png(width: int, height: int) -> bytes:
    """Return a plain PNG with a darker frame."""
    rows = b""
    for y in range(height):
        edge = y in {0, height - 1}
        rows += b"\0" + b"".join(
            b"\x90\xa8\xc8" if edge or x in {0, width - 1} else b"\xe4\xec\xf6" for x in range(width)
        )

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _figure(
    key: str, caption: str, height: float, chart: NativeChart | None = None, heat: Table | None = None
) -> Figure:
    return Figure(key, caption, f"{caption}：长春市最高，82.4分。", {}, 150, height, DataTable((), ()), chart, heat)


def bar_chart() -> NativeChart:
    series = (
        Series("总分", (*TOTALS[:9], None), "#2F5C9A"),
        Series("全省平均", (68.9,) * 10, "#C0504D", "line"),
    )
    return NativeChart("bar", REGIONS, series, 100, "得分（分）")


def column_chart() -> NativeChart:
    series = (
        Series("长春市", (93.5, 85.0, 76.25, 100), "#2F5C9A"),
        Series("全省平均", (71.2, 64.0, 60.1, 55.0), "#C0504D", "line"),
    )
    return NativeChart("column", PARTS, series, 100, "得分率（%）", percent=True)


def stacked_chart() -> NativeChart:
    series = (
        Series("已证实", tuple(v * 0.4 for v in range(60, 80, 2)), "#2F5C9A"),
        Series("自评待核实", (20.0, 18.5, None, 12.0, 9.0, 3.0, 15.0, 14.0, 11.0, 8.0), "#9DB9DC"),
        Series("仍有可能", (30.0, 31.0, 40.0, 25.0, 30.0, 35.0, 28.0, 26.0, 20.0, 22.0), "#E3E8EF"),
        Series("公布得分", TOTALS, "#C0504D", "marker"),
    )
    return NativeChart("stacked", REGIONS, series, 100, "分值（分）")


def radar_chart() -> NativeChart:
    series = (
        Series("长春市", (93.5, 85.0, 76.25, 100), "#2F5C9A"),
        Series("全省平均", (71.2, 64.0, None, 55.0), "#C0504D", "line"),
    )
    return NativeChart("radar", PARTS, series, 100, percent=True)


def heat_table() -> Table:
    head = (cell("三级指标", strong=True), *(cell(name[:2], strong=True) for name in REGIONS))
    rows = tuple(
        (
            cell(name),
            *(
                cell("—")
                if (i + j) % 37 == 0
                else cell(f"{(i * 17 + j * 29) % 101}", shade=(i * 17 + j * 29) % 101 / 100)
                for j in range(len(REGIONS))
            ),
        )
        for i, name in enumerate(INDICATORS)
    )
    return Table("heat-table", "各地区三级指标得分率", (2.2, *(1.0,) * 10), (head, *rows), size="small")


def marks_table() -> Table:
    rows: list[tuple[Cell, ...]] = [
        tuple(cell(t, strong=True) for t in ("一级指标", "分值", "二级指标", "三级指标", "分值"))
    ]
    for number, (name, marks, count) in enumerate(zip(PARTS, FULL, (6, 2, 12, 1), strict=True), start=1):
        for i in range(count):
            row = [cell("加强研究部署，强化知识产权保护工作顶层设计" if i == 0 else f"指标{number}.{i}", align="left"),
                   cell(INDICATORS[i], align="left"), cell(str(i + 1), align="right")]  # fmt: skip
            if i == 0:
                row = [cell(f"{number}. {name}", rowspan=count), cell(str(marks), rowspan=count), *row]
            rows.append(tuple(row))
    rows.append((cell("合计", strong=True, colspan=4), cell("100", strong=True)))
    return Table(
        "t-marks", "各级指标名称及分值", (2, 0.8, 3.4, 2.4, 0.8), tuple(rows), note="注：分值由评价指标体系给定。"
    )


def appendix_table() -> Table:
    head = tuple(cell(text, strong=True) for text in ("序号", "考核要点", "指标说明"))
    text = "针对本辖区内企业或服务机构每举办1次知识产权保护培训，得0.2分，最高得1分；未提供佐证材料的，不得分。"
    rows = tuple(
        (cell(str(n)), cell(f"{INDICATORS[n % 21]}工作开展情况良好的，得{n % 5 + 1}分。", align="left"),
         cell(text * (1 + n % 3), align="left"))
        for n in range(1, 45)
    )  # fmt: skip
    return Table("t-points", "知识产权保护水平指标考核要点及说明", (0.7, 3, 5), (head, *rows), size="small")


def sample_document() -> Document:
    body = (
        Heading(1, "一、全省知识产权保护工作开展情况概述", "part-1", new_page=True),
        Paragraph((Text(LONG), Text("总体情况良好。", strong=True))),
        paragraph("指标体系见", Ref("f-tree"), "，分值见", Ref("t-marks"), "，要点见", Ref("appendix-1"), "。"),
        Heading(2, "（一）指标体系及说明", "framework"),
        paragraph(LONG),
        _figure("f-tree", "知识产权保护水平评估指标体系", 90),
        Heading(2, "（二）指标打分情况", "marks"),
        marks_table(),
        Heading(1, "二、各地区知识产权保护水平评估", "part-2", new_page=True),
        paragraph(LONG),
        _figure("f-total", "各地区知识产权保护水平得分情况", 88, bar_chart()),
        _figure("f-range", "各地区得分的可能范围", 95, stacked_chart()),
        Heading(3, "1. 长春市知识产权保护水平评估", "changchun"),
        paragraph("2020年11月，市政府办公室印发《长春市知识产权保护工作方案》。", style="quote"),
        paragraph(LONG, "评估情况见", Ref("f-radar"), "。"),
        Heading(4, "（1）主要发现", "changchun-findings"),
        _figure("f-radar", "长春市知识产权保护水平各考核内容评估情况", 85, radar_chart()),
        _figure("f-rates", "长春市各考核内容得分率与全省平均", 80, column_chart()),
        _figure("f-heat", "各地区三级指标得分率", 170, heat=heat_table()),
        paragraph("注：“—”表示没有可以公开的依据，不等于零分。", style="note"),
        Heading(1, "附录1：知识产权保护水平指标考核要点及说明", "appendix-1", new_page=True),
        appendix_table(),
    )
    return Document(
        Cover(TITLE, "十个地区的评估与比较", "吉林省知识产权保护中心", "2021年9月"),
        WorkGroup((("组长", ("孙健",)), ("副组长", ("郭辉", "程龙", "孙靛")),
                   ("组员", ("骆婉仪", "郑博", "辛颖", "陈一荭", "施岩", "陈海涛", "孙雪婷", "董朝晖", "赵鹤添")))),
        (paragraph(LONG), paragraph(LONG)),
        body,
        "本报告为方法演示：除已公布的数据外，分数由程序按公开事实推算，不代表任何机构的结论。",
        "演示数据",
        {"language": "zh-CN", "keywords": "知识产权, 保护水平, 评估", "framework": "sha256:1234"},
    )  # fmt: skip


PAGES = {
    "part-1": 1,
    "framework": 1,
    "marks": 3,
    "part-2": 5,
    "changchun": 7,
    "changchun-findings": 7,
    "appendix-1": 11,
}


@dataclass(frozen=True)
class Written:
    """A written report, opened."""

    path: Path
    parts: dict[str, bytes]

    def xml(self, name: str = "word/document.xml") -> etree._Element:
        return etree.fromstring(self.parts[name])

    def find(self, path: str, name: str = "word/document.xml") -> list[etree._Element]:
        found = self.xml(name).xpath(path, namespaces=PREFIXES)
        assert isinstance(found, list)
        return found


PREFIXES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}


def write(document: Document, path: Path, pages: dict[str, int]) -> Written:
    render(document, path, pages=pages, pictures={"f-tree": png(60, 36)})
    with ZipFile(path) as archive:
        return Written(path, {name: archive.read(name) for name in archive.namelist()})
