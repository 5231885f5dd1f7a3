from __future__ import annotations

from typing import Any

from tests.zhiheng.report.figures import samples

from zhiheng.report.figures.distribution import Bin, distribution_figure


def counts(figure: Any) -> list[list[int]]:
    return [[item["value"] for item in one["data"]] for one in figure.option["series"]]


def test_open_units_stand_on_top_of_the_certain_ones() -> None:
    assert counts(samples.distribution()) == [[1, 3, 0, 0, 1], [0, 2, 1, 0, 0]]


def test_a_settled_round_has_one_series_and_a_word_chart() -> None:
    figure = distribution_figure("n", "分布", [Bin("0～50", 2), Bin("50～100", 8)])
    assert counts(figure) == [[2, 8]]
    assert figure.native is not None
    assert figure.native.series[0].values == (2.0, 8.0)


def test_a_figure_with_open_units_has_no_word_chart_that_would_hide_them() -> None:
    assert samples.distribution().native is None


def test_the_axis_of_counts_has_whole_numbers_only() -> None:
    figure: Any = distribution_figure("n", "分布", [Bin("0～50", 1)])
    assert figure.option["yAxis"]["minInterval"] == 1
    assert figure.option["yAxis"]["max"] == 5
