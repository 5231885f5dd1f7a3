from __future__ import annotations

import hashlib
import threading

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # fontTools ships no types
from lxml import etree

from zhiheng.errors import RenderError
from zhiheng.report.assets import FIGURE_FAMILY, echarts_source, font_folder
from zhiheng.report.render.svg import Drawer

OPTION = {
    "animation": False,
    "xAxis": {"type": "category", "data": ["长春市", "吉林市"]},
    "yAxis": {"max": 100},
    "series": [{"type": "bar", "data": [82.4, None], "label": {"show": True}}],
}
PATTERNED = {**OPTION, "series": [{"type": "bar", "data": [1, 2], "itemStyle": {"decal": {"symbol": "rect"}}}]}
SVG = "{http://www.w3.org/2000/svg}"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def drawer() -> Drawer:
    return Drawer()


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in etree.fromstring(svg.encode()).iter(f"{SVG}text")]


def test_an_option_becomes_an_svg_with_its_texts_and_size(drawer: Drawer) -> None:
    svg = drawer.draw(OPTION, 400, 200)
    root = etree.fromstring(svg.encode())
    assert (root.get("width"), root.get("height")) == ("400", "200")
    assert {"长春市", "吉林市", "82.4"} <= set(texts(svg))


def test_text_is_set_in_the_family_that_ships(drawer: Drawer) -> None:
    svg = drawer.draw({**OPTION, "textStyle": {"fontFamily": "SimHei"}}, 400, 200)
    assert (etree.fromstring(svg.encode()).get("font-family") or "").startswith(FIGURE_FAMILY)
    assert "SimHei" not in svg


def ids(svg: str) -> set[str]:
    return {str(node.get("id")) for node in etree.fromstring(svg.encode()).iter() if node.get("id")}


def test_same_option_same_bytes_whatever_was_drawn_before(drawer: Drawer) -> None:
    first = drawer.draw(PATTERNED, 400, 200)
    drawer.draw(OPTION, 400, 200)
    assert ids(first)
    assert drawer.draw(PATTERNED, 400, 200) == first
    assert Drawer().draw(PATTERNED, 400, 200) == first


def test_ids_of_two_figures_differ_so_that_both_can_stand_in_one_page() -> None:
    one, other = (ids(Drawer().draw(PATTERNED, width, 200)) for width in (400, 410))
    assert not one & other


def test_print_has_no_hover_rules(drawer: Drawer) -> None:
    assert "<style" not in drawer.draw(OPTION, 400, 200)


def test_a_large_result_crosses_from_the_engine(drawer: Drawer) -> None:
    many = {"xAxis": {"type": "category"}, "yAxis": {}, "series": [{"type": "bar", "data": list(range(1500))}]}
    assert len(drawer.draw(many, 2000, 400)) > 100_000


@pytest.mark.parametrize("bad", [{"series": float("nan")}, {"series": {1, 2}}])
def test_an_option_that_is_not_json_is_refused(drawer: Drawer, bad: dict[str, object]) -> None:
    with pytest.raises(RenderError, match="JSON"):
        drawer.draw(bad, 400, 200)


def test_an_option_that_echarts_refuses_is_refused_and_the_drawer_lives_on(drawer: Drawer) -> None:
    with pytest.raises(RenderError, match="ECharts"):
        drawer.draw({"series": [{"type": "bar", "data": [1]}]}, 400, 200)
    assert "82.4" in drawer.draw(OPTION, 400, 200)


def test_a_second_thread_is_refused_instead_of_crashing_the_engine(drawer: Drawer) -> None:
    drawer.draw(OPTION, 400, 200)
    raised: list[str] = []

    def draw() -> None:
        try:
            drawer.draw(OPTION, 400, 200)
        except RenderError as error:
            raised.append(error.code)

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join()
    assert raised == ["report.render"]


def test_a_picture_has_the_pixels_of_its_printed_width(drawer: Drawer) -> None:
    svg = drawer.draw(OPTION, 400, 200)
    png = drawer.png(svg, 100)
    assert png.startswith(PNG)
    width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    assert abs(width - 100 / 25.4 * 220) <= 1
    assert abs(height * 2 - width) <= 2
    assert drawer.png(svg, 100) == png


def test_a_picture_shows_its_chinese_text(drawer: Drawer) -> None:
    named = drawer.draw({"title": {"text": "长春市"}}, 200, 60)
    other = drawer.draw({"title": {"text": "吉林市"}}, 200, 60)
    assert drawer.png(named, 50) != drawer.png(other, 50)


def test_a_broken_svg_is_refused(drawer: Drawer) -> None:
    with pytest.raises(RenderError):
        drawer.png("<svg", 100)


def test_echarts_is_the_file_its_version_note_names() -> None:
    noted = (font_folder().parent / "echarts" / "VERSION").read_text(encoding="utf-8")
    assert hashlib.sha256(echarts_source().encode()).hexdigest() in noted


@pytest.mark.parametrize(
    ("name", "family", "weight"),
    [
        ("NotoSansSC-Regular.otf", "Noto Sans SC", 400),
        ("NotoSansSC-Bold.otf", "Noto Sans SC", 700),
        ("NotoSerifSC-Regular.otf", "Noto Serif SC", 400),
        ("NotoSerifSC-Bold.otf", "Noto Serif SC", 700),
        ("ZHKai-Regular.ttf", "ZH Kai", 400),
    ],
)
def test_every_font_has_its_name_and_all_of_gb_2312(name: str, family: str, weight: int) -> None:
    with TTFont(font_folder() / name) as font:
        has = set(font.getBestCmap())
        names = [record.toUnicode() for record in font["name"].names if record.nameID != 0]
        assert font["name"].getDebugName(1) == family
        assert font["OS/2"].usWeightClass == weight
    # Reserved names may stand in the copyright notice only.
    assert not [text for text in names if "LXGW" in text or "霞鹜" in text]
    hanzi = {
        ord(bytes((row, column)).decode("gb2312"))
        for row in range(0xB0, 0xF8)
        for column in range(0xA1, 0xFF)
        if not (row == 0xD7 and column > 0xF9)
    }
    assert len(hanzi) == 6763
    assert not hanzi - has
    assert not {ord(c) for c in "①⑳■●▲△▼◆★½≥≤×÷±→—…（），。《》“”〔〕％"} - has


def test_the_licence_stands_beside_the_fonts() -> None:
    for name in ("OFL-Noto.txt", "OFL-ZHKai.txt"):
        assert "SIL OPEN FONT LICENSE" in (font_folder() / name).read_text(encoding="utf-8")
