from __future__ import annotations

import re
from typing import Any

from lxml import etree
from tests.zhiheng.report.figures import samples

from zhiheng.report.content import Figure
from zhiheng.report.figures.ranking import Bounds, Line, Total, bounds_figure, ranking_figure
from zhiheng.report.figures.theme import PIXELS_PER_MM
from zhiheng.report.render.svg import Drawer


def svg_of(figure: Figure) -> etree._Element:
    size = (figure.width_mm * PIXELS_PER_MM, figure.height_mm * PIXELS_PER_MM)
    return etree.fromstring(Drawer().draw(figure.option, *size).encode())


def places(figure: Figure) -> dict[str, tuple[float, float]]:
    found = {}
    for node in svg_of(figure).iter("{http://www.w3.org/2000/svg}text"):
        match = re.search(r"translate\(([-\d.]+)[ ,]([-\d.]+)\)", node.get("transform") or "")
        if match:
            found[node.text or ""] = (float(match[1]), float(match[2]) + float(node.get("y") or 0))
    return found


def series_of(figure: Figure) -> list[dict[str, Any]]:
    series = figure.option["series"]
    assert isinstance(series, list)
    return series


def bars(figure: Figure) -> list[dict[str, Any]]:
    return [s for s in series_of(figure) if s["type"] == "bar"]


def merged(figure: Figure) -> list[float | None]:
    """The values of the bars of all grades, by category."""
    columns = zip(*([item["value"] for item in bar["data"]] for bar in bars(figure)), strict=True)
    return [next((value for value in column if value is not None), None) for column in columns]


def test_units_stand_by_score_and_those_without_one_come_last() -> None:
    assert [row[1] for row in samples.ranking().data.rows] == ["长春市", "吉林市", "通化市", "新区"]


def test_a_zero_ranks_above_a_missing_total() -> None:
    figure = ranking_figure("r", "得分", [Total("甲", None), Total("乙", 0.0)], full=100)
    assert [row[1] for row in figure.data.rows] == ["乙", "甲"]
    assert merged(figure) == [0.0, None]


def test_bars_and_word_chart_show_the_same_values() -> None:
    figure = samples.ranking()
    assert figure.native is not None
    assert merged(figure) == [82.4, 71.3, 61, None]
    assert list(figure.native.series[0].values) == merged(figure)
    assert set(figure.native.series[1].values) == {71.6}


def test_a_missing_total_has_a_dash_and_no_bar() -> None:
    figure = samples.ranking()
    assert "—" in places(figure)
    assert all(bar["data"][3]["value"] is None for bar in bars(figure))
    assert "新区无得分" in figure.alt


def test_every_grade_is_one_series_of_its_colour() -> None:
    assert [bar["name"] for bar in bars(samples.ranking())] == list(samples.GRADES)


def test_labels_of_lines_stand_above_the_bars_and_apart() -> None:
    lines = [Line("优秀", 72), Line("良好", 70), Line("合格", 60)]
    figure = ranking_figure(
        "r", "得分", [Total("甲", 71, "优秀")], full=100, mean=Line("全省均值", 71), thresholds=lines
    )
    found = places(figure)
    shown = [found[text] for text in ("全省均值 71", "优秀 72", "良好 70", "合格 60")]
    assert all(y < found["甲"][1] - 12 for _, y in shown)
    for place, (x, y) in enumerate(shown):
        for other_x, other_y in shown[place + 1 :]:
            assert abs(y - other_y) >= 12 or abs(x - other_x) >= 40


def test_values_stand_on_paper_above_the_lines() -> None:
    series = series_of(samples.ranking())
    values, lines = series[-1], series[0]["markLine"]
    assert values["z"] > lines["z"]
    assert all(item["label"]["backgroundColor"] == "#FFFFFF" for item in values["data"])


def test_without_grades_there_is_one_series_and_no_legend() -> None:
    figure = ranking_figure("r", "得分", [Total("甲", 71)], full=100)
    assert len(bars(figure)) == 1
    assert "legend" not in figure.option


def test_pieces_of_the_bounds_add_up_to_what_is_possible() -> None:
    figure = samples.bounds()
    totals = [
        round(sum(values), 6) for values in zip(*([i["value"] for i in b["data"]] for b in bars(figure)), strict=True)
    ]
    assert totals == [100, 100, 94]
    assert figure.native is not None
    assert [s.values for s in figure.native.series[:3]] == [
        tuple(item["value"] for item in bar["data"]) for bar in bars(figure)
    ]


def test_an_exact_published_total_is_a_diamond_and_a_band_is_a_range() -> None:
    series = {s.get("name"): s for s in series_of(samples.bounds())}
    assert [item["value"] for item in series["公布总分"]["data"]] == [[82.4, 0]]
    assert series["公布总分"]["symbol"] == "diamond"
    assert [item["coords"] for item in series["公布总分所在区间"]["data"]] == [[[70, 1], [82.4, 1]]]


def test_a_unit_without_a_published_total_has_no_mark() -> None:
    figure = samples.bounds()
    assert figure.native is not None
    marks = {s.name: s.values for s in figure.native.series if s.role == "marker"}
    assert marks == {
        "公布总分": (82.4, None, None),
        "公布区间下限": (None, 70, None),
        "公布区间上限": (None, 82.4, None),
    }


def test_a_band_that_ends_at_full_marks_keeps_its_text_inside() -> None:
    figure = bounds_figure("b", "区间", [Bounds("甲", 1, 2, 100, band=(80, 100))], full=100)
    root = svg_of(figure)
    node = next(n for n in root.iter("{http://www.w3.org/2000/svg}text") if n.text == "80～100")
    assert node.get("text-anchor") == "end"


def test_the_alternative_text_tells_bounds_and_published_totals() -> None:
    assert "长春市已核实16分、加待核28.4分、最多可能100分，公布82.4分" in samples.bounds().alt
    assert "公布区间70至82.4分" in samples.bounds().alt


def test_forty_units_still_fit_the_page() -> None:
    totals = [Total(f"第{place}县", place) for place in range(40)]
    assert ranking_figure("r", "得分", totals, full=100).height_mm <= 205
