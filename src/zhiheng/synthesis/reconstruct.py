"""One full set of marks that agrees with what was published, found by an integer program; never the official marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

import numpy as np

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Statement, Status
from zhiheng.errors import CaseError, InfeasibleError, Problem
from zhiheng.framework.model import Point
from zhiheng.framework.rules import Judged, PerField, PerItem, Relative, Steps, YesNo
from zhiheng.pipeline import run
from zhiheng.scoring.result import Result
from zhiheng.synthesis.account import RATES, Reconstruction, account, tick_range
from zhiheng.synthesis.program import Program, Terms

MIDDLE = 0.25
"""Distance from its target, in rate, beyond which a mark costs three times as much."""
GAP = 0.01
"""Relative gap at which balancing may stop."""
VETO = 20.0
"""Cost of a veto that nothing published calls for."""
NODES = 20_000
"""Most nodes for balancing: a count, so that every machine stops at the same place."""


@dataclass
class _Marks:
    """Variables of the marks: a linear form in ticks for every unit and point."""

    program: Program
    forms: dict[tuple[str, str], Terms] = field(default_factory=dict)
    extremes: list[int] = field(default_factory=list)


def reconstruct(case: Case, seed: int = 2021, step: Callable[[str], None] = lambda _: None) -> Reconstruction:
    """
    Find marks for every unit and point.

    Parameters
    ----------
    case
        A case with facts and published statements; its framework must be a tree of sums.
    seed
        Seed of the small random costs that choose among equally balanced solutions.
    step
        Called with the name of each step, for a progress display.

    Returns
    -------
    Reconstruction
        Hard: totals, bands, order, scores, verified and rejected evidence, the steps of every rule. Strengths and
        weaknesses become bounds on score rates; first the fewest of them are relaxed, then the most balanced marks
        are taken: every indicator near the unit's own rate, claimed evidence honoured, no point at an extreme without
        a reason.

    Raises
    ------
    InfeasibleError
        If the hard statements contradict each other.
    """
    step("核对证据")
    evidence = run(case)
    _refuse_unreadable(case)
    if any(i.joined != "sum" for _, _, i in case.framework.nodes):
        msg = f"Only a tree of sums can be reconstructed; {case.framework.code} has means."
        raise InfeasibleError(msg)
    marks = _variables(case, evidence)
    _published(case, marks)
    soft = _findings(case, marks)
    step("放宽最少的评语")
    slack = {s: 1.0 for _, s in soft}
    first = marks.program.solve(slack)
    allowed = sum(first.values[s] for _, s in soft)
    marks.program.row(slack, high=allowed)
    step("取均衡解")
    objective = _balance(case, evidence, marks, np.random.default_rng(seed))
    second = marks.program.solve(objective, gap=GAP, nodes=NODES)
    step("整理结果")
    ticks = {place: round(second.value(form)) for place, form in marks.forms.items()}
    broken = {s.id for s, slack in soft if second.values[slack]}
    log = f"== 第一步：放宽最少的评语 ==\n{first.log}\n== 第二步：取均衡解 ==\n{second.log}"
    return account(case, evidence, ticks, broken, seed, log)


def _refuse_unreadable(case: Case) -> None:
    """Refuse strengths and weaknesses whose wording or place means nothing here."""
    codes = {i.code for _, _, i in case.framework.nodes}
    problems = []
    for s in case.statements:
        if s.kind in {"strength", "weakness"} and s.relation not in RATES:
            message = f"{s.id}: the wording {s.relation!r} has no score rate; use one of {'、'.join(RATES)}."
            problems.append(Problem(message, "statements.csv", field="relation"))
        if s.kind in {"strength", "weakness"} and s.node not in codes:
            message = f"{s.id}: a strength or weakness belongs to an indicator, not to {s.node or 'the total'!r}."
            problems.append(Problem(message, "statements.csv", field="node"))
    if problems:
        msg = f"The statements of {case.settings.code} cannot be reconstructed."
        raise CaseError(msg, problems)


def _variables(case: Case, evidence: Result) -> _Marks:
    marks = _Marks(Program())
    for _, point in case.framework.points:
        if isinstance(point.rule, Relative) and point.rule.method != "minmax":
            _shared_ranks(case, point, marks)
            continue
        for unit in case.units:
            marks.forms[unit.code, f"p{point.no}"] = _own_marks(case, evidence, marks, unit.code, point)
    points = {f"p{p.no}": parent for parent, p in case.framework.points}
    parents = {i.code: parent for _, parent, i in case.framework.nodes}
    for unit in case.units:
        sums: dict[str, dict[int, float]] = {code: {} for code in ("", *parents)}
        for code, parent in points.items():
            node = parent
            while True:
                sums[node].update(marks.forms[unit.code, code])
                if not node:
                    break
                node = parents[node]
        for code, terms in sums.items():
            marks.forms[unit.code, code] = terms
    return marks


def _own_marks(case: Case, evidence: Result, marks: _Marks, unit: str, point: Point) -> Terms:
    """Return the form of a point's marks: one of the steps of its rule, within what the evidence has settled."""
    program, code = marks.program, f"p{point.no}"
    status, known = evidence.status(unit, point.no), evidence.interval(unit, code)
    if status in {Status.REJECTED, Status.NOT_APPLICABLE}:
        return {program.variable(0, 0, integer=True): 1.0}
    steps = [t for t in allowed_ticks(case, point) if t >= known.confirmed and t <= known.possible]
    size = steps[1] - steps[0] if len(steps) > 1 else 1
    if all(b - a == size for a, b in pairwise(steps)):
        # Evenly spaced steps need one integer only.
        count = program.variable(0, len(steps) - 1, integer=True)
        if steps[0] == 0:
            return {count: float(size)}
        fixed = program.variable(1, 1, integer=False)
        return {count: float(size), fixed: float(steps[0])}
    chosen = [program.binary() for _ in steps]
    program.row(dict.fromkeys(chosen, 1.0), 1, 1)
    return {b: float(t) for b, t in zip(chosen, steps, strict=True)}


def allowed_ticks(case: Case, point: Point) -> list[int]:
    """Return the marks, in ticks, that the rule of a point can give, rising."""
    scale, rule, full = case.framework.scale, point.rule, case.framework.full(point)
    if isinstance(rule, YesNo):
        values = [Decimal(0), full]
    elif isinstance(rule, Judged):
        values = [share * full for share in rule.steps]
    elif isinstance(rule, PerItem | PerField):
        values = [rule.each * k for k in range(int(rule.cap / rule.each) + 1)]
    elif isinstance(rule, Steps):
        values = [Decimal(0), *(t.marks for t in rule.thresholds)]
    else:
        step = case.framework.step(point)
        values = [step * k for k in range(int(full / step) + 1)]
    return sorted({scale.ticks(v) for v in values})


def _shared_ranks(case: Case, point: Point, marks: _Marks) -> None:
    """Give every unit another rank at a point that compares units."""
    rule, units = point.rule, case.units
    assert isinstance(rule, Relative)
    count = len(units)
    full = case.framework.full(point)
    shares = [
        Decimal(count - r + 1) / count if rule.method == "rank" else Decimal(count - r) / max(count - 1, 1)
        for r in range(1, count + 1)
    ]
    step = case.framework.step(point)
    ticks = [case.framework.scale.ticks((full * s / step).to_integral_value() * step) for s in shares]
    chosen = {u.code: [marks.program.binary() for _ in range(count)] for u in units}
    for row in chosen.values():
        marks.program.row(dict.fromkeys(row, 1.0), 1, 1)
    for place in range(count):
        marks.program.row({row[place]: 1.0 for row in chosen.values()}, 1, 1)
    for code, row in chosen.items():
        marks.forms[code, f"p{point.no}"] = {b: float(t) for b, t in zip(row, ticks, strict=True)}


def _published(case: Case, marks: _Marks) -> None:
    """Demand totals, bands, scores and the order of naming."""
    scale = case.framework.scale
    for statement in case.statements:
        if statement.kind not in {"total", "score"} or statement.value is None:
            continue
        ticks = scale.ticks(statement.value)
        form = marks.forms[statement.unit, statement.node if statement.kind == "score" else ""]
        low, high = {
            "=": (ticks, ticks),
            ">": (ticks + 1, np.inf),
            ">=": (ticks, np.inf),
            "<": (-np.inf, ticks - 1),
            "<=": (-np.inf, ticks),
        }[statement.relation]
        marks.program.row(form, low, high)
    order = sorted((s.value, s.unit) for s in case.statements if s.kind == "order" and s.value is not None)
    for (_, better), (_, worse) in pairwise(order):
        difference = dict(marks.forms[better, ""])
        for variable, c in marks.forms[worse, ""].items():
            difference[variable] = difference.get(variable, 0.0) - c
        marks.program.row(difference, low=1)


def _findings(case: Case, marks: _Marks) -> list[tuple[Statement, int]]:
    """Turn strengths and weaknesses into bounds on score rates, each with a variable that relaxes it."""
    soft = []
    fulls = {i.code: case.framework.scale.ticks(case.framework.full(i)) for _, _, i in case.framework.nodes}
    for statement in case.statements:
        if statement.kind not in {"strength", "weakness"}:
            continue
        full = fulls[statement.node]
        low, high = tick_range(statement.relation, full)
        slack = marks.program.binary()
        form = marks.forms[statement.unit, statement.node]
        if low > 0:
            marks.program.row({**form, slack: float(low)}, low=low)
        if high < full:
            marks.program.row({**form, slack: -float(full)}, high=high)
        soft.append((statement, slack))
    return soft


def _balance(case: Case, evidence: Result, marks: _Marks, rng: np.random.Generator) -> Terms:
    """Cost of unbalanced marks: distance of indicators and points from what total, findings and claims suggest."""
    framework = case.framework
    cost: dict[int, float] = {}
    expected = _expected_rates(case)
    targets = {(s.unit, s.node): _target(s) for s in case.statements if s.kind in {"strength", "weakness"}}
    lowest = max(level for level, _, _ in framework.nodes)
    for unit in case.units:
        rates: dict[str, float] = {"": expected[unit.code]}
        for level, parent, indicator in framework.nodes:
            rates[indicator.code] = targets.get((unit.code, indicator.code), rates[parent])
            if level == lowest:
                full = framework.scale.ticks(framework.full(indicator))
                _pull(marks, cost, (unit.code, indicator.code), rates[indicator.code], full, 1.0)
        for parent, point in framework.points:
            full = framework.scale.ticks(framework.full(point))
            claimed = evidence.interval(unit.code, f"p{point.no}").claimed / full
            # What a unit claims pulls its mark up; where nothing is known the rate of its indicator does.
            target = max(claimed, rates[parent])
            _pull(marks, cost, (unit.code, f"p{point.no}"), target, full, 0.5 + 0.02 * float(rng.random()))
        _avoid_vetoes(case, evidence, marks, cost, unit.code)
    return cost


def _pull(
    marks: _Marks,
    cost: dict[int, float],
    place: tuple[str, str],
    rate: float,
    full: int,
    weight: float,
) -> None:
    """Cost of the distance of a mark from a rate, three times as much beyond the middle."""
    form = marks.forms[place]
    near = marks.program.deviation(form, rate * full)
    far = marks.program.variable(0, np.inf, integer=False)
    marks.program.row({near: 1.0, far: -1.0}, high=MIDDLE * full)
    cost[near] = weight / full
    cost[far] = 2 * weight / full


def _target(statement: Statement) -> float:
    """Return the rate a strength or weakness suggests: a little inside its bound."""
    low, high = RATES[statement.relation]
    if high is None:
        return min(1.0, low + 0.05)
    return (low + high) / 2 if low else high - 0.1


def _avoid_vetoes(case: Case, evidence: Result, marks: _Marks, cost: dict[int, float], unit: str) -> None:
    """Make a veto dear where nothing published says that it fell: silence is not a no."""
    for veto in case.framework.vetoes:
        if evidence.status(unit, veto.point) is Status.REJECTED:
            continue
        falls = marks.program.binary()
        limit = case.framework.scale.ticks(veto.below)
        marks.program.row({**marks.forms[unit, f"p{veto.point}"], falls: float(limit)}, low=limit)
        cost[falls] = VETO


def _expected_rates(case: Case) -> dict[str, float]:
    """Return the rate that each unit's published total suggests: the exact one, else the middle of its band."""
    total = float(case.framework.total)
    rates = {}
    for unit in case.units:
        published = case.published.get(unit.code)
        low = 0.0 if published is None or published.low is None else float(published.low)
        high = total if published is None or published.high is None else float(published.high)
        rates[unit.code] = (low + high) / 2 / total
    return rates
