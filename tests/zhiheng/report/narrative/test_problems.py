from __future__ import annotations

import re
from importlib import resources

import pytest
import yaml

from zhiheng.report.narrative.problems import IndicatorStat, countermeasures, problems

JILIN = "jilin-ip-2021"
BOOK = yaml.safe_load(resources.files("zhiheng.report.narrative").joinpath("recommendations.yaml").read_text("utf-8"))
CODES = [f"3-{i}" for i in range(1, 22)]


def stat(code: str, rate: float, full: float = 6, parent: str = "某方面", low: tuple[str, ...] = ()) -> IndicatorStat:
    name = f"指标{code}"
    worst = ((int(code.split("-")[1]), f"要点{code}", full * (1 - rate)),)
    return IndicatorStat(f"L{code}", name, name, parent, full, rate, full * (1 - rate), low, worst)


STATS = [stat(c, 0.3 + 0.03 * i, low=("甲市", "乙市") if i < 5 else ()) for i, c in enumerate(CODES)]


def test_every_indicator_of_the_framework_has_one_theme_and_two_or_three_sentences_of_advice() -> None:
    themed = [i for t in BOOK["themes"] for i in t["indicators"]]
    assert sorted(themed) == sorted(CODES)
    assert sorted(BOOK["texts"]) == sorted(CODES)
    for text in BOOK["texts"].values():
        assert 2 <= len(re.findall("[。；]", text)) <= 4
        assert text.endswith("。")
        assert not set(text) & set(",;:()")


def test_problems_are_at_most_four_numbered_and_start_with_the_most_marks_lost() -> None:
    found = problems(STATS, JILIN)
    assert [p.text[:2] for p in found] == ["一是", "二是", "三是", "四是"]
    sums = [sum(s.mean_lost for s in p.indicators) for p in found]
    assert sums == sorted(sums, reverse=True)


def test_countermeasures_answer_the_problems_one_to_one_in_order() -> None:
    found = problems(STATS, JILIN)
    answers = countermeasures(found, JILIN)
    assert len(answers) == len(found)
    for problem, answer in zip(found, answers, strict=True):
        assert problem.measure in answer
        assert BOOK["texts"][problem.indicators[0].code.removeprefix("L")] in answer


def test_a_problem_cites_rates_units_and_points() -> None:
    [only] = problems([stat("3-7", 0.55, low=("甲市", "丙市"))], JILIN)
    assert "55%" in only.text
    assert "低于60%的有甲市和丙市" in only.text
    assert "第7项“要点3-7”（平均失2.7分）" in only.text


def test_many_units_below_the_mark_are_counted() -> None:
    low = tuple(f"{n}市" for n in "甲乙丙丁戊己庚")
    assert "等7个地区" in problems([stat("3-7", 0.3, low=low)], JILIN)[0].text


def test_indicators_that_lose_nothing_are_no_problem() -> None:
    assert problems([stat("3-7", 1.0)], JILIN) == ()


def test_a_strong_field_is_still_told_where_it_is_weakest() -> None:
    found = problems([stat("3-7", 0.95), stat("3-10", 0.9)], JILIN)
    assert [p.indicators[0].code for p in found] == ["L3-10", "L3-7"]


def test_an_unknown_framework_groups_by_the_indicator_above_and_answers_once_a_problem() -> None:
    stats = [stat("3-1", 0.3, parent="设施"), stat("3-2", 0.4, parent="设施"), stat("3-3", 0.5, parent="服务")]
    found = problems(stats, "other")
    answers = countermeasures(found, "other")
    assert [p.title for p in found] == ["设施存在短板", "服务存在短板"]
    assert "“指标3-1”“指标3-2”" in answers[0]
    assert answers[0].count("牵头单位") == 1


@pytest.mark.parametrize("framework", [JILIN, ""])
def test_no_mark_is_doubled_or_western(framework: str) -> None:
    found = problems(STATS, framework)
    for text in [p.text for p in found] + list(countermeasures(found, framework)):
        assert text.endswith("。")
        assert not re.search(r"[。；，、：]{2}|““|[,;:?()]|\d\.\d{3}", text)
