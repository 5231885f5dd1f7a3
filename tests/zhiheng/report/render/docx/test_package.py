"""The file as a package: everything it points at is there, every id is its own, and equal input gives equal bytes."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest
from lxml import etree
from openpyxl import load_workbook
from tests.zhiheng.report.render.docx.samples import Written

from zhiheng.report.content import Document, WorkGroup

RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


def targets(report: Written, part: str) -> dict[str, str]:
    folder, name = posixpath.split(part)
    rels = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
    if rels not in report.parts:
        return {}
    rows = etree.fromstring(report.parts[rels]).iter(RELATION)
    return {row.get("Id"): posixpath.normpath(posixpath.join(folder, row.get("Target"))) for row in rows}


def test_every_relationship_leads_to_a_part(report: Written):
    for part in [*report.parts, ""]:
        for target in targets(report, part).values():
            assert target in report.parts


def test_every_part_is_reached_from_the_root(report: Written):
    reached, left = set(), [""]
    while left:
        part = left.pop()
        new = set(targets(report, part).values()) - reached
        reached |= new
        left += new
    stored = {name for name in report.parts if not name.endswith(".rels") and name != "[Content_Types].xml"}
    assert stored == reached


def test_every_relationship_id_in_the_text_is_declared(report: Written):
    for part in [name for name in report.parts if name.endswith(".xml") and name != "[Content_Types].xml"]:
        declared = targets(report, part)
        for element in etree.fromstring(report.parts[part]).iter(etree.Element):
            for name, value in element.attrib.items():
                if str(name).startswith(R):
                    assert value in declared, (part, element.tag)


def test_every_part_has_a_content_type(report: Written):
    types = etree.fromstring(report.parts["[Content_Types].xml"])
    defaults = {row.get("Extension") for row in types if row.get("Extension")}
    overrides = {row.get("PartName") for row in types if row.get("PartName")}
    for name in report.parts:
        if name == "[Content_Types].xml":
            continue
        assert f"/{name}" in overrides or name.rsplit(".", 1)[-1] in defaults - {"xml"}, name


def test_drawings_have_ids_of_their_own_and_say_what_they_show(report: Written):
    drawings = report.find("//wp:docPr")
    assert len(drawings) == 5
    assert len({drawing.get("id") for drawing in drawings}) == 5
    assert all(drawing.get("descr") for drawing in drawings)


def test_bookmarks_are_paired_and_named_once(report: Written):
    starts = report.find("//w:bookmarkStart/@w:id")
    assert Counter(starts) == Counter(report.find("//w:bookmarkEnd/@w:id"))
    assert max(Counter(starts).values()) == 1
    assert max(Counter(report.find("//w:bookmarkStart/@w:name")).values()) == 1


def test_every_style_in_use_is_defined(report: Written):
    known = set(report.find("//w:style/@w:styleId", "word/styles.xml"))
    for part in ("word/document.xml", "word/header1.xml", "word/footer1.xml"):
        used = set(report.find("//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val", part))
        assert used <= known
    bases = report.find("//w:basedOn/@w:val | //w:next/@w:val", "word/styles.xml")
    assert set(bases) <= known


def test_equal_input_gives_equal_bytes(written: Callable[..., Written], document: Document):
    first = written(document, name="a.docx").path.read_bytes()
    assert first == written(document, name="b.docx").path.read_bytes()


def test_no_entry_carries_the_time_of_writing(report: Written):
    entries = [ZipFile(report.path)]
    entries += [ZipFile(BytesIO(blob)) for name, blob in report.parts.items() if name.endswith(".xlsx")]
    assert len(entries) == 5
    for archive in entries:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_workbook_of_a_chart_holds_its_numbers_and_leaves_missing_ones_empty(report: Written):
    charts = sorted(name for name in report.parts if name.startswith("word/charts/chart"))
    (book,) = targets(report, charts[0]).values()
    opened = load_workbook(BytesIO(report.parts[book]))
    assert opened.properties.created == opened.properties.modified == datetime(2000, 1, 1)  # noqa: DTZ001 - as openpyxl reads it
    sheet = opened["Sheet1"]
    assert [cell.value for cell in sheet[1]] == [None, "总分", "全省平均"]
    assert [sheet["A2"].value, sheet["B2"].value, sheet["C2"].value] == ["长春市", 82.4, 68.9]
    assert sheet["B11"].value is None


def test_properties_name_the_report(report: Written, document: Document):
    core = docx.Document(str(report.path)).core_properties
    assert core.title == document.cover.title
    assert core.author == "吉林省知识产权保护中心"
    assert core.keywords == "知识产权, 保护水平, 评估"
    assert core.language == "zh-CN"
    assert "sha256:1234" in core.comments


def test_python_docx_reads_the_headings(report: Written):
    read = docx.Document(str(report.path))
    headings = [(p.style.name, p.text) for p in read.paragraphs if p.style.name.startswith("Heading")]
    assert headings[0] == ("Heading 1", "一、全省知识产权保护工作开展情况概述")
    assert [style for style, _ in headings] == [f"Heading {level}" for level in (1, 2, 2, 1, 3, 4, 1)]


def test_control_characters_do_not_break_the_file(written: Callable[..., Written], document: Document):
    cover = replace(document.cover, organisation="吉林\x0b中心\x00")
    found = written(replace(document, cover=cover, work_group=WorkGroup()))
    assert docx.Document(str(found.path)).core_properties.author == "吉林 中心 "


@pytest.mark.parametrize("part", ["word/header1.xml", "word/header2.xml"])
def test_label_runs_on_odd_and_even_pages(report: Written, document: Document, part: str):
    assert "".join(report.find("//w:t/text()", part)) == document.label
