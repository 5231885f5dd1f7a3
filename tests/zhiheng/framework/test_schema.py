"""The JSON Schema file is current, takes what the loader takes and refuses what is broken."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.zhiheng.framework.base import BASE, edited
from tests.zhiheng.framework.test_load import CHILD

from zhiheng.framework.load import builtin_codes
from zhiheng.framework.schema import FILE, framework_schema, schema_text
from zhiheng.framework.yaml_lines import read

VALIDATOR = Draft202012Validator(framework_schema())


def faults(text: str) -> list[str]:
    data: Any = read(text, "f.yaml").data
    return [error.message for error in VALIDATOR.iter_errors(data)]


def test_the_file_is_current() -> None:
    stored = (resources.files("zhiheng") / "frameworks" / FILE).read_text("utf-8")
    assert stored == schema_text(), "write schema_text() to the file"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(framework_schema())


@pytest.mark.parametrize("code", builtin_codes())
def test_built_in_frameworks_are_valid(code: str) -> None:
    assert faults((resources.files("zhiheng") / "frameworks" / f"{code}.yaml").read_text("utf-8")) == []


def test_a_child_may_leave_out_what_it_inherits() -> None:
    assert faults(CHILD) == []
    assert faults(BASE) == []


@pytest.mark.parametrize("text", [
    edited(("total: 20", "totl: 20")), edited(("precision: 0.1", "precision: 0")),
    edited(("kind: linear", "kind: lineal")),
    edited(("total: 20\n", "")), CHILD.replace("extends: base\n", ""), CHILD.replace("L2-2: {marks: 5}", "L2-2: 5"),
    CHILD.replace("p4: {marks: 2,", "p4: {title: x,"), CHILD.replace('version: "1"\n', ""),
])  # fmt: skip
def test_broken_files_are_not_valid(text: str) -> None:
    assert faults(text)


def test_every_property_is_described() -> None:
    for name, definition in framework_schema()["$defs"].items():
        for key, prop in definition.get("properties", {}).items():
            assert "description" in prop or "$ref" in prop or key == "kind", f"{name}.{key}"
