"""The guide to framework files mentions every key and every rule, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter
from tests.zhiheng.framework.base import loaded

from zhiheng.framework.checks import run_checks
from zhiheng.framework.model import Framework, Indicator, Point, Quota, Source, Thresholds, Veto
from zhiheng.framework.rules import Rule
from zhiheng.framework.yaml_lines import read

GUIDE = (Path(__file__).parents[3] / "docs" / "methods" / "frameworks.md").read_text("utf-8")
EXAMPLES: list[Any] = [read(text, "guide").data for text in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)]
RULES: tuple[type[BaseModel], ...] = get_args(get_args(Rule)[0])


def kind(rule: type[BaseModel]) -> str:
    return str(get_args(rule.model_fields["kind"].annotation)[0])


def keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("key", keys(Framework))
def test_every_top_level_key_has_a_row(key: str) -> None:
    assert f"\n| `{key}` |" in GUIDE


@pytest.mark.parametrize("model", [Indicator, Point, Source, Veto, Thresholds, Quota, *RULES])
def test_every_key_is_mentioned(model: type[BaseModel]) -> None:
    words = set(re.findall(r"[A-Za-z_]+", GUIDE))
    assert set(keys(model)) <= words


@pytest.mark.parametrize("rule", RULES, ids=kind)
def test_every_rule_has_a_section_with_an_example(rule: type[BaseModel]) -> None:
    assert f"### `{kind(rule)}` " in GUIDE
    assert kind(rule) in {example["rule"]["kind"] for example in EXAMPLES if "rule" in example}


def test_the_examples_are_valid() -> None:
    for example in EXAMPLES:
        if "rule" in example:
            TypeAdapter(Rule).validate_python(example["rule"])
        elif "grades" in example:
            kinds = Thresholds | Quota
            TypeAdapter(kinds).validate_python(example["grades"])
        elif "vetoes" in example:
            Veto.model_validate(example["vetoes"][0])
        else:
            assert example["extends"]


def test_the_example_of_a_child_adds_up(tmp_path: Path) -> None:
    text = next(t for t in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if "extends" in t)
    found = run_checks(loaded(tmp_path, text, "county.yaml"))
    assert {v.severity for v in found} == {"info"}, [v for v in found if v.severity != "info"]
