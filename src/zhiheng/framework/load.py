"""Reads a framework file, applies `extends`, and refuses with the line of every fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from zhiheng.errors import FileMissingError, FrameworkError, Problem, UnknownFrameworkError
from zhiheng.framework.model import Framework
from zhiheng.framework.overrides import apply_overrides
from zhiheng.framework.yaml_lines import Lined, dotted, read

MAX_BYTES = 1_000_000
"""Larger files are refused unread; the Jilin framework has 40 kB."""
_UNION_TAGS = frozenset(
    {
        "yes_no",
        "judged",
        "per_item",
        "per_field",
        "steps",
        "linear",
        "relative",
        "deduct",
        "bonus",
        "thresholds",
        "quota",
    }
)
_HINTS = {
    "missing": "This key is missing",
    "extra_forbidden": "This key is not known here; see docs/methods/frameworks.md",
    "string_type": "This must be text; put a number in quotes",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """
    A framework with the file it came from.

    Parameters
    ----------
    framework
        The typed model.
    source
        The file as lined data; after `extends` the lines of overridden values are those of the child.
    file
        Name for messages.
    text
        The bytes of the file as text, for hashing; a child's text is followed by that of its parent.
    parent
        The framework that this one extends, or None.
    """

    framework: Framework
    source: Lined
    file: str
    text: str
    parent: Framework | None = None


def builtin_codes() -> tuple[str, ...]:
    """Return the codes of the frameworks that come with the package, sorted."""
    folder = resources.files("zhiheng") / "frameworks"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


def load_framework(name: str | Path) -> Framework:
    """
    Return a framework by built-in code or by path.

    Parameters
    ----------
    name
        Code such as `jilin-ip-2021`, or path of a YAML file.

    Raises
    ------
    UnknownFrameworkError
        If it is neither.
    FrameworkError
        If the file is not a valid framework; carries a problem with line and field for each fault.
    """
    return load(name).framework


def load(name: str | Path) -> Loaded:
    """Return a framework with its source lines; see `load_framework` for what is refused."""
    return _load(name, ())


def _load(name: str | Path, seen: Sequence[str]) -> Loaded:
    file, text = _text(name)
    source = read(text, file)
    if source.problems:
        raise FrameworkError(_summary(file, len(source.problems)), source.problems)
    if not isinstance(source.data, dict):
        raise _refused(file, "A framework file starts with keys such as `code:`.", 1)
    parent_code = source.data.get("extends")
    if not (isinstance(parent_code, str) and parent_code):
        return Loaded(_model(source, file), source, file, text)
    if parent_code in seen:
        chain = " -> ".join((*seen, parent_code))
        raise _refused(file, f"Frameworks extend each other: {chain}.", source.line(("extends",)), "extends")
    try:
        parent = _load(_sibling(name, parent_code), (*seen, parent_code))
    except UnknownFrameworkError as error:
        raise _refused(file, error.message, source.line(("extends",)), "extends") from error
    source = apply_overrides(parent.source, source, file)
    return Loaded(_model(source, file), source, file, text + parent.text, parent.framework)


def _text(name: str | Path) -> tuple[str, str]:
    if isinstance(name, str) and name in builtin_codes():
        return f"{name}.yaml", (resources.files("zhiheng") / "frameworks" / f"{name}.yaml").read_text("utf-8")
    path = Path(name)
    if not path.is_file():
        if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
            msg = f"There is no framework file {path}."
            raise FileMissingError(msg, file=str(path))
        known = ", ".join(builtin_codes())
        msg = f"There is no framework {name!r}. Built in: {known}; or give the path of a YAML file."
        raise UnknownFrameworkError(msg, name=str(name))
    if path.stat().st_size > MAX_BYTES:
        raise _refused(path.name, f"The file is larger than {MAX_BYTES} bytes.")
    try:
        return path.name, path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(path.name, "The file is not UTF-8 text; save it as UTF-8.") from error


def _sibling(name: str | Path, parent: str) -> str | Path:
    """Look for a parent beside the child file before among the built-in ones."""
    beside = Path(name).parent / f"{parent}.yaml"
    return beside if beside.is_file() and str(name) not in builtin_codes() else parent


def _model(source: Lined, file: str) -> Framework:
    try:
        return Framework.model_validate(source.data)
    except ValidationError as error:
        problems = []
        for fault in error.errors():
            path = tuple(part for part in fault["loc"] if part not in _UNION_TAGS)
            message = _HINTS.get(fault["type"], fault["msg"].removeprefix("Value error, "))
            problems.append(Problem(f"{message}.", file, source.line(path), dotted(path)))
        problems.sort(key=lambda p: p.line or 0)
        raise FrameworkError(_summary(file, len(problems)), problems) from error


def _refused(file: str, message: str, line: int | None = None, field: str = "") -> FrameworkError:
    return FrameworkError(_summary(file, 1), (Problem(message, file, line, field),))


def _summary(file: str, count: int) -> str:
    faults = "1 fault" if count == 1 else f"{count} faults"
    return f"{file} is not a valid framework: {faults}."
