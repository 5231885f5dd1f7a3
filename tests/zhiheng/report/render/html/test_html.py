"""The HTML page as bytes: it asks no host, runs no text of the document; anchors, tables and figures are whole."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from zhiheng.errors import RenderError
from zhiheng.report.content import (
    Block,
    Cover,
    DataTable,
    Document,
    Figure,
    Heading,
    Ref,
    Table,
    Text,
    WorkGroup,
    cell,
    paragraph,
)
from zhiheng.report.render.html import page, render
from zhiheng.report.render.html_blocks import inert_json, minimum_width, outline

HOSTILE = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)>\" onload='alert(3)' <!-- & ]]> =1+1"
SVG = '<svg width="624" height="320" xmlns="http://www.w3.org/2000/svg"></svg>'


def _figure(**changes: Any) -> Figure:
    figure = Figure("fig", "图题", "替代文字", {"series": []}, 156, 80, DataTable(("名称", "值"), (("甲", 1.5),)))
    return dataclasses.replace(figure, **changes)


def _document(*body: Block, **changes: Any) -> Document:
    document = Document(Cover("标题", "", "机构", "2021年"), WorkGroup(), (), body)
    return dataclasses.replace(document, **changes)


def _tree(document: Document, svgs: dict[str, str] | None = None) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(page(document, svgs or {f.key: SVG for f in document.figures()}))


@pytest.fixture(scope="module")
def text(document: Document, svgs: dict[str, str]) -> str:
    return page(document, svgs)


@pytest.fixture(scope="module")
def tree(text: str) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(text)


def test_same_input_gives_same_bytes(document: Document, svgs: dict[str, str], tmp_path: Path) -> None:
    render(document, tmp_path / "a.html", svgs=svgs)
    render(document, tmp_path / "b.html", svgs=dict(reversed(svgs.items())))
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_no_element_asks_a_host(tree: lxml_html.HtmlElement) -> None:
    names = ("src", "href", "srcset", "action", "formaction", "data", "poster", "background", "ping")
    addresses = {e.get(name) for e in tree.iter() for name in names if isinstance(e.tag, str) and e.get(name)}
    assert addresses
    assert [a for a in addresses if not a.startswith(("#", "data:"))] == []
    style = tree.find(".//style").text
    assert "url(" not in style
    assert "@import" not in style


def test_policy_allows_exactly_the_scripts_and_styles_of_the_page(text: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    inlined = {
        "script-src": re.findall(r"<script>(.*?)</script>", text, re.DOTALL),
        "style-src": re.findall(r"<style>(.*?)</style>", text, re.DOTALL),
    }
    directives = {words[0]: words[1:] for words in (part.split() for part in policy.replace("&#39;", "'").split(";"))}
    assert directives["default-src"] == ["'none'"]
    for name, sources in inlined.items():
        digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in sources]
        assert directives[name] == [f"'sha256-{digest}'" for digest in digests]


def test_no_attribute_holds_a_style_or_a_handler(tree: lxml_html.HtmlElement) -> None:
    attributes = {name for e in tree.iter() if isinstance(e.tag, str) for name in e.attrib}
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    option = {"title": {"text": HOSTILE}, HOSTILE: [HOSTILE]}
    figure = _figure(caption=HOSTILE, alt=HOSTILE, option=option, data=DataTable((HOSTILE,), ((HOSTILE,),)))
    table = Table("tab", HOSTILE, (1,), ((cell(HOSTILE),), (cell(HOSTILE, strong=True),)), note=HOSTILE)
    body = (
        Heading(1, HOSTILE, "h"),
        paragraph(HOSTILE, Text(HOSTILE, strong=True), Ref("h")),
        paragraph(HOSTILE, style="quote"),
        figure,
        table,
    )
    hostile = _tree(
        _document(
            *body,
            cover=Cover(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
            work_group=WorkGroup(((HOSTILE, (HOSTILE,)),)),
            abstract=(paragraph(HOSTILE),),
            label=HOSTILE,
            short_label=HOSTILE,
            properties={"keywords": HOSTILE, HOSTILE: HOSTILE},
        )
    )
    plain = _tree(_document(figure := _figure()))
    assert len(hostile.findall(".//script")) == len(plain.findall(".//script"))
    assert len(hostile.findall(".//style")) == 1
    assert [img.get("src")[:26] for img in hostile.iter("img")] == ["data:image/svg+xml;base64,"]
    assert [a for e in hostile.iter() if isinstance(e.tag, str) for a in e.attrib if a.startswith("on")] == []
    for place in (".//h1", ".//h2[@id='h']", ".//blockquote/p", ".//title", ".//dd", ".//aside/p"):
        assert hostile.find(place).text_content() == HOSTILE
    assert hostile.find(".//div[@id='tab']//tbody/tr/th").text_content() == HOSTILE
    assert json.loads(hostile.find(".//script[@type='application/json']").text) == option


def test_label_cannot_leave_the_style_sheet() -> None:
    tree = _tree(_document(label='"}body{display:none}</style>\\'))
    assert "body{display" not in tree.find(".//style").text


def test_json_cannot_end_its_element_and_reads_back() -> None:
    option = {"a": HOSTILE + "\u2028", "b": (1, 2.5, None, True)}
    text = inert_json(option, "fig")
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": option["a"], "b": [1, 2.5, None, True]}


def test_each_figure_has_picture_option_data_and_alternative_text(
    document: Document, svgs: dict[str, str], tree: lxml_html.HtmlElement
) -> None:
    figures = list(document.figures())
    drawn = tree.findall(".//figure")
    assert [f.get("id") for f in drawn] == [f.key for f in figures]
    for figure, element in zip(figures, drawn, strict=True):
        stage = element.find(".//div[@role='img']")
        assert stage.get("aria-label") == figure.alt
        address = stage.find("img").get("src")
        assert base64.b64decode(address.split(",", 1)[1]).decode() == svgs[figure.key]
        assert json.loads(element.find("script").text) == json.loads(json.dumps(figure.option))
        rows = element.findall("details//tbody/tr")
        assert [len(row) for row in rows] == [len(figure.data.columns)] * len(figure.data.rows)
        assert element.find("details//thead//th").text == figure.data.columns[0]


def test_anchors_are_unique_and_links_arrive(document: Document, tree: lxml_html.HtmlElement) -> None:
    anchors = [e.get("id") for e in tree.iter() if isinstance(e.tag, str) and e.get("id")]
    assert len(anchors) == len(set(anchors))
    links = [a.get("href") for a in tree.iter("a")]
    assert {link[1:] for link in links} <= set(anchors)
    assert {h.key for h in document.headings()} <= set(anchors)
    reference = next(a for a in tree.iter("a") if a.get("href") == "#fig-ranking")
    assert reference.text == "图 2"


def test_label_stands_in_banner_captions_print_and_footer(document: Document, tree: lxml_html.HtmlElement) -> None:
    assert tree.find(".//aside").text_content().strip() == document.label
    captions = [c.text_content() for c in tree.iter("figcaption")]
    assert captions
    assert [c for c in captions if not c.endswith(document.short_label)] == []
    assert document.label in tree.find(".//footer").text_content()
    assert f"\\{ord(document.label[0]):x} " in tree.find(".//style").text


def test_document_without_label_has_no_banner_and_no_tags() -> None:
    tree = _tree(_document(_figure()))
    assert tree.find(".//aside") is None
    assert tree.find(".//figcaption").text_content() == "图 1 图题"


def test_footer_gives_the_hashes(document: Document, tree: lxml_html.HtmlElement) -> None:
    footer = tree.find(".//footer").text_content()
    hashes = [value for name, value in document.properties.items() if name.endswith("_hash")]
    assert len(hashes) == 3
    assert [value for value in hashes if value not in footer] == []
    assert "同一输入得到同一结果" in footer


def test_headings_keep_their_order_of_levels(document: Document, tree: lxml_html.HtmlElement) -> None:
    assert len(tree.findall(".//h1")) == 1
    printed = [(e.tag, e.text) for e in tree.find(".//main").iter("h2", "h3", "h4", "h5") if "ui-" not in e.get("id")]
    assert printed == [(f"h{h.level + 1}", h.text) for h in document.headings()]


def test_row_heads_are_found_beside_merged_cells() -> None:
    rows = (
        (cell("组", colspan=2), cell("分")),
        (cell("甲", rowspan=2), cell("一"), cell("1")),
        (cell("二"), cell("2")),
        (cell("乙"), cell("三"), cell("3")),
    )
    table = _tree(_document(Table("t", "题", (1, 1, 1), rows))).find(".//main//table")
    scopes = [[c.get("scope") for c in row] for row in table.iter("tr")]
    assert scopes == [["colgroup", "col"], ["rowgroup", None, None], [None, None], ["row", None, None]]
    assert table.find("caption").text_content() == "表 1 题"
    assert len(table.find("thead")) == 1


def test_shaded_cells_can_be_read(text: str) -> None:
    def luminance(colour: str) -> float:
        values = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    shades = re.findall(r"\.s-\d+\{background:#(\w{6});color:#(\w{6})\}", text)
    assert len(shades) == 21
    for ground, ink in shades:
        darker, lighter = sorted((luminance(ground), luminance(ink)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("body", "svgs", "named"),
    [
        ((Heading(1, "一", "k"), Heading(1, "二", "k")), {}, "twice"),
        ((Heading(1, "一", "ui-top"),), {}, "anchor"),
        ((Heading(1, "一", "两 字"),), {}, "anchor"),
        ((paragraph(Ref("nowhere")),), {}, "nowhere"),
        (
            (Table("t", "题", (1,), ((cell("甲"),), (dataclasses.replace(cell(""), inlines=(Ref("gone"),)),))),),
            {},
            "gone",
        ),
        ((_figure(),), {}, "No picture"),
        ((_figure(),), {"fig": "<p>"}, "width and height"),
        ((_figure(option={"x": float("nan")}),), {"fig": SVG}, "pure JSON"),
        ((_figure(option={"x": print}),), {"fig": SVG}, "pure JSON"),
    ],
)
def test_unsound_document_is_refused(body: tuple[Block, ...], svgs: dict[str, str], named: str) -> None:
    with pytest.raises(RenderError, match=named):
        page(_document(*body), svgs)


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"series": [{"type": "tree"}]}, 600),
        ({"series": {"type": "heatmap"}}, 600),
        ({"series": [{"type": "bar"}], "yAxis": {"data": ["长春市"]}}, 320),
        ({"series": [{"type": "bar"}], "yAxis": [{"data": ["一二三四五六七八九十"]}]}, 370),
        ({"series": [{"type": "bar"}], "yAxis": {"data": [{"value": "一二三四五\n六七八九十一二"}]}}, 331),
        ({"series": [{"type": "bar"}], "xAxis": {"data": list("甲乙丙丁戊己庚辛壬癸")}}, 390),
        ({"series": [{"type": "radar"}], "radar": {"indicator": [{"name": "一二三四五六"}]}}, 396),
        ({"series": [{"type": "bar"}], "yAxis": {"data": ["长" * 90]}}, 600),
    ],
)
def test_minimum_width_follows_the_labels_up_to_the_width_drawn(option: dict[str, object], expected: int) -> None:
    assert minimum_width(option, 600) == expected


@pytest.mark.parametrize(("regions", "deepest"), [(5, 3), (12, 2)])
def test_contents_lose_their_deepest_level_when_too_long(regions: int, deepest: int) -> None:
    headings = [Heading(1, "一", "a")]
    for index in range(regions):
        headings += [Heading(2, "（一）", f"b{index}"), Heading(3, "1.", f"c{index}"), Heading(3, "2.", f"d{index}")]
    entries = outline(headings)
    assert len(entries) == 1
    assert len(entries[0].children) == regions
    assert {len(entry.children) for entry in entries[0].children} == {2 if deepest == 3 else 0}
