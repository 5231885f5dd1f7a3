"""A case: one framework, its units, and all that is known about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from zhiheng.assessment.activities import Activity, Metric
from zhiheng.assessment.facts import Decision, Fact, Published, Statement
from zhiheng.errors import UnknownUnitError
from zhiheng.framework.model import Framework
from zhiheng.framework.rules import Frozen, Period, Sourced


class Unit(Frozen):
    """评价对象: who is assessed."""

    code: str = Field(min_length=1)
    """Code of GB/T 2260 where there is one, else a code of ours."""
    name: str = Field(min_length=1)
    """Short name, unique in the case."""
    full_name: str = ""
    """Official name where it differs."""
    pronoun: str = "该地区"
    """How running text refers back to it: 全市, 全州."""
    tile: tuple[int, int] | None = None
    """Column and row on the tile-grid map."""
    group: str = ""
    """Peer group."""
    note: str = ""
    """What a reader must know."""

    @property
    def official(self) -> str:
        """Official name."""
        return self.full_name or self.name


class Role(Frozen):
    """One line of the work group."""

    role: str
    """组长, 副组长, 组员."""
    names: tuple[str, ...]
    """Names in printed order."""


class ReportSettings(Frozen):
    """What the report prints on its cover and in its front matter."""

    title: str = Field(min_length=1)
    """Title of the report."""
    subtitle: str = ""
    """Line under the title."""
    organisation: str = Field(min_length=1)
    """Issuing body."""
    date: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    """Date of issue."""
    area: str = Field(min_length=1)
    """The whole that the units make up: 吉林省."""
    whole: str = "全省"
    """How running text calls the whole."""
    work_group: tuple[Role, ...] = ()
    """Members."""


class Basis(Sourced):
    """Which total is ranked and graded."""

    basis: Literal["confirmed", "claimed", "published"]
    """`confirmed` marks (final marks of a settled round), `claimed` ones, or the published totals."""


class Settings(Frozen):
    """`case.yaml`: everything about a case but its tables."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    """Code of the case."""
    title: str = Field(min_length=1)
    """Title of the case."""
    kind: Literal["evidence", "settled"]
    """`evidence`: marks are intervals made of facts; `settled`: every point has its final mark."""
    framework: str = Field(min_length=1)
    """Code of the framework, or the name of a file in the case folder."""
    label: str = ""
    """What every page must say about the data; required for data that is not official."""
    short_label: str = ""
    """The same in a few characters."""
    period: Period | None = None
    """Period of the round; the framework's when absent."""
    ranking: Basis
    """Which total is ranked and graded."""
    report: ReportSettings
    """Front matter."""
    units: tuple[Unit, ...] = Field(min_length=1)
    """Who is assessed, in printed order."""
    based_on: str = ""
    """Code of the case whose evidence and statements a reconstruction agrees with."""

    @model_validator(mode="after")
    def _consistent(self) -> Settings:
        for what, values in (("code", [u.code for u in self.units]), ("name", [u.name for u in self.units])):
            twice = sorted({v for v in values if values.count(v) > 1}) if len(set(values)) < len(values) else []
            if twice:
                msg = f"units share the {what} {', '.join(twice)}"
                raise ValueError(msg)
        if bool(self.label) != bool(self.short_label):
            msg = "give both `label` and `short_label`, or neither"
            raise ValueError(msg)
        return self


@dataclass(frozen=True)
class Case:
    """
    One round with everything known about it.

    Parameters
    ----------
    settings
        Title, units, front matter.
    framework
        The rules.
    facts, decisions, statements
        What units show, what was settled, what was published.
    activities, metrics
        What the units did and the numbers that describe them, for the prose.
    logs
        Text files kept with the case (the log of a reconstruction), by name.
    """

    settings: Settings
    framework: Framework
    facts: tuple[Fact, ...] = ()
    decisions: tuple[Decision, ...] = ()
    statements: tuple[Statement, ...] = ()
    activities: tuple[Activity, ...] = ()
    metrics: tuple[Metric, ...] = ()
    logs: Mapping[str, str] = field(default_factory=dict)

    @property
    def units(self) -> tuple[Unit, ...]:
        """Units in printed order."""
        return self.settings.units

    @property
    def period(self) -> Period:
        """Period of the round."""
        return self.settings.period or self.framework.period

    def unit(self, name: str) -> Unit:
        """
        Return the unit with this name, official name or code.

        Raises
        ------
        UnknownUnitError
            If there is none.
        """
        for unit in self.units:
            if name in {unit.code, unit.name, unit.full_name}:
                return unit
        known = "、".join(u.name for u in self.units[:20])
        msg = f"The case {self.settings.code} has no unit {name!r}; its units are {known}."
        raise UnknownUnitError(msg, unit=name)

    @cached_property
    def facts_by_place(self) -> Mapping[tuple[str, int], tuple[Fact, ...]]:
        """Facts by unit code and point number."""
        found: dict[tuple[str, int], list[Fact]] = {}
        for fact in self.facts:
            found.setdefault((fact.unit, fact.point), []).append(fact)
        return {place: tuple(facts) for place, facts in found.items()}

    @cached_property
    def published(self) -> Mapping[str, Published]:
        """What was published about each unit's total, by unit code; units without a statement are absent."""
        found = {}
        for unit in self.units:
            about = [s for s in self.statements if s.unit == unit.code and s.kind in {"total", "order"}]
            if about:
                found[unit.code] = _published(about)
        return found

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 of units and tables in canonical order; the order of rows does not matter."""
        canonical = {
            "settings": self.settings.model_dump(mode="json", exclude={"report", "title"}, by_alias=True),
            "facts": sorted(_bare(f) for f in self.facts),
            "decisions": sorted(_bare(d) for d in self.decisions),
            "statements": sorted(_bare(s) for s in self.statements),
        }
        text = json.dumps(canonical, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _bare(record: Fact | Decision | Statement) -> list[str]:
    """Return the values of a record but for its line, as strings."""
    return [str(getattr(record, name)) for name in record.__slots__ if name != "line"]


def _published(about: list[Statement]) -> Published:
    low = high = None
    low_open = high_open = False
    text, position = "", None
    for statement in about:
        value = statement.value
        if statement.kind == "order":
            position = int(value) if value is not None else None
        elif statement.relation == "=":
            low = high = value
            text = f"{value}"
        elif statement.relation in {">", ">="}:
            low, low_open = value, statement.relation == ">"
            text = f"{statement.relation}{value}"
        else:
            high, high_open = value, statement.relation == "<"
            text = text or f"{statement.relation}{value}"
    return Published(low, high, low_open, high_open, text, position)
