from __future__ import annotations

import pytest

from zhiheng.sheets.text import LONGEST, MARGIN, TALLEST_POINTS, clean, line_count, row_height


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\ud800b", "a b"),
        ("a\x07b\uffff", "a b "),
        ("一\r\n二\r三", "一\n二\n三"),
        ("<r>富</r>", "<r>富</r> "),
        ("=1+1", "=1+1"),
    ],
)
def test_text_is_what_a_cell_can_hold(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize("character", ["x", "字", "😀"])
def test_a_long_text_is_cut_between_characters(character: str) -> None:
    cut = clean(character * LONGEST)
    assert cut.encode("utf-16-le").decode("utf-16-le").rstrip("…（已截断）").strip(character) == ""
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST + 10


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [("", 8, 1), ("四个汉字", 8, 1), ("五个字满了", 8, 2), ("abcd\nefgh", 8, 2), ("\ud800", 8, 1)],
)
def test_a_chinese_character_takes_the_room_of_two_letters(text: str, room: float, lines: int) -> None:
    assert line_count(text, room + MARGIN) == lines


def test_a_row_grows_with_its_lines_up_to_what_programs_accept() -> None:
    assert row_height(1) < row_height(2) < row_height(20)
    assert row_height(1000) == TALLEST_POINTS
