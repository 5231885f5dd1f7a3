"""Gives points of units to experts: nobody where he may not judge, equal loads, changing pairs, always the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import numpy as np

Item = tuple[int, int]
"""A unit and a point."""


class TooFew(Exception):  # noqa: N818 - reads as what happened
    """Units have fewer experts than seats; carries them."""

    def __init__(self, units: Sequence[int]) -> None:
        super().__init__(f"too few experts for units {list(units)}")
        self.units = tuple(units)


@dataclass(slots=True)
class _Table:
    """Who has what so far, with loads and how often two experts met."""

    experts: Sequence[int]
    barred: Mapping[int, AbstractSet[int]]
    seats: dict[Item, list[int]] = field(default_factory=dict)
    of_expert: dict[int, set[Item]] = field(default_factory=dict)
    met: dict[frozenset[int], int] = field(default_factory=dict)

    def may(self, expert: int, item: Item) -> bool:
        return item[0] not in self.barred.get(expert, ()) and expert not in self.seats[item]

    def load(self, expert: int) -> int:
        return len(self.of_expert[expert])

    def meetings(self, expert: int, others: Sequence[int]) -> int:
        return sum(self.met.get(frozenset({expert, other}), 0) for other in others)

    def give(self, expert: int, item: Item) -> None:
        self._meet(expert, item, 1)
        self.seats[item].append(expert)
        self.of_expert[expert].add(item)

    def hand_on(self, item: Item, giver: int, taker: int) -> None:
        place = self.seats[item].index(giver)
        self.seats[item].pop(place)
        self.of_expert[giver].remove(item)
        self._meet(giver, item, -1)
        self._meet(taker, item, 1)
        self.seats[item].insert(place, taker)
        self.of_expert[taker].add(item)

    def _meet(self, expert: int, item: Item, count: int) -> None:
        for other in self.seats[item]:
            pair = frozenset({expert, other})
            self.met[pair] = self.met.get(pair, 0) + count


def plan_seats(
    items: Sequence[Item],
    experts: Sequence[int],
    barred: Mapping[int, AbstractSet[int]],
    *,
    seats: int,
    seed: int,
) -> dict[Item, tuple[int, ...]]:
    """
    Return the experts of every item.

    Parameters
    ----------
    items
        Pairs of unit and point.
    experts
        Who takes part.
    barred
        Units that each expert may not judge.
    seats
        Experts an item needs, all of them different.
    seed
        Decides among equals; the same arguments give the same plan.

    Raises
    ------
    TooFew
        If a unit has fewer experts than seats.

    Notes
    -----
    Loads are as equal as the exclusions allow: while somebody could hand work on, directly or through others, to
    somebody who has at least two fewer, it is handed on. Without exclusions they differ by one at most.
    """
    units = sorted({unit for unit, _ in items})
    free = {unit: [e for e in experts if unit not in barred.get(e, ())] for unit in units}
    short = [unit for unit in units if len(free[unit]) < seats]
    if short:
        raise TooFew(short)
    rng = np.random.default_rng(seed)
    if not items:
        return {}
    table = _Table(experts, barred, of_expert={expert: set() for expert in experts})
    # Where few may judge there is least choice, so those items go first.
    order = sorted((items[i] for i in rng.permutation(len(items))), key=lambda item: len(free[item[0]]))
    for item in order:
        table.seats[item] = []
        for _ in range(seats):
            chance = dict(zip(free[item[0]], rng.random(len(free[item[0]])), strict=True))
            taken = table.seats[item]
            table.give(
                min(
                    (e for e in free[item[0]] if e not in taken),
                    key=lambda e: (table.load(e), table.meetings(e, taken), chance[e]),
                ),
                item,
            )
    _even_out(table)
    return {item: tuple(table.seats[item]) for item in items}


def _even_out(table: _Table) -> None:
    """Hand work on along chains of experts until nobody can be relieved by one who has two fewer."""
    while True:
        least = min(table.load(expert) for expert in table.experts)
        for heavy in sorted((e for e in table.experts if table.load(e) >= least + 2), key=lambda e: -table.load(e)):
            chain = _chain(table, heavy)
            if chain:
                for item, giver, taker in chain:
                    table.hand_on(item, giver, taker)
                break
        else:
            return


def _chain(table: _Table, heavy: int) -> list[tuple[Item, int, int]]:
    """Return the shortest chain of hand-overs from one expert to somebody who has at least two fewer, or []."""
    came: dict[int, tuple[Item, int]] = {}
    waiting = deque([heavy])
    while waiting:
        giver = waiting.popleft()
        own = sorted(table.of_expert[giver])
        for taker in table.experts:
            if taker == heavy or taker in came:
                continue
            item = next((i for i in own if table.may(taker, i)), None)
            if item is None:
                continue
            came[taker] = (item, giver)
            if table.load(taker) + 2 <= table.load(heavy):
                return _back(came, taker, heavy)
            waiting.append(taker)
    return []


def _back(came: Mapping[int, tuple[Item, int]], last: int, heavy: int) -> list[tuple[Item, int, int]]:
    found = []
    while last != heavy:
        item, giver = came[last]
        found.append((item, giver, last))
        last = giver
    # From the far end: whoever hands on has not yet received.
    return found
