"""Why this score: the library's derivation of one number of one unit, in words."""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.scoring.explain import Explanation, explain
from zhiheng_web.assessments.content import unit_content
from zhiheng_web.assessments.engine import round_case
from zhiheng_web.dashboards.engine.source import Field
from zhiheng_web.dashboards.engine.wording import Mark, mark_at
from zhiheng_web.language import site_language
from zhiheng_web.rounds.models import RoundUnit


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an indicator with what the unit has there."""

    number: str
    title: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Proof:
    """A fact with its place in time, the material that shows it, and what it adds."""

    text: str
    date: str
    source: str
    counted: str


@dataclass(frozen=True, slots=True)
class Why:
    """
    The derivation of a number.

    Parameters
    ----------
    title, number
        The node.
    mark
        What the unit has.
    status, rule, source
        Status of a point; the rule or how parts are joined; where it comes from.
    steps
        The arithmetic.
    facts, parts
        Facts of a point; parts of an indicator.
    above
        Nodes from the whole down to the parent.
    """

    title: str
    number: str
    mark: Mark
    status: str
    rule: str
    source: str
    steps: tuple[str, ...]
    facts: tuple[Proof, ...]
    parts: tuple[Part, ...]
    above: tuple[Part, ...]


def why(field: Field, row: RoundUnit, node: str) -> Why:
    """
    Return the derivation of what a unit has at a node.

    Parameters
    ----------
    field, row
        The result of the round, and the unit.
    node
        `""` for the total, the code of an indicator, or `p` + number of a point.

    Raises
    ------
    UnknownNodeError
        If there is no such node.
    """
    result = field.result
    at, column = result.row(row.code), result.column(node)
    with site_language():
        told = explain(round_case(unit_content(row)), result, row.code, node)
    return Why(
        told.title,
        result.nodes[column].number,
        mark_at(field, at, column),
        told.status,
        told.rule,
        told.rule_source,
        told.steps,
        tuple(
            Proof(
                line.fact.quote or line.fact.component or line.fact.note, line.fact.date, line.fact.source, line.counted
            )
            for line in told.facts
        ),
        tuple(_part(field, at, part) for part in told.parts),
        _above(field, at, column),
    )


def _part(field: Field, at: int, part: Explanation) -> Part:
    column = field.result.column(part.code)
    return Part(field.result.nodes[column].number, part.title, mark_at(field, at, column))


def _above(field: Field, at: int, column: int) -> tuple[Part, ...]:
    result, found = field.result, []
    while column:
        column = result.column(result.nodes[column].parent)
        node = result.nodes[column]
        found.append(Part(node.number, node.short, mark_at(field, at, column)))
    return tuple(reversed(found))
