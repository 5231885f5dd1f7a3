from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from zhiheng.assessment.activities import Activity, Metric, parse_quantities, read_activities, read_metrics
from zhiheng.report.content import plain
from zhiheng.report.narrative.activities import Narrator, unit_paragraphs
from zhiheng.report.narrative.names import Naming
from zhiheng.report.narrative.templates import book, candidates

CASE = Path(__file__).parents[4] / "src/zhiheng/cases/jilin-2021"
UNITS = ["长春市", "吉林市", "四平市", "辽源市", "通化市", "白山市", "松原市", "白城市", "延边州", "长白山"]
ZONE = Naming.of("长白山", "全区", "长白山保护开发区")
ACTIVITIES = read_activities(CASE / "activities.csv")
METRICS = read_metrics(CASE / "metrics.csv")
NARRATOR = Narrator(ACTIVITIES, METRICS, {"长白山": ZONE})
TEXTS = {unit: [plain(p.inlines) for p in NARRATOR.paragraphs(unit)] for unit in UNITS}

_QUOTED = re.compile(r"《(?:[^《》]|《[^《》]*》)*》|“[^“”]*”")
_MARKERS = ("拟", "计划", "正在", "待", "征求意见", "讨论稿")


def sentences(unit: str) -> list[str]:
    return [s for text in TEXTS[unit] for s in re.split("[。；]", text) if s]


def skeleton(sentence: str) -> str:
    """Return a sentence without what belongs to one unit only: quotations, digits, names of bodies."""
    text = _QUOTED.sub("书", sentence)
    text = re.sub(r"\d+(?:\.\d+)?", "数", text)
    return re.sub(r"[一-龥]{2,4}[市州](?!场)|长白山保护开发区|该[市州局]|管委会|全[市州区]", "地", text)


@pytest.mark.parametrize("unit", UNITS)
def test_every_quantity_is_told_exactly_once(unit: str) -> None:
    text = re.sub(r"〔\d+〕\d+号", "", _QUOTED.sub("", "\n".join(TEXTS[unit])))
    amounts = [q.amount for a in ACTIVITIES if a.unit == unit for q in a.quantities]
    amounts += [f"{m.value:f}{m.measure}" for m in METRICS if m.unit == unit and m.role == "headline"]
    expected = Counter(amounts)
    for amount in expected:
        found = len(re.findall(rf"(?<![\d.]){re.escape(amount)}", text))
        longer = sum(n for other, n in expected.items() if other != amount and other.startswith(amount))
        assert found - longer == expected[amount], amount


@pytest.mark.parametrize("unit", UNITS)
def test_no_number_is_told_that_the_tables_do_not_hold(unit: str) -> None:
    text = _QUOTED.sub("", "\n".join(TEXTS[unit]))
    known = " ".join(
        [q.amount for a in ACTIVITIES if a.unit == unit for q in a.quantities]
        + [f"{a.doc_no}{a.basis}{a.means}{a.date}{a.object}{a.actor}" for a in ACTIVITIES if a.unit == unit]
        + [f"{m.value:f} {m.as_of} {m.share} {m.changes}" for m in METRICS if m.unit == unit]
    )
    digits = set(re.findall(r"\d+(?:\.\d+)?", known)) | {str(int(d)) for d in re.findall(r"\d+", known)}
    assert set(re.findall(r"\d+(?:\.\d+)?", text)) <= digits


@pytest.mark.parametrize("unit", UNITS)
def test_every_phrase_of_every_activity_is_told(unit: str) -> None:
    text = "".join(TEXTS[unit])
    for a in (a for a in ACTIVITIES if a.unit == unit):
        for value in (a.object, a.doc_no, a.partner, a.basis, a.content, a.means, a.when):
            assert value in text, (a.line, value)


@pytest.mark.parametrize("unit", UNITS)
def test_marks_are_chinese_single_and_balanced(unit: str) -> None:
    for text in TEXTS[unit]:
        assert text.endswith("。")
        assert not re.search(r"[。；，、：]{2}|(?<!目)的的|。；|“”|《》|（）", text)
        assert not re.search(r"[,;:?()\[\]{}]|\s", text)
        for opening, closing in ("《》", "“”", "（）", "〔〕", "〈〉"):
            assert text.count(opening) == text.count(closing)


def test_what_is_not_done_is_said_to_be_open() -> None:
    unfinished = [a for a in ACTIVITIES if a.status != "done"]
    assert {a.status for a in unfinished} == {"draft", "planned", "under_review", "in_progress"}
    for a in unfinished:
        [told] = [s for s in sentences(a.unit) if a.object in s]
        assert any(m in told for m in _MARKERS), told


def test_what_is_done_is_never_told_by_a_general_sentence() -> None:
    general = {t.text for key, templates in book().items() if key.startswith("fallback") for t in templates}
    assert [a.act for a in ACTIVITIES if candidates(a)[0].text in general] == []


def test_a_skeleton_of_a_sentence_serves_two_units_at_most() -> None:
    units: dict[str, set[str]] = {}
    for unit in UNITS:
        for sentence in sentences(unit):
            units.setdefault(skeleton(sentence), set()).add(unit)
    assert {s: u for s, u in units.items() if len(u) > 2} == {}


def test_paragraphs_open_differently_and_are_of_readable_length() -> None:
    openings = [text[:12] for unit in UNITS for text in TEXTS[unit]]
    assert len(openings) - len(set(openings)) <= 2
    assert all(len(TEXTS[unit]) >= 3 for unit in UNITS)
    assert max(len(text) for unit in UNITS for text in TEXTS[unit]) <= 420


def test_the_unit_is_named_in_its_first_paragraph_and_the_zone_by_its_full_name() -> None:
    for unit in UNITS:
        assert (unit if unit != "长白山" else "长白山保护开发区") in TEXTS[unit][0] + TEXTS[unit][1]


def test_the_same_input_gives_the_same_text() -> None:
    again = unit_paragraphs("长白山", ACTIVITIES, METRICS, ZONE)
    assert [plain(p.inlines) for p in again] == TEXTS["长白山"]


def test_a_unit_without_rows_has_no_paragraphs() -> None:
    assert unit_paragraphs("某市", ACTIVITIES, METRICS) == []


def row(order: int, act: str, **fields: object) -> Activity:
    base = Activity(
        unit="甲市", theme="enforcement", order=order, act=act, date="", when="", actor="", object="", doc_no="",
        partner="", basis="", content="", means="", quantities=(), status="done", points=(), source="", note="",
    )  # fmt: skip
    return replace(base, **fields)  # type: ignore[arg-type]  # a builder takes any field of the record


def text_of(*rows: Activity, metrics: tuple[Metric, ...] = ()) -> str:
    return "".join(plain(p.inlines) for p in unit_paragraphs("甲市", rows, metrics))


def test_a_date_does_not_reach_into_the_next_clause() -> None:
    first = row(1, "group_founded", date="2020-03-02", object="领导小组")
    text = text_of(first, row(2, "campaign", object="专项行动"))
    assert text == "2020年3月2日，领导小组正式成立。甲市组织开展专项行动。"


def test_one_actor_is_named_once_in_a_sentence_and_by_a_pronoun_in_the_next() -> None:
    rows = [row(i, "campaign", actor="市市场监管局", object=f"第{i}号专项整治行动" * 4) for i in range(1, 5)]
    text = text_of(*rows)
    assert text.count("市市场监管局") == 1
    assert text.count("该局") == 1


def test_the_same_date_twice_in_a_row_becomes_meanwhile() -> None:
    paid = parse_quantities("补贴资金=4.5万元")
    rows = [row(i, "subsidy_result", date="2019..", object=f"补贴{i}", quantities=paid) for i in (1, 2)]
    assert text_of(*rows).count("2019年以来") == 1
    assert "同期" in text_of(*rows)


def test_documents_that_differ_in_titles_only_become_one_list() -> None:
    rows = [row(i, "issue", theme="document", object=f"《方案{i}》") for i in (1, 2, 3)]
    assert text_of(*rows).count("《方案1》《方案2》《方案3》") == 1
