"""The framework: a tree of indicators with points at its leaves, and the settings of a round."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, model_validator

from zhiheng.errors import UnknownNodeError
from zhiheng.framework.rules import Bonus, Frozen, Number, Period, Rule, Sourced
from zhiheng.marks import Precision


class Source(Frozen):
    """A document that settings are taken from."""

    title: str = Field(min_length=1)
    """Title as printed."""
    body: str = ""
    """Issuing body."""
    date: str = ""
    """Date of issue, as far as known."""
    note: str = ""
    """What a reader must know."""


class Ambiguity(Frozen):
    """A place where the source can be read in more than one way."""

    id: str
    """Number in the list of ambiguities."""
    text: str = Field(min_length=1)
    """What is unclear and how it is read here."""


class OtherTitle(Frozen):
    """Another wording of the same title in the source."""

    text: str
    """The other wording."""
    where: str
    """Where the source uses it."""


class Point(Sourced):
    """考核要点: a scored leaf with one rule."""

    no: int = Field(ge=1)
    """Number, unique in the framework."""
    text: str = Field(min_length=1)
    """Text, verbatim."""
    short: str = ""
    """Noun phrase for running text and charts."""
    marks: Number | None = Field(default=None, gt=0)
    """Full marks; absent where the point has a weight."""
    weight: Number | None = Field(default=None, ge=0)
    """Weight among its siblings; absent where the point has marks."""
    rule: Rule
    """How it is marked."""
    ambiguities: tuple[Ambiguity, ...] = ()
    """What is unclear in the source."""

    @model_validator(mode="after")
    def _marks_or_weight(self) -> Point:
        if (self.marks is None) == (self.weight is None):
            msg = "give either `marks` or `weight`"
            raise ValueError(msg)
        return self

    @property
    def name(self) -> str:
        """Noun phrase, or the text where none is given."""
        return self.short or self.text


class Indicator(Sourced):
    """指标: a node of the tree; its children are indicators or points."""

    code: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]*$")
    """Code, unique in the framework."""
    number: str = ""
    """Number as printed."""
    title: str = Field(min_length=1)
    """Title, verbatim."""
    short: str = ""
    """Short title for running text and charts."""
    marks: Number | None = Field(default=None, gt=0)
    """Full marks; absent where the indicator has a weight."""
    weight: Number | None = Field(default=None, ge=0)
    """Weight among its siblings; absent where the indicator has marks."""
    aggregate: Literal["sum", "arithmetic", "geometric"] | None = None
    """How the children are joined: `sum` of marks, or weighted `arithmetic` or `geometric` mean of their rates.
    When absent: `sum` where the children have marks, `arithmetic` where they have weights."""
    titles: tuple[OtherTitle, ...] = ()
    """Other wordings in the source."""
    ambiguities: tuple[Ambiguity, ...] = ()
    """What is unclear in the source."""
    children: tuple[Indicator, ...] = ()
    """Indicators of the next level."""
    points: tuple[Point, ...] = ()
    """Points, where this is the lowest level of indicators."""

    @model_validator(mode="after")
    def _shape(self) -> Indicator:
        if (self.marks is None) == (self.weight is None):
            msg = "give either `marks` or `weight`"
            raise ValueError(msg)
        if bool(self.children) == bool(self.points):
            msg = "give either `children` or `points`"
            raise ValueError(msg)
        return self

    @property
    def name(self) -> str:
        """Short title, or the title where none is given."""
        return self.short or self.title

    @property
    def joined(self) -> Literal["sum", "arithmetic", "geometric"]:
        """How the children are joined, with the default filled in."""
        return self.aggregate or _default_join(self.children or self.points)


class Band(Frozen):
    """One grade by threshold."""

    name: str
    """Name of the grade."""
    low: Number = Field(alias="from")
    """Least total of the grade, in marks."""


class Share(Frozen):
    """One grade by quota."""

    name: str
    """Name of the grade."""
    share: Number = Field(gt=0, le=1)
    """Share of the units, from the top; the last grade takes the rest."""


class Thresholds(Sourced):
    """Grades by thresholds on the total."""

    kind: Literal["thresholds"]
    bands: tuple[Band, ...] = Field(min_length=1)
    """From the highest to the lowest grade."""

    @model_validator(mode="after")
    def _falling(self) -> Thresholds:
        lows = [b.low for b in self.bands]
        if lows != sorted(set(lows), reverse=True):
            msg = "`bands` must go from the highest to the lowest grade"
            raise ValueError(msg)
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Grades from the highest to the lowest."""
        return tuple(b.name for b in self.bands)


class Quota(Sourced):
    """Grades by quota of units."""

    kind: Literal["quota"]
    shares: tuple[Share, ...] = Field(min_length=1)
    """From the highest to the lowest grade."""
    rounding: Literal["down", "up", "nearest"] = "down"
    """How a share of the units becomes a count."""
    ties: Literal["better", "worse"] = "worse"
    """Grade of units that tie across a border: all get the better or all get the worse one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Grades from the highest to the lowest."""
        return tuple(s.name for s in self.shares)


class Veto(Sourced):
    """一票否决: a condition that bars grades; the marks stay."""

    id: str
    """Name of the veto."""
    point: int
    """Number of the point whose mark is looked at."""
    below: Number = Field(gt=0)
    """The veto falls when the settled mark of the point is below this."""
    bars: tuple[str, ...] = Field(min_length=1)
    """Grades the unit cannot get."""
    text: str = Field(min_length=1)
    """The rule in words, verbatim where the source has it."""


class Ranking(Sourced):
    """How units are ranked."""

    ties: Literal["best", "dense", "mean"] = "best"
    """Equal totals share their best rank (1, 2, 2, 4), a dense rank (1, 2, 2, 3) or the mean rank (1, 2.5, 2.5, 4)."""


class NotApplicable(Sourced):
    """What happens to a point that does not apply to a unit."""

    policy: Literal["leaves_base", "full", "zero"] = "leaves_base"
    """`leaves_base`: its marks leave the unit's base and the total is scaled back; `full` or `zero` marks."""


class Framework(Frozen):
    """指标体系: one version of a tree of indicators with its settings."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Code, unique among frameworks."""
    version: str
    """Version; a framework in use never changes, a new version is a new file."""
    title: str
    """Title as printed."""
    subject: str = ""
    """What is measured, as a noun phrase: 知识产权保护水平."""
    language: str = "zh-CN"
    """Language of the texts."""
    extends: str = ""
    """Code of the parent framework, for a framework made by overrides."""
    sources: dict[str, Source] = Field(min_length=1)
    """Documents the settings are taken from, by key."""
    total: Number = Field(gt=0)
    """Full marks of the whole."""
    precision: Number = Field(gt=0)
    """Step in which marks are counted."""
    level_names: tuple[str, ...] = Field(min_length=1)
    """Names of the levels from the top, the points last."""
    period: Period
    """Period in which facts count unless a rule states its own."""
    grades: Annotated[Thresholds | Quota, Field(discriminator="kind")]
    """Grades."""
    vetoes: tuple[Veto, ...] = ()
    """Conditions that bar grades."""
    ranking: Ranking
    """How units are ranked."""
    not_applicable: NotApplicable
    """What happens to a point that does not apply to a unit."""
    aggregate: Literal["sum", "arithmetic", "geometric"] | None = None
    """How the first level is joined; see `Indicator.aggregate`."""
    ambiguities: tuple[Ambiguity, ...] = ()
    """What is unclear in the source as a whole."""
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    """First level of the tree."""

    @property
    def joined(self) -> Literal["sum", "arithmetic", "geometric"]:
        """How the first level is joined, with the default filled in."""
        return self.aggregate or _default_join(self.indicators)

    @cached_property
    def scale(self) -> Precision:
        """The precision as a converter between marks and ticks."""
        return Precision(self.precision)

    @cached_property
    def nodes(self) -> tuple[tuple[int, str, Indicator], ...]:
        """Indicators as (level from 1, code of the parent or "", indicator), level by level in printed order."""
        found: list[tuple[int, str, Indicator]] = []
        row = [("", i) for i in self.indicators]
        level = 1
        while row:
            found += [(level, parent, i) for parent, i in row]
            row = [(i.code, child) for _, i in row for child in i.children]
            level += 1
        return tuple(found)

    @cached_property
    def points(self) -> tuple[tuple[str, Point], ...]:
        """Points as (code of the parent, point), in printed order."""
        return tuple(_points(self.indicators))

    @property
    def counts(self) -> tuple[int, ...]:
        """Count of indicators at each level, then of points."""
        depth = max(level for level, _, _ in self.nodes)
        return (*(sum(level == d for level, _, _ in self.nodes) for d in range(1, depth + 1)), len(self.points))

    def point(self, no: int) -> Point:
        """
        Return the point with number `no`.

        Raises
        ------
        UnknownNodeError
            If there is none.
        """
        for _, point in self.points:
            if point.no == no:
                return point
        numbers = [p.no for _, p in self.points]
        msg = f"{self.code} has no point {no}; its points are numbered {min(numbers)} to {max(numbers)}."
        raise UnknownNodeError(msg, no=no)

    def indicator(self, code: str) -> Indicator:
        """
        Return the indicator with this code.

        Raises
        ------
        UnknownNodeError
            If there is none.
        """
        for _, _, indicator in self.nodes:
            if indicator.code == code:
                return indicator
        msg = f"{self.code} has no indicator {code!r}; `zhiheng framework show {self.code}` lists the codes."
        raise UnknownNodeError(msg, code=code)

    def step(self, point: Point) -> Decimal:
        """Return the step in which `point` is marked."""
        return point.rule.precision or self.precision

    def full(self, part: Point | Indicator) -> Decimal:
        """Return the full marks of a point or an indicator; a weighted one is scored on the total's scale."""
        return part.marks if part.marks is not None else self.total


def is_bonus(part: Point | Indicator) -> bool:
    """Return whether the part is a point that adds to the total without being part of its full marks."""
    return isinstance(part, Point) and isinstance(part.rule, Bonus)


def _default_join(parts: tuple[Indicator, ...] | tuple[Point, ...]) -> Literal["sum", "arithmetic"]:
    """Follow the first part that is not a bonus: bonuses have marks even among weights."""
    counted = [part for part in parts if not is_bonus(part)] or list(parts)
    return "sum" if counted[0].marks is not None else "arithmetic"


def _points(indicators: tuple[Indicator, ...]) -> Iterator[tuple[str, Point]]:
    for indicator in indicators:
        yield from ((indicator.code, point) for point in indicator.points)
        yield from _points(indicator.children)
