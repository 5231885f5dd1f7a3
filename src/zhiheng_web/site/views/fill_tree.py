"""The tree of indicators beside the points of a unit, with what is filled in and claimed at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zhiheng.framework.model import Framework, Indicator
from zhiheng.marks import Interval, plain
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.engine import standings, unit_scores
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.queries import decisions_of, stages_seen
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.models import RoundUnit


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What is known of an answer without reading it.

    Parameters
    ----------
    stance, complete
        See `Answer`.
    """

    stance: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A line of the tree.

    Parameters
    ----------
    code, level, number, title
        The indicator; code "" and level 0 for the whole.
    full, claimed, confirmed
        Full marks and scores, as text.
    done, points
        Complete points and points in all.
    leaf
        Whether points stand right below it.
    current
        Whether its points are shown.
    """

    code: str
    level: int
    number: str
    title: str
    full: str
    claimed: str
    confirmed: str
    done: int
    points: int
    leaf: bool = False
    current: bool = False

    @property
    def finished(self) -> bool:
        """Return whether all its points are complete."""
        return self.done == self.points


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a unit is.

    Parameters
    ----------
    framework
        Its framework.
    kept
        Answers by point.
    stated, settled
        Interval of each node by code: as the unit states it, and with what is decided.
    decided
        Points with a decision that the reader may see.
    """

    framework: Framework
    kept: Mapping[int, Kept]
    stated: Mapping[str, Interval]
    settled: Mapping[str, Interval]
    decided: int = 0

    def entry(self, indicator: Indicator | None, level: int, current: str) -> Entry:
        """Return the line of an indicator; None is the whole."""
        framework = self.framework
        code = indicator.code if indicator else ""
        numbers = points_below(indicator) if indicator else [point.no for _, point in framework.points]
        return Entry(
            code=code,
            level=level,
            number=indicator.number if indicator else "",
            title=indicator.name if indicator else framework.title,
            full=plain(framework.full(indicator) if indicator else framework.total),
            claimed=framework.scale.text(self.stated[code].claimed),
            confirmed=framework.scale.text(self.settled[code].confirmed),
            done=sum(no in self.kept and self.kept[no].complete for no in numbers),
            points=len(numbers),
            leaf=bool(indicator and indicator.points),
            current=bool(indicator and indicator.points) and code == current,
        )

    def entries(self, current: str = "") -> list[Entry]:
        """Return all lines in printed order."""
        return [self.entry(indicator, level, current) for level, indicator in walk(self.framework.indicators)]

    def way_to(self, point_no: int) -> list[Entry]:
        """Return the lines that change with a point: those above it."""
        return [
            self.entry(indicator, level, "")
            for level, indicator in walk(self.framework.indicators)
            if point_no in points_below(indicator)
        ]

    def open_points(self) -> list[int]:
        """Return the points that are not complete, in printed order."""
        return [
            point.no
            for _, point in self.framework.points
            if point.no not in self.kept or not self.kept[point.no].complete
        ]

    def whole(self) -> Entry:
        """Return the line of the whole."""
        return self.entry(None, 0, "")


def progress_of(user: User, row: RoundUnit) -> Progress:
    """Return how far a unit is as a person may see it, in a few queries however many points it has."""
    framework = framework_of(row.round.framework)
    kept = {
        no: Kept(stance, complete)
        for no, stance, complete in Answer.objects.filter(round_unit=row).values_list("point", "stance", "complete")
    }
    version = row.round.framework
    stated = unit_scores(version, standings(row, {}))
    decisions = decisions_of(row, stages_seen(user, row.round)) if row.decided else {}
    settled = unit_scores(version, standings(row, decisions)) if decisions else stated
    return Progress(framework, kept, stated, settled, len(decisions))


def walk(indicators: tuple[Indicator, ...], level: int = 1) -> Iterator[tuple[int, Indicator]]:
    """Return indicators with their level, each before those below it."""
    for indicator in indicators:
        yield level, indicator
        yield from walk(indicator.children, level + 1)


def groups(framework: Framework) -> list[Indicator]:
    """Return the indicators that have points, in printed order."""
    return [indicator for _, indicator in walk(framework.indicators) if indicator.points]


def group_of(framework: Framework, point_no: int) -> Indicator:
    """
    Return the indicator right above a point.

    Raises
    ------
    UnknownNodeError
        If there is no such point.
    """
    framework.point(point_no)
    return next(group for group in groups(framework) if any(p.no == point_no for p in group.points))


def points_below(indicator: Indicator) -> list[int]:
    """Return the numbers of the points below an indicator."""
    return [point.no for _, inner in walk((indicator,)) for point in inner.points]


def path_of(framework: Framework, code: str) -> list[Indicator]:
    """Return an indicator and those above it, from the top."""
    parents = {indicator.code: parent for _, parent, indicator in framework.nodes}
    found: list[Indicator] = []
    while code:
        found.insert(0, framework.indicator(code))
        code = parents[code]
    return found


def neighbours(framework: Framework, code: str) -> tuple[Indicator | None, Indicator | None]:
    """Return the groups before and after one."""
    found = groups(framework)
    place = [group.code for group in found].index(code)
    return (found[place - 1] if place else None), (found[place + 1] if place + 1 < len(found) else None)
