from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from tests.zhiheng.report.figures import samples

from zhiheng.report.figures import theme
from zhiheng.report.figures.bars import Known, Rate, known_bars, rate_bars
from zhiheng.report.figures.change import Change
from zhiheng.report.figures.heat import Column, Row, heat_figure
from zhiheng.report.figures.radar import Axis, radar_figure
from zhiheng.report.figures.tiles import NOTE
from zhiheng.report.figures.tree import Branch, tree_figure


def series(figure: Any, kind: str) -> list[dict[str, Any]]:
    return [s for s in figure.option["series"] if s["type"] == kind]


def values(drawn: dict[str, Any]) -> list[Any]:
    return [item["value"] for item in drawn["data"]]


def test_radar_leaves_out_an_axis_without_a_rate_and_says_so() -> None:
    figure = samples.radar()
    assert figure.native is not None
    assert len(figure.option["radar"]["indicator"]) == 3  # type: ignore[index]
    assert "督查考核不适用或无得分，未列入" in figure.option["title"]["text"]  # type: ignore[index]
    assert "督查考核" in figure.alt
    assert figure.data.rows[3] == ("督查考核", None, 50.0)
    assert values(series(figure, "radar")[0])[0] == [62.5, 80.0, 40.0] == list(figure.native.series[0].values)


def test_radar_prints_each_rate_at_its_axis() -> None:
    names = [axis["name"] for axis in samples.radar().option["radar"]["indicator"]]  # type: ignore[index]
    assert [name.split("\n")[-1] for name in names] == ["62.5%", "80.0%", "40.0%"]


def test_radar_of_two_axes_becomes_bars() -> None:
    figure = radar_figure("d", "雷达", "甲", [Axis("组织", 0.5, 0.4), Axis("保障", 0.25, 0.4), Axis("成效", None, 0.4)])
    assert figure.native is not None
    assert figure.native.kind == "bar"
    assert figure.native.series[0].values == (50.0, 25.0, None)


def test_radar_without_means_draws_only_the_unit() -> None:
    figure = radar_figure("d", "雷达", "甲", [Axis(name, 0.5, None) for name in "甲乙丙"])
    assert len(series(figure, "radar")[0]["data"]) == 1
    assert "None" not in figure.alt


def test_score_bars_keep_a_missing_score_apart_from_zero() -> None:
    figure = samples.scores()
    assert figure.native is not None
    track, bars = series(figure, "bar")[:2]
    assert values(bars) == [8.5, None, 0] == list(figure.native.series[0].values)
    assert values(track) == [10, 3, 9]
    assert figure.option["yAxis"][1]["data"] == ["8.5 / 10", "— / 3", "0 / 9"]  # type: ignore[index]


def test_rate_bars_rank_the_weakest_first_and_missing_last() -> None:
    figure = samples.rates()
    assert [row[1] for row in figure.data.rows] == [35.5, 70.0, None]
    assert figure.native is not None
    assert values(series(figure, "bar")[0]) == list(figure.native.series[0].values)
    assert [item["coords"] for item in series(figure, "lines")[0]["data"]] == [
        [[10.0, 0], [80.0, 0]],
        [[40.0, 1], [100.0, 1]],
    ]


def test_rate_bars_keep_what_does_not_fit_in_the_data_table() -> None:
    figure = rate_bars("w", "弱项", [Rate(f"指标{place}", place / 40) for place in range(40)], most=24)
    assert figure.native is not None
    assert len(figure.native.categories) == 24
    assert len(figure.data.rows) == 40
    assert figure.height_mm <= 205


def test_known_bars_are_shares_of_full_marks_and_their_text_is_marks() -> None:
    figure = samples.known()
    assert figure.native is not None
    assert [values(bar) for bar in series(figure, "bar")[:3]] == [[20, 100], [20, 0], [60, 0]]
    assert [list(s.values) for s in figure.native.series] == [[20, 100], [20, 0], [60, 0]]
    assert figure.option["yAxis"][1]["data"] == ["2～10 / 10", "3 / 3"]  # type: ignore[index]


def test_known_bars_of_an_indicator_that_gives_nothing_are_empty() -> None:
    assert known_bars("k", "区间", [Known("不适用", 0, 0, 0, 0)]).native.series[0].values == (0.0,)  # type: ignore[union-attr]


def test_a_missing_cell_of_the_heat_map_has_a_dash_and_no_colour() -> None:
    figure = samples.heat()
    cells, missing = series(figure, "heatmap")[0], series(figure, "scatter")[0]
    assert len(cells["data"]) == 7
    assert values(missing) == [[1, 1]]
    assert missing["label"]["formatter"] == "—"
    assert figure.option["visualMap"]["seriesIndex"] == 0  # type: ignore[index]
    assert figure.data.rows[1][2] is None


def test_the_shaded_table_holds_the_rates_of_the_heat_map() -> None:
    figure = samples.heat()
    assert figure.heat is not None
    shades = [[cell.shade for cell in row[1:]] for row in figure.heat.rows[1:]]
    assert shades == [[1.0, 0.0, 0.625, 0.3], [0.5, None, 0.25, 0.75]]
    drawn = {tuple(v[:2]): v[2] for v in values(series(figure, "heatmap")[0])}
    assert all(
        drawn.get((x, y)) == theme.as_percent(rate) for y, row in enumerate(shades) for x, rate in enumerate(row)
    )
    assert not figure.heat.numbered
    assert all(name in figure.heat.note for name in samples.NAMES)


def test_a_heat_map_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        heat_figure("h", "热力", [Column("1", "甲"), Column("2", "乙")], [Row("丙", (0.5,))])


def test_a_large_heat_map_fits_the_page() -> None:
    columns = [Column(str(place), f"指标{place}") for place in range(30)]
    assert heat_figure("h", "热力", columns, [Row(f"县{place}", (0.5,) * 30) for place in range(40)]).height_mm <= 205


def test_tiles_are_squares_of_one_size_at_their_places() -> None:
    figure = samples.tiles()
    grid = figure.option["grid"]
    width = figure.width_mm * theme.PIXELS_PER_MM - grid["left"] - grid["right"]  # type: ignore[index]
    height = figure.height_mm * theme.PIXELS_PER_MM - grid["top"] - grid["bottom"]  # type: ignore[index]
    assert width / 3 == pytest.approx(height / 2, abs=1)
    assert [v[:2] for v in values(series(figure, "heatmap")[0])] == [[0, 0], [2, 1], [1, 1]]


def test_the_legend_of_the_tiles_lists_the_grades_that_occur_and_the_missing() -> None:
    pieces = samples.tiles().option["visualMap"]["pieces"]  # type: ignore[index]
    assert [piece["label"] for piece in pieces] == ["优秀", "良好", "无得分"]
    assert [v[2] for v in values(series(samples.tiles(), "heatmap")[0])] == [1, 0, 2]


def test_the_tile_map_says_that_it_shows_no_borders() -> None:
    figure = samples.tiles()
    assert NOTE in figure.option["title"]["text"]  # type: ignore[index]
    assert NOTE in figure.alt


def test_the_causes_of_change_add_up() -> None:
    assert Change("甲", 2.1, -0.6, 0.5).total == 2.0
    figure = samples.change()
    assert figure.data.rows[0] == ("长春市", 2.1, -0.6, 0.5, 2.0)
    assert [v[0] for v in values(series(figure, "scatter")[0])] == [2.0, -2.6]
    assert figure.option["yAxis"][1]["data"] == ["+2", "−2.6"]  # type: ignore[index]


def areas(figure: Any) -> list[list[dict[str, Any]]]:
    found: list[list[dict[str, Any]]] = series(figure, "lines")[0]["markArea"]["data"]
    return found


def boxes(figure: Any) -> list[tuple[float, float, float, float]]:
    return [(*first["coord"], *second["coord"]) for first, second in areas(figure)]


def deep_tree(depth: int, breadth: int) -> Branch:
    name = samples.NAMES[depth % len(samples.NAMES)]
    return Branch(name, 5, tuple(deep_tree(depth - 1, breadth) for _ in range(breadth)) if depth > 1 else ())


@pytest.mark.parametrize("root", [deep_tree(2, 4), deep_tree(3, 3), deep_tree(4, 2), deep_tree(4, 1)])
def test_no_two_boxes_of_a_tree_touch_and_all_lie_inside(root: Branch) -> None:
    figure = tree_figure("e", "体系", root)
    width, height = theme.pixels(figure.width_mm), theme.pixels(figure.height_mm)
    for left, top, right, bottom in boxes(figure):
        assert min(left, top) >= 0
        assert right <= width
        assert bottom <= height
    for one, other in combinations(boxes(figure), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]


def test_every_line_of_a_tree_box_fits_the_box() -> None:
    figure = samples.tree()
    for (first, _), (left, top, right, bottom) in zip(areas(figure), boxes(figure), strict=True):
        lines = first["label"]["formatter"].split("\n")
        assert max(map(theme.width_of, lines)) * theme.SMALL <= right - left
        assert len(lines) * first["label"]["lineHeight"] <= bottom - top


def test_the_tree_shows_names_and_marks() -> None:
    names = [first["name"] for first, _ in areas(samples.tree())]
    assert "指标体系（100分）" in names
    assert "2. 信息报送（5分）" in names
    assert "一级2项、二级2项、三级4项" in samples.tree().alt
