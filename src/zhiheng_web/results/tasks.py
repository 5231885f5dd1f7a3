"""Work of results in the background: drafts, and the end of a round."""

from __future__ import annotations

from zhiheng_web.jobs.queue import task
from zhiheng_web.results.actions import finalise
from zhiheng_web.results.source import prepare


@task()
def prepare_draft(pk: int) -> None:
    """Work out a result unless that is done; a job that was cut off starts over."""
    prepare(pk)


@task()
def finalise_round(pk: int) -> None:
    """Finalise a round unless that is done; a job that was cut off starts over."""
    finalise(pk)
