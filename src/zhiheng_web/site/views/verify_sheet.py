"""What stands around the work of a verifier: the points of a unit with decision, sampling and risks, and its marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zhiheng.framework.model import Framework
from zhiheng.marks import plain
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.queries import decisions_of
from zhiheng_web.assessments.sampling import sampled_points
from zhiheng_web.assessments.worklist import RISK_ICONS, RISK_TITLES
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.models import RoundUnit

DECIDED = {"accept": "verified", "adjust": "adjusted", "reject": "rejected", "not_applicable": "not_applicable"}
"""State badge of each decision."""


@dataclass(frozen=True, slots=True)
class Risk:
    """
    One thing that makes a claim worth a second look.

    Parameters
    ----------
    code, title, icon
        Code, words and picture.
    """

    code: str
    title: str
    icon: str


def risks_of(codes: Iterable[str]) -> tuple[Risk, ...]:
    """Return risks in words."""
    return tuple(Risk(code, str(RISK_TITLES[code]), RISK_ICONS[code]) for code in codes if code in RISK_TITLES)


@dataclass(frozen=True, slots=True)
class Line:
    """
    One point in the list at the left.

    Parameters
    ----------
    no, name, heading
        The point, and the indicator that begins with it ("" within one).
    claimed, settled, full
        Marks as text; settled is "" while undecided, and "—" while other units are waited for.
    state
        State badge, "" while undecided.
    sampled, risks
        Whether the plan asks to look at it, and why it is worth a second look.
    """

    no: int
    name: str
    heading: str
    claimed: str
    settled: str
    full: str
    state: str
    sampled: bool
    risks: tuple[Risk, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    A unit in verification.

    Parameters
    ----------
    row, framework
        The unit, and the rules.
    lines
        Its points in printed order.
    confirmed, claimed, possible, total
        Marks of the unit, and the full marks, as text.
    """

    row: RoundUnit
    framework: Framework
    lines: tuple[Line, ...]
    confirmed: str
    claimed: str
    possible: str
    total: str

    @property
    def decided(self) -> int:
        """Return how many points are decided."""
        return sum(bool(line.state) for line in self.lines)

    @property
    def left(self) -> int:
        """Return how many points are undecided."""
        return len(self.lines) - self.decided

    @property
    def unsampled_left(self) -> int:
        """Return how many undecided points the plan does not ask to look at."""
        return sum(not line.state and not line.sampled for line in self.lines)

    def has(self, no: int) -> bool:
        """Return whether the framework has a point."""
        return any(line.no == no for line in self.lines)

    def next_undecided(self, after: int = 0) -> int | None:
        """Return the undecided point that comes next, from the top again after the last; sampled ones go first."""
        place = next((i for i, line in enumerate(self.lines) if line.no == after), -1)
        turned = (*self.lines[place + 1 :], *self.lines[: place + 1])
        open_ = [line for line in turned if not line.state]
        first = next((line for line in open_ if line.sampled), open_[0] if open_ else None)
        return first.no if first else None

    def beside(self, no: int) -> tuple[int | None, int | None]:
        """Return the points before and after one."""
        numbers = [line.no for line in self.lines]
        place = numbers.index(no)
        before = numbers[place - 1] if place else None
        return before, numbers[place + 1] if place + 1 < len(numbers) else None


def sheet_of(row: RoundUnit) -> Sheet:
    """Return a unit in verification."""
    framework = framework_of(row.round.framework)
    answers = {a.point: a for a in Answer.objects.filter(round_unit=row)}
    decisions, sampled = decisions_of(row), sampled_points(row)
    scale = framework.scale
    return Sheet(
        row,
        framework,
        tuple(_lines(framework, answers, decisions, sampled)),
        scale.text(row.confirmed),
        scale.text(row.claimed),
        scale.text(row.possible),
        plain(framework.total),
    )


def _lines(
    framework: Framework, answers: Mapping[int, Answer], decisions: Mapping[int, Decision], sampled: frozenset[int]
) -> Iterable[Line]:
    heading = ""
    for parent, point in framework.points:
        answer, decision = answers.get(point.no), decisions.get(point.no)
        indicator = framework.indicator(parent)
        yield Line(
            point.no,
            point.name,
            f"{indicator.number} {indicator.name}".strip() if parent != heading else "",
            framework.scale.text(answer.claimed) if answer else "0",
            mark_text(decision),
            plain(framework.full(point)),
            DECIDED[decision.act] if decision else "",
            point.no in sampled,
            risks_of(answer.risks if answer else ()),
        )
        heading = parent


def mark_text(decision: Decision | None) -> str:
    """Return the marks of a decision as text."""
    if decision is None:
        return ""
    return "—" if decision.mark is None else plain(decision.mark)
