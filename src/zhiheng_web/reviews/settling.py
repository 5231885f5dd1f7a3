"""What experts may give at a point, when two marks are too far apart, and what two marks come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from zhiheng.assessment.claims import judged_steps
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Judged
from zhiheng.marks import Precision

SHARE = Decimal("0.1")
"""Part of the full marks that two experts may differ by, where the plan says nothing else."""


def default_threshold(framework: Framework, point: Point) -> Decimal:
    """Return a tenth of the full marks of a point, one step at least."""
    return max(framework.full(point) * SHARE, framework.step(point))


def choices(framework: Framework, point: Point) -> tuple[Decimal, ...]:
    """Return the marks of a judged point, rising; () where any multiple of the step may be given."""
    return judged_steps(framework, point) if isinstance(point.rule, Judged) else ()


def mean_mark(framework: Framework, point: Point, marks: Sequence[Decimal]) -> Decimal:
    """Return the permitted mark nearest to the mean of permitted marks; halves go up."""
    mean = sum(marks, start=Decimal(0)) / len(marks)
    steps = choices(framework, point)
    if steps:
        return min(steps, key=lambda step: (abs(step - mean), -step))
    step = Precision(framework.step(point))
    return step.marks(step.round(mean))
