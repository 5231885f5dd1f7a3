"""Faults of framework files in the words of the people who hand them in."""

from __future__ import annotations

import pytest
from tests.web.builders import tiny_yaml

from zhiheng.errors import FrameworkError, Problem
from zhiheng_web.frameworks.queries import load_text
from zhiheng_web.frameworks.wording import faults_of, in_chinese


def broken(old: str, new: str) -> tuple[str, FrameworkError]:
    text = tiny_yaml()
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(FrameworkError) as refused:
        load_text(text, {})
    return text, refused.value


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: 小体系\n", "", "缺少这一项"),
        ("title: 小体系", "title: 小体系\ncolour: red", "不认识这一项"),
        ("precision: '0.1'", "precision: 零点一", "须是数字"),
        ("precision: '0.1'", "precision: 0", "须大于0"),
        ("kind: yes_no", "kind: maybe", "不认识“maybe”"),
        ("title: 小体系", "title: 小体系\ntitle: 小体系", "写了两次"),
        ("title: 小体系", "title: [小体系", "不符合YAML格式"),
        ("title: 小体系", "title: !!python/object:os.system x", "不认识标签"),
        ("extends: ''", "extends: nowhere", "没有代码为“nowhere”的上级体系"),
        ("ties: best", "ties: first", "只能写"),
    ],
)
def test_a_fault_is_told_in_chinese_with_the_line_it_stands_on(old: str, new: str, words: str) -> None:
    text, error = broken(old, new)
    faults = faults_of(error.problems, text)
    assert any(words in fault.message for fault in faults), faults
    for fault in faults:
        assert fault.line is not None
        assert fault.quote == text.splitlines()[fault.line - 1].rstrip()
        assert not fault.message.isascii()


def test_words_that_are_not_known_stay_as_they_are() -> None:
    assert in_chinese("Something new.") == "Something new."


def test_a_line_behind_the_end_of_the_file_quotes_nothing() -> None:
    (fault,) = faults_of([Problem("This key is missing.", "f.yaml", 9, "title")], "code: a\n")
    assert (fault.line, fault.quote) == (9, "")
