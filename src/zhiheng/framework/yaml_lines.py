"""YAML as plain data that remembers the line of every value, so that errors can name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import yaml

from zhiheng.errors import Problem

Path = tuple[str | int, ...]
Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | Decimal | bool | None"

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30})")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in (
        "null",
        "bool",
        "int",
        "float",
        "str",
        "timestamp",
        "merge",
        "value",
        "seq",
        "map",
    )
)
_FAST: Any = getattr(yaml, "CSafeLoader", None)
MAX_DEPTH = 60
"""Deepest nesting; a framework needs about 12."""
MAX_VALUES = 100_000
"""Most values in one document, counted after aliases are written out, so that a few lines cannot stand for billions."""


@dataclass(frozen=True, slots=True)
class Lined:
    """
    Plain data and the lines it stood on.

    Parameters
    ----------
    data
        Dictionaries, lists and scalars; decimals are exact.
    lines
        Line, from 1, by path of keys and indexes.
    problems
        What could not be read: repeated keys, tags, nesting that is too deep, aliases that unfold to too much.
    """

    data: Plain
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...]

    def line(self, path: Path) -> int:
        """Return the line of the value at `path`, or of its nearest ancestor."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str, file: str) -> Lined:
    """
    Read one YAML document.

    Parameters
    ----------
    text
        The document. Only `true`, `false`, `null`, numbers and strings are known: `no`, `on` and dates stay strings,
        so that a key `no` is a key and a date is what was written.
    file
        Name for problems.
    """
    try:
        root = yaml.compose(text, Loader=_FAST if _FAST and _shallow(text) else yaml.SafeLoader)
    except RecursionError:
        return Lined(None, {}, (Problem(f"Nested deeper than {MAX_DEPTH} levels.", file),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = getattr(error, "problem", None) or str(error)
        return Lined(None, {}, (Problem(f"This is not valid YAML: {problem}.", file, line),))
    reader = _Reader(file)
    data = reader.value(root, ()) if root is not None else None
    return Lined(data, reader.lines, tuple(reader.problems))


def _shallow(text: str) -> bool:
    """
    Return whether a document may be given to the C loader, which builds a tree five times faster.

    It overflows the stack on deep nesting and takes the process with it; its events come one by one and do not. What
    is not valid goes to the other loader as well, so that refusals read the same everywhere.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_FAST):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    return False
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except (yaml.YAMLError, UnicodeError):
        return False
    return True


class _Reader:
    """Walks a composed YAML tree once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self.stopped = False

    def value(self, node: yaml.Node, path: Path) -> Plain:
        line = node.start_mark.line + 1
        refusal = self._refusal(node, path)
        if refusal:
            self.stopped = True
            self.problems.append(Problem(refusal, self.file, line, dotted(path)))
        if self.stopped:
            return None
        self.lines[path] = line
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, path)
        assert isinstance(node, yaml.ScalarNode)
        # Plain text has no style, in C an empty one.
        if node.style:
            return str(node.value)
        return _scalar(str(node.value))

    def _refusal(self, node: yaml.Node, path: Path) -> str:
        """Return why reading must stop at this node, or ""."""
        if self.stopped:
            return ""
        if len(path) > MAX_DEPTH:
            return f"Nested deeper than {MAX_DEPTH} levels."
        if len(self.lines) >= MAX_VALUES:
            return f"More than {MAX_VALUES} values, aliases (*) written out; write values instead of nesting aliases."
        if node.tag not in _PLAIN_TAGS:
            return f"The tag {node.tag} is not known here; write plain text, numbers, lists and mappings."
        return ""

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[Plain]:
        data: list[Plain] = []
        for i, child in enumerate(node.value):
            data.append(self.value(child, (*path, i)))
            if self.stopped:
                break
        return data

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Plain]:
        data: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem("A key must be plain text.", self.file, line))
                continue
            key = str(key_node.value)
            if key in data:
                self.problems.append(Problem("The key stands twice; keep one.", self.file, line, dotted((*path, key))))
                continue
            data[key] = self.value(value_node, (*path, key))
            if self.stopped:
                break
            self.lines[(*path, key)] = line
        return data


def _scalar(text: str) -> Plain:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text


def dotted(path: Path) -> str:
    """Return a path as people read it: `indicators.0.title`."""
    return ".".join(str(part) for part in path)
