"""Choosing the units of a round in their tree: branches are opened one by one, so that thousands stay light."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict

from zhiheng_web.accounts.models import Unit
from zhiheng_web.rounds.models import Round

FEW = 60
"""So many units are all shown from the start."""
MOST_SHOWN = 200
"""Units of one branch, or that a search finds, that are shown at once."""
_LONGEST_KEY = 18


@dataclass(frozen=True, slots=True)
class Node:
    """
    A unit in the tree.

    Parameters
    ----------
    pk, code, name, level, path
        Of the unit; the level in words.
    parent
        Primary key of the unit above, or None.
    """

    pk: int
    code: str
    name: str
    level: str
    path: str
    parent: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """
    A line of the list.

    Parameters
    ----------
    node, depth, ticked
        The unit, how far it is set in, and whether it is chosen.
    opened
        Whether the units below are shown.
    below, chosen_below, hidden_below
        How many units are below at all levels, how many of them are chosen, and how many of these are not shown.
    more
        Units directly below that are not shown because there are too many.
    """

    node: Node
    depth: int
    ticked: bool
    opened: bool = False
    below: int = 0
    chosen_below: int = 0
    hidden_below: int = 0
    more: int = 0


@dataclass(frozen=True, slots=True)
class Picked:
    """
    What a form says about the list.

    Parameters
    ----------
    chosen, opened
        Primary keys of the units that are chosen, and of those of which the units below are shown.
    text
        What is searched for: part of a name, or the first characters of a code.
    """

    chosen: frozenset[int]
    opened: frozenset[int]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """
    The list as it is shown.

    Parameters
    ----------
    rows
        Its lines.
    picked
        What it was made of.
    units
        How many units there are.
    found
        How many units a search found, or None where nothing is searched for.
    hidden
        Primary keys of chosen units that are not shown.
    """

    rows: tuple[Row, ...]
    picked: Picked
    units: int
    found: int | None
    hidden: tuple[int, ...]

    @property
    def hidden_value(self) -> str:
        """Return the chosen units that are not shown, as the form carries them."""
        return ",".join(map(str, self.hidden))

    @property
    def opened_value(self) -> str:
        """Return the open branches, as the form carries them."""
        return ",".join(map(str, sorted(self.picked.opened)))


def keys(values: Iterable[str]) -> frozenset[int]:
    """Return the numbers among values, each of which may hold several with commas between."""
    parts = (part for value in values for part in value.split(","))
    return frozenset(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= _LONGEST_KEY)


def nodes() -> list[Node]:
    """Return all units in the order of the tree."""
    levels = dict(Unit.Level.choices)
    columns = ("pk", "code", "name", "level", "path", "parent_id")
    found = Unit.objects.order_by("path").values_list(*columns)
    return [Node(pk, code, name, str(levels[level]), path, parent) for pk, code, name, level, path, parent in found]


def of_round(round_: Round, tree: Iterable[Node]) -> Picked:
    """Return the units of a round, with the tree open as far as it is not too long."""
    known = list(tree)
    chosen = round_.units.values_list("unit_id", flat=True) if round_.pk else ()
    opened = (node.pk for node in known if len(known) <= FEW or node.parent is None)
    return Picked(frozenset(chosen), frozenset(opened))


def of_form(data: QueryDict, tree: Iterable[Node]) -> Picked:
    """
    Return what a form says, after what its button asks for.

    The button `pick` says `open:7`, `close:7`, `add:7` (choose a unit with all below it), `drop:7`, `find` or `all`
    (the tree again).
    """
    known = list(tree)
    picked = Picked(
        keys([*data.getlist("units"), data.get("elsewhere", "")]),
        keys([data.get("opened", "")]) if "opened" in data else of_round(Round(), known).opened,
        data.get("find", "").strip()[:60],
    )
    act, _colon, value = data.get("pick", "").partition(":")
    if act == "all":
        return replace(picked, text="")
    about = next((node for node in known if value == str(node.pk)), None)
    if about is None:
        return picked
    branch = frozenset(node.pk for node in known if node.path.startswith(about.path))
    changed = {
        "open": replace(picked, opened=picked.opened | {about.pk}),
        "close": replace(picked, opened=picked.opened - branch),
        "add": replace(picked, chosen=picked.chosen | branch),
        "drop": replace(picked, chosen=picked.chosen - branch),
    }
    return changed.get(act, picked)


def picker(picked: Picked, tree: Iterable[Node]) -> Picker:
    """Return the list: the tree as far as it is open, or what a search finds."""
    known = list(tree)
    picked = replace(picked, chosen=picked.chosen & {node.pk for node in known})
    found = None
    if picked.text:
        hits = [node for node in known if picked.text in node.name or node.code.startswith(picked.text)]
        found = len(hits)
        rows = [Row(node, 0, node.pk in picked.chosen) for node in hits[:MOST_SHOWN]]
    else:
        rows = list(_tree_rows(picked, known))
    shown = {row.node.pk for row in rows}
    hidden = tuple(sorted(picked.chosen - shown))
    unseen = _counts(known, frozenset(hidden))
    rows = [replace(row, hidden_below=unseen.get(row.node.pk, 0)) for row in rows]
    return Picker(tuple(rows), picked, len(known), found, hidden)


def _tree_rows(picked: Picked, known: list[Node]) -> Iterator[Row]:
    children: dict[int | None, list[Node]] = {}
    for node in known:
        children.setdefault(node.parent, []).append(node)
    below = _counts(known, frozenset(node.pk for node in known))
    chosen = _counts(known, picked.chosen)

    def rows(parent: int | None, depth: int) -> Iterator[Row]:
        for node in children.get(parent, ())[:MOST_SHOWN]:
            opened = node.pk in picked.opened and node.pk in children
            more = max(0, len(children.get(node.pk, ())) - MOST_SHOWN) if opened else 0
            yield Row(
                node, depth, node.pk in picked.chosen, opened, below.get(node.pk, 0), chosen.get(node.pk, 0), more=more
            )
            if opened:
                yield from rows(node.pk, min(depth + 1, 4))

    yield from rows(None, 0)


def _counts(known: Iterable[Node], wanted: frozenset[int]) -> Mapping[int, int]:
    """Return how many wanted units are below each unit."""
    parents = {node.pk: node.parent for node in known}
    counts: dict[int, int] = {}
    for pk in wanted:
        above = parents.get(pk)
        while above is not None:
            counts[above] = counts.get(above, 0) + 1
            above = parents.get(above)
    return counts
