"""Case -> Result: the only sequence of steps from rules and facts to ranks and grades."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from zhiheng.assessment.case import Case
from zhiheng.assessment.dates import parse_span, placed
from zhiheng.assessment.facts import Decision, Fact, Published, Status
from zhiheng.framework.model import Framework, Quota
from zhiheng.framework.rules import Relative
from zhiheng.marks import Interval, Precision
from zhiheng.scoring.findings import Finding
from zhiheng.scoring.grade import Graded, barred, grade_by_total, quota_grades
from zhiheng.scoring.points import Scored, fact_findings, score_point
from zhiheng.scoring.rank import rank_bounds, ranks
from zhiheng.scoring.relative import relative_shares
from zhiheng.scoring.result import STATUSES, Hashes, Result, UnitResult
from zhiheng.scoring.tree import Tree

Ints = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]
METHOD_FILES = (
    "assessment/activities.py",
    "assessment/case.py",
    "assessment/dates.py",
    "assessment/facts.py",
    "assessment/load.py",
    "assessment/tables.py",
    "errors.py",
    "framework/load.py",
    "framework/model.py",
    "framework/overrides.py",
    "framework/rules.py",
    "framework/yaml_lines.py",
    "marks.py",
    "pipeline.py",
    "scoring/findings.py",
    "scoring/grade.py",
    "scoring/points.py",
    "scoring/rank.py",
    "scoring/relative.py",
    "scoring/result.py",
    "scoring/tree.py",
)
"""
Source files whose text is the method; a change in any of them changes the method's hash.

They are all that this module and the reading of cases import, but for the checks of frameworks, which only question; a
test follows the imports.
"""


def run(case: Case, progress: Progress | None = None) -> Result:
    """
    Score a case.

    Parameters
    ----------
    case
        The case; its facts may be in any order.
    progress
        Called with (units done, units in all) now and then.

    Returns
    -------
    Result
        The same case gives the same bytes.
    """
    tree = Tree(case.framework)
    layers, statuses, findings = _points(case, progress)
    applies = statuses != STATUSES.index(Status.NOT_APPLICABLE)
    all_apply = bool(applies.all())
    confirmed, claimed, possible = (_aggregate(case, tree, layer, None if all_apply else applies) for layer in layers)
    base = np.broadcast_to(tree.full, confirmed.shape).copy() if all_apply or _keeps_base(case) else tree.base(applies)
    totals = confirmed[:, 0], claimed[:, 0], possible[:, 0]
    findings += _statement_findings(case, tree, confirmed, possible)
    units = _units(case, tree, totals, (confirmed, possible), applies)
    return Result(
        case=case.settings.code,
        title=case.settings.title,
        label=case.settings.label,
        framework=case.framework.code,
        framework_version=case.framework.version,
        step=case.framework.precision,
        basis=case.settings.ranking.basis,
        hashes=Hashes(framework_hash(case.framework), case.data_hash, method_hash()),
        nodes=tree.nodes,
        units=units,
        confirmed=confirmed,
        claimed=claimed,
        possible=possible,
        base=base,
        statuses=statuses,
        findings=tuple(sorted(findings, key=lambda f: f.key)),
    )


def framework_hash(framework: Framework) -> str:
    """Return the SHA-256 of a framework's canonical content; comments and order of keys do not matter."""
    content = framework.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(
        json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


@cache
def method_hash() -> str:
    """Return the SHA-256 of the source text of the calculation, the same on every platform."""
    package = resources.files("zhiheng")
    digest = hashlib.sha256()
    for name in METHOD_FILES:
        digest.update(f"{name}\n".encode())
        digest.update((package / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _points(case: Case, progress: Progress | None) -> tuple[list[Ints], Ints, list[Finding]]:
    """Score every point of every unit: three layers and statuses (units x points), and findings about facts."""
    framework, points = case.framework, [p for _, p in case.framework.points]
    shape = (len(case.units), len(points))
    layers = [np.zeros(shape, np.int64) for _ in range(3)]
    statuses = np.zeros(shape, np.int64)
    decisions = {(d.unit, d.point): d for d in case.decisions}
    findings: list[Finding] = []
    names = {u.code: u.name for u in case.units}
    untouched = [score_point(framework, point, ()) for point in points]
    for u, unit in enumerate(case.units):
        for p, point in enumerate(points):
            facts = case.facts_by_place.get((unit.code, point.no), ())
            decision = decisions.get((unit.code, point.no))
            scored = score_point(framework, point, facts, decision) if facts or decision else untouched[p]
            _store(layers, statuses, (u, p), scored)
            if facts:
                findings += fact_findings(point, facts, lambda f: names[f.unit])
        if progress:
            progress(u + 1, len(case.units))
    for p, point in enumerate(points):
        if isinstance(point.rule, Relative):
            _compare_units(case, p, decisions, layers, statuses)
    return layers, statuses, findings + _date_findings(case)


def _store(layers: Sequence[Ints], statuses: Ints, place: tuple[int, int], scored: Scored) -> None:
    interval = scored.interval
    for layer, ticks in zip(layers, (interval.confirmed, interval.claimed, interval.possible), strict=True):
        layer[place] = ticks
    statuses[place] = STATUSES.index(scored.status)


def _compare_units(
    case: Case,
    column: int,
    decisions: dict[tuple[str, int], Decision],
    layers: Sequence[Ints],
    statuses: Ints,
) -> None:
    """
    Mark a relative point.

    While a unit's value is only claimed or missing, the mark of every unit may still move: confirmed stays 0 and
    possible full. Claimed marks appear once the declared coverage is reached.
    """
    framework = case.framework
    point = framework.points[column][1]
    rule = point.rule
    assert isinstance(rule, Relative)
    # Who is decided, exempt or rejected has its mark already and is nobody's measure.
    apart = {Status.NOT_APPLICABLE, Status.REJECTED}
    compared = [
        (u, unit.code)
        for u, unit in enumerate(case.units)
        if (unit.code, point.no) not in decisions and STATUSES[statuses[u, column]] not in apart
    ]
    verified: dict[str, Decimal] = {}
    live: dict[str, Decimal] = {}
    for _, code in compared:
        facts = case.facts_by_place.get((code, point.no), ())
        verified |= _value(rule, code, facts, {Status.VERIFIED})
        live |= _value(rule, code, facts, {Status.VERIFIED, Status.CLAIMED})
    if not compared or len(live) < rule.coverage * len(compared):
        return
    step, full = Precision(framework.step(point)), framework.full(point)
    settled = len(verified) == len(compared)
    shares = relative_shares(rule, verified if settled else live)
    for u, code in compared:
        if code not in shares:
            continue
        share = shares[code]
        ticks = framework.scale.ticks(
            step.marks(step.round(full * Decimal(share.numerator) / Decimal(share.denominator)))
        )
        layers[1][u, column] = ticks
        if settled:
            layers[0][u, column] = layers[2][u, column] = ticks


def _value(rule: Relative, code: str, facts: Sequence[Fact], allowed: set[Status]) -> dict[str, Decimal]:
    """Return the most favourable comparable value of a unit, if it has one."""
    values = [f.value for f in facts if f.status in allowed and f.value is not None and f.measure == rule.measure]
    if not values:
        return {}
    return {code: max(values) if rule.direction == "higher" else min(values)}


def _keeps_base(case: Case) -> bool:
    return case.framework.not_applicable.policy != "leaves_base"


def _aggregate(case: Case, tree: Tree, layer: Ints, applies: npt.NDArray[np.bool_] | None) -> Ints:
    if applies is None:
        return tree.aggregate(layer)
    policy = case.framework.not_applicable.policy
    if policy == "leaves_base":
        return tree.aggregate(layer, applies)
    stand_in = tree.full[tree.first_point :] if policy == "full" else 0
    return tree.aggregate(np.where(applies, layer, stand_in))


def _date_findings(case: Case) -> list[Finding]:
    """Find facts dated outside the period of their point, and those that lie across its border."""
    names = {u.code: u.name for u in case.units}
    found = []
    for fact in case.facts:
        if not fact.date or fact.status not in {Status.CLAIMED, Status.VERIFIED}:
            continue
        rule = case.framework.point(fact.point).rule
        period = rule.period or case.period
        start, end = parse_span(period.start).first, parse_span(period.end).last
        assert start is not None
        assert end is not None
        where = placed(parse_span(fact.date), start, end)
        if where == "inside":
            continue
        about = f"{names[fact.unit]}第{fact.point}项的事实（{fact.date}）"
        tail = f"考核期{period.start}至{period.end}"
        if where == "outside":
            found.append(
                Finding(
                    "fact.outside_period", "warning", fact.unit, f"p{fact.point}", f"{about}不在{tail}之内", fact.line
                )
            )
        else:
            found.append(
                Finding(
                    "fact.across_period",
                    "info",
                    fact.unit,
                    f"p{fact.point}",
                    f"{about}只有一部分在{tail}之内",
                    fact.line,
                )
            )
    return found


def _statement_findings(case: Case, tree: Tree, confirmed: Ints, possible: Ints) -> list[Finding]:
    """Find published totals and scores that the evidence cannot support."""
    scale, found = case.framework.scale, []
    rows = {u.code: (i, u.name) for i, u in enumerate(case.units)}
    for statement in case.statements:
        if statement.kind not in {"total", "score"} or statement.value is None:
            continue
        row, name = rows[statement.unit]
        column = tree.index[statement.node] if statement.kind == "score" else 0
        low, high = int(confirmed[row, column]), int(possible[row, column])
        published = scale.ticks(statement.value)
        fits = {
            "=": low <= published <= high,
            ">": high > published,
            ">=": high >= published,
            "<": low < published,
            "<=": low <= published,
        }[statement.relation]
        if not fits:
            what = tree.nodes[column].short
            message = (
                f"{name}公布的{what}{statement.relation.replace('=', '')}{scale.text(published)}分，"
                f"现有材料只能支持{scale.text(low)}分至{scale.text(high)}分"
            )
            found.append(Finding("published.unsupported", "error", statement.unit, statement.node, message))
    return found


def _units(
    case: Case,
    tree: Tree,
    totals: tuple[Ints, Ints, Ints],
    arrays: tuple[Ints, Ints],
    applies: npt.NDArray[np.bool_],
) -> tuple[UnitResult, ...]:
    confirmed, claimed, possible = totals
    basis = case.settings.ranking.basis
    best, worst = rank_bounds(confirmed, possible)
    published = [case.published.get(u.code) for u in case.units]
    placed_ranks: list[float | None]
    if basis == "published":
        placed_ranks = [None if p is None or p.position is None else float(p.position) for p in published]
    else:
        placed_ranks = [
            float(r) for r in ranks(claimed if basis == "claimed" else confirmed, case.framework.ranking.ties)
        ]
    graded = _grades(case, tree, totals, published, arrays, applies)
    return tuple(
        UnitResult(
            code=unit.code,
            name=unit.name,
            rank=placed_ranks[u],
            rank_best=int(best[u]),
            rank_worst=int(worst[u]),
            grade=graded[u].grade,
            grades=graded[u].candidates,
            grade_reason=graded[u].reason,
            published=p.text if p else "",
            published_low="" if p is None or p.low is None else str(p.low),
            published_high="" if p is None or p.high is None else str(p.high),
            published_rank=p.position if p else None,
        )
        for u, (unit, p) in enumerate(zip(case.units, published, strict=True))
    )


def _grades(
    case: Case,
    tree: Tree,
    totals: tuple[Ints, Ints, Ints],
    published: Sequence[Published | None],
    arrays: tuple[Ints, Ints],
    applies: npt.NDArray[np.bool_],
) -> list[Graded]:
    framework, basis = case.framework, case.settings.ranking.basis
    confirmed, claimed, possible = totals
    low = claimed if basis == "claimed" else confirmed
    by_quota: tuple[str, ...] | None = None
    if isinstance(framework.grades, Quota):
        by_quota = quota_grades(framework.grades, low.tolist())
    graded = []
    for u in range(len(case.units)):
        if by_quota is not None:
            candidates: tuple[str, ...] = (
                (by_quota[u],) if basis == "claimed" or bool((confirmed == possible).all()) else framework.grades.names
            )
        else:
            candidates = grade_by_total(framework, *_graded_range(framework, basis, published[u], low, possible, u))
        marks = {}
        for veto in framework.vetoes:
            column = tree.point_column[veto.point]
            node = tree.first_point + column
            ends = (int(arrays[0][u, node]), int(arrays[1][u, node]))
            # A point that does not apply cannot bar anybody.
            marks[veto.point] = (
                Interval(ends[0], ends[0], ends[1]) if applies[u, column] else Interval(*[int(tree.full[node])] * 3)
            )
        graded.append(barred(framework, candidates, marks))
    return graded


def _graded_range(
    framework: Framework,
    basis: str,
    published: Published | None,
    low: Ints,
    possible: Ints,
    row: int,
) -> tuple[int, int]:
    """Return the range of totals, in ticks, that a unit is graded on."""
    if basis == "claimed":
        return int(low[row]), int(low[row])
    if basis == "confirmed":
        return int(low[row]), int(possible[row])
    scale = framework.scale
    if published is None:
        return 0, scale.ticks(framework.total)
    bottom = 0 if published.low is None else scale.ticks(published.low) + published.low_open
    top = scale.ticks(framework.total) if published.high is None else scale.ticks(published.high) - published.high_open
    return bottom, top
