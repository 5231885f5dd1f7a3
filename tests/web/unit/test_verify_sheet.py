"""Where a verifier goes next, and which page of a file is opened first."""

from __future__ import annotations

import pytest
from tests.builders import tiny_framework

from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.site.views.verify_panel import first_page
from zhiheng_web.site.views.verify_sheet import Line, Sheet


def sheet(*lines: tuple[str, bool]) -> Sheet:
    """Return a sheet of points from 1 with (state, whether sampled)."""
    made = tuple(Line(no, "", "", "0", "", "1", state, sampled, ()) for no, (state, sampled) in enumerate(lines, 1))
    return Sheet(RoundUnit(), tiny_framework(), made, "0", "0", "0", "10")


@pytest.mark.parametrize(
    ("after", "following"),
    [(0, 2), (2, 5), (5, 2), (3, 5), (99, 2)],
)
def test_sampled_points_come_first_and_the_list_goes_round(after: int, following: int) -> None:
    shown = sheet(("verified", True), ("", True), ("", False), ("rejected", True), ("", True))
    assert shown.next_undecided(after) == following


def test_points_outside_the_sample_come_when_no_sampled_one_is_left() -> None:
    shown = sheet(("verified", True), ("", False), ("", False))
    assert (shown.next_undecided(2), shown.next_undecided(3), shown.next_undecided()) == (3, 2, 2)
    assert shown.unsampled_left == shown.left == 2


def test_nothing_follows_when_all_is_decided() -> None:
    assert sheet(("verified", True), ("adjusted", False)).next_undecided(1) is None


def test_the_points_beside_one_end_with_the_list() -> None:
    shown = sheet(("", True), ("", True), ("", True))
    assert [shown.beside(no) for no in (1, 2, 3)] == [(None, 2), (1, 3), (2, None)]


@pytest.mark.parametrize(
    ("words", "most", "page"),
    [("", 9, 1), ("3", 9, 3), ("第2至4页", 9, 2), ("5-8", 6, 5), ("第40页", 6, 6), ("0", 6, 1), ("附件", 6, 1)],
)
def test_a_file_opens_at_the_first_page_that_is_named(words: str, most: int, page: int) -> None:
    assert first_page(words, most) == page
