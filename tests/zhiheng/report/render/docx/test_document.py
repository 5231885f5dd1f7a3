"""What the reader sees: contents, numbers, references, tables, cover and pages, and what the renderer refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from tests.zhiheng.report.render.docx.samples import Written

from zhiheng.errors import RenderError
from zhiheng.report.content import (
    Block,
    Cell,
    Document,
    Heading,
    NativeChart,
    Ref,
    Series,
    Table,
    WorkGroup,
    cell,
    paragraph,
)
from zhiheng.report.render.docx import render
from zhiheng.report.render.docx.front import balanced, spread
from zhiheng.report.render.docx.tables import column_widths


def text(element: etree._Element) -> str:
    return "".join(element.xpath(".//w:t/text()", namespaces=element.nsmap))


def styled(report: Written, style: str) -> list:
    return report.find(f"//w:body//w:p[w:pPr/w:pStyle/@w:val='{style}']")


def with_body(document: Document, *blocks: Block):
    return replace(document, body=(Heading(1, "一、标题", "h"), *blocks))


def test_contents_show_headings_of_three_levels_with_their_pages(report: Written, pages: dict[str, int]):
    lines = [text(p) for level in (1, 2, 3) for p in styled(report, f"TOC{level}")]
    assert f"一、全省知识产权保护工作开展情况概述{pages['part-1']}" in lines
    assert f"1. 长春市知识产权保护水平评估{pages['changchun']}" in lines
    assert len(lines) == 6


def test_contents_link_to_bookmarks_that_exist(report: Written):
    names = set(report.find("//w:bookmarkStart/@w:name"))
    anchors = report.find("//w:hyperlink/@w:anchor")
    assert len(anchors) == 6
    assert set(anchors) <= names
    instructions = " ".join(report.find("//w:instrText/text()"))
    assert set(re.findall(r"(?:PAGEREF|REF) (\S+)", instructions)) <= names


def test_fields_begin_separate_and_end_in_pairs(report: Written):
    depth, kinds = 0, report.find("//w:fldChar/@w:fldCharType")
    for kind in kinds:
        depth += {"begin": 1, "separate": 0, "end": -1}[kind]
        assert depth >= 0
    assert depth == 0
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")


def test_word_is_not_asked_to_update_fields_that_are_filled_in(report: Written):
    assert not report.find("//w:updateFields", "word/settings.xml")


def test_word_fills_in_the_contents_when_pages_are_unknown(written: Callable[..., Written], document: Document):
    found = written(document, {"part-1": 1})
    assert found.find("//w:updateFields", "word/settings.xml")


def test_references_show_the_number_of_their_target(report: Written):
    (line,) = [text(p) for p in styled(report, "BodyText") if "指标体系见" in text(p)]
    assert line == "指标体系见图 1，分值见表 1，要点见附录1。"


def test_bookmark_of_a_caption_covers_label_and_number_only(report: Written):
    start = styled(report, "FigureCaption")[0].xpath("w:bookmarkStart", namespaces=report.xml().nsmap)[0]
    covered = []
    for element in start.itersiblings():
        if element.tag.endswith("bookmarkEnd"):
            break
        covered.append(text(element))
    assert "".join(covered) == "图 1"


def test_captions_stay_with_what_they_name(report: Written):
    for style in ("TableCaption", "Figure"):
        assert report.find(f"//w:style[@w:styleId='{style}']/w:pPr/w:keepNext", "word/styles.xml")
    assert [text(p) for p in styled(report, "TableCaption")] == [
        "表 1\u3000各级指标名称及分值",
        "表 2\u3000知识产权保护水平指标考核要点及说明",
    ]


def test_quotes_are_set_as_chinese_punctuation(report: Written):
    for run in report.find("//w:body//w:r[w:t[contains(., '“')]]"):
        assert run.xpath("w:rPr/w:rFonts/@w:hint", namespaces=run.nsmap) == ["eastAsia"]


def test_rows_stay_whole_and_heads_repeat(report: Written):
    points = report.find("//w:tbl[w:tblPr/w:tblCaption/@w:val='知识产权保护水平指标考核要点及说明']")[0]
    rows = points.xpath("w:tr", namespaces=points.nsmap)
    assert len(rows) == 45
    assert [bool(row.xpath("w:trPr/w:tblHeader", namespaces=row.nsmap)) for row in rows] == [True] + [False] * 44
    assert all(row.xpath("w:trPr/w:cantSplit", namespaces=row.nsmap) for row in rows)


def test_widths_of_cells_agree_with_the_grid_and_fill_the_type_area(report: Written):
    for table in report.find("//w:tbl"):
        grid = [int(width) for width in table.xpath("w:tblGrid/w:gridCol/@w:w", namespaces=table.nsmap)]
        assert sum(grid) == 8845
        for row in table.xpath("w:tr", namespaces=table.nsmap):
            column = 0
            for one in row.xpath("w:tc", namespaces=row.nsmap):
                span = int((one.xpath("w:tcPr/w:gridSpan/@w:val", namespaces=row.nsmap) or ["1"])[0])
                assert one.xpath("w:tcPr/w:tcW/@w:w", namespaces=row.nsmap) == [str(sum(grid[column : column + span]))]
                column += span
            assert column == len(grid)


def test_merged_cells_go_on_below_their_first_row(written: Callable[..., Written], document: Document):
    rows = (
        (cell("甲", rowspan=3), cell("乙", rowspan=2, colspan=2)),
        (),
        (cell("丙"), cell("丁")),
    )
    found = written(with_body(document, Table("t", "合并", (1, 1, 1), rows)))
    (table,) = found.find("//w:tbl[w:tblPr/w:tblCaption/@w:val='合并']")
    merges = [
        [(one.xpath("w:tcPr/w:vMerge", namespaces=table.nsmap) or [None])[0] is not None for one in row]
        for row in (r.xpath("w:tc", namespaces=table.nsmap) for r in table.xpath("w:tr", namespaces=table.nsmap))
    ]
    assert merges == [[True, True], [True, True], [True, False, False]]
    assert len(table.xpath(".//w:vMerge[@w:val='restart']", namespaces=table.nsmap)) == 2


def test_heat_map_is_a_table_with_readable_ink(report: Written):
    (heat,) = report.find("//w:tbl[w:tblPr/w:tblCaption/@w:val='各地区三级指标得分率']")
    fills = {
        text(one): one.xpath("w:tcPr/w:shd/@w:fill", namespaces=heat.nsmap)
        for one in heat.xpath("w:tr[position()>1]/w:tc", namespaces=heat.nsmap)
    }
    assert fills["100"] == ["084081"]
    assert fills["0"] == ["ECF3FA"]
    assert fills["—"] == []
    dark = heat.xpath(".//w:tc[.//w:t='100'][1]//w:color/@w:val", namespaces=heat.nsmap)
    assert dark[:1] == ["FFFFFF"]
    assert heat.getnext().xpath("w:pPr/w:keepNext", namespaces=heat.nsmap)


@pytest.mark.parametrize(
    "rows",
    [((cell("一"),),), ((cell("一"), cell("二"), cell("三")),), ((cell("一", rowspan=2), cell("二")),)],
    ids=["too few", "too many", "below the table"],
)
def test_a_table_whose_cells_do_not_fit_is_refused(
    written: Callable[..., Written], document: Document, rows: tuple[tuple[Cell, ...], ...]
):
    with pytest.raises(RenderError, match="不符"):
        written(with_body(document, Table("t", "表", (1, 1), rows)))


def test_a_reference_to_nothing_is_refused(written: Callable[..., Written], document: Document):
    with pytest.raises(RenderError, match="nowhere"):
        written(with_body(document, paragraph("见", Ref("nowhere"))))


def test_a_key_used_twice_is_refused(written: Callable[..., Written], document: Document):
    with pytest.raises(RenderError, match="重复"):
        written(with_body(document, Heading(1, "二、标题", "h")))


def test_a_missing_picture_is_refused(document: Document, tmp_path: Path, pages: dict[str, int]):
    with pytest.raises(RenderError, match="图片"):
        render(document, tmp_path / "x.docx", pages=pages, pictures={})


def test_a_picture_of_another_format_is_refused(document: Document, tmp_path: Path, pages: dict[str, int]):
    with pytest.raises(RenderError, match="PNG"):
        render(document, tmp_path / "x.docx", pages=pages, pictures={"f-tree": b"GIF89a"})


def test_front_matter_has_no_arabic_numbers_and_the_body_starts_on_page_one(report: Written):
    sections = report.find("//w:sectPr")
    numbering = [s.xpath("w:pgNumType/@w:fmt", namespaces=s.nsmap) for s in sections]
    assert numbering == [[], [], ["upperRoman"], ["decimal"]]
    assert sections[-1].xpath("w:pgNumType/@w:start", namespaces=sections[-1].nsmap) == ["1"]
    assert not sections[0].xpath("w:headerReference | w:footerReference", namespaces=sections[0].nsmap)


def test_pages_hold_22_lines_and_28_characters(report: Written):
    (grid, *_) = report.find("//w:docGrid")
    pitch = int(grid.get(f"{{{grid.nsmap['w']}}}linePitch"))
    assert 22 * pitch <= 12756 < 23 * pitch
    spacing = int(report.find("//w:style[@w:styleId='BodyText']/w:rPr/w:spacing/@w:val", "word/styles.xml")[0])
    assert 28 * (320 + spacing) <= 8845 < 29 * (320 + spacing)


def test_a_report_without_names_and_label_has_no_page_and_no_header_for_them(
    written: Callable[..., Written], document: Document
):
    found = written(replace(document, label="", short_label="", work_group=WorkGroup(), abstract=()))
    assert len(found.find("//w:sectPr")) == 3
    assert not [name for name in found.parts if "header" in name]
    assert "工" not in "".join(text(p) for p in styled(found, "FrontHeading"))
    assert found.find("//w:sectPr/w:footerReference")


def test_even_pages_number_on_the_left(report: Written):
    sides = {kind: report.find("//w:jc/@w:val", f"word/footer{kind}.xml") for kind in (1, 2)}
    assert sides == {1: ["right"], 2: ["left"]}
    assert report.find("//w:evenAndOddHeaders", "word/settings.xml")


def test_new_part_starts_a_page_but_not_after_the_section_break(report: Written):
    breaks = [bool(h.xpath("w:pPr/w:pageBreakBefore", namespaces=h.nsmap)) for h in styled(report, "Heading1")]
    assert breaks == [False, True, True]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("知识产权保护报告", ["知识产权保护报告"]),
        ("吉林省知识产权保护水平调查报告（2021年度）", ["吉林省知识产权保护水平调查报告", "（2021年度）"]),
        ("某省人民政府关于知识产权保护水平的调查报告", ["某省人民政府关于知识产权", "保护水平的调查报告"]),
        ("第一行\n第二行", ["第一行", "第二行"]),
    ],
)
def test_long_titles_break_between_words(title: str, lines: list[str]):
    assert balanced(title, 16) == lines


def test_short_names_are_spread_to_three_characters():
    assert [spread(name, 3) for name in ("孙健", "骆婉仪", "欧阳修远")] == ["孙\u3000健", "骆婉仪", "欧阳修远"]


def test_columns_fill_the_width_exactly():
    assert sum(column_widths((1, 1, 1), 100)) == 100
    assert column_widths((2, 1), 90) == [60, 30]


def figure_with(chart: NativeChart, document: Document):
    figure = next(document.figures())
    return with_body(document, replace(figure, native=chart))


@pytest.mark.parametrize(
    ("series", "why"),
    [
        ((Series("甲", (1.0,), "#112233"),), "类别"),
        ((Series("甲", (1.0, 2.0), "blue"),), "颜色"),
        ((Series("甲", (1.0, 2.0), "#112233", "line"),), "没有"),
    ],
)
def test_a_chart_that_cannot_be_drawn_is_refused(
    written: Callable[..., Written], document: Document, series: tuple[Series, ...], why: str
):
    with pytest.raises(RenderError, match=why):
        written(figure_with(NativeChart("bar", ("一", "二"), series, 10), document))


@pytest.mark.parametrize(("names", "maximum"), [((), 10.0), (("一",), 0.0)])
def test_a_chart_without_names_or_scale_is_refused(
    written: Callable[..., Written], document: Document, names: tuple[str, ...], maximum: float
):
    series = (Series("甲", tuple(1.0 for _ in names), "#112233"),)
    with pytest.raises(RenderError, match="上限"):
        written(figure_with(NativeChart("bar", names, series, maximum), document))
