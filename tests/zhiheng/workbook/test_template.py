"""A framework survives the template, and a person's mistakes in it are named at their cells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from tests.zhiheng.workbook.forms import every_kind

from zhiheng.errors import WorkbookError
from zhiheng.framework.load import builtin_codes, load, load_framework
from zhiheng.framework.model import Framework
from zhiheng.pipeline import framework_hash
from zhiheng.workbook.template import write_framework_template
from zhiheng.workbook.template_layout import GRADES, GUIDE, INFO, NODES, OURS_REASON, SOURCES, VETOES
from zhiheng.workbook.template_read import read_framework_template


def loaded(file: Path) -> Framework:
    text = read_framework_template(file)
    path = file.with_suffix(".yaml")
    path.write_text(text, "utf-8")
    return load(path).framework


def there_and_back(folder: Path, rules: Framework) -> Framework:
    file = folder / "模板.xlsx"
    write_framework_template(file, rules)
    return loaded(file)


@pytest.mark.parametrize("code", builtin_codes())
def test_built_in_frameworks_survive(tmp_path: Path, code: str) -> None:
    rules = load_framework(code)
    again = there_and_back(tmp_path, rules)
    assert again == rules
    assert framework_hash(again) == framework_hash(rules)


def test_every_kind_of_rule_survives(tmp_path: Path) -> None:
    assert there_and_back(tmp_path, every_kind()) == every_kind()


@pytest.mark.parametrize(
    "text", ["08", "1e5", "null", "true", "2021", "=1+1", "a: b", "# x", "甲：乙", "- x", "0x1F", "'"]
)
def test_texts_that_look_like_something_else_survive(tmp_path: Path, text: str) -> None:
    rules = every_kind()
    one = rules.indicators[0].model_copy(update={"title": text, "number": text})
    rules = rules.model_copy(update={"indicators": (one, *rules.indicators[1:]), "version": text})
    assert there_and_back(tmp_path, rules) == rules


class Template:
    """A template opened as a person would."""

    def __init__(self, file: Path) -> None:
        self.file = file
        write_framework_template(file, every_kind())
        self.book: Workbook = openpyxl.load_workbook(file)

    def put(self, sheet: str, cell: str, value: object) -> str:
        self.book[sheet][cell] = value
        return f"{sheet}!{cell}"

    def column(self, head: str) -> str:
        return next(c.column_letter for c in self.book[NODES][4] if c.value == head)

    def read(self) -> Framework:
        self.book.save(self.file)
        return loaded(self.file)

    def faults(self) -> dict[str, str]:
        self.book.save(self.file)
        with pytest.raises(WorkbookError) as refused:
            read_framework_template(self.file)
        assert refused.value.code == "workbook.invalid"
        return {problem.field: problem.message for problem in refused.value.problems}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return Template(tmp_path / "模板.xlsx")


def test_sheets_of_the_template(template: Template) -> None:
    assert template.book.sheetnames == [GUIDE, INFO, SOURCES, GRADES, NODES, VETOES]


def test_an_empty_template_asks_for_all_that_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "空.xlsx"
    write_framework_template(file)
    with pytest.raises(WorkbookError) as refused:
        read_framework_template(file)
    fields = {p.field for p in refused.value.problems}
    assert {SOURCES, GRADES, NODES, f"{INFO}!B5", f"{INFO}!B11"} <= fields


def test_a_setting_without_source_is_ours(template: Template) -> None:
    for cell in ("C14", "D14"):
        template.put(INFO, cell, None)
    kind = template.column("规则来源")
    template.put(NODES, f"{kind}6", "自定")
    template.put(NODES, f"{template.column('规则理由')}6", "试行")
    rules = template.read()
    assert (rules.period.source, rules.period.reason) == ("ours", OURS_REASON)
    assert (rules.point(1).rule.source, rules.point(1).rule.reason) == ("ours", "试行")


def test_numbers_and_lists_as_people_type_them(template: Template) -> None:
    steps, thresholds = template.column("档次"), template.column("分档")
    template.put(INFO, "B11", "３０")
    template.put(NODES, f"{steps}7", "0, 25%，0.5 / 1".replace(" / ", "；"))
    template.put(NODES, f"{thresholds}12", "≥60%得1分\n80.5 ： 2.5分；95=5")
    template.put(NODES, "B6", "第1项")
    rules = template.read()
    assert rules == every_kind()


def test_every_mistake_stands_at_its_cell(template: Template) -> None:
    put, column = template.put, template.column
    wrong = {
        put(INFO, "B11", "一百"): "不是数字",
        put(INFO, "B5", "大写 CODE"): "写法不对",
        put(INFO, "B19", "随便"): "不在规定的选项",
        put(NODES, f"{column('档次')}7", "0、0.5"): "从0到1",
        put(NODES, f"{column('每项分值')}8", None): "必须填写",
        put(NODES, f"{column('每项分值')}6", 1): "不用“每项分值”",
        put(NODES, f"{column('规则来源')}9", "无名"): "不在“来源文件”表",
        put(NODES, f"{column('佐证要求')}10", None): "必须填写",
        put(NODES, f"{column('计分规则')}11", "是非"): "指标不填",
        put(NODES, f"{column('分档')}12", "60"): "不是一档",
        put(NODES, "A14", "四级指标"): "不在“各级名称”",
        put(NODES, "B15", "X"): "不是要点序号",
        put(NODES, f"{column('分值')}16", None): "只能填一个",
        put(VETOES, "B5", None): "请填要点序号",
    }
    faults = template.faults()
    assert {cell: words for cell, words in wrong.items() if words not in faults.get(cell, "")} == {}


def test_grades_in_the_wrong_order_are_named_at_their_sheet(template: Template) -> None:
    template.put(GRADES, "B6", 9)
    assert "从高到低" in template.faults()[GRADES]


def test_a_point_without_an_indicator_above_it(template: Template) -> None:
    template.book[NODES].delete_rows(5)
    assert template.faults()[f"{NODES}!A5"].startswith("这一行上面缺少")


def test_rows_and_columns_may_move(template: Template) -> None:
    sheet = template.book[NODES]
    sheet.insert_rows(8, 2)
    sheet.insert_cols(3)
    template.book[INFO].insert_rows(9)
    assert template.read() == every_kind()


def test_cells_that_a_rule_does_not_use_turn_grey(template: Template) -> None:
    shaded = {
        str(area.sqref)[0:1]: [r.formula[0] for r in area.rules] for area in template.book[NODES].conditional_formatting
    }
    (each,) = shaded[template.column("每项分值")]
    assert all(f"|{kind}|" in each for kind in ("计次", "分领域", "扣分", "加分"))
    assert "评判" not in each
    (name,) = (dest for _, dest in template.book.defined_names["level_names"].destinations)
    assert template.book[INFO][name].value == "一级指标、考核要点"
