"""A rule and the facts of one unit give the interval of one point; each mark is rounded once, here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from zhiheng.assessment.facts import Decision, Fact, Status
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import (
    COUNTED,
    Bonus,
    Deduct,
    Judged,
    Linear,
    PerField,
    PerItem,
    Relative,
    Rule,
    Steps,
    YesNo,
)
from zhiheng.marks import Interval, Precision, plain
from zhiheng.scoring.findings import Finding

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Scored:
    """
    What one unit has at one point.

    Parameters
    ----------
    status
        Status of the point.
    interval
        Confirmed, claimed and possible marks in ticks.
    """

    status: Status
    interval: Interval


def score_point(
    framework: Framework,
    point: Point,
    facts: Sequence[Fact],
    decision: Decision | None = None,
) -> Scored:
    """
    Return status and interval of a point whose rule looks at one unit alone.

    Parameters
    ----------
    framework
        Gives the precision.
    point
        The point; a `relative` rule gives (0, 0, full) here, see `zhiheng.scoring.relative`.
    facts
        Facts of one unit for this point, in any order.
    decision
        The settled mark, which closes the interval.

    Notes
    -----
    Confirmed counts verified facts; claimed adds claimed ones; possible is what a completion could still reach. A
    completion verifies or rejects what is claimed and may add facts to what is open. A point is closed by a decision,
    by its full marks, by rejections alone, or (judged and measured rules) by a verified fact.
    """
    scale = framework.scale
    if decision is not None:
        ticks = scale.ticks(decision.mark)
        return Scored(decision.status, Interval(ticks, ticks, ticks))
    status = point_status(facts)
    # Rejecting one item, field or deduction says nothing about others, so a counting rule stays open.
    if status is Status.NOT_APPLICABLE or (status is Status.REJECTED and point.rule.kind not in COUNTED):
        return Scored(status, Interval(0, 0, 0))
    verified = [f for f in facts if f.status is Status.VERIFIED]
    live = [f for f in facts if f.status in {Status.VERIFIED, Status.CLAIMED}]
    rejected = [f for f in facts if f.status is Status.REJECTED]
    full = framework.full(point)
    marker = Marker(point.rule, full, Precision(framework.step(point)))
    confirmed, claimed, possible = marker.interval(verified, live, rejected)
    return Scored(status, Interval(*(scale.round(m) for m in (confirmed, claimed, possible))))


def point_status(facts: Iterable[Fact]) -> Status:
    """Return the status of a point from its facts: not applicable, else the best of verified, claimed, rejected."""
    found = {f.status for f in facts}
    for status in (Status.NOT_APPLICABLE, Status.VERIFIED, Status.CLAIMED, Status.REJECTED):
        if status in found:
            return status
    return Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class Marker:
    """
    Marks by one rule, in marks, rounded to the point's step.

    Parameters
    ----------
    rule
        The rule.
    full
        Full marks of the point.
    step
        Precision of the point.
    """

    rule: Rule
    full: Decimal
    step: Precision

    def interval(
        self,
        verified: Sequence[Fact],
        live: Sequence[Fact],
        rejected: Sequence[Fact],
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Return confirmed, claimed and possible marks; `live` are verified and claimed facts together."""
        rule = self.rule
        if isinstance(rule, Relative):
            return ZERO, ZERO, self.full
        if isinstance(rule, Deduct):
            return self._deducted(rule, verified, live)
        confirmed, claimed = self.marks(verified), self.marks(live)
        if isinstance(rule, PerField) and not rule.open:
            lost = {f.component for f in rejected} - {f.component for f in live}
            open_fields = [name for name in rule.fields if name not in lost]
            return confirmed, claimed, max(claimed, min(rule.cap, rule.each * len(open_fields)))
        if isinstance(rule, PerItem | PerField | Bonus):
            return confirmed, claimed, max(claimed, rule.cap)
        closed = bool(verified) and isinstance(rule, Judged | Steps | Linear)
        return confirmed, claimed, claimed if closed else self.full

    def marks(self, facts: Sequence[Fact]) -> Decimal:
        """Return the marks that `facts` earn if all of them count."""
        if not facts:
            return ZERO
        rule = self.rule
        if isinstance(rule, YesNo):
            return self.full if any(f.mark is None or f.mark >= self.full for f in facts) else ZERO
        if isinstance(rule, Judged):
            return max(self.judged(rule, f.mark or ZERO) for f in facts)
        if isinstance(rule, PerItem | Bonus):
            return min(rule.cap, sum((item_mark(f, rule.each) for f in facts), ZERO))
        if isinstance(rule, PerField):
            return min(rule.cap, rule.each * len(counted_fields(rule, facts)))
        if isinstance(rule, Steps | Linear):
            values = [f.value for f in facts if f.value is not None and f.measure == rule.measure]
            return max((self.measured(rule, value) for value in values), default=ZERO)
        return ZERO

    def judged(self, rule: Judged, mark: Decimal) -> Decimal:
        """Return the highest declared step that a mark reaches."""
        return max(step for share in rule.steps if (step := self.round(share * self.full)) <= mark)

    def measured(self, rule: Steps | Linear, value: Decimal) -> Decimal:
        """Return the marks of a measured value."""
        if isinstance(rule, Steps):
            reached = [t.marks for t in rule.thresholds if _reaches(value, t.at, rule.direction)]
            return max(reached, default=ZERO)
        share = (value - rule.floor) / (rule.target - rule.floor)
        return self.round(self.full * min(max(share, ZERO), Decimal(1)))

    def round(self, marks: Decimal) -> Decimal:
        """Round marks once, to the step of the point."""
        return self.step.marks(self.step.round(marks))

    def _deducted(
        self,
        rule: Deduct,
        verified: Sequence[Fact],
        live: Sequence[Fact],
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Lose marks for verified items for certain and for claimed ones as a lower bound."""
        most = self.full if rule.cap is None else rule.cap
        worst = self.full - min(most, sum((item_mark(f, rule.each) for f in live), ZERO)) if live else ZERO
        if not verified:
            return ZERO, worst, self.full
        return worst, worst, self.full - min(most, sum((item_mark(f, rule.each) for f in verified), ZERO))


def item_mark(fact: Fact, each: Decimal) -> Decimal:
    """Return what a fact adds to a count: its own mark, else `each` for every item it stands for (one by default)."""
    if fact.mark is not None:
        return fact.mark
    return each * (Decimal(1) if fact.value is None else fact.value)


def counted_fields(rule: PerField, facts: Sequence[Fact]) -> tuple[str, ...]:
    """Return the different fields that count, sorted; a fact worth no marks counts for nothing."""
    named = {f.component for f in facts if f.component and f.mark != 0}
    return tuple(sorted(name for name in named if rule.open or name in rule.fields))


def _reaches(value: Decimal, at: Decimal, direction: str) -> bool:
    return value >= at if direction == "higher" else value <= at


def fact_findings(point: Point, facts: Sequence[Fact], say: Callable[[Fact], str]) -> list[Finding]:
    """
    Return what is wrong with facts for the rule they are handed in for.

    Parameters
    ----------
    point, facts
        The point and the facts of one unit for it.
    say
        Name of the unit of a fact, for the message.
    """
    rule, found = point.rule, []
    values = {f.value for f in facts if f.status is Status.VERIFIED and f.value is not None}
    for fact in facts:
        if fact.status in {Status.REJECTED, Status.NOT_APPLICABLE}:
            continue
        why = _unusable(point, fact)
        if why:
            message = f"{say(fact)}第{point.no}项的一条事实不能计分：{why}"
            found.append(Finding("fact.unusable", "warning", fact.unit, f"p{point.no}", message, fact.line))
    if isinstance(rule, Steps | Linear) and len(values) > 1:
        message = f"{say(facts[0])}第{point.no}项有{len(values)}个不同的核实数值，按最有利的一个计分，请核定"
        found.append(Finding("fact.conflict", "warning", facts[0].unit, f"p{point.no}", message, facts[0].line))
    return found


def _unusable(point: Point, fact: Fact) -> str:
    rule = point.rule
    if isinstance(rule, YesNo) and fact.mark is not None and point.marks and fact.mark not in {ZERO, point.marks}:
        return "是非项只能得0分或满分"
    if isinstance(rule, Judged) and fact.mark is None:
        return "评判项须写明分数"
    if isinstance(rule, Judged) and fact.mark is not None and point.marks is not None:
        steps = [share * point.marks for share in rule.steps]
        if fact.mark not in steps:
            return f"{plain(fact.mark)}分不在规定的档次（{'、'.join(plain(s) for s in steps)}分）之内，按低一档计"
    if isinstance(rule, PerField) and not fact.component:
        return "没有写明所属领域"
    if isinstance(rule, PerField) and not rule.open and fact.component not in rule.fields:
        return f"“{fact.component}”不在规定的领域之内"
    if isinstance(rule, Steps | Linear | Relative) and fact.value is None:
        return "没有数值"
    if isinstance(rule, Steps | Linear) and fact.measure != rule.measure:
        return f"计量单位是“{fact.measure}”，规则要求“{rule.measure}”"
    return ""
