"""The JSON Schema of framework files, made from the model, for editors and for other programs."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from zhiheng.framework.model import Framework, Indicator, Point
from zhiheng.framework.overrides import OVERRIDES, OWN

FILE = "framework.schema.json"
"""Name of the schema file beside the built-in frameworks."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INDICATOR, _POINT, _CHILD = "IndicatorChange", "PointChange", "ChildFramework"


def framework_schema() -> dict[str, Any]:
    """
    Return the JSON Schema (draft 2020-12) of a framework file.

    A file with `extends` may leave out whatever it inherits and has `overrides`; any other file is a whole framework.
    What a schema cannot say (sums, order of thresholds, known sources) is left to the model and to the checks.
    """
    whole = Framework.model_json_schema(by_alias=True, mode="validation")
    definitions: dict[str, Any] = whole.pop("$defs")
    definitions["Framework"] = whole
    definitions[_INDICATOR] = _change(definitions["Indicator"], Indicator)
    definitions[_POINT] = _change(definitions["Point"], Point)
    definitions[_CHILD] = _child(whole)
    return {
        "$schema": _DIALECT,
        "title": "zhiheng framework 指标体系",
        "description": "A framework file; with `extends` a child that overrides a parent. 指标体系文件。",
        "type": "object",
        "if": {"required": ["extends"], "properties": {"extends": {"type": "string", "minLength": 1}}},
        "then": {"$ref": f"#/$defs/{_CHILD}"},
        "else": {"$ref": "#/$defs/Framework"},
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(framework_schema(), ensure_ascii=False, indent=1) + "\n"


def _change(definition: dict[str, Any], model: type[Indicator | Point]) -> dict[str, Any]:
    """Return the definition of an override: some keys of a part."""
    name = "an indicator" if model is Indicator else "a point"
    change = deepcopy(definition)
    change.pop("required", None)
    return {**change, "title": f"Change of {name}", "description": f"Keys to replace in {name}.", "minProperties": 1}


def _child(whole: dict[str, Any]) -> dict[str, Any]:
    child = deepcopy(whole)
    child["title"] = "Child framework"
    child["description"] = "A framework made from its parent by a few stated changes."
    child["required"] = [*OWN, "extends"]
    child["properties"][OVERRIDES] = {
        "description": "Changes by code of an indicator, or `p` and the number of a point.",
        "type": "object",
        "patternProperties": {"^p[0-9]+$": {"$ref": f"#/$defs/{_POINT}"}},
        "additionalProperties": {"$ref": f"#/$defs/{_INDICATOR}"},
    }
    return child
