from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from zhiheng.assessment.load import builtin_cases, load_case
from zhiheng.errors import CaseError, FileMissingError, FrameworkError, UnknownCaseError

HEAD = "unit,point,status,mark,value,measure,date,component,quote,source,note\n"
Folder = Callable[..., Path]


def test_both_jilin_cases_are_built_in() -> None:
    assert {"jilin-2021", "jilin-2021-example"} <= set(builtin_cases())


def test_fact_is_read_with_unit_code_line_and_exact_mark(folder: Folder) -> None:
    case = load_case(folder(facts=HEAD + "乙市,10,verified,0.8,4,次,2020..2021,集中宣传,“四次”,第1段,\n"))
    [fact] = case.facts
    assert (fact.unit, fact.point, str(fact.mark), fact.line, fact.quote) == ("2", 10, "0.8", 2, "“四次”")


def test_every_bad_cell_is_named_by_line_and_column(folder: Folder) -> None:
    rows = (
        "丙市,10,verified,0.2,,,,,,,\n"  # 2: no such unit
        "甲市,45,verified,0.2,,,,,,,\n"  # 3: no such point
        "甲市,10,maybe,0.2,,,,,,,\n"  # 4: no such status
        "甲市,10,verified,0.25,,,,,,,\n"  # 5: not on the precision
        "甲市,1,verified,5,,,,,,,\n"  # 6: above full marks
        "甲市,1,verified,4,,,2021-13,,,,\n"  # 7: no such month
        "甲市,x,verified,4,,,,,,,\n"  # 8: not a whole number
        "甲市,1,verified\n"  # 9: too few cells
        "甲市,1,verified,NaN,,,,,,,\n"  # 10: not a number
    )
    with pytest.raises(CaseError) as caught:
        load_case(folder(facts=HEAD + rows))
    found = {(p.file, p.line, p.field) for p in caught.value.problems}
    assert found == {
        ("facts.csv", line, field)
        for line, field in [
            (2, "unit"),
            (3, "point"),
            (4, "status"),
            (5, "mark"),
            (6, "mark"),
            (7, "date"),
            (8, "point"),
            (9, ""),
            (10, "mark"),
        ]
    }


def test_a_quoted_line_break_keeps_line_numbers_right(folder: Folder) -> None:
    rows = '甲市,1,verified,4,,,,,"两\n行",,\n甲市,99,verified,4,,,,,,,\n'
    with pytest.raises(CaseError) as caught:
        load_case(folder(facts=HEAD + rows))
    assert [p.line for p in caught.value.problems] == [4]


def test_misspelt_column_is_refused_not_ignored(folder: Folder) -> None:
    with pytest.raises(CaseError) as caught:
        load_case(folder(facts=HEAD.replace("note", "notes")))
    assert {p.field for p in caught.value.problems} == {"note", "notes"}


def test_counted_fact_may_be_worth_more_than_the_cap(folder: Folder) -> None:
    [fact] = load_case(folder(facts=HEAD + "甲市,10,verified,1.4,,,,,,,\n")).facts
    assert str(fact.mark) == "1.4"


def test_point_decided_twice_is_refused_with_the_first_line(folder: Folder) -> None:
    table = "unit,point,status,mark,reason\n甲市,1,verified,4,\n甲市,1,rejected,,\n"
    with pytest.raises(CaseError, match="1 fault") as caught:
        load_case(folder(decisions=table))
    assert "line 2" in caught.value.problems[0].message


def test_file_that_is_not_utf8_is_refused_with_advice(folder: Folder) -> None:
    path = folder()
    (path / "facts.csv").write_bytes(HEAD.encode() + "甲市,1,verified,4,,,,,,,\n".encode("gb18030"))
    with pytest.raises(CaseError) as caught:
        load_case(path)
    assert "UTF-8" in caught.value.problems[0].message


def test_excel_byte_order_mark_is_accepted(folder: Folder) -> None:
    path = folder()
    (path / "facts.csv").write_bytes(b"\xef\xbb\xbf" + (HEAD + "甲市,1,verified,4,,,,,,,\n").encode())
    assert len(load_case(path).facts) == 1


def test_unknown_case_names_the_built_in_ones() -> None:
    with pytest.raises(UnknownCaseError, match="jilin-2021"):
        load_case("jilin-1999")


def test_folder_without_case_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"case\.yaml"):
        load_case(tmp_path)


def test_a_framework_of_the_case_that_contradicts_itself_is_refused(folder: Folder) -> None:
    path = folder()
    builtin = resources.files("zhiheng") / "frameworks" / "jilin-ip-2021.yaml"
    (path / "own.yaml").write_text(builtin.read_text("utf-8").replace("marks: 27", "marks: 28", 1), "utf-8")
    (path / "case.yaml").write_text(
        (path / "case.yaml").read_text("utf-8").replace("jilin-ip-2021", "own.yaml"), "utf-8"
    )
    with pytest.raises(FrameworkError, match="contradicts itself") as caught:
        load_case(path)
    assert any("28" in p.message for p in caught.value.problems)


def test_units_sharing_a_name_are_refused_with_the_line(folder: Folder) -> None:
    path = folder()
    text = (path / "case.yaml").read_text("utf-8").replace("乙市", "甲市")
    (path / "case.yaml").write_text(text, "utf-8")
    with pytest.raises(CaseError) as caught:
        load_case(path)
    assert "甲市" in str(caught.value.problems[0])
