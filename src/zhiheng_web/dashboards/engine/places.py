"""Where units stand on the tile-grid map: the places that the library's cases give them, else the order of the list."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

CASE = "cases/jilin-2021/case.yaml"
BY_ORDER = "按名单顺序排列，不表示地理位置"
"""What a grid says whose units have no known places."""


@cache
def known_places() -> Mapping[str, tuple[int, int]]:
    """Return column and row of the units that the library knows, by code."""
    settings = yaml.safe_load((files("zhiheng") / CASE).read_text("utf-8"))
    return {str(unit["code"]): tuple(unit["tile"]) for unit in settings["units"] if unit.get("tile")}


def places_of(codes: Sequence[str]) -> tuple[list[tuple[int, int]], bool]:
    """
    Return the place of each unit, and whether these are true places.

    Parameters
    ----------
    codes
        Units in the order of the list. If the place of one of them is not known, all stand in that order.
    """
    known = known_places()
    if codes and all(code in known for code in codes):
        return [known[code] for code in codes], True
    columns = max(1, math.ceil(math.sqrt(len(codes) * 1.6)))
    return [(at % columns, at // columns) for at in range(len(codes))], False
