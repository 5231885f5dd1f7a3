"""What the checks look at: the parts of a framework with their places in the file, and the findings about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from zhiheng.framework.checks.catalogue import Severity
from zhiheng.framework.model import Framework, Indicator, Point, is_bonus
from zhiheng.framework.yaml_lines import Path
from zhiheng.marks import plain

Part: TypeAlias = Indicator | Point


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A check that failed at a place.

    Parameters
    ----------
    check
        Id of the check.
    path
        Place in the file.
    values
        What the message needs.
    severity
        Severity that differs from that of the check, or None.
    """

    check: str
    path: Path
    values: MappingProxyType[str, object]
    severity: Severity | None = None


def finding(check: str, path: Path, severity: Severity | None = None, **values: object) -> Finding:
    """Return a finding; numbers are written as people write them."""
    shown = {key: plain(value) if isinstance(value, Decimal) else value for key, value in values.items()}
    return Finding(check, path, MappingProxyType(shown), severity)


@dataclass(frozen=True, slots=True)
class Site:
    """
    An indicator and its place.

    Parameters
    ----------
    path
        Place in the file.
    level
        Level from 1.
    parent
        Code of the parent, or "".
    indicator
        The indicator.
    """

    path: Path
    level: int
    parent: str
    indicator: Indicator


@dataclass(frozen=True, slots=True)
class Leaf:
    """
    A point and its place.

    Parameters
    ----------
    path
        Place in the file.
    point
        The point.
    full
        Full marks.
    step
        Step in which it is marked.
    """

    path: Path
    point: Point
    full: Decimal
    step: Decimal

    @property
    def rule_path(self) -> Path:
        """Place of the rule."""
        return (*self.path, "rule")


@dataclass(frozen=True, slots=True)
class Family:
    """
    Parts that have the same parent.

    Parameters
    ----------
    path
        Place of the list.
    owner
        Place of the parent; empty for the first level.
    name
        Title of the parent, or of the framework.
    parent
        The parent, or None for the first level.
    parts
        The parts in printed order.
    joined
        How they are joined.
    """

    path: Path
    owner: Path
    name: str
    parent: Indicator | None
    parts: tuple[Part, ...]
    joined: str

    @property
    def counted(self) -> tuple[tuple[int, Part], ...]:
        """Index and part, without bonuses."""
        return tuple((i, part) for i, part in enumerate(self.parts) if not is_bonus(part))


@dataclass(frozen=True, slots=True)
class View:
    """
    A framework, flattened.

    Parameters
    ----------
    framework
        The framework.
    sites
        Indicators, level by level in printed order.
    leaves
        Points in printed order.
    families
        First level, then the parts of every indicator.
    """

    framework: Framework
    sites: tuple[Site, ...]
    leaves: tuple[Leaf, ...]
    families: tuple[Family, ...]


def view(framework: Framework) -> View:
    """Return a framework, flattened, with the place of every part."""
    sites = sorted(_sites(framework.indicators, ("indicators",), 1, ""), key=lambda site: site.level)
    printed = _sites(framework.indicators, ("indicators",), 1, "")
    leaves = tuple(
        Leaf((*site.path, "points", i), point, framework.full(point), framework.step(point))
        for site in printed
        for i, point in enumerate(site.indicator.points)
    )
    root = Family(("indicators",), (), framework.title, None, framework.indicators, framework.joined)
    return View(framework, tuple(sites), leaves, (root, *(_family(site) for site in sites)))


def _sites(indicators: tuple[Indicator, ...], path: Path, level: int, parent: str) -> Iterator[Site]:
    for i, indicator in enumerate(indicators):
        here = (*path, i)
        yield Site(here, level, parent, indicator)
        yield from _sites(indicator.children, (*here, "children"), level + 1, indicator.code)


def _family(site: Site) -> Family:
    indicator = site.indicator
    key = "children" if indicator.children else "points"
    parts: tuple[Part, ...] = indicator.children or indicator.points
    return Family((*site.path, key), site.path, indicator.title, indicator, parts, indicator.joined)


def label(part: Part) -> str:
    """Return how messages name a part."""
    return f"考核要点{part.no}" if isinstance(part, Point) else part.title
