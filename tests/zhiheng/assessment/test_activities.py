from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from zhiheng.assessment.activities import THEMES, parse_quantities, read_activities, read_metrics
from zhiheng.errors import CaseError, InputError

CASE = Path(__file__).parents[3] / "src/zhiheng/cases/jilin-2021"
HEAD = "unit,theme,order,date,actor,act,object,doc_no,quantities,status\n"
METRIC_HEAD = "unit,order,metric,value,measure,as_of,changes,share,role,derived\n"
TEN = ["长春市", "吉林市", "四平市", "辽源市", "通化市", "白山市", "松原市", "白城市", "延边州", "长白山"]


def write(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text, "utf-8")
    return path


def faults(folder: Path, text: str, reader: Callable[[Path], object] = read_activities) -> list[tuple[int | None, str]]:
    with pytest.raises(InputError) as caught:
        reader(write(folder, text))
    return [(p.line, p.field) for p in caught.value.problems]


def test_quantities_keep_printed_digits_and_more_than() -> None:
    first, second, third = parse_quantities("开展行动=10余次;+罚款=6.0273万元;>其余=3起")
    assert (first.amount, first.over, first.number) == ("10余次", True, Decimal(10))
    assert (second.amount, second.link) == ("6.0273万元", "+")
    assert third.link == ">"


def test_a_ten_thousand_with_a_surplus_is_part_of_the_measure() -> None:
    assert parse_quantities("涉案金额=10万余元")[0].amount == "10万余元"


@pytest.mark.parametrize("text", ["立案4件", "立案=件", "=4件", "立案=四件", ">部督=3起"])
def test_malformed_quantities_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_quantities(text)


def test_every_bad_cell_of_every_row_is_reported_at_once(tmp_path: Path) -> None:
    text = (
        HEAD
        + "甲市,document,1,2021-13,,issue,《文件》,,,done\n甲市,nothing,2,,,ISSUE,《文件》,〔2021〕5号,立案4件,done\n"
    )
    found = faults(tmp_path, text)
    assert found == [(2, "date"), (3, "theme"), (3, "act"), (3, "doc_no"), (3, "quantities")]


def test_square_brackets_in_a_document_number_are_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + "甲市,document,1,,,issue,《文件》,甲政【2021】5号,,done\n") == [(2, "doc_no")]


def test_the_same_order_twice_in_one_unit_is_refused_with_the_first_line(tmp_path: Path) -> None:
    row = "甲市,document,1,,,issue,《文件》,,,done\n"
    with pytest.raises(CaseError) as caught:
        read_activities(write(tmp_path, HEAD + row + row))
    assert "line 2" in caught.value.problems[0].message


def test_the_same_order_in_two_units_is_accepted(tmp_path: Path) -> None:
    rows = "甲市,document,1,,,issue,《文件》,,,done\n乙市,document,1,,,issue,《文件》,,,done\n"
    assert len(read_activities(write(tmp_path, HEAD + rows))) == 2


def test_rows_come_in_the_order_of_the_unit_and_its_numbers(tmp_path: Path) -> None:
    placed = [("乙市", 2, "《二》"), ("甲市", 1, "《三》"), ("乙市", 1, "《一》")]
    rows = "".join(f"{unit},document,{order},,,issue,{title},,,done\n" for unit, order, title in placed)
    assert [a.object for a in read_activities(write(tmp_path, HEAD + rows))] == ["《一》", "《二》", "《三》"]


def test_a_points_cell_must_hold_numbers(tmp_path: Path) -> None:
    head = HEAD.replace("status\n", "status,points\n")
    assert faults(tmp_path, head + "甲市,document,1,,,issue,《文件》,,,done,2;三\n") == [(2, "points")]


def test_a_metric_keeps_its_digits_and_both_changes(tmp_path: Path) -> None:
    text = METRIC_HEAD + "甲市,1,>专利申请量,558,件,2020,同比=9.0%;较“十二五”末=195.2%,全省=80.4%,headline,\n"
    (metric,) = read_metrics(write(tmp_path, text))
    assert (metric.name, metric.part) == ("专利申请量", True)
    assert [f"{c.base}{c.percent}" for c in metric.changes] == ["同比9.0", "较“十二五”末195.2"]
    assert metric.share is not None
    assert metric.share.percent == Decimal("80.4")


def test_a_derived_number_may_not_be_told_as_the_sources(tmp_path: Path) -> None:
    assert faults(tmp_path, METRIC_HEAD + "甲市,1,专利,5,件,,,,headline,yes\n", read_metrics) == [(2, "role")]


def test_a_metric_without_value_or_with_a_bad_change_is_refused(tmp_path: Path) -> None:
    text = METRIC_HEAD + "甲市,1,专利,,件,,同比24,,headline,\n"
    assert faults(tmp_path, text, read_metrics) == [(2, "value"), (2, "changes")]


def test_the_built_in_case_covers_ten_units_in_printed_order_and_the_province() -> None:
    activities = read_activities(CASE / "activities.csv")
    assert list(dict.fromkeys(a.unit for a in activities)) == [*TEN, "吉林省"]
    assert {a.theme for a in activities} <= set(THEMES)
    assert all(a.source for a in activities)


def test_every_point_named_by_an_activity_exists() -> None:
    assert {p for a in read_activities(CASE / "activities.csv") for p in a.points} <= set(range(1, 45))


def test_inferred_years_are_said_in_the_note() -> None:
    inferred = {("四平市", "2021-02-01"), ("长白山", "2021-04-15"), ("长春市", "2020-06")}
    notes = {(a.unit, a.date): a.note for a in read_activities(CASE / "activities.csv")}
    assert all("推为" in notes[place] for place in inferred)


def test_numbers_that_activities_tell_are_not_told_by_metrics_again() -> None:
    told = {(a.unit, q.amount) for a in read_activities(CASE / "activities.csv") for q in a.quantities}
    metrics = read_metrics(CASE / "metrics.csv")
    assert {(m.unit, f"{m.value:f}{m.measure}") for m in metrics if m.role == "activity" and m.unit in TEN} <= told
