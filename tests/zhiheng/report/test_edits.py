from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from zhiheng.assessment.case import Case
from zhiheng.errors import EditsError
from zhiheng.pipeline import run
from zhiheng.report.build import Job, build
from zhiheng.report.chapters.compose import compose
from zhiheng.report.content import Document, Paragraph, Ref, Text, paragraph, plain
from zhiheng.report.edits import (
    Act,
    Edit,
    Slot,
    apply,
    checked,
    checked_text,
    digest,
    known_targets,
    parsed,
    slots,
    state_of,
    tokens,
)
from zhiheng.report.edits_file import edits_text, paragraphs_text, read_edits
from zhiheng.scoring.result import Result

Example = tuple[Case, Result]


def slot_of(document: Document, key: str) -> Slot:
    return next(s for s in slots(document) if s.key == key)


def edit_of(slot: Slot, act: Act = "replace", text: str = "经人工改写的一段。", reason: str = "") -> Edit:
    return Edit(slot.key, act, text, slot.text, slot.basis, reason)


def moved(case: Case, unit: str) -> Case:
    """Return the case with one mark of a unit taken away."""
    worth = next(d for d in case.decisions if d.unit == unit and d.mark)
    return replace(case, decisions=tuple(replace(d, mark=d.mark - d.mark) if d is worth else d for d in case.decisions))


def test_without_edits_nothing_changes_and_every_key_is_unique(
    example_document: Document, evidence_document: Document
) -> None:
    for document in (example_document, evidence_document):
        assert apply(document, ()) == (document, ())
        keys = [s.key for s in slots(document)]
        assert len(set(keys)) == len(keys) > 50


def test_every_edit_that_says_the_same_gives_the_same_paragraphs(example_document: Document) -> None:
    edits = [edit_of(s, text=s.text) for s in slots(example_document)]
    edited, applied = apply(example_document, edits)
    assert {a.state for a in applied} == {"in_force"}
    numbers = example_document.numbers()
    before, after = (
        [plain(b.inlines, numbers) for b in (*d.abstract, *d.body) if isinstance(b, Paragraph)]
        for d in (example_document, edited)
    )
    assert before == after


def test_method_and_points_are_not_open_to_edits(example_document: Document) -> None:
    assert not {"method", "check", "settings", "ledger"} & {s.section for s in slots(example_document)}


def test_an_edit_outlives_a_change_elsewhere_and_is_flagged_when_its_facts_change(
    example: Example, example_document: Document
) -> None:
    case, result = example
    first, last = case.units[0], case.units[-1]
    edits = [edit_of(s) for s in slots(example_document) if s.key.startswith("unit.")]
    changed = moved(case, last.code)
    document = compose(changed, run(changed))
    states = {a.edit.key: a.state for a in apply(document, edits)[1]}
    own = {key: state for key, state in states.items() if key.startswith(f"unit.{last.code}.")}
    assert own[f"unit.{last.code}.figure"] == "stale"  # its words are the same, the figure is another
    assert own[f"unit.{last.code}.work.1"] == "in_force"
    assert "stale" in {state for key, state in own.items() if ".finding." in key}
    assert states[f"unit.{first.code}.work.1"] == "in_force"
    assert compose(case, result) == example_document


def test_a_unit_that_goes_leaves_the_edits_of_others_where_they_are(
    example: Example, example_document: Document
) -> None:
    case, _ = example
    gone, kept = case.units[0].code, case.units[1].code
    left = replace(
        case,
        settings=case.settings.model_copy(update={"units": case.units[1:]}),
        facts=tuple(f for f in case.facts if f.unit != gone),
        decisions=tuple(d for d in case.decisions if d.unit != gone),
        statements=tuple(s for s in case.statements if s.unit != gone),
    )
    document = compose(left, run(left))
    edits = [edit_of(slot_of(example_document, f"unit.{unit}.work.1"), text=f"改写{unit}") for unit in (gone, kept)]
    edited, applied = apply(document, edits)
    assert [a.state for a in applied] == ["orphan", "in_force"]
    assert [b.key for b in edited.body if isinstance(b, Paragraph) and plain(b.inlines).startswith("改写")] == [
        f"unit.{kept}.work.1"
    ]


def test_removed_added_and_replaced_paragraphs_stand_where_they_belong(example_document: Document) -> None:
    scope, sources = (slot_of(example_document, f"overview.{name}") for name in ("scope", "sources"))
    edits = [
        edit_of(scope, "remove", "", "与摘要重复"),
        edit_of(sources, "replace", "第一段\n\n第二段，见{图:fig-tree}。"),
        edit_of(sources, "after", "补充一段"),
    ]
    edited, _ = apply(example_document, edits)
    body = list(edited.body)
    first = next(i for i, b in enumerate(body) if isinstance(b, Paragraph) and plain(b.inlines) == "第一段")
    assert [plain(b.inlines) for b in body[first : first + 3] if isinstance(b, Paragraph)] == [
        "第一段", "第二段，见fig-tree。", "补充一段",
    ]  # fmt: skip
    assert Ref("fig-tree") in body[first + 1].inlines  # type: ignore[union-attr]
    assert not any(isinstance(b, Paragraph) and b.key == scope.key for b in body)


@given(
    st.lists(
        st.sampled_from(["甲", "{", "}", "{{", "}}", "图:", " ", Ref("fig-a"), Ref("tab-b"), Ref("sec")]), max_size=12
    )
)
def test_tokens_read_back_as_they_were_written(parts: list[str | Ref]) -> None:
    targets = {"fig-a": "图", "tab-b": "表", "sec": "节"}
    made = paragraph(*parts)
    numbers = {key: f"<{key}>" for key in targets}
    assert plain(parsed(tokens(made, targets), targets), numbers) == plain(made.inlines, numbers)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_kept_as_plain_lines_or_refused(text: str) -> None:
    try:
        found = checked_text(text)
    except EditsError:
        return
    assert checked_text(found) == found
    assert all(line == line.strip() and line for line in found.split("\n"))
    assert not any(ord(c) < 32 and c != "\n" for c in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("见{图:fig-none}。", "{图:fig-none}"),
        ("见{表:fig-tree}。", "{表:fig-tree}"),
        ("一个{花括号", "花括号"),
        ("零宽\u200b字符", "U+200B"),
        ("倒写\u202e文字", "U+202E"),
        ("", "不能为空"),
        ("长" * 5001, "过长"),
    ],
)
def test_what_cannot_be_printed_is_refused_with_a_reason(example_document: Document, text: str, said: str) -> None:
    slot = slot_of(example_document, "overview.scope")
    with pytest.raises(EditsError, match=said.replace("{", r"\{").replace("+", r"\+")):
        checked(edit_of(slot, text=text), known_targets(example_document))
    with pytest.raises(EditsError, match="理由"):
        checked(edit_of(slot, "remove", ""), known_targets(example_document))


def test_two_edits_of_one_paragraph_are_refused(example_document: Document) -> None:
    slot = slot_of(example_document, "overview.scope")
    with pytest.raises(EditsError, match="两处修订"):
        apply(example_document, [edit_of(slot), edit_of(slot, "remove", "", "重复")])


def test_a_reference_that_went_with_the_facts_makes_an_orphan_not_a_failure(example_document: Document) -> None:
    slot = slot_of(example_document, "overview.scope")
    old = replace(edit_of(slot, text="见{图:fig-gone}。"), basis="0" * 64)
    edited, (applied,) = apply(example_document, [old])
    assert applied.state == "orphan"
    assert edited == example_document
    with pytest.raises(EditsError, match=r"overview\.scope"):
        apply(example_document, [replace(old, basis=slot.basis)])


def test_a_text_without_fingerprint_is_compared_itself() -> None:
    slot = Slot("a", "s", "节", "原文", "f" * 64)
    assert state_of(Edit("a", "replace", "新", generated="原文"), slot) == "in_force"
    assert state_of(Edit("a", "replace", "新", generated="旧文"), slot) == "stale"


def test_the_report_says_what_people_changed(example: Example, example_document: Document, tmp_path: Path) -> None:
    scope, sources = (slot_of(example_document, f"overview.{name}") for name in ("scope", "sources"))
    told = "这一段由人改写，=1+1 <b>，见{图:fig-tree}。"
    edits = (edit_of(scope, text=told), replace(edit_of(sources, "after", "后来补充。"), basis="0" * 64))
    build(*example, tmp_path, Job(edits=edits))
    word = [p.text for p in docx.Document(str(tmp_path / "report.docx")).paragraphs]
    assert "这一段由人改写，=1+1 <b>，见图 1。" in word
    note = next(p for p in word if "经人工修订" in p)
    assert "2段文字经人工修订（改写1处、增补1处）" in note
    assert "其中1处修订所依据的生成稿或者图表数据在修订后有变化" in note
    cells = {c.text for t in docx.Document(str(tmp_path / "report.docx")).tables for r in t.rows for c in r.cells}
    assert digest(edits) in cells
    pdf = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "这一段由人改写" in pdf.replace("\n", "")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "=1+1 &lt;b&gt;" in page
    assert digest(edits) in page
    rows = CalamineWorkbook.from_path(str(tmp_path / "report.xlsx")).get_sheet_by_name("文字修订").to_python()
    assert any(row[4] == "这一段由人改写，=1+1 <b>，见图 1。" and row[2] == "有效" for row in rows)
    assert any(row[1] == "增补" and "依据已变" in str(row[2]) for row in rows)


def test_a_file_of_edits_is_read_as_it_was_written(example_document: Document, tmp_path: Path) -> None:
    slot = slot_of(example_document, "overview.scope")
    edits = (edit_of(slot, text="甲\n乙"), edit_of(slot, "after", "丙", "补充"))
    path = tmp_path / "edits.json"
    path.write_text(edits_text(edits), "utf-8")
    assert read_edits(path) == edits
    listed = json.loads(paragraphs_text(slots(example_document)))["paragraphs"]
    assert {"key": slot.key, "section": slot.title, "generated": slot.text, "basis": slot.basis} in listed


HEAD = '{"format": "zhiheng-edits/1", "edits": ['


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("[]", "format"),
        ('{"format": "zhiheng-edits/2", "edits": []}', "format"),
        ('{"format": "zhiheng-edits/1", "edits": {}}', "edits"),
        (HEAD + "1]}", "edits.0"),
        (HEAD + '{"key": "a", "act": "delete", "text": "b", "basis": "c"}]}', "edits.0.act"),
        (HEAD + '{"key": "a", "act": "replace", "text": 1, "basis": "c"}]}', "edits.0.text"),
        (HEAD + '{"key": "a", "act": "remove", "basis": "c"}]}', "edits.0.reason"),
        (HEAD + '{"key": "a", "act": "replace", "text": "b"}]}', "edits.0.basis"),
        (HEAD + '{"key": "a", "act": "replace", "text": "b", "basis": "c", "x": ""}]}', "edits.0.x"),
    ],
)
def test_a_bad_file_names_the_field(tmp_path: Path, content: str, field: str) -> None:
    path = tmp_path / "edits.json"
    path.write_text(content, "utf-8")
    with pytest.raises(EditsError) as caught:
        read_edits(path)
    assert [p.field for p in caught.value.problems] == [field]


def test_plain_text_runs_stay_one_run() -> None:
    assert parsed("甲{{乙}}", {}) == (Text("甲{乙}"),)
