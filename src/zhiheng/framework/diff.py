"""What differs between two frameworks: indicators and points, marks, rules, grades, vetoes and settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from zhiheng.framework.model import Framework, Indicator, Point, is_bonus
from zhiheng.marks import plain

Area: TypeAlias = Literal["indicator", "point", "rule", "grades", "vetoes", "settings", "sources"]
Kind: TypeAlias = Literal["added", "removed", "renumbered", "moved", "renamed", "changed"]
Part: TypeAlias = Indicator | Point
Placed: TypeAlias = tuple[str, Part]
_SETTINGS = (
    "title", "subject", "language", "total", "precision", "level_names", "period", "ranking", "not_applicable",
    "aggregate",
)  # fmt: skip
_PART_FIELDS = ("number", "short", "marks", "weight", "aggregate", "source", "reason")


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference.

    Parameters
    ----------
    area
        What it is about.
    kind
        What happened. `renumbered`: the same text under another code or number.
    code
        Code of the indicator, `p` + number of the point, or key of the setting; that of the new framework if both have
        it.
    name
        Title, or the text of a point.
    field
        Field that changed, or "".
    before, after
        Old and new value as text, or "".
    """

    area: Area
    kind: Kind
    code: str
    name: str = ""
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class LevelTotal:
    """
    Count and marks of one level in both frameworks.

    Parameters
    ----------
    level
        Name of the level.
    before_count, after_count
        Indicators or points; 0 where there is no such level.
    before_marks, after_marks
        Sum of their marks without bonuses; None where there are weights.
    """

    level: str
    before_count: int
    after_count: int
    before_marks: Decimal | None
    after_marks: Decimal | None


@dataclass(frozen=True, slots=True)
class Difference:
    """
    All differences.

    Parameters
    ----------
    before, after
        Code and version of the frameworks.
    changes
        By area: indicators, points, rules, grades, vetoes, settings, sources.
    totals
        By level from the top.
    """

    before: tuple[str, str]
    after: tuple[str, str]
    changes: tuple[Change, ...]
    totals: tuple[LevelTotal, ...]

    @property
    def same(self) -> bool:
        """Whether the frameworks differ in nothing but code and version."""
        return not self.changes

    @property
    def marks(self) -> tuple[Change, ...]:
        """Changes of marks and weights only, as an office lists them against the parent framework."""
        return tuple(change for change in self.changes if change.field in {"marks", "weight"})

    def of(self, area: Area) -> tuple[Change, ...]:
        """Return the changes of one area."""
        return tuple(change for change in self.changes if change.area == area)


def diff(a: Framework, b: Framework) -> Difference:
    """
    Return what must be changed to make `b` out of `a`.

    Parts are the same if their wording is the same and unique, else if their code or number is the same; so a point
    that got another number is `renumbered`, not removed and added.

    Parameters
    ----------
    a, b
        Old and new framework.
    """
    old: list[Placed] = [(parent, indicator) for _, parent, indicator in a.nodes]
    new: list[Placed] = [(parent, indicator) for _, parent, indicator in b.nodes]
    pairs, gone, come = _match(old, new)
    renamed = {_key(before): _key(after) for (_, before), (_, after) in pairs}
    changes = list(_parts("indicator", pairs, gone, come, renamed))
    pairs, gone, come = _match(list(a.points), list(b.points))
    changes += _parts("point", pairs, gone, come, renamed)
    for (_, before), (_, after) in pairs:
        assert isinstance(before, Point)
        assert isinstance(after, Point)
        changes += _fields("rule", _key(after), after.text, _plain_rule(before), _plain_rule(after))
    changes += _fields("grades", "grades", "", _flat(a.grades.model_dump()), _flat(b.grades.model_dump()))
    changes += _vetoes(a, b)
    for name in _SETTINGS:
        changes += _fields("settings", name, "", _setting(a, name), _setting(b, name))
    changes += _sources(a, b)
    return Difference((a.code, a.version), (b.code, b.version), tuple(changes), tuple(_totals(a, b)))


def _match(old: list[Placed], new: list[Placed]) -> tuple[list[tuple[Placed, Placed]], list[Placed], list[Placed]]:
    """Return pairs, parts only in `old` and parts only in `new`, in printed order."""
    found: dict[int, int] = {}
    ways: tuple[Callable[[Part], Hashable], ...] = (_key_and_wording, _wording, _key)
    for wanted in ways:
        before = _unique([(i, wanted(part)) for i, (_, part) in enumerate(old) if i not in found])
        taken = set(found.values())
        after = _unique([(i, wanted(part)) for i, (_, part) in enumerate(new) if i not in taken])
        found.update({i: after[name] for name, i in before.items() if name in after})
    taken = set(found.values())
    pairs: list[tuple[Placed, Placed]] = [(old[i], new[found[i]]) for i in range(len(old)) if i in found]
    gone: list[Placed] = [old[i] for i in range(len(old)) if i not in found]
    come: list[Placed] = [new[i] for i in range(len(new)) if i not in taken]
    return pairs, gone, come


def _unique(named: list[tuple[int, Hashable]]) -> dict[Hashable, int]:
    counts = Counter(name for _, name in named)
    return {name: i for i, name in named if counts[name] == 1}


def _key(part: Part) -> str:
    return f"p{part.no}" if isinstance(part, Point) else part.code


def _wording(part: Part) -> str:
    return part.text if isinstance(part, Point) else part.title


def _key_and_wording(part: Part) -> tuple[str, str]:
    return _key(part), _wording(part)


def _parts(
    area: Literal["indicator", "point"],
    pairs: list[tuple[Placed, Placed]],
    gone: list[Placed],
    come: list[Placed],
    renamed: Mapping[str, str],
) -> Iterator[Change]:
    for parent, part in gone:
        yield Change(area, "removed", _key(part), _wording(part), "", _worth(part), parent)
    for parent, part in come:
        yield Change(area, "added", _key(part), _wording(part), "", parent, _worth(part))
    for (old_parent, before), (parent, after) in pairs:
        code, name = _key(after), _wording(after)
        if _key(before) != code:
            yield Change(area, "renumbered", code, name, "", _key(before), code)
        if _wording(before) != name:
            field = "text" if area == "point" else "title"
            yield Change(area, "renamed", code, name, field, _wording(before), name)
        if renamed.get(old_parent, old_parent) != parent:
            yield Change(area, "moved", code, name, "", old_parent, parent)
        yield from _fields(area, code, name, _plain_part(before), _plain_part(after))


def _worth(part: Part) -> str:
    return _text(part.marks if part.marks is not None else part.weight)


def _plain_part(part: Part) -> dict[str, str]:
    return {name: _text(getattr(part, name, None)) for name in _PART_FIELDS}


def _plain_rule(point: Point) -> dict[str, str]:
    return _flat(point.rule.model_dump())


def _setting(framework: Framework, name: str) -> dict[str, str]:
    value = framework.model_dump(include={name})[name]
    return _flat(value) if isinstance(value, dict) else {"": _text(value)}


def _flat(data: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = _text(value)
    return flat


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return " ".join(_text(each) for each in value.values())
    if isinstance(value, tuple | list):
        return "、".join(_text(each) for each in value)
    return str(value)


def _fields(area: Area, code: str, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field, ""), after.get(field, "")
        if old != new:
            yield Change(area, "changed", code, name, field, old, new)


def _vetoes(a: Framework, b: Framework) -> Iterator[Change]:
    old, new = {v.id: v for v in a.vetoes}, {v.id: v for v in b.vetoes}
    for key in dict.fromkeys([*old, *new]):
        if key not in new:
            yield Change("vetoes", "removed", key, old[key].text)
        elif key not in old:
            yield Change("vetoes", "added", key, new[key].text)
        else:
            yield from _fields("vetoes", key, new[key].text, _flat(old[key].model_dump()), _flat(new[key].model_dump()))


def _sources(a: Framework, b: Framework) -> Iterator[Change]:
    for key in dict.fromkeys([*a.sources, *b.sources]):
        if key not in b.sources:
            yield Change("sources", "removed", key, a.sources[key].title)
        elif key not in a.sources:
            yield Change("sources", "added", key, b.sources[key].title)
        else:
            old, new = _flat(a.sources[key].model_dump()), _flat(b.sources[key].model_dump())
            yield from _fields("sources", key, b.sources[key].title, old, new)


def _totals(a: Framework, b: Framework) -> Iterator[LevelTotal]:
    old, new = _levels(a), _levels(b)
    names = b.level_names if len(new) >= len(old) else a.level_names
    rows = max(len(old), len(new)) - 1
    for i in range(rows):
        before = old[i] if i < len(old) - 1 else []
        after = new[i] if i < len(new) - 1 else []
        yield LevelTotal(names[i], len(before), len(after), _sum(before), _sum(after))
    yield LevelTotal(names[-1], len(old[-1]), len(new[-1]), _sum(old[-1]), _sum(new[-1]))


def _levels(framework: Framework) -> list[list[Part]]:
    depth = len(framework.counts) - 1
    rows: list[list[Part]] = [[i for d, _, i in framework.nodes if d == level] for level in range(1, depth + 1)]
    return [*rows, [point for _, point in framework.points]]


def _sum(parts: list[Part]) -> Decimal | None:
    counted = [part.marks for part in parts if not is_bonus(part)]
    known = [marks for marks in counted if marks is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(counted) else None
