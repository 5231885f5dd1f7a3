"""What assessments do when evidence turns out alike, or when it may stand: the answers that use it are marked anew."""

from __future__ import annotations

from collections.abc import Collection

from zhiheng_web.assessments.actions import mark_risks, recount
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.queries import answers_with_items, claim_of
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import locked_unit
from zhiheng_web.rounds.machine import Stage

OPEN = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION)
"""Stages in which a second look is still possible."""


def mark_alike(files: Collection[int]) -> None:
    """
    Write anew what makes the answers that use these files worth a second look, and count their units.

    Call it inside the transaction that changed what is alike. Rounds beyond verification stay as they are.
    """
    units = (
        Answer.objects.filter(items__attachments__file__in=files, round_unit__round__stage__in=OPEN)
        .order_by("round_unit").values_list("round_unit", flat=True).distinct()
    )  # fmt: skip
    for pk in list(units):
        row = locked_unit(pk)
        framework = framework_of(row.round.framework)
        answers = answers_with_items(round_unit=row, items__attachments__file__in=files).distinct()
        changed = False
        for answer in answers:
            answer.round_unit = row
            before = list(answer.risks)
            mark_risks(answer, framework, framework.point(answer.point), claim_of(answer, answer.point))
            changed = changed or answer.risks != before
        if changed:
            recount(row)
