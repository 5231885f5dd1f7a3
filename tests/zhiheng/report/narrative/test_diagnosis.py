from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.zhiheng.report.narrative.builders import unit

from zhiheng.report.narrative.diagnosis import finding, shape
from zhiheng.report.narrative.ladder import LADDER, grouped, names, predicate, weak, word

rate = st.integers(0, 40).map(lambda n: n / 40)


def skeleton(text: str) -> str:
    return re.sub(r"第数项“[^”]*”", "点", re.sub(r"\d+(?:\.\d+)?", "数", text))


@given(st.lists(rate, min_size=4, max_size=4), st.lists(rate, min_size=6, max_size=6), st.integers(0, 59))
def test_any_profile_gives_closed_sentences_without_doubled_marks(
    one: list[float], six: list[float], seat: int
) -> None:
    for text in finding(unit(one, six, six, seat=seat)):
        assert text.endswith("。")
        assert not re.search(r"[。；，、：]{2}|的的|（）|““|None|nan|\d\.\d{4}", text)
        assert text.count("（") == text.count("）")
        assert "最多可提高0分" not in text


def test_neighbours_with_the_same_marks_are_told_in_other_words() -> None:
    told = [skeleton("".join(finding(unit(seat=seat)))) for seat in range(60)]
    assert len(set(told)) == 60


@pytest.mark.parametrize(
    ("one", "two", "rank", "expected"),
    [
        ((0.9, 0.8, 0.7, 1.0), (0.9,) * 6, 1, "leader"),
        ((0.9, 0.8, 0.7, 1.0), (0.9,) * 6, 10, "bottom"),
        ((0.75, 0.7, 0.72, 0.8), (0.9,) * 6, 4, "even"),
        ((0.9, 0.8, 0.4, 1.0), (0.9,) * 6, 4, "pillar"),
        ((0.65, 0.9, 0.6, 1.0), (0.5, 0.5, 0.5, 0.9, 0.9, 0.9), 4, "many"),
        ((0.65, 0.9, 0.6, 1.0), (0.9,) * 6, 4, "mixed"),
    ],
)
def test_the_shape_of_a_profile(one: tuple[float, ...], two: tuple[float, ...], rank: int, expected: str) -> None:
    assert shape(unit(one, two, rank=rank)) == expected


@pytest.mark.parametrize("seat", range(5))
def test_total_difference_and_place_agree_with_the_marks(seat: int) -> None:
    first = finding(unit(seat=seat))[0]
    assert "75分" in first
    assert "居第3位" in first
    # The mean is printed with one decimal, so the difference must be taken from 68.4, not from 68.36.
    assert "6.6分" in first or "68.4分" in first
    assert "“良好”" in first


@pytest.mark.parametrize("seat", range(5))
def test_the_points_that_recover_most_are_named_with_their_marks(seat: int) -> None:
    text = "".join(finding(unit(seat=seat)))
    assert "第5项“专项行动要点”" in text
    assert "第4项“案件办理要点”" in text
    assert ("6分" in text) or ("最多可提高" in text)


def test_first_and_last_place_have_words_of_their_own() -> None:
    assert "居首位" in finding(unit(rank=1))[0]
    assert "居末位" in finding(unit(rank=10))[0]


def test_a_unit_without_rank_or_grade_is_told_without_them() -> None:
    for seat in range(5):
        text = finding(replace(unit(seat=seat), rank=None, grade=""))[0]
        assert not any(w in text for w in ("居第", "居首", "居末"))
        assert "等次" not in text
        assert "“”" not in text


def test_a_barred_grade_is_said_in_the_first_paragraph() -> None:
    assert "未组织专题学习，不列入优秀等次。" in finding(unit(veto_note="未组织专题学习，不列入优秀等次"))[0]


def test_full_marks_everywhere_leave_nothing_to_recover() -> None:
    text = "".join(finding(unit((1.0,) * 4, (1.0,) * 6, (1.0,) * 6)))
    assert "挽回" not in text
    assert "三级指标没有失分" in text


def test_a_framework_without_second_and_third_level_still_has_a_finding() -> None:
    bare = replace(unit(), level2=(), level3=(), lost=())
    assert len(finding(bare)) == 1


@given(rate, rate)
def test_a_higher_rate_never_gets_a_worse_word(a: float, b: float) -> None:
    words = [w for _, w in LADDER]
    low, high = sorted((a, b))
    assert words.index(word(high)) <= words.index(word(low))


def test_thresholds_of_the_ladder_belong_to_the_better_word_despite_binary_noise() -> None:
    assert word(0.7) == "较好"
    assert word(0.1 + 0.6) == "较好"
    assert weak(0.69)
    assert not weak(0.7)


def test_other_ladders_are_honoured() -> None:
    assert predicate(0.55, ((0.5, "较好"), (0.0, "亟待提高"))) == "较好"


def test_groups_run_from_the_best_word_and_keep_printed_order() -> None:
    found = [(said, [n.short for n in group]) for said, group in grouped(unit((0.9, 0.5, 0.95, 1.0)).level1)]
    assert found == [("得满分", ["工作成效"]), ("接近满分", ["整体组织", "重点工作"]), ("需积极改善", ["资源保障"])]


def test_long_lists_are_counted_and_names_that_hold_an_and_are_joined_without_one() -> None:
    level3 = unit().level3
    assert names(level3) == "信息报送、督查考核、宣传培训等6项"
    assert names(level3[:2]) == "信息报送和督查考核"
    assert names([replace(level3[0], short="纠纷和案件"), level3[1]]) == "纠纷和案件、督查考核"
