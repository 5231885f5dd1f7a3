"""Native charts: what is plotted, in which colours, with which labels, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Literal

import pytest
from lxml import etree
from openpyxl import load_workbook

from zhiheng.report.content import NativeChart, Series
from zhiheng.report.render.docx.axes import step
from zhiheng.report.render.docx.charts import chart_part
from zhiheng.report.render.docx.colours import ink_on
from zhiheng.report.render.docx.workbooks import chart_workbook, number_format, rounded

NS = {
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
}
NAMES = ("甲市", "乙市", "丙市")


def drawn(chart: NativeChart, label: str = "") -> etree._Element:
    return etree.fromstring(chart_part(chart, label=label, width_mm=150, workbook="rId1"))


def chart(
    kind: Literal["bar", "column", "stacked", "radar"],
    *series: Series,
    names: tuple[str, ...] = NAMES,
    maximum: float = 100.0,
    percent: bool = False,
) -> NativeChart:
    return NativeChart(kind, names, series, maximum, "得分（分）", percent)


BARS = Series("总分", (82.4, None, 52.2), "#2F5C9A")
MEAN = Series("平均", (67.3, 67.3, 67.3), "C0504D", "line")
MARK = Series("公布", (80.0, 70.0, 60.0), "#C0504D", "marker")


def find(root: etree._Element, path: str):
    return root.xpath(path, namespaces=NS)


def test_a_missing_value_is_no_point_and_not_zero():
    root = drawn(chart("bar", BARS))
    assert find(root, "//c:val//c:ptCount/@val") == ["3"]
    assert find(root, "//c:val//c:pt/@idx") == ["0", "2"]
    assert find(root, "//c:dispBlanksAs/@val") == ["gap"]


def test_first_name_of_horizontal_bars_stands_on_top_and_numbers_at_the_foot():
    root = drawn(chart("bar", BARS))
    assert find(root, "//c:barDir/@val") == ["bar"]
    assert find(root, "//c:catAx//c:orientation/@val") == ["maxMin"]
    assert find(root, "//c:valAx/c:crosses/@val") == ["max"]


def test_a_mean_turns_bars_into_columns_with_a_dashed_line():
    root = drawn(chart("bar", BARS, MEAN))
    assert find(root, "//c:barDir/@val") == ["col"]
    assert find(root, "//c:lineChart/c:ser//a:prstDash/@val") == ["dash"]
    assert find(root, "//c:lineChart/c:ser/c:marker/c:symbol/@val") == ["none"]
    assert find(root, "//c:catAx//c:orientation/@val") == ["minMax"]


def test_a_mean_over_too_many_names_for_columns_becomes_bars_of_its_own():
    names = tuple(f"指标{n}" for n in range(21))
    values = tuple(float(n) for n in range(21))
    root = drawn(
        chart("bar", Series("得分率", values, "#2F5C9A"), Series("平均", values, "#C0504D", "line"), names=names)
    )
    assert find(root, "//c:barDir/@val") == ["bar"]
    assert not find(root, "//c:lineChart")
    assert [len(find(series, "c:dLbls")) for series in find(root, "//c:barChart/c:ser")] == [1, 0]


def test_published_marks_stand_as_points_on_stacked_columns():
    root = drawn(chart("stacked", replace(BARS, name="已证实"), MARK))
    assert find(root, "//c:grouping/@val") == ["stacked", "standard"]
    assert find(root, "//c:lineChart//c:symbol/@val") == ["diamond"]
    assert find(root, "//c:lineChart/c:ser/c:spPr/a:ln/a:noFill")


def test_stacked_values_are_left_out_where_they_are_short_or_covered():
    low = Series("已证实", (40.0, 40.0, 2.0), "#2F5C9A")
    high = Series("可能", (40.0, 20.0, 40.0), "#E3E8EF")
    mark = Series("公布", (60.0, 90.0, None), "#C0504D", "marker")
    root = drawn(chart("stacked", low, high, mark))
    hidden = [find(ser, "c:dLbls/c:dLbl/c:idx/@val") for ser in find(root, "//c:barChart/c:ser")]
    assert hidden == [["2"], ["0"]]


def test_values_of_a_radar_follow_its_names_and_the_workbook_computes_them():
    one = chart("radar", Series("长春市", (93.45, None, 85.0), "#2F5C9A"), percent=True)
    assert find(drawn(one), "//c:ser[1]/c:cat//c:v/text()") == ["甲市\n93.5%", "乙市", "丙市\n85.0%"]
    sheet = load_workbook(BytesIO(chart_workbook(one)))["Sheet1"]
    assert sheet["A2"].value == '=C2&CHAR(10)&TEXT(B2,"0.0""%""")'
    assert sheet["C2"].value == "甲市"
    assert load_workbook(BytesIO(chart_workbook(one)), data_only=True)["Sheet1"]["A2"].value == "甲市\n93.5%"


def test_cells_named_by_the_chart_hold_its_numbers():
    one = chart("column", BARS, MEAN)
    sheet = load_workbook(BytesIO(chart_workbook(one)))["Sheet1"]
    root = drawn(one)
    for ser in find(root, "//c:ser"):
        reference = find(ser, "c:val//c:f/text()")[0].split("!")[1].replace("$", "")
        stored = [row[0].value for row in sheet[reference]]
        shown = {int(p.get("idx")): float(p[0].text) for p in find(ser, "c:val//c:pt")}
        assert {i: v for i, v in enumerate(stored) if v is not None} == shown
        head = find(ser, "c:tx//c:f/text()")[0].split("!")[1].replace("$", "")
        assert sheet[head].value == find(ser, "c:tx//c:v/text()")[0]


def test_colours_come_from_the_series_with_or_without_a_hash():
    root = drawn(chart("column", BARS, MEAN))
    assert find(root, "//c:ser/c:spPr//a:srgbClr/@val") == ["2F5C9A", "C0504D"]


def test_every_type_setting_names_a_chinese_and_a_latin_face():
    root = drawn(chart("column", BARS, MEAN), label="演示数据")
    looks = find(root, "//a:defRPr | //a:rPr")
    assert len(looks) >= 6
    for look in looks:
        assert find(look, "a:latin/@typeface") == ["Times New Roman"]
        assert find(look, "a:ea/@typeface") == ["宋体"]


def test_label_stands_inside_the_chart_and_without_one_there_is_no_title():
    assert find(drawn(chart("bar", BARS), "演示数据"), "/c:chartSpace/c:chart/c:title//a:t/text()") == ["（演示数据）"]
    bare = drawn(chart("bar", BARS))
    assert not find(bare, "/c:chartSpace/c:chart/c:title")
    assert find(bare, "//c:autoTitleDeleted/@val") == ["1"]


def test_axis_ends_at_the_maximum_and_names_its_unit():
    root = drawn(chart("column", BARS, maximum=27))
    assert find(root, "//c:valAx/c:scaling/c:max/@val") == ["27"]
    assert find(root, "//c:valAx/c:scaling/c:min/@val") == ["0"]
    assert find(root, "//c:valAx/c:title//a:t/text()") == ["得分（分）"]


def test_corners_are_square_and_one_series_needs_no_legend():
    assert find(drawn(chart("bar", BARS)), "//c:roundedCorners/@val") == ["0"]
    assert not find(drawn(chart("bar", BARS)), "//c:legend")
    assert find(drawn(chart("bar", BARS, MEAN)), "//c:legendPos/@val") == ["b"]


@pytest.mark.parametrize(
    ("values", "percent", "form"),
    [((1.0, 2.0), False, "0"), ((1.5, None), False, "0.0"), ((0.25,), False, "0.00"), ((76.25,), True, '0.0"%"'),
     ((0.1 + 0.2,), False, "0.0")],
)  # fmt: skip
def test_labels_have_as_many_decimals_as_needed(values: tuple[float | None, ...], percent: bool, form: str):
    assert number_format(values, percent=percent) == form


def test_halves_round_as_in_a_spreadsheet():
    assert [rounded(value, 1) for value in (0.25, 93.45, 2.0)] == ["0.3", "93.5", "2.0"]


@pytest.mark.parametrize(("maximum", "distance"), [(100, 20), (27, 5), (3, 0.5), (56, 10), (1, 0.2)])
def test_grid_lines_stand_at_round_values(maximum: float, distance: float):
    assert step(maximum) == pytest.approx(distance)


@pytest.mark.parametrize(("ground", "ink"), [("084081", "FFFFFF"), ("ECF3FA", "000000"), ("7A9DC0", "000000")])
def test_ink_is_the_one_with_more_contrast(ground: str, ink: str):
    assert ink_on(ground) == ink
