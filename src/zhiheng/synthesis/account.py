"""The account of a reconstruction: its marks, what holds, what was relaxed, which claims were not honoured, and why."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import Decision, Statement, Status
from zhiheng.framework.model import Point
from zhiheng.scoring.result import Result

RATES: dict[str, tuple[float, float | None]] = {
    "满分": (1.0, None),
    "接近满分": (0.9, 1.0),
    "优势": (0.8, None),
    "显著": (0.8, None),
    "良好": (0.7, None),
    "较好": (0.7, None),
    "有提升空间": (0.0, 0.8),
    "继续加强": (0.0, 0.7),
    "进一步加强": (0.0, 0.7),
    "积极改善": (0.0, 0.6),
    "重点改善": (0.0, 0.5),
    "亟待提高": (0.0, 0.4),
}
"""Score rates a wording stands for, from the first up to but not including the second; the ladder of
`zhiheng.scoring.diagnose` read backwards, and ours."""
TOLERANCE = 1e-6


def tick_range(relation: str, full: int) -> tuple[int, int]:
    """Return the least and the most ticks, of `full`, that a wording stands for."""
    low, high = RATES[relation]
    return math.ceil(low * full - TOLERANCE), full if high is None else math.ceil(high * full - TOLERANCE) - 1


@dataclass(frozen=True, slots=True)
class Relaxed:
    """
    A statement that could not be kept.

    Parameters
    ----------
    statement
        The statement.
    reached
        Score rate of the reconstruction.
    reason
        Why, in Chinese.
    """

    statement: Statement
    reached: float
    reason: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """
    Claimed evidence that the reconstruction does not honour in full.

    Parameters
    ----------
    unit, point
        Whose and which.
    claimed, mark
        Marks that verified and claimed facts would give, and marks of the reconstruction.
    reason
        Why, in Chinese.
    """

    unit: str
    point: int
    claimed: Decimal
    mark: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """
    A reconstructed round.

    Parameters
    ----------
    decisions
        One mark for every unit and point.
    relaxed
        Statements that were relaxed: the fewest possible.
    overridden
        Claimed evidence that is not honoured in full.
    kept
        Statements that hold.
    seed
        Seed of the tie-breaking.
    log
        Logs of the solver.
    """

    decisions: tuple[Decision, ...]
    relaxed: tuple[Relaxed, ...]
    overridden: tuple[Overridden, ...]
    kept: tuple[Statement, ...]
    seed: int
    log: str


def account(
    case: Case, evidence: Result, ticks: Mapping[tuple[str, str], int], broken: Collection[str], seed: int, log: str
) -> Reconstruction:
    """
    Return the reconstruction with its account.

    Parameters
    ----------
    case, evidence
        The case with its statements, and its result.
    ticks
        Marks found, by unit code and code of the node, in ticks.
    broken
        Numbers of the statements that were relaxed.
    seed, log
        Seed and solver's log.
    """
    decisions = []
    for unit in case.units:
        for _, point in case.framework.points:
            marks = case.framework.scale.marks(ticks[unit.code, f"p{point.no}"])
            rejected = evidence.status(unit.code, point.no) is Status.REJECTED
            status = Status.REJECTED if rejected else Status.VERIFIED
            decisions.append(Decision(unit.code, point.no, status, marks, _basis(evidence, unit.code, point)))
    relaxed = []
    for statement in case.statements:
        if statement.id in broken:
            full = case.framework.scale.ticks(case.framework.full(case.framework.indicator(statement.node)))
            rate = ticks[statement.unit, statement.node] / full
            relaxed.append(Relaxed(statement, rate, _why(case, evidence, statement)))
    kept = tuple(s for s in case.statements if s.id not in broken)
    overridden = tuple(_overridden(case, evidence, decisions))
    return Reconstruction(tuple(decisions), tuple(relaxed), overridden, kept, seed, log)


def _overridden(case: Case, evidence: Result, decisions: Sequence[Decision]) -> Iterator[Overridden]:
    """Find claims that the marks fall short of, and the finding that weighs against each."""
    parents = {f"p{p.no}": parent for parent, p in case.framework.points} | {
        i.code: up for _, up, i in case.framework.nodes
    }
    weak = {(s.unit, s.node): s for s in case.statements if s.kind == "weakness"}
    for decision in decisions:
        claimed = case.framework.scale.marks(evidence.interval(decision.unit, f"p{decision.point}").claimed)
        if decision.mark >= claimed:
            continue
        node, against = parents[f"p{decision.point}"], None
        while node and against is None:
            against = weak.get((decision.unit, node))
            node = parents[node]
        reason = (
            f"公布的评语（{against.id}，{against.node}“{against.relation}”）与该材料不一致。"
            if against
            else "受总分和名次约束。"
        )
        yield Overridden(decision.unit, decision.point, claimed, decision.mark, reason)


def _basis(evidence: Result, unit: str, point: Point) -> str:
    status = evidence.status(unit, point.no)
    return {
        Status.VERIFIED: "重构：不低于核实的公开事实",
        Status.CLAIMED: "重构：参照待核的公开事实",
        Status.REJECTED: "重构：公开评语表明未达到",
        Status.UNKNOWN: "重构：没有公开事实，按总分和评语推算",
        Status.NOT_APPLICABLE: "重构：不适用",
    }[status]


def _why(case: Case, evidence: Result, statement: Statement) -> str:
    """Say why a strength or weakness could not be kept."""
    scale = case.framework.scale
    known = evidence.interval(statement.unit, statement.node)
    full = scale.ticks(case.framework.full(case.framework.indicator(statement.node)))
    low, high = tick_range(statement.relation, full)
    if known.confirmed > high:
        limit = scale.text(high)
        return f"公开事实已核实{scale.text(known.confirmed)}分，高于“{statement.relation}”所对应的上限{limit}分"
    if known.possible < low:
        limit = scale.text(low)
        return f"公开事实最多只能支持{scale.text(known.possible)}分，达不到“{statement.relation}”所对应的{limit}分"
    return "与公布的总分、名次和其他评语不能同时成立"
