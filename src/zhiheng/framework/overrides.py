"""`extends`: a framework made from its parent by a few stated changes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from zhiheng.errors import FrameworkError, Problem
from zhiheng.framework.yaml_lines import Lined, Path, Plain, dotted

OVERRIDES = "overrides"
SOURCES = "sources"
OWN = ("code", "version")
"""Keys that a child cannot inherit: it is another framework."""


def apply_overrides(parent: Lined, child: Lined, file: str) -> Lined:
    """
    Return the parent's data with the child's keys and overrides laid over it.

    Parameters
    ----------
    parent, child
        Files as read. At the top level every key of the child replaces that of the parent; only `sources` is joined,
        because what is inherited still names the parent's sources. `overrides` maps the code of an indicator or `p` +
        number of a point to the keys to replace there (`marks`, `rule`, `text`, ...).
    file
        Name of the child's file, for problems.

    Raises
    ------
    FrameworkError
        If an override names an indicator or point that the parent does not have, or the child has no `code` or
        `version` of its own.
    """
    assert isinstance(parent.data, dict)
    assert isinstance(child.data, dict)
    problems = [
        Problem(f"A framework that extends another needs a `{key}` of its own.", file, child.line(()), key)
        for key in OWN
        if key not in child.data
    ]
    data: dict[str, Plain] = deepcopy(parent.data)
    lines = {path: child.line(()) for path in parent.lines}
    for key, value in child.data.items():
        if key != OVERRIDES:
            inherited = data.get(key)
            if key == SOURCES and isinstance(value, dict) and isinstance(inherited, dict):
                data[key] = {**inherited, **deepcopy(value)}
                lines.update({path: line for path, line in child.lines.items() if path[:1] == (SOURCES,)})
            else:
                data[key] = deepcopy(value)
                _copy_lines(child.lines, (key,), (key,), lines)
    problems += _override(data, lines, child, file)
    if problems:
        msg = f"{file} is not a valid framework: {len(problems)} fault{'s' if len(problems) > 1 else ''}."
        raise FrameworkError(msg, problems)
    return Lined(data, lines, ())


def _override(data: dict[str, Plain], lines: dict[Path, int], child: Lined, file: str) -> list[Problem]:
    """Change `data` and `lines` in place, and return what cannot be changed."""
    assert isinstance(child.data, dict)
    overrides = child.data.get(OVERRIDES) or {}
    if not isinstance(overrides, dict):
        return [Problem("`overrides` maps codes to changes.", file, child.line((OVERRIDES,)), OVERRIDES)]
    places = _places(data)
    problems = []
    for code, change in overrides.items():
        here: Path = (OVERRIDES, code)
        if code not in places or not isinstance(change, dict):
            why = "The parent has no such indicator or point." if code not in places else "Give keys to replace."
            problems.append(Problem(why, file, child.line(here), dotted(here)))
            continue
        path, target = places[code]
        for key, value in change.items():
            target[key] = deepcopy(value)
            _copy_lines(child.lines, (*here, key), (*path, key), lines)
    return problems


def _places(data: Mapping[str, Plain]) -> dict[str, tuple[Path, dict[str, Plain]]]:
    """Return path and data of every indicator by code and every point by `p` + number."""
    found: dict[str, tuple[Path, dict[str, Plain]]] = {}

    def walk(items: Plain, path: Path) -> None:
        for i, item in enumerate(items if isinstance(items, list) else ()):
            if not isinstance(item, dict):
                continue
            here = (*path, i)
            found[str(item.get("code") or f"p{item.get('no')}")] = (here, item)
            walk(item.get("children"), (*here, "children"))
            walk(item.get("points"), (*here, "points"))

    walk(data.get("indicators"), ("indicators",))
    return found


def _copy_lines(lines: Mapping[Path, int], old: Path, new: Path, into: dict[Path, int]) -> None:
    """Give the value at `new` the lines of the value at `old`, and forget those of the value it replaces."""
    for path in [path for path in into if path[: len(new)] == new]:
        del into[path]
    for path, line in lines.items():
        if path[: len(old)] == old:
            into[(*new, *path[len(old) :])] = line
