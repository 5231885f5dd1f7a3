"""Quality checks of a framework: everything that a model cannot refuse but a careful office would question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from zhiheng.framework.checks.catalogue import BY_ID, CATALOGUE, SEVERITIES, Check, Severity, catalogue_rows
from zhiheng.framework.checks.numbering import numbering
from zhiheng.framework.checks.pointrules import point_rules, precision
from zhiheng.framework.checks.settings import grades, sources, vetoes
from zhiheng.framework.checks.stated import stated_marks
from zhiheng.framework.checks.sums import bonuses, sums
from zhiheng.framework.checks.view import Finding, View, view
from zhiheng.framework.checks.wording import evidence, judgement, placeholders, recorded, short_names, verbatim
from zhiheng.framework.load import Loaded
from zhiheng.framework.yaml_lines import dotted

__all__ = ["CATALOGUE", "SEVERITIES", "Check", "Severity", "Violation", "catalogue_rows", "run_checks"]

_CHECKS: tuple[Callable[[View], Iterator[Finding]], ...] = (
    sums,
    bonuses,
    numbering,
    point_rules,
    precision,
    grades,
    vetoes,
    sources,
    placeholders,
    evidence,
    stated_marks,
    judgement,
    recorded,
    short_names,
    verbatim,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """
    A place where a framework fails a check.

    Parameters
    ----------
    check
        Id of the check.
    severity
        `error`, `warning` or `info`.
    message
        What is found there.
    line
        Line in the file, from 1; for what a child inherits, line 1 of the child.
    field
        Path inside the file.
    file
        Name of the file.
    """

    check: str
    severity: Severity
    message: str
    line: int
    field: str
    file: str


def run_checks(loaded: Loaded) -> tuple[Violation, ...]:
    """
    Return everything the checks find, by line, then by check.

    Parameters
    ----------
    loaded
        A framework with its source lines.
    """
    seen = view(loaded.framework)
    found = [_violation(each, loaded) for check in _CHECKS for each in check(seen)]
    return tuple(sorted(found, key=lambda v: (v.line, v.check, v.field)))


def _violation(each: Finding, loaded: Loaded) -> Violation:
    check = BY_ID[each.check]
    return Violation(
        check=check.id,
        severity=each.severity or check.severity,
        message=check.message.format(**each.values),
        line=loaded.source.line(each.path),
        field=dotted(each.path),
        file=loaded.file,
    )
