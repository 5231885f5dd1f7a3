"""YAML as plain data: what was written comes back, with lines; what could hurt is refused quickly."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import zhiheng
from zhiheng.framework import yaml_lines
from zhiheng.framework.yaml_lines import MAX_DEPTH, MAX_VALUES, dotted, read

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXT
PLAIN = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)


def quoted(value: Any) -> Any:
    """Make PyYAML quote every text, so that only style, never content, decides what is text."""
    if isinstance(value, dict):
        return {_Text(key): quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [quoted(item) for item in value]
    return _Text(value) if isinstance(value, str) else value


class _Text(str):
    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # PyYAML's signature
        return True


_Dumper.add_representer(_Text, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@given(PLAIN)
def test_plain_data_comes_back(value: Any) -> None:
    done = read(yaml.dump(quoted(value), Dumper=_Dumper, allow_unicode=True), "f.yaml")
    assert done.problems == ()
    assert done.data == value


@given(st.dictionaries(TEXT.filter(bool), LEAVES, min_size=1, max_size=6))
def test_every_key_has_the_line_it_stands_on(value: dict[str, Any]) -> None:
    text = yaml.dump(quoted(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)
    done = read(text, "f.yaml")
    assert [done.line((key,)) for key in value] == list(range(1, len(value) + 1))


@given(st.decimals(-(10**6), 10**6, places=4))
def test_decimals_are_exact(value: Decimal) -> None:
    assert read(f"x: {value:f}", "f.yaml").data == {"x": value}


@pytest.mark.parametrize(("text", "data"), [
    ("no: 1", {"no": 1}), ("on: off", {"on": "off"}), ("d: 2021-06-30", {"d": "2021-06-30"}), ("x: ~", {"x": None}),
    ("x: '1'", {"x": "1"}), ("x: １２", {"x": "１２"}), ("x: 1e9", {"x": "1e9"}), ("x: true", {"x": True}), ("", None),
    (f"x: {'9' * 5000}", {"x": "9" * 5000}),
])  # fmt: skip
def test_only_plain_words_and_numbers_are_read(text: str, data: object) -> None:
    assert read(text, "f.yaml").data == data


def test_a_repeated_key_is_refused_on_its_line() -> None:
    (problem,) = read("a: 1\nb:\n  c: 1\n  c: 2\n", "f.yaml").problems
    assert (problem.line, problem.field) == (4, "b.c")


def test_billion_laughs_are_refused() -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    done = read("\n".join(rows), "f.yaml")
    assert len(done.problems) == 1
    assert str(MAX_VALUES) in done.problems[0].message
    assert len(done.lines) <= MAX_VALUES


@pytest.mark.parametrize("text", ["&a [*a, *a]", "a: &a {b: *a}", "[" * 4000, "{a: " * 4000, "- " * 4000 + "x"])
def test_endless_and_deep_nesting_is_refused(text: str) -> None:
    problems = read(text, "f.yaml").problems
    assert len(problems) == 1
    assert str(MAX_DEPTH) in problems[0].message or "YAML" in problems[0].message


@pytest.mark.parametrize(
    "text", ["x: !!python/object/apply:os.system [ls]", "x: !!binary aGk=", "x: !mine 1", "!!set {a}"]
)
def test_tags_are_refused(text: str) -> None:
    (problem,) = read(text, "f.yaml").problems
    assert "tag" in problem.message
    assert problem.line == 1


@pytest.mark.parametrize("text", ["a: [1", "a: 'x", "a: b: c", "\tx: 1", "x: \x00", "---\na: 1\n---\nb: 2"])
def test_bad_yaml_is_a_problem_not_a_crash(text: str) -> None:
    done = read(text, "f.yaml")
    assert done.data is None
    assert done.problems[0].file == "f.yaml"


@given(TEXT)
def test_no_text_crashes_the_reader(text: str) -> None:
    read(text, "f.yaml")


def test_a_missing_value_has_the_line_of_what_holds_it() -> None:
    done = read("a:\n  b: 1\nc: [1, 2]\n", "f.yaml")
    assert (done.line(("a", "x", "y")), done.line(("c", 1)), done.line(("zzz",))) == (1, 3, 1)
    assert dotted(("a", 0, "b")) == "a.0.b"


@pytest.mark.parametrize(
    "text",
    [
        *(path.read_text("utf-8") for path in sorted(Path(zhiheng.__file__).parent.rglob("*.yaml"))),
        "a: &x [1, '2', \"3\", |\n  4\n , no, 2021-06]\nb: *x\n",
        "a:\n  - b: 1\n    c:\n  -\n  - {d: 0.10, e: }\n# the end\n",
    ],
)  # fmt: skip
def test_both_loaders_read_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(text, "f")
    monkeypatch.setattr(yaml_lines, "_FAST", None)
    assert read(text, "f") == fast
