from __future__ import annotations

import pytest

from zhiheng.report.figures import theme

LONG = "行政确权、公证存证、仲裁、调解、行政裁决、行政执法、司法保护之间的衔接情况"


@pytest.mark.parametrize("width", [6.0, 9.0, 14.0, 20.0])
def test_wrap_keeps_every_character_and_no_line_is_too_wide(width: float) -> None:
    wrapped = theme.wrap(LONG, width)
    assert wrapped.replace("\n", "") == LONG
    assert max(theme.width_of(line) for line in wrapped.split("\n")) <= width


def test_wrap_never_starts_a_line_with_closing_punctuation() -> None:
    lines = theme.wrap("加强知识产权保护人才、经费（等）资源保障，推动工作", 11).split("\n")
    assert not [line for line in lines if line[0] in "、，）"]
    assert not [line for line in lines if line[-1] == "（"]


def test_wrap_does_not_part_the_digits_of_a_number() -> None:
    assert "\n" not in theme.wrap("整体组织2021年实施", 6)[4:9].strip("\n")
    assert "2021" in theme.wrap("整体组织实2021", 6)


def test_wrap_makes_lines_of_like_length_instead_of_stranding_a_character() -> None:
    assert theme.wrap("提高知识产权保护工作法制化水", 13).split("\n") != ["提高知识产权保护工作法制化", "水"]


def test_wrap_leaves_a_short_text_alone() -> None:
    assert theme.wrap("信息报送", 8) == "信息报送"


def test_grade_colours_grow_lighter_so_that_grey_print_keeps_the_order() -> None:
    colors = [int(color[1:3], 16) for color in theme.grade_colors(["优秀", "良好", "合格", "待提高", "差"]).values()]
    assert colors == sorted(colors)
    assert len(set(colors)) == 5


def test_a_single_grade_has_a_colour() -> None:
    assert theme.grade_colors(["合格"]) == {"合格": "#084081"}


@pytest.mark.parametrize("rate", [step / 20 for step in range(21)])
def test_ink_on_every_step_of_the_heat_scale_is_readable(rate: float) -> None:
    def luminance(color: str) -> float:
        channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ground = theme.ramp(rate)
    darker, lighter = sorted((luminance(ground), luminance(theme.ink_on(ground))))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.3


def test_ramp_holds_rates_outside_its_range_at_the_ends() -> None:
    assert theme.ramp(-1) == theme.ramp(0)
    assert theme.ramp(2) == theme.ramp(1)


def test_numbers_carry_no_float_dust() -> None:
    assert theme.number(0.1 + 0.2) == "0.3"
    assert theme.number(None) == "—"


def test_percent_rounds_halves_up_as_offices_do() -> None:
    assert theme.percent(0.0625) == "6.3%"
    assert theme.as_percent(0.0625) == 6.3


@pytest.mark.parametrize(("largest", "end"), [(29, 30), (30, 30), (6.6, 8), (0, 1), (100, 100), (0.25, 0.25)])
def test_axis_ends_at_a_round_number(largest: float, end: float) -> None:
    assert theme.end_of_axis(largest) == pytest.approx(end)


def test_rows_shrink_before_the_page_ends() -> None:
    few = theme.row_height(["甲"] * 10, 26, 80)
    many = theme.row_height(["甲"] * 40, 26, 80)
    assert few == 26
    assert many * 40 + 80 <= theme.pixels(theme.TALLEST_MM) + 0.01


def test_the_frame_prints_label_and_note_and_nothing_where_there_is_none() -> None:
    assert theme.frame("重构示例", note="示意图")["title"]["text"] == "示意图　（重构示例）"
    assert "title" not in theme.frame("")
