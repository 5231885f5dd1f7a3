"""Work of assessments in the background: case folders of rounds."""

from __future__ import annotations

from zhiheng_web.assessments.exports import prepare
from zhiheng_web.jobs.queue import task


@task()
def prepare_case(pk: int) -> None:
    """Prepare a case folder unless that is done; a job that was cut off starts over."""
    prepare(pk)
