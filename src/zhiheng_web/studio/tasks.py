"""Work of the studio in the background: the generated text, and the files of versions."""

from __future__ import annotations

from zhiheng_web.jobs.queue import task
from zhiheng_web.studio.making import make
from zhiheng_web.studio.text import prepare


@task()
def prepare_text(pk: int) -> None:
    """Work the generated text out unless that is done; a job that was cut off starts over."""
    prepare(pk)


@task()
def make_version(pk: int) -> None:
    """Write the files of a version unless that is done; a job that was cut off starts over."""
    make(pk)
