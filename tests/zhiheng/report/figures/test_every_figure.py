from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from lxml import etree
from tests.zhiheng.report.figures.samples import FIGURES, LABEL

from zhiheng.report.content import Figure
from zhiheng.report.figures.theme import PIXELS_PER_MM
from zhiheng.report.render.svg import Drawer

Maker = Callable[[], Figure]
TYPE_AREA_MM = (156.0, 205.0)
SMALLEST_PX = 8 * 96 / 72
kinds = pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES.keys())


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


def draw(drawer: Drawer, figure: Figure) -> etree._Element:
    svg = drawer.draw(figure.option, figure.width_mm * PIXELS_PER_MM, figure.height_mm * PIXELS_PER_MM)
    return etree.fromstring(svg.encode())


def texts(root: etree._Element) -> Iterator[etree._Element]:
    return root.iter("{http://www.w3.org/2000/svg}text")


@kinds
def test_the_option_is_pure_json(make: Maker) -> None:
    option = make().option
    assert json.loads(json.dumps(option, allow_nan=False)) == json.loads(json.dumps(option))
    assert "function" not in json.dumps(option)


@kinds
def test_the_same_data_give_the_same_figure(make: Maker) -> None:
    assert make() == make()


@kinds
def test_the_data_label_is_drawn(make: Maker, drawer: Drawer) -> None:
    assert any(LABEL in (node.text or "") for node in texts(draw(drawer, make())))


@kinds
def test_the_figure_fits_the_page(make: Maker) -> None:
    figure = make()
    assert (figure.width_mm, figure.height_mm) <= TYPE_AREA_MM
    assert figure.height_mm <= TYPE_AREA_MM[1]


@kinds
def test_no_text_is_smaller_than_eight_points(make: Maker, drawer: Drawer) -> None:
    sizes = [re.search(r"font-size:([\d.]+)px", node.get("style") or "") for node in texts(draw(drawer, make()))]
    assert sizes
    assert all(size and float(size.group(1)) >= SMALLEST_PX for size in sizes)


@kinds
def test_every_text_stands_inside_the_picture(make: Maker, drawer: Drawer) -> None:
    figure = make()
    width, height = figure.width_mm * PIXELS_PER_MM, figure.height_mm * PIXELS_PER_MM
    for node in texts(draw(drawer, figure)):
        place = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", node.get("transform") or "")
        x, y = (float(v) for v in place.groups()) if place else (float(node.get("x") or 0), 0.0)
        y += float(node.get("y") or 0)
        length = sum(11.0 if ord(c) > 0x2000 else 6.2 for c in node.text or "")
        anchor = {"middle": 0.5, "end": 1.0}.get(node.get("text-anchor") or "", 0.0)
        start = x - length * anchor + (float(node.get("x") or 0) if place else 0)
        assert start >= -1, node.text
        assert start + length <= width + 1, node.text
        assert 0 <= y <= height, node.text


@kinds
def test_the_alternative_text_is_chinese_and_has_the_numbers(make: Maker) -> None:
    figure = make()
    assert re.match(r"[\u4e00-\u9fff]{3}", figure.alt)
    assert re.search(r"\d", figure.alt)
    assert figure.alt.endswith("。")


@kinds
def test_every_row_of_the_data_table_is_as_wide_as_its_head(make: Maker) -> None:
    data = make().data
    assert data.rows
    assert {len(row) for row in data.rows} == {len(data.columns)}


@kinds
def test_native_series_are_as_long_as_their_categories(make: Maker) -> None:
    native = make().native
    for series in native.series if native else ():
        assert len(series.values) == len(native.categories if native else ())
        assert re.fullmatch(r"#[0-9A-F]{6}", series.color)


def test_what_word_cannot_draw_has_neither_chart_nor_table() -> None:
    pictures = {name for name, make in FIGURES.items() if make().native is None and make().heat is None}
    assert pictures == {"tiles", "tree", "change", "distribution"}
