"""Writes plain data as the YAML text of a framework file, so that it reads back as the same data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import yaml

from zhiheng.framework.yaml_lines import Plain, read
from zhiheng.marks import plain

WIDTH = 100_000
"""Longest line; a long text stays on one, as in the built-in frameworks."""


class _Dumper(yaml.SafeDumper):
    """Quotes every text that our reader would take for something else, and writes decimals as they are."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name and the argument are those of the base
        """Write equal values out, so that a person can change one of them."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None if read(f"{text}\n", "").data == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _decimal(dumper: _Dumper, number: Decimal) -> yaml.Node:
    text = plain(number)
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)


def yaml_text(data: dict[str, Plain]) -> str:
    """Return data as YAML text, keys in their order."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
