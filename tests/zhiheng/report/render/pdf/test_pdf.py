from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiheng.errors import RenderError
from zhiheng.report.content import Cover, Document, Figure, Heading, Ref, Table, Text, WorkGroup, cell, paragraph
from zhiheng.report.render.pdf import heading_pages, render

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><rect width="60" height="30"/></svg>'
HOSTILE = '#eval("1") $x$ *a* _b_ @c \\d <e> // f /* g */ `h` [i] {j} "k" -- ~ = + &amp; %s ${l}'
SPACE = re.compile(r"\s+")


def small(*body: object, title: str = "报告", label: str = "") -> Document:
    return Document(Cover(title, "", "中心", "2021年9月"), WorkGroup(), (), body, label)  # type: ignore[arg-type] # blocks


def pages_of(document: Document, path: Path, **options: Any) -> list[str]:
    svgs = {figure.key: DRAWING for figure in document.figures()}
    render(document, path, svgs=svgs, font_folders=[], **options)
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def squeezed(text: str) -> str:
    return SPACE.sub("", text)


def front(sample: Any) -> int:
    """Count the sheets before the body, from the sheets and the last printed number."""
    numbers = [int(found[1]) for page in sample.reader.pages if (found := re.search(r"— (\d+) —", page.extract_text()))]
    assert numbers == list(range(1, len(numbers) + 1))
    return len(sample.reader.pages) - len(numbers)


def structure(reader: pypdf.PdfReader) -> Iterator[Any]:
    """Yield every element of the structure tree."""
    waiting: list[Any] = [reader.root_object["/StructTreeRoot"]]
    while waiting:
        item = waiting.pop().get_object()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            yield item
            if "/K" in item:
                waiting.append(item["/K"])


def bookmarks(reader: pypdf.PdfReader) -> dict[str, int]:
    found: dict[str, int] = {}

    def walk(items: list[Any]) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item)
            else:
                page = reader.get_destination_page_number(item)
                assert page is not None
                found[squeezed(item.title)] = page

    walk(reader.outline)
    return found


def test_each_heading_stands_on_the_page_returned_for_it(sample: Any) -> None:
    sheets = front(sample)
    texts = [squeezed(page.extract_text()) for page in sample.reader.pages]
    wanted = {h.key: squeezed(h.text) for h in sample.document.headings()}
    assert set(sample.rendered.pages) == set(wanted)
    assert [k for k, text in wanted.items() if text not in texts[sheets + sample.rendered.pages[k] - 1]] == []
    assert sample.rendered.page_count == len(texts)


def test_contents_list_headings_down_to_the_third_kind_with_their_pages(sample: Any) -> None:
    texts = [page.extract_text() for page in sample.reader.pages[: front(sample)]]
    contents = "\n".join(squeezed(line) for text in texts for line in text.splitlines())
    contents = re.sub(r"\.+\n(\d)", r"...\1", contents)
    for heading in sample.document.headings():
        if heading.key.startswith("p4-"):  # the same words come twice under part four
            continue
        line = re.search(re.escape(squeezed(heading.text)) + r"\.+(\d+)$", contents, re.MULTILINE)
        if heading.level > 3:
            assert line is None
        else:
            assert line
            assert int(line[1]) == sample.rendered.pages[heading.key]


def test_every_heading_has_a_bookmark_to_its_page(sample: Any) -> None:
    sheets, found = front(sample), bookmarks(sample.reader)
    for heading in sample.document.headings():
        if heading.level <= 3 and not heading.key.startswith("p4-"):  # the same words come twice under part four
            assert found[squeezed(heading.text)] == sheets + sample.rendered.pages[heading.key] - 1


def test_pages_for_word_differ_from_the_pdf_only_where_figures_float(sample: Any, tmp_path: Path) -> None:
    for_word = heading_pages(sample.document, font_folders=[])
    assert for_word.keys() == sample.rendered.pages.keys()
    assert all(page >= sample.rendered.pages[key] for key, page in for_word.items())
    plain_body = tuple(b for b in sample.document.body if not isinstance(b, Figure))
    bare = replace(sample.document, body=tuple(b for b in plain_body if not refers(b)))
    rendered = render(bare, tmp_path / "a.pdf", svgs={}, font_folders=[])
    assert heading_pages(bare, font_folders=[]) == rendered.pages


def refers(block: object) -> bool:
    return any(isinstance(item, Ref) for item in getattr(block, "inlines", ()))


def test_figures_keep_their_order_and_stand_under_the_heading_of_their_part(sample: Any) -> None:
    text = squeezed("".join(page.extract_text() for page in sample.reader.pages[front(sample) :]))
    numbers = sample.document.numbers()
    captions = [squeezed(f"{numbers[f.key]}　{f.caption}") for f in sample.document.figures()]
    places = [text.index(caption) for caption in captions]
    assert places == sorted(places)
    assert text.index("四、问题分析") > places[-2]


def test_file_is_tagged_and_says_its_language_title_and_date(sample: Any) -> None:
    root, about = sample.reader.trailer["/Root"], sample.reader.metadata
    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value
    assert root["/Lang"] == "zh-CN"
    assert about.title == sample.document.cover.title
    assert about.author == sample.document.cover.organisation
    assert "知识产权保护" in about["/Keywords"]
    assert about["/CreationDate"].startswith("D:20210901")
    assert "sha256:0123" in sample.path.read_bytes().decode("utf-8", "replace")


def test_figures_carry_their_alternative_text_and_tables_their_head_cells(sample: Any) -> None:
    elements = list(structure(sample.reader))
    alternatives = {str(element["/Alt"]) for element in elements if "/Alt" in element}
    assert {figure.alt for figure in sample.document.figures()} <= alternatives
    kinds = {str(element.get("/S")) for element in elements}
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/Figure", "/Caption", "/P"} <= kinds


def test_fonts_are_embedded_subsets(sample: Any) -> None:
    fonts: dict[str, Any] = {}
    for page in sample.reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            fonts[font["/BaseFont"]] = font["/DescendantFonts"][0]["/FontDescriptor"]
    names = {name.split("+", 1)[1] for name in fonts}
    assert all(re.match(r"/[A-Z]{6}\+", name) for name in fonts)
    assert all({"/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in fonts.values())
    assert any("Serif" in name for name in names)
    assert any("Sans" in name for name in names)
    assert any("Kai" in name for name in names)


def test_full_page_holds_22_lines_of_28_characters(tmp_path: Path) -> None:
    text = pages_of(small(Heading(1, "一、概述", "p1"), paragraph("知" * 3000)), tmp_path / "a.pdf")
    lines = [line for line in text[3].splitlines() if set(line) == {"知"}]
    assert [len(line) for line in lines] == [28] * 22
    first = next(line for line in text[2].splitlines() if "知" in line)
    assert first.count("知") == 26


def test_label_is_on_every_page(sample: Any) -> None:
    label = squeezed(sample.document.label)
    assert [i for i, page in enumerate(sample.reader.pages) if label not in squeezed(page.extract_text())] == []


def test_table_head_is_repeated_and_a_dividing_row_stays_with_its_rows(tmp_path: Path) -> None:
    rows = [(cell("编号", strong=True), cell("内容", strong=True))]
    for part in range(4):
        rows.append((cell(f"第{part}组", colspan=2, align="left"),))  # type: ignore[arg-type] # a shorter row
        rows += [(cell(f"{part}-{i}"), cell("说明")) for i in range(20)]
    texts = pages_of(small(Heading(1, "一、表", "p1"), Table("t", "表", (1, 3), tuple(rows))), tmp_path / "a.pdf")
    with_rows = [text for text in texts if re.search(r"\d-\d", text)]
    assert len(with_rows) > 2
    for text in with_rows:
        lines = [line for line in map(squeezed, text.splitlines()) if re.search(r"编号|第\d组|\d-\d", line)]
        assert "编号" in lines[0]
        assert lines[1].startswith("第")
        assert re.match(r"\d-\d", lines[-1])


def test_merged_cells_over_pages_lose_no_row(tmp_path: Path) -> None:
    rows = [(cell("组"), cell("项"))]
    for part in range(3):
        rows += [((cell(f"组{part}", rowspan=40),) if i == 0 else ()) + (cell(f"{part}:{i};"),) for i in range(40)]  # type: ignore[misc]
    texts = pages_of(small(Heading(1, "一、表", "p1"), Table("t", "表", (1, 1), tuple(rows))), tmp_path / "a.pdf")
    found = re.findall(r"\d+:\d+;", squeezed("".join(texts)))
    assert found == [f"{part}:{i};" for part in range(3) for i in range(40)]


def test_short_table_is_not_broken_and_its_caption_stays_with_it(tmp_path: Path) -> None:
    rows = ((cell("表头"),), *((cell(f"行{i}"),) for i in range(8)))
    for lines in range(14, 22):
        body = paragraph("知" * (28 * lines - 4))
        document = small(Heading(1, "一、表", "p1"), body, Table("t", "短表", (1,), rows))
        texts = pages_of(document, tmp_path / "a.pdf")
        (page,) = (text for text in texts if "短表" in text)
        assert all(f"行{i}" in squeezed(page) for i in range(8))


def test_row_taller_than_a_page_is_printed_whole(tmp_path: Path) -> None:
    table = Table("t", "表", (1, 3), ((cell("头"), cell("头")), (cell("左"), cell("知" * 3000))))
    text = "".join(pages_of(small(Heading(1, "一、题", "p1"), table), tmp_path / "a.pdf"))
    assert text.count("知") == 3000


def test_text_runs_on_before_a_figure_that_does_not_fit_and_figures_stay_in_order(sample: Any, tmp_path: Path) -> None:
    some = next(sample.document.figures())
    tall, low = (replace(some, key=f"f{i}", caption=f"插图{i}", height_mm=h) for i, h in enumerate((150.0, 20.0)))
    after = paragraph("后" * 56)
    body = (Heading(1, "一、题", "p1"), paragraph("前" * 28 * 10), tall, after, low, after)
    texts = [squeezed(text) for text in pages_of(small(*body), tmp_path / "a.pdf")]
    assert "后" in texts[2]
    assert "插图" not in texts[2]
    assert texts[3].index("插图0") < texts[3].index("插图1")


def test_figure_is_not_carried_past_the_heading_of_a_part(sample: Any, tmp_path: Path) -> None:
    tall = replace(next(sample.document.figures()), key="f", caption="插图", height_mm=150.0)
    body = (Heading(1, "一、题", "p1"), paragraph("前" * 28 * 10), tall, Heading(1, "二、题", "p2"), paragraph("后"))
    text = squeezed("".join(pages_of(small(*body), tmp_path / "a.pdf")))
    assert text.rindex("插图") < text.rindex("二、题")


def test_hostile_strings_print_as_they_are(tmp_path: Path) -> None:
    table = Table("t", HOSTILE, (1,), ((cell(HOSTILE),), (cell(HOSTILE),)), note=HOSTILE)
    document = replace(
        small(Heading(1, HOSTILE, "p1"), paragraph(HOSTILE, Text(HOSTILE, strong=True)), table, title=HOSTILE),
        abstract=(paragraph(HOSTILE, style="quote"), paragraph(HOSTILE, style="note")),
        work_group=WorkGroup(((HOSTILE, (HOSTILE,)),)),
        label=HOSTILE,
        properties={"keywords": HOSTILE, "hash": HOSTILE},
    )
    text = squeezed("".join(pages_of(document, tmp_path / "a.pdf")))
    assert text.count(squeezed(HOSTILE)) >= 14


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("#$*_@\\<>[]{}()`~=+-/\"'&%!?.,:;^|0a中　。“"), min_size=1, max_size=40))
def test_any_punctuation_prints_as_it_is(tmp_path: Path, text: str) -> None:
    found = pages_of(small(Heading(1, "一、题", "p1"), paragraph("始", text, "终")), tmp_path / "a.pdf")
    assert squeezed(f"始{text}终") in squeezed("".join(found))


@pytest.mark.parametrize("text", ["a\x00b", "第一行\n第二行", "\ud800", "\u202e", "\t", "\ufffe"])
def test_control_characters_do_not_stop_the_setting(tmp_path: Path, text: str) -> None:
    assert len(pages_of(small(Heading(1, "一、题", "p1"), paragraph(text)), tmp_path / "a.pdf")) == 3


def test_same_document_gives_the_same_bytes(sample: Any, tmp_path: Path) -> None:
    for pdf_a in (False, True):
        made = []
        for name in ("one.pdf", "two.pdf"):
            pages_of(sample.document, tmp_path / name, pdf_a=pdf_a)
            made.append((tmp_path / name).read_bytes())
        assert made[0] == made[1]


def test_archive_option_declares_pdf_a_2a_and_pdf_ua_1(sample: Any, tmp_path: Path) -> None:
    pages_of(sample.document, tmp_path / "a.pdf", pdf_a=True)
    declared = (tmp_path / "a.pdf").read_bytes().decode("utf-8", "replace")
    assert re.search(r"pdfaid:part>2<", declared)
    assert re.search(r"pdfaid:conformance>A<", declared)
    assert re.search(r"pdfuaid:part>1<", declared)


def test_skipped_heading_levels_are_still_an_accessible_document(tmp_path: Path) -> None:
    headings = [Heading(level, f"标题{i}", f"h{i}") for i, level in enumerate((3, 1, 4, 3, 2, 4))]
    assert len(pages_of(small(*headings), tmp_path / "a.pdf")) == 3


def test_front_matter_without_group_abstract_and_label_leaves_no_blank_page(tmp_path: Path) -> None:
    texts = pages_of(small(Heading(1, "一、题", "p1"), paragraph("正文")), tmp_path / "a.pdf")
    assert [bool(squeezed(text)) for text in texts] == [True, True, True]
    assert "— 1 —" in texts[2]


def test_refusals_name_what_is_missing(sample: Any, tmp_path: Path) -> None:
    figure = next(sample.document.figures())
    with pytest.raises(RenderError, match=figure.caption):
        render(small(figure), tmp_path / "a.pdf", svgs={}, font_folders=[])
    with pytest.raises(RenderError, match="nowhere"):
        pages_of(small(paragraph(Ref("nowhere"))), tmp_path / "a.pdf")
    with pytest.raises(RenderError, match="重复"):
        pages_of(small(Heading(1, "一", "same"), Heading(1, "二", "same")), tmp_path / "a.pdf")
    broken = replace(figure, key="f")
    with pytest.raises(RenderError, match="排版"):
        render(small(broken), tmp_path / "a.pdf", svgs={"f": "no drawing"}, font_folders=[])
    assert list(tmp_path.iterdir()) == []


def test_second_level_headings_are_set_in_kai_and_their_digits_in_the_serif(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    render(small(Heading(1, "一、概述", "p1"), Heading(2, "（一）总体情况2021", "p2")), path, svgs={}, font_folders=[])
    drawn: dict[str, str] = {}

    def visit(text: str, *rest: Any) -> None:
        font = rest[-2]
        for character in text.strip():
            drawn[character] = str((font or {}).get("/BaseFont", ""))

    pypdf.PdfReader(path).pages[-1].extract_text(visitor_text=visit)
    assert "Kai" in drawn["况"]
    assert "Serif" in drawn["2"]
