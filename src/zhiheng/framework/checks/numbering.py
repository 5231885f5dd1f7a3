"""Checks of the tree: codes, numbers, titles and levels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from zhiheng.framework.checks.view import Finding, Site, View, finding

_POINT_CODE = re.compile(r"p\d+")
_DIGITS = re.compile(r"\d+")


def numbering(seen: View) -> Iterator[Finding]:
    """F201-F211: codes, numbers, titles and levels."""
    yield from _point_numbers(seen)
    yield from _point_texts(seen)
    yield from _codes(seen)
    yield from _levels(seen)
    for level in range(1, max(site.level for site in seen.sites) + 1):
        row = [site for site in seen.sites if site.level == level]
        yield from _printed_numbers(row)
        yield from _titles(row)


def _point_numbers(seen: View) -> Iterator[Finding]:
    known: set[int] = set()
    last = 0
    for leaf in seen.leaves:
        no, place = leaf.point.no, (*leaf.path, "no")
        if no in known:
            yield finding("F201", place, no=no)
        elif no < last:
            yield finding("F203", place, no=no, before=last)
        known.add(no)
        last = max(last, no)
    present = sorted(known)
    for before, no in zip([0, *present], present, strict=False):
        if no > before + 1:
            leaf = next(leaf for leaf in seen.leaves if leaf.point.no == no)
            gap = f"{before + 1}" if no == before + 2 else f"{before + 1}至{no - 1}"
            yield finding("F204", (*leaf.path, "no"), missing=gap)


def _point_texts(seen: View) -> Iterator[Finding]:
    known: dict[str, int] = {}
    for leaf in seen.leaves:
        text = "".join(leaf.point.text.split())
        if text in known:
            yield finding("F208", (*leaf.path, "text"), no=leaf.point.no, before=known[text])
        known.setdefault(text, leaf.point.no)


def _codes(seen: View) -> Iterator[Finding]:
    known: set[str] = set()
    last: dict[tuple[int, str], str] = {}
    for site in seen.sites:
        code, place = site.indicator.code, (*site.path, "code")
        form = (site.level, _DIGITS.sub("#", code))
        if _POINT_CODE.fullmatch(code):
            yield finding("F211", place, code=code)
        if code in known:
            yield finding("F202", place, code=code)
        elif form in last and _numbers(code) < _numbers(last[form]):
            yield finding("F205", place, code=code, before=last[form])
        known.add(code)
        last[form] = max(last.get(form, code), code, key=_numbers)


def _numbers(code: str) -> tuple[int, ...]:
    return tuple(int(digits) for digits in _DIGITS.findall(code))


def _printed_numbers(row: list[Site]) -> Iterator[Finding]:
    for before, site in pairwise(row):
        number, last = site.indicator.number, before.indicator.number
        if not (number.isdecimal() and last.isdecimal()):
            continue
        restarts = site.parent != before.parent and int(number) == 1
        if int(number) != int(last) + 1 and not restarts:
            name = site.indicator.title
            yield finding("F206", (*site.path, "number"), name=name, number=number, before=last)


def _titles(row: list[Site]) -> Iterator[Finding]:
    known: set[str] = set()
    for site in row:
        if site.indicator.title in known:
            yield finding("F207", (*site.path, "title"), name=site.indicator.title)
        known.add(site.indicator.title)


def _levels(seen: View) -> Iterator[Finding]:
    depth = max(site.level for site in seen.sites)
    names = seen.framework.level_names
    if len(names) != depth + 1:
        yield finding("F209", ("level_names",), names=len(names), depth=depth + 1)
    for site in seen.sites:
        if site.indicator.points and site.level < depth:
            place = (*site.path, "points")
            yield finding("F210", place, name=site.indicator.title, level=site.level, depth=depth)
