from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.builders import framework, indicator, point

from zhiheng.assessment.case import Case, Settings
from zhiheng.assessment.facts import Decision, Status
from zhiheng.assessment.load import load_case
from zhiheng.framework.load import load_framework
from zhiheng.pipeline import run
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document, Figure, Heading, Paragraph, Ref, Table, plain
from zhiheng.scoring.result import Result
from zhiheng.synthesis.simulate import simulate

Built = tuple[Case, Result]


def texts(document: Document) -> list[str]:
    numbers = document.numbers()
    return [plain(b.inlines, numbers) for b in (*document.abstract, *document.body) if isinstance(b, Paragraph)]


@pytest.fixture(params=["example_document", "evidence_document"])
def document(request: pytest.FixtureRequest) -> Document:
    made: Document = request.getfixturevalue(request.param)
    return made


def test_parts_follow_the_official_structure(document: Document, snapshot: SnapshotAssertion) -> None:
    assert [f"{'　' * (h.level - 1)}{h.text}" for h in document.headings()] == snapshot


def test_abstract_and_overall_section_read_as_reviewed(document: Document, snapshot: SnapshotAssertion) -> None:
    numbers = document.numbers()
    told = [plain(p.inlines, numbers) for p in document.abstract]
    body = list(document.body)
    at = next(i for i, b in enumerate(body) if isinstance(b, Heading) and b.key == "overall")
    told += [plain(b.inlines, numbers) for b in body[at + 1 : at + 3] if isinstance(b, Paragraph)]
    assert told == snapshot


def test_problems_and_countermeasures_read_as_reviewed(document: Document, snapshot: SnapshotAssertion) -> None:
    body = list(document.body)
    start = next(i for i, b in enumerate(body) if isinstance(b, Heading) and b.key == "problems")
    end = next(i for i, b in enumerate(body) if isinstance(b, Heading) and b.key == "appendix-points")
    assert [plain(b.inlines) for b in body[start:end] if isinstance(b, Paragraph)] == snapshot


def test_every_reference_has_a_target_and_every_figure_is_referred_to(document: Document) -> None:
    numbers = document.numbers()
    targets = [i.target for b in document.body if isinstance(b, Paragraph) for i in b.inlines if isinstance(i, Ref)]
    assert set(targets) <= set(numbers)
    assert {f.key for f in document.figures()} <= set(targets)


def test_keys_are_unique(document: Document) -> None:
    keys = Counter(b.key for b in document.body if not isinstance(b, Paragraph))
    assert [k for k, n in keys.items() if n > 1] == []


def test_every_figure_carries_the_label_alternative_text_and_data(document: Document) -> None:
    for figure in document.figures():
        assert figure.alt
        assert figure.data.rows
        # The tree shows the printed framework, which is no reconstruction.
        assert document.short_label in str(figure.option) or figure.key == "fig-tree"


def test_no_sentence_of_one_region_is_told_of_another(document: Document) -> None:
    sections: dict[str, list[str]] = {}
    section = ""
    for block in document.body:
        if isinstance(block, Heading):
            section = block.text if block.key.startswith("region-") else ""
        elif isinstance(block, Paragraph) and section:
            sections.setdefault(section, []).append(plain(block.inlines))
    assert len(sections) == 10
    seen: Counter[str] = Counter()
    for name, paragraphs in sections.items():
        unit = name.split(". ")[1].removesuffix("知识产权保护水平评估")
        bare = {
            re.sub(rf"{unit}|\d+(\.\d+)?", "#", s)
            for p in paragraphs
            for s in re.split("[。；]", p)
            if len(s) > 12 and "见fig" not in s
        }
        seen.update(bare)
    # The words for a range are few: a third region may share them, a fourth may not.
    assert [s for s, n in seen.items() if n > 3] == []


def test_marks_in_the_text_agree_with_the_result(example: tuple[Case, Result], example_document: Document) -> None:
    _, result = example
    lead = texts(example_document)[1]
    for name, total in (("长春市", "82.4"), ("长白山", "52.2")):
        assert f"{name}以{total}分" in lead or f"{name}为{total}分" in lead
    table = next(b for b in example_document.body if isinstance(b, Table) and b.key == "tab-ranking")
    printed = {plain(r[1].inlines): plain(r[2].inlines) for r in table.rows[1:]}
    assert printed == {u.name: result.scale.text(int(result.confirmed[i, 0])) for i, u in enumerate(result.units)}


def test_chinese_is_clean(document: Document) -> None:
    for text in texts(document):
        assert not re.search(r"[，。；、：]{2}|(?<!目)的的|（）|None|nan|“”", text), text
        assert text.count("（") == text.count("）"), text
        assert text.count("“") == text.count("”"), text


def test_table_of_marks_merges_cells_that_cover_the_grid(document: Document) -> None:
    table = next(b for b in document.body if isinstance(b, Table) and b.key == "tab-marks")
    area = sum(c.rowspan * c.colspan for row in table.rows for c in row)
    assert area == len(table.rows) * len(table.widths)
    assert len(table.rows) == 22


def test_evidence_heat_map_leaves_cells_without_material_empty(evidence_document: Document) -> None:
    heat = next(f for f in evidence_document.figures() if f.key == "fig-heat")
    row = next(r for r in heat.data.rows if r[0] == "长春市")
    assert row[20] is None  # L3-20: nobody published anything
    assert row[16] == 0  # L3-16: claimed, nothing confirmed


def small_case() -> Case:
    made = framework([indicator("A", [point(1, "yes_no", 4), point(2, "yes_no", 6)], 10)], vetoes=[])
    settings = Settings.model_validate(
        {
            "code": "c",
            "title": "c",
            "kind": "settled",
            "framework": "tiny",
            "ranking": {"basis": "confirmed", "source": "doc"},
            "report": {"title": "某县评估报告", "organisation": "某局", "date": "2021-09", "area": "某县"},
            "units": [{"code": "u", "name": "甲乡"}],
        }
    )
    return Case(
        settings,
        made,
        decisions=(
            Decision("u", 1, Status.VERIFIED, made.total * 0 + 4),
            Decision("u", 2, Status.REJECTED, made.total * 0),
        ),
    )


def test_a_case_of_one_unit_one_level_and_no_facts_still_makes_a_report() -> None:
    case = small_case()
    document = compose(case, run(case))
    assert "甲乡" in " ".join(texts(document))
    assert all(isinstance(f, Figure) for f in document.figures())


def test_change_since_the_last_round_is_told_drawn_and_tabled(tmp_path: Path) -> None:
    results = []
    for name, seed, units in (("a", 1, 6), ("b", 2, 7)):
        simulate(load_framework("jilin-ip-2021"), units, seed, tmp_path / name)
        case = load_case(tmp_path / name)
        results.append((case, run(case)))
    (_, before), (case, after) = results
    document = compose(case, after, before)
    table = next(b for b in document.body if isinstance(b, Table) and b.key == "tab-change")
    row = [plain(c.inlines) for c in table.rows[1]]
    totals = [result.scale.marks(result.interval("模拟1").confirmed) for result in (before, after)]
    assert row[:4] == ["模拟1", *(f"{t:f}".removesuffix(".0") for t in totals), f"{totals[1] - totals[0]:+.2f}"]
    assert "fig-change" in {f.key for f in document.figures()}
    assert "模拟7只参加了本轮" in " ".join(texts(document))
    assert [h.text for h in document.headings() if h.key in {"change", "satisfaction"}] == [
        "（四）与上一轮比较",
        "（五）社会满意度调查",
    ]


def test_change_against_intervals_says_that_it_is_no_progress(example: Built, evidence: Built) -> None:
    case, result = example
    told = " ".join(texts(compose(case, result, evidence[1])))
    assert "不能当作工作的进退" in told


def test_a_large_round_keeps_lists_and_tables_short(tmp_path: Path) -> None:
    simulate(load_framework("jilin-ip-2021"), 1200, 1, tmp_path)
    case = load_case(tmp_path)
    document = compose(case, run(case))
    assert max(len(t) for t in texts(document)) < 1200
    assert max(len(b.rows) for b in document.body if isinstance(b, Table)) < 70
    assert not any(h.key == "region-1" for h in document.headings())
    assert "工作簿" in " ".join(texts(document))
