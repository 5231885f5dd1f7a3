"""The generated text of a round: worked out in the background, kept until what it is made from changes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ZhihengError
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.rounds.models import Round
from zhiheng_web.studio.engine import generated, material_of
from zhiheng_web.studio.models import Report, Section
from zhiheng_web.studio.queries import report_of, source_stamp

PREPARE = "zhiheng_web.studio.tasks.prepare_text"


@dataclass(frozen=True)
class Current:
    """
    The generated text as it can be shown now.

    Parameters
    ----------
    state
        `ready`, `old` (a newer one is on its way), `preparing` or `failed`.
    report
        The text, or None while there is none.
    message
        Why it failed.
    """

    state: str
    report: Report | None = None
    message: str = ""


def current(round_: Round) -> Current:
    """Return the generated text of a round; one that is old or missing is asked for."""
    found = report_of(round_)
    stamp = source_stamp(round_)
    if found is not None and found.made_at is not None and found.stamp == stamp:
        return Current("ready", found)
    there = found if found is not None and found.stamp else None
    # What failed is not asked for again by everybody who looks: a change of the round or a press does that.
    failed = found is not None and found.made_at is None and found.job is not None and not under_way(found.job)
    if failed and found is not None:
        return Current("failed", there, found.message)
    ask_text(round_)
    return Current("old" if there else "preparing", there)


@transaction.atomic
def ask_text(round_: Round) -> Report:
    """Have the text of a round generated; one that is under way is not started again."""
    locked = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    found = report_of(locked) or Report(round=locked)
    if under_way(found.job):
        return found
    found.asked_at, found.made_at, found.message = timezone.now(), None, ""
    found.save()
    found.job = enqueue_named(PREPARE, found.pk)
    found.save(update_fields=["job"])
    return found


def prepare(pk: int) -> None:
    """Generate a text that is waited for, and let it take the place of the one before."""
    found = Report.objects.filter(pk=pk).first()
    if found is None or found.made_at is not None:
        return
    try:
        with snapshot():
            round_ = Round.objects.select_related("framework", "previous").get(pk=found.round_id)
            stamp = source_stamp(round_)
            material = material_of(round_)
        targets, sections = generated(material)
    except ZhihengError as error:
        Report.objects.filter(pk=pk).update(message=error.message)
        return
    with transaction.atomic():
        Report.objects.select_for_update().get(pk=pk)
        Section.objects.filter(report=pk).delete()
        Section.objects.bulk_create(
            [Section(report_id=pk, position=at, **section) for at, section in enumerate(sections)], batch_size=50
        )
        Report.objects.filter(pk=pk).update(stamp=stamp, targets=targets, made_at=timezone.now(), message="")
