from __future__ import annotations

from dataclasses import replace

import pytest

from zhiheng.assessment.activities import STATUSES, Activity, parse_quantities
from zhiheng.report.narrative.templates import Template, book, candidates, told

BLANK = Activity(
    unit="甲市", theme="document", order=1, date="", when="", actor="", act="issue", object="《文件》", doc_no="",
    partner="", basis="", content="", means="", quantities=(), status="done", points=(), source="", note="",
)  # fmt: skip
SAID = {"S": "甲市", "A": "甲市", "u": "甲市"}
MARKERS = ("拟", "计划", "正在", "待", "草案", "征求意见", "讨论稿")


def test_a_template_that_would_lose_a_fact_does_not_fit() -> None:
    row = replace(BLANK, content="任务")
    assert Template("{S}印发{o}，明确{c}").fits(row)
    assert not Template("{S}印发{o}").fits(row)


def test_a_template_that_would_lose_one_of_two_quantities_does_not_fit() -> None:
    row = replace(BLANK, quantities=parse_quantities("检查=5户;立案=4件"))
    assert not Template("{S}印发{o}，{n1}").fits(row)
    assert Template("{S}印发{o}，{n1}，{q}").fits(row)
    assert Template("{S}印发{o}，{n1}，{n2}").fits(row)


def test_a_template_with_a_mark_that_is_empty_does_not_fit() -> None:
    assert not Template("{d}，{S}印发{o}").fits(BLANK)
    assert Template("[{d}，]{S}印发{o}").fits(BLANK)


def test_list_wording_needs_two_titles_and_an_inner_title_is_no_second_one() -> None:
    one = replace(BLANK, object="《关于贯彻〈意见〉的方案》")
    assert not Template("{S}相继印发{oo}").fits(one)
    assert Template("{S}相继印发{oo}").fits(replace(BLANK, object="《甲》《乙》"))


def test_brackets_vanish_with_an_empty_mark_and_stay_with_a_full_one() -> None:
    template = Template("[{d}，]{S}印发{o}[（{no}）]")
    assert template.render(BLANK, SAID) == "甲市印发《文件》"
    full = replace(BLANK, date="2021-05-08", doc_no="甲政〔2021〕5号")
    assert template.render(full, SAID) == "2021年5月8日，甲市印发《文件》（甲政〔2021〕5号）"


def test_a_quantity_named_alone_is_not_told_again_with_the_rest() -> None:
    row = replace(BLANK, quantities=parse_quantities("先后行动=2次;涉及申请=12件"))
    assert Template("{S}{n1}开展{o}，{q}").render(row, SAID) == "甲市2次开展《文件》，涉及申请12件"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("收缴出版物=300余册;+光盘=30余张;罚款=6.0273万元", "收缴出版物300余册、光盘30余张，罚款6.0273万元"),
        ("破获=79起;>部督=3起;>省督=9起", "破获79起（其中部督3起、省督9起）"),
        ("查处=41户;>生产=15户;>销售=26户", "查处41户（生产15户、销售26户）"),
        ("查处=6起;>涉案金额=10万余元", "查处6起（涉案金额10万余元）"),
    ],
)
def test_parts_stand_in_brackets_and_say_among_them_only_when_more_is_left(cell: str, text: str) -> None:
    assert told(parse_quantities(cell)) == text


def test_the_subject_may_be_left_out_only_where_a_clause_begins() -> None:
    assert Template("[{d}，]{S}印发{o}").omits_subject
    assert not Template("对照{b}，{S}印发{o}").omits_subject
    assert not Template("{S}的{o}").omits_subject


@pytest.mark.parametrize("status", STATUSES)
def test_an_unknown_act_still_gets_a_sentence_with_all_its_facts(status: str) -> None:
    row = replace(
        BLANK, act="dance", status=status, date="2021", when="近两年", doc_no="甲政〔2021〕5号", partner="省厅",
        basis="《意见》", content="任务", means="座谈", quantities=parse_quantities("检查=5户"),
    )  # fmt: skip
    [first, *_] = candidates(row)
    text = first.render(row, SAID)
    assert all(
        v in text for v in ("2021年", "近两年", "甲政〔2021〕5号", "省厅", "《意见》", "任务", "座谈", "检查5户")
    )
    assert status == "done" or any(m in text for m in MARKERS)


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "done"])
def test_templates_of_unfinished_acts_all_say_so(status: str) -> None:
    texts = [t.text for act, templates in book().items() if act.endswith(f".{status}") for t in templates]
    assert texts
    assert [t for t in texts if not any(m in t for m in MARKERS)] == []


def test_no_template_holds_a_western_mark_or_closes_itself() -> None:
    for templates in book().values():
        for template in templates:
            assert not set(template.text) & set(",;:()")
            assert template.text[-1] not in "。；，"
