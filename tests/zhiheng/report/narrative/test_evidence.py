from __future__ import annotations

import re
from dataclasses import replace

import pytest

from zhiheng.report.narrative.evidence import EvidenceDiagnosis, evidence_finding

POINTS = ((8, "上级奖励", 5.0), (16, "专项经费", 4.0), (44, "主持会议", 3.0), (2, "重大部署", 2.0))
BASE = EvidenceDiagnosis(
    name="甲市", pronoun="该市", points=44, confirmed_points=5, claimed_points=6, confirmed=16.0, claimed=28.4,
    possible=96.0, full=100.0, strongest=POINTS, silent=POINTS, rejected=POINTS[:1], published="82.4",
)  # fmt: skip
DENIALS = ("没有开展", "未开展", "没有组织", "未组织", "不重视")


@pytest.mark.parametrize("seat", range(12))
def test_confirmed_claimed_and_open_marks_are_told_and_silence_is_not_inaction(seat: int) -> None:
    text = "".join(evidence_finding(replace(BASE, seat=seat)))
    assert "16分" in text
    assert "12.4分" in text
    assert "96分" in text
    assert "公开材料" in text
    assert not any(d in text for d in DENIALS)
    assert not re.search(r"[。；，、：]{2}|\d\.\d{3}", text)


def test_neighbours_use_other_words() -> None:
    told = {re.sub(r"\d+(?:\.\d+)?", "数", "".join(evidence_finding(replace(BASE, seat=s)))) for s in range(60)}
    assert len(told) == 60


def test_a_bound_is_not_told_as_an_exact_total() -> None:
    assert "超过70分" in "".join(evidence_finding(replace(BASE, published=">70")))
    assert "82.4分" in "".join(evidence_finding(BASE))


def test_nothing_confirmed_is_said_without_a_sum_of_zero() -> None:
    text = evidence_finding(replace(BASE, confirmed_points=0, confirmed=0.0, strongest=()))[0]
    assert text.startswith("公开材料尚不足以印证甲市")


def test_points_that_the_material_denies_stand_apart_from_silent_ones() -> None:
    second = evidence_finding(BASE)[1]
    assert "现有材料表明，第8项“上级奖励”尚未达到得分条件。" in second
    assert "现有材料表明" not in evidence_finding(replace(BASE, rejected=()))[1]


def test_a_short_list_of_silent_points_is_complete_and_a_long_one_gives_examples() -> None:
    assert "，即第8项" in evidence_finding(replace(BASE, silent=POINTS[:2]))[1]
    assert "，如第8项" in evidence_finding(BASE)[1]


def test_a_unit_with_everything_shown_has_one_paragraph() -> None:
    assert len(evidence_finding(replace(BASE, silent=(), rejected=(), claimed_points=0, claimed=16.0))) == 1
