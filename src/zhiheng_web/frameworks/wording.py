"""Says what the library finds wrong with a framework file: in its own English words, or in Chinese ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from zhiheng.errors import Problem

_NUMBER = r"(-?[\d.]+)"
_WORDS: Sequence[tuple[str, str]] = (
    (r"This key is missing", "缺少这一项"),
    (r"This key is not known here.*", "不认识这一项，请核对名称和所在的位置"),
    (r"This must be text; put a number in quotes", "这里须是文字；数字请加引号"),
    (r"This is not valid YAML: (.*)", "不符合YAML格式：{0}"),
    (r"Nested deeper than (\d+) levels", "层次超过{0}层"),
    (r"More than (\d+) values.*", "内容超过{0}项；请直接写出各项，不要层层引用（*）"),
    (r"The tag (\S+) is not known here.*", "不认识标签{0}，请只用文字、数字、列表和键值"),
    (r"A key must be plain text", "键须是文字"),
    (r"The key stands twice; keep one", "这一项写了两次，请只保留一处"),
    (r"A framework file starts with keys.*", "文件内容不是指标体系，应以`code:`等项开头"),
    (r"Frameworks extend each other: (.*)", "上级体系循环引用：{0}"),
    (r"There is no framework '([^']*)'.*", "没有代码为“{0}”的上级体系，请先上传它"),
    (r"The file is larger than (\d+) bytes", "文件超过{0}字节"),
    (r"The file is not UTF-8 text.*", "文件不是UTF-8编码的文本，请另存为UTF-8后再上传"),
    (r"A framework that extends another needs a `(.*)` of its own", "有上级体系的，须另写自己的`{0}`"),
    (r"The parent has no such indicator or point.*", "上级体系没有这个指标或者考核要点"),
    (r"Give keys to replace", "请写明要替换的各项"),
    (r"give either `(.*)` or `(.*)`", "`{0}`和`{1}`须写且只能写一项"),
    (r"`source: ours` needs a `reason`", "自行设定（`source: ours`）的，须写明理由（`reason`）"),
    (r"`bands` must go from.*", "等次须从高到低排列"),
    (r"`steps` must rise.*", "档次须从0到1递增且不重复"),
    (r"`thresholds` must go.*", "分档须从易到难排列，得分递增"),
    (r"`floor` and `target` must differ", "零分值和满分值不能相同"),
    (r"the period ends \((.*)\) before it starts \((.*)\)", "考核期的结束（{0}）早于开始（{1}）"),
    (r"(.*) is not a day of the calendar", "日期{0}不存在"),
    (r"Field required", "缺少这一项"),
    (r"Input should be a valid (?:decimal|number|integer).*", "这里须是数字"),
    (r"Input should be a valid boolean.*", "这里须是true或者false"),
    (r"Input should be a valid (?:list|tuple).*", "这里须是列表"),
    (r"Input should be (?:a valid dictionary|an object).*", "这里须是若干“键: 值”"),
    (rf"Input should be greater than or equal to {_NUMBER}", "须不小于{0}"),
    (rf"Input should be greater than {_NUMBER}", "须大于{0}"),
    (rf"Input should be less than or equal to {_NUMBER}", "须不大于{0}"),
    (rf"Input should be less than {_NUMBER}", "须小于{0}"),
    (r"Input should be '(.*)'", "只能写'{0}'"),
    (r"Input tag '(.*)' found using .* does not match any of the expected tags: (.*)", "不认识“{0}”，可用的有{1}"),
    (r"Unable to extract tag using discriminator .*", "缺少`kind`，不知道是哪一种"),
    (r"String should have at least (\d+) characters?", "不能为空"),
    (r"String should match pattern '(.*)'", "写法不对，须符合{0}"),
    (r"(?:Tuple|List|Dictionary) should have at least (\d+) items?.*", "至少要有{0}项"),
    (
        r"Decimal input should have no more than (\d+) (?:digits in total|decimal places|digits before.*)",
        "数字的位数过多",
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.DOTALL), words) for pattern, words in _WORDS)


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with a file, as people read it.

    Parameters
    ----------
    message
        What is wrong, in the language of the page where we have words for it.
    line, quote
        Line of the file from 1 with its text, or None and "".
    field
        Path inside the file, or name of sheet and cell.
    """

    message: str
    line: int | None = None
    quote: str = ""
    field: str = ""


def in_chinese(message: str) -> str:
    """Return a message of the library in Chinese; one that has no words here stays as it is."""
    bare = message.removesuffix(".")
    for pattern, words in _PATTERNS:
        found = pattern.fullmatch(bare)
        if found:
            return words.format(*(part.strip() for part in found.groups()))
    return message


def in_words(message: str) -> str:
    """Return a message of the library, whose own are English, in the language of the page."""
    return message if (get_language() or "").startswith("en") else in_chinese(message)


def faults_of(problems: Sequence[Problem], text: str = "") -> tuple[Fault, ...]:
    """Return problems with the lines of the text that they speak of."""
    lines = text.splitlines()
    return tuple(
        Fault(
            in_words(each.message),
            each.line,
            lines[each.line - 1].rstrip()[:200] if each.line and each.line <= len(lines) else "",
            each.field,
        )
        for each in problems
    )
