"""Each check finds its own fault, alone and on the right line; the built-in frameworks have no faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.zhiheng.framework.base import BASE, edited, loaded, marked_line

from zhiheng.framework.checks import CATALOGUE, Violation, catalogue_rows, run_checks
from zhiheng.framework.load import load

DOCS = Path(__file__).parents[3] / "docs" / "methods" / "framework-checks.md"
BONUS = "最多加1分\n            marks: 1\n            source: doc\n            rule:\n"
BONUS_RULE = "{kind: bonus, each: 1, cap: 1, evidence: 证明文件, source: doc}"
LAST = "              evidence: 推广文件原文\n              source: doc\n"
EXTRA = (
    '{indent}- code: {code}\n{indent}  number: "{number}"\n{indent}  title: 其他\n'
    "{indent}  marks: 1\n{indent}  source: doc\n"
    "{indent}  points:\n{indent}    - {{no: 10, text: 其他工作, marks: 1, source: doc, rule: {kind}}}\n"
)
L2_1 = "        title: 学习\n        marks: 6\n"
STEPS = "steps: [0, 0.5, 1]\n"
GRADES = (
    "  kind: thresholds\n  source: doc\n  bands:\n"
    "    - {name: 甲等, from: 16}\n    - {name: 乙等, from: 10}\n    - {name: 丙等, from: 0}\n"
)
QUOTAS = "  kind: quota\n  source: doc\n  shares: #<\n    - {name: 甲等, share: 0.6}\n    - {name: 乙等, share: 0.5}\n"
SECOND_VETO = (
    "    text: 未学习的不列甲等\n"
    "  - {id: study, point: 1, below: 4, bars: [甲等], source: doc, text: 未学习的不列甲等} #<\n"
)
RANK = "            marks: 2\n            source: doc\n            rule:\n              kind: relative"
POINTS = "source: doc\n        points:\n          - no: 1"
TWO_HALVES = (
    ("            marks: 4\n", "            weight: 0.5\n"),
    ("最多得2分\n            marks: 2\n", "最多得20分\n            weight: {w}\n"),
    ("每次得0.5分", "每次得5分"),
    ("each: 0.5\n              cap: 2\n", "each: 5\n              cap: 20\n"),
    ("学习的，得4分", "学习的"),
)


def halves(second: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Edits that give the first two points weights: 0.5 and `second`."""
    return (*((old, new.replace("{w}", second)) for old, new in TWO_HALVES), *more)


CASES: dict[str, tuple[tuple[str, str], ...]] = {
    "F101": (("组织\n    marks: 12\n", "组织\n    marks: 13 #<\n"), ("total: 20", "total: 21")),
    "F102": (("total: 20", "total: 21 #<"),),
    "F103": (
        ("text: 满意度\n            marks: 2", "text: 满意度\n            marks: 1.5"),
        ("title: 数据\n        marks: 8", "title: 数据\n        marks: 8 #<"),
    ),
    "F104": (
        ("title: 数据\n        marks: 8", "title: 数据\n        marks: 9 #<"),
        ("title: 成效\n    marks: 8", "title: 成效\n    marks: 9"),
        ("total: 20", "total: 21"),
    ),
    "F105": halves("0.4", (POINTS, POINTS.replace("points:", "points: #<"))),
    "F106": (
        ("          - no: 2", "          - no: 2 #<"),
        ("最多得2分\n            marks: 2", "最多得20分\n            weight: 1"),
        ("每次得0.5分", "每次得5分"),
        ("each: 0.5\n              cap: 2\n", "each: 5\n              cap: 20\n"),
    ),
    "F107": halves("0.5", (L2_1, L2_1 + "        aggregate: sum #<\n")),
    "F108": (
        ("    title: 组织\n", "    title: 组织\n    aggregate: geometric\n"),
        ("- code: L2-1", "- code: L2-1 #<"),
    ),
    "F109": halves("0 #<", ("            weight: 0.5\n", "            weight: 1\n")),
    "F110": (
        ("    title: 成效\n", "    title: 成效\n    aggregate: arithmetic\n"),
        (BONUS, BONUS.replace("rule:", "rule: #<")),
    ),
    "F111": (
        ("total: 20", "total: 21"),
        ("title: 成效\n    marks: 8", "title: 成效\n    marks: 9"),
        (
            LAST,
            LAST
            + EXTRA.format(code="L2-4", number=4, indent="      ", kind=BONUS_RULE).replace("points:", "points: #<"),
        ),
    ),
    "F201": (("- no: 9", "- no: 8 #<"),),
    "F202": (("code: L2-3", "code: L2-2 #<"),),
    "F203": (
        ("- no: 8\n", "- no: 90\n"),
        ("- no: 9\n", "- no: 8 #<\n"),
        ("- no: 90\n", "- no: 9\n"),
    ),
    "F204": (("- no: 9", "- no: 11 #<"),),
    "F205": (("code: L2-1", "code: L2-9"), ("code: L2-2", "code: L2-2 #<")),
    "F206": (('number: "3"', 'number: "4" #<'),),
    "F207": (("title: 数据", "title: 执法 #<"),),
    "F208": (("text: 满意度", "text: 每万人专利数，与各地比较，得2分 #<"),),
    "F209": (("level_names: [一级指标, 二级指标, 考核要点]", "level_names: [一级指标, 考核要点] #<"),),
    "F210": (
        ("total: 20", "total: 21"),
        (
            LAST,
            LAST
            + EXTRA.format(
                code="L1-3", number=3, indent="  ", kind="{kind: yes_no, evidence: 证明文件, source: doc}"
            ).replace("points:", "points: #<"),
        ),
    ),
    "F211": (("code: L2-3", "code: p3 #<"),),
    "F301": (("each: 0.5\n              cap: 2", "each: 0.8\n              cap: 2 #<"), ("每次得0.5分", "每次得0.8分")),
    "F302": (
        ("each: 0.5\n              cap: 2", "each: 0.5\n              cap: 1 #<"),
        ("0.5分，最多得2分", "0.5分，最多得1分"),
    ),
    "F303": (("each: 1\n              cap: 2", "each: 1\n              cap: 3 #<"), ("最多扣2分", "最多扣3分")),
    "F304": (("each: 1\n              cap: 2", "each: 3 #<\n              cap: 2"), ("每起扣1分", "每起扣3分")),
    "F305": (("fields: [专利, 商标, 版权]", "fields: [专利, 商标] #<"),),
    "F306": (("fields: [专利, 商标, 版权]", "fields: [专利, 商标, 版权, 商标] #<"),),
    "F307": ((STEPS, "steps: [0, 0.25, 1] #<\n"),),
    "F308": (
        ("text: 满意度\n            marks: 2\n", "text: 满意度\n            marks: 2.05 #<\n"),
        (
            "得2分\n" + RANK,
            "得1.95分\n" + RANK.replace("2", "1.95"),
        ),
    ),
    "F309": (("{name: 乙等, from: 10}", "{name: 乙等, from: 10.05} #<"),),
    "F310": (("- {at: 90, marks: 2}", "- {at: 90, marks: 3} #<"), ("达到90%得2分", "达到90%得3分")),
    "F311": (("- {at: 90, marks: 2}", "- {at: 90, marks: 1.5} #<"), ("达到90%得2分", "达到90%得1.5分")),
    "F312": (("coverage: 1", "coverage: 0.8 #<"),),
    "F313": (("lone: 1", "lone: 0 #<"),),
    "F314": ((STEPS, STEPS + "              precision: 0.15 #<\n"),),
    "F315": ((STEPS, STEPS + '              period: {from: "2021", to: 2022-06, source: doc} #<\n'),),
    "F401": (("from: 16}", "from: 21} #<"),),
    "F402": (("bars: [甲等]", "bars: [甲等, 乙等, 丙等] #<"),),
    "F403": (("bars: [甲等]", "bars: [乙等] #<"),),
    "F404": (("from: 0}", "from: 5} #<"),),
    "F405": (
        (
            GRADES,
            QUOTAS,
        ),
    ),
    "F406": (("    point: 1\n", "    point: 99 #<\n"),),
    "F407": (("bars: [甲等]", "bars: [优秀] #<"),),
    "F408": (("    below: 4\n", "    below: 5 #<\n"),),
    "F409": (("    text: 未学习的不列甲等\n", SECOND_VETO),),
    "F410": (("{name: 丙等,", "{name: 乙等,"), ("from: 0}", "from: 0} #<")),
    "F501": (("ranking: {source: doc}", "ranking: {ties: best} #<"),),
    "F502": (("ranking: {source: doc}", "ranking: {source: dok} #<"),),
    "F503": (("ranking: {source: doc}", "ranking: {source: ours, reason: 文件没有规定} #<"),),
    "F504": (("  doc: {title: 示范文件}", "  doc: {title: 示范文件}\n  other: {title: 另一文件} #<"),),
    "F601": (("title: 示范体系", "title: 待定 #<"),),
    "F602": (("evidence: 办结率统计表", "evidence: 材料 #<"),),
    "F603": (
        ("evidence: 办结率统计表", "evidence: 统计部门数据 #<"),
        ("evidence: 满意度调查报告", "evidence: 统计部门数据"),
    ),
    "F604": (("text: 举办培训，每次得0.5分，最多得2分", "text: 举办培训，每次得0.2分，最多得2分 #<"),),
    "F605": (
        (
            "rule: {kind: yes_no, evidence: 会议通知和纪要, source: doc}",
            "rule: {kind: yes_no, evidence: 会议通知和纪要, source: doc} #<",
        ),
        ("组织学习的，", "组织学习取得积极成效的，"),
    ),
    "F606": (
        ("在专利、商标、版权领域", "在专利、商标、版权等领域"),
        ("fields: [专利, 商标, 版权]", "fields: [专利, 商标, 版权] #<"),
    ),
    "F607": ((L2_1, L2_1 + "        titles: [{text: 学习教育, where: 附录}] #<\n"),),
    "F608": ((L2_1, L2_1 + "        titles: [{text: 学习, where: 附录}] #<\n"),),
    "F609": ((L2_1, L2_1 + "        ambiguities: [{id: A1, text: 没有说明次数}] #<\n"),),
    "F610": (("    title: 成效\n", "    title: 成效\n    short: 组织 #<\n"),),
    "F611": (("    text: 未学习的不列甲等\n", "    text: 没有学习的不列甲等 #<\n"),),
    "F612": (("fields: [专利, 商标, 版权]", "fields: [专利, 商标, 版权, 地理标志] #<"),),
}


@pytest.mark.parametrize("check", sorted(CASES))
def test_a_check_finds_its_own_fault_on_its_line(check: str, tmp_path: Path) -> None:
    text = edited(*CASES[check])
    found = run_checks(loaded(tmp_path, text))
    assert {v.check for v in found} == {check}, found
    assert marked_line(text) in {v.line for v in found}
    assert all(v.file == "base.yaml" and v.field for v in found)


def test_every_check_has_a_case() -> None:
    assert set(CASES) == {check.id for check in CATALOGUE}


def test_a_sound_framework_has_no_finding(tmp_path: Path) -> None:
    assert run_checks(loaded(tmp_path, BASE)) == ()


def test_ids_are_unique_and_sorted() -> None:
    ids = [check.id for check in CATALOGUE]
    assert ids == sorted(set(ids))


def test_the_documentation_lists_every_check_as_it_is() -> None:
    rows = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| F")]
    assert rows == list(catalogue_rows())


def test_the_jilin_framework_has_only_recorded_remarks() -> None:
    found = run_checks(load("jilin-ip-2021"))
    assert {v.severity for v in found} == {"info"}
    assert {v.check for v in found} == {"F503", "F607", "F609"}


def test_jilin_names_its_three_recorded_differences_of_wording() -> None:
    found = [v.message for v in run_checks(load("jilin-ip-2021")) if v.check == "F607"]
    assert len(found) == 3
    assert "知识产权保护国际交流合作" in found[2]


def test_the_example_framework_is_sound() -> None:
    assert run_checks(load("open-data-city-2025")) == ()


def test_findings_come_by_line(tmp_path: Path) -> None:
    text = edited(("total: 20", "total: 21"), ("title: 示范体系", "title: 待定"), ("lone: 1", "lone: 0"))
    found = run_checks(loaded(tmp_path, text))
    assert [v.check for v in found] == ["F601", "F102", "F313"]
    assert [v.line for v in found] == sorted(v.line for v in found)


def test_a_recorded_doubt_turns_a_warning_into_a_remark(tmp_path: Path) -> None:
    text = edited(
        ("组织学习的，", "组织学习取得积极成效的，"),
        (
            "            short: 学习\n",
            "            short: 学习\n            ambiguities: [{id: A1, text: 成效没有标准}]\n",
        ),
    )
    found = run_checks(loaded(tmp_path, text))
    assert [(v.check, v.severity) for v in found] == [("F609", "info"), ("F605", "info")]


def test_what_a_child_inherits_is_reported_in_the_child(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE, "utf-8")
    child = 'code: child\nversion: "1"\nextends: base\noverrides:\n  p8:\n    marks: 1.5\n'
    found = run_checks(loaded(tmp_path, child, "child.yaml"))
    assert [(v.check, v.line, v.file) for v in found] == [("F103", 1, "child.yaml")]


@pytest.mark.parametrize(("text", "rule", "agrees"), [
    ("得 4 分。", "yes_no", True),
    ("得5分。", "yes_no", False),
    ("每次得1分，最多得4分", "yes_no", False),
    ("每万人拥有数，得4分", "linear", True),
    ("达到的得2分，未达到不得分", "judged", True),
    ("最高不超过3分", "yes_no", False),
])  # fmt: skip
def test_marks_in_words_are_read(text: str, rule: str, agrees: bool, tmp_path: Path) -> None:
    settings = {
        "yes_no": "kind: yes_no",
        "linear": "kind: linear, measure: 件, floor: 0, target: 9",
        "judged": "kind: judged, steps: [0, 0.5, 1]",
    }[rule]
    changed = edited(
        ("组织学习的，得4分", text), ("rule: {kind: yes_no, evidence: 会议", f"rule: {{{settings}, evidence: 会议")
    )
    found: list[Violation] = [v for v in run_checks(loaded(tmp_path, changed)) if v.check == "F604"]
    assert (not found) == agrees
