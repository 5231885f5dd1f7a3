"""Tables that people send and get: no bytes break the reader, no cell runs as a formula, no move breaks the tree."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.web.builders import person

from zhiheng_web.accounts.models import Unit
from zhiheng_web.accounts.tables import MOST_CELL, Column, read_table
from zhiheng_web.accounts.unit_actions import Place, UnitRefused, add_units, change_unit, fingerprint, place_of
from zhiheng_web.site.downloads import csv_lines, safe_cell

COLUMNS = (Column("账号", required=True), Column("姓名"))
CELLS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"账号,姓名\n{text}".encode()))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    rows, problems = read_table(data, COLUMNS)
    assert rows or problems
    assert all(len(cell) <= MOST_CELL for row in rows for cell in row.cells.values())


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_by_spreadsheets_cell_by_cell_and_never_as_a_formula(rows: list[list[str]]) -> None:
    text = "".join(csv_lines(["a", "b"], rows)).removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert read == [[safe_cell(cell) for cell in row] for row in rows]
    assert not any(cell.lstrip(" ").startswith(tuple("=+-@\t\r\n＝＋－＠")) for row in read for cell in row)


@pytest.mark.parametrize(("value", "shown"), [(None, ""), (-1.5, "-1.5"), ("-1.5", "'-1.5"), ("  =1", "'  =1")])
def test_cells_that_look_like_formulas_are_marked(value: object, shown: str) -> None:
    assert safe_cell(value) == shown


CODES = ("1", "2", "11", "12", "21", "111", "112")


class Moves(TestCase):
    """The tree after any moves, allowed or refused."""

    @how(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(
            st.tuples(st.sampled_from(CODES), st.sampled_from(("", *CODES)), st.sampled_from(Unit.Level.values)),
            max_size=8,
        )
    )
    def test_paths_follow_parents_and_levels_fall(self, moves: list[tuple[str, str, str]]) -> None:
        administrator = person("administrator")
        add_units(administrator, [
            Place("1", "甲省", "province"), Place("2", "乙省", "province"),
            Place("11", "甲市", "city", "1"), Place("12", "乙市", "city", "1"), Place("21", "丙市", "city", "2"),
            Place("111", "甲县", "county", "11"), Place("112", "乙县", "county", "11"),
        ])  # fmt: skip
        for code, parent, level in moves:
            unit = Unit.objects.get(code=code)
            place = place_of(unit)
            try:
                change_unit(
                    administrator,
                    unit,
                    Place(code, place.name, level, parent),
                    seen=fingerprint(unit),
                )
            except UnitRefused:
                unit.refresh_from_db()
                assert place_of(unit) == place
        ranks = {"province": 0, "city": 1, "county": 2}
        for unit in Unit.objects.select_related("parent"):
            above = unit.parent
            assert unit.path == f"{above.path if above else '/'}{unit.code}/"
            assert above is None or ranks[above.level] < ranks[unit.level]
