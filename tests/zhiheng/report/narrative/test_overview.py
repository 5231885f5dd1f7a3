from __future__ import annotations

from zhiheng.report.narrative.overview import Standing, overview

GRADES = ("优秀", "良好", "合格", "待提高")
UNITS = (
    Standing("丙市", 60.0, 3, "合格"),
    Standing("甲市", 82.4, 1, "优秀"),
    Standing("丁区", 52.2, 5, ""),
    Standing("乙市", 71.0, 2, "良好"),
    Standing("戊州", 60.0, 3, "合格"),
)


def test_mean_median_range_and_widest_gap_agree_with_the_totals() -> None:
    first, _ = overview(UNITS, GRADES)
    assert "平均得65.1分" in first
    assert "中位数为60分" in first
    assert "2个地区高于平均分" in first
    assert "甲市以82.4分居首位" in first
    assert "首末相差30.2分" in first
    assert "甲市与乙市之间，达11.4分" in first


def test_grades_are_counted_from_the_highest_with_empty_and_open_ones_named() -> None:
    _, second = overview(UNITS, GRADES)
    assert "“优秀”1个（甲市），“良好”1个（乙市），“合格”2个（丙市、戊州），“待提高”等次空缺" in second
    assert "另有1个地区等次待定" in second


def test_units_with_the_same_rank_are_told_as_a_tie() -> None:
    assert overview(UNITS, GRADES)[1].endswith("丙市和戊州并列第3位。")


def test_a_shared_first_place_names_both() -> None:
    units = [Standing("甲市", 80.0, 1), Standing("乙市", 80.0, 1), Standing("丙市", 70.0, 3)]
    assert "乙市、甲市以80分居首位" in overview(units)[0]


def test_equal_totals_have_no_first_and_last() -> None:
    text = overview([Standing("甲市", 80.0, 1), Standing("乙市", 80.0, 1)])[0]
    assert "居末位" not in text
    assert "均为80分" in text


def test_one_unit_or_none_is_not_compared() -> None:
    assert overview([]) == ()
    assert overview([Standing("甲市", 80.0, 1)]) == ("全省参评地区仅甲市1个，得80分。",)
