"""The answers that a point can be given, by its rule."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.assessment.claims import Claim, judged_steps
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Judged
from zhiheng.marks import plain


@dataclass(frozen=True, slots=True)
class Choice:
    """
    One of the answers that a point can be given.

    Parameters
    ----------
    value, label
        Value of the field and words.
    checked
        Whether it is chosen.
    """

    value: str
    label: str
    checked: bool = False


def choices_of(framework: Framework, point: Point, claim: Claim) -> tuple[Choice, ...]:
    """Return the answers that fit the rule of a point, with the one that a claim chose."""
    rule = point.rule
    full = plain(framework.full(point))
    if isinstance(rule, Judged):
        return _judged(framework, point, claim)
    yes, no = {
        "yes_no": (_("是，申报%(full)s分") % {"full": full}, _("否，不申报")),
        "deduct": (_("有扣分事项"), _("没有扣分事项")),
        "bonus": (_("申报加分"), _("不申报")),
    }.get(rule.kind, (_("申报"), _("不申报")))
    return (
        Choice("yes", yes, claim.stance == "yes"),
        Choice("no", no, claim.stance == "no"),
        Choice("not_applicable", _("不适用"), claim.stance == "not_applicable"),
    )


def _judged(framework: Framework, point: Point, claim: Claim) -> tuple[Choice, ...]:
    claimed = claim.mark if claim.stance == "yes" else None
    steps = [step for step in reversed(judged_steps(framework, point)) if step > 0 or claimed == 0]
    return (
        *(
            Choice(f"yes:{plain(step)}", _("申报%(marks)s分") % {"marks": plain(step)}, claimed == step)
            for step in steps
        ),
        Choice("no", _("不申报（0分）"), claim.stance == "no"),
        Choice("not_applicable", _("不适用"), claim.stance == "not_applicable"),
    )
