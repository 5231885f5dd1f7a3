"""The one place that knows the queue: how work is put in, run, and taken up again after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from zhiheng_web.audit.actions import record
from zhiheng_web.refusals import Refused

__all__ = [
    "Failure", "JobRefused", "Overview", "enqueue", "enqueue_named", "overview", "resume", "retry", "task", "under_way",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")
MOST_STARTS: Final = 3
"""Starts after which a job that kills its worker is given up."""
PATIENCE: Final = timedelta(minutes=2)
"""How long a job waits at most while a worker is alive and free."""
MOST_FAILURES: Final = 50


def enqueue(work: Task[P, T], *args: P.args, **kwargs: P.kwargs) -> UUID:
    """Put a job into the queue in the running transaction, and return its key: an undone write leaves no job behind."""
    return UUID(str(work.enqueue(*args, **kwargs).id))


def enqueue_named(path: str, *args: object) -> UUID:
    """Put the job at a dotted path into the queue: for code that stands below its jobs and cannot import them."""
    return enqueue(import_string(path), *args)


def under_way(pk: UUID | None) -> bool:
    """Return whether a job waits or runs; False once it ended, well or not, and for one that is not known."""
    going = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    return pk is not None and DBTaskResult.objects.filter(pk=pk, status__in=going).exists()


@transaction.atomic
def resume(*, older_than: timedelta = timedelta(0)) -> int:
    """
    Put jobs back that a worker left running when it died, and return how many.

    Call it before a worker starts and while none runs. A job does its writes in one transaction and skips what is done,
    so a second run changes nothing. A job that was started too often is marked as failed.
    """
    left = DBTaskResult.objects.select_for_update().filter(
        status=TaskResultStatus.RUNNING, started_at__lte=timezone.now() - older_than
    )
    count = 0
    for job in left:
        if len(job.worker_ids) >= MOST_STARTS:
            job.set_failed(RuntimeError(f"given up after {MOST_STARTS} starts"))
        else:
            job.status = TaskResultStatus.READY
            job.started_at = None
            job.save(update_fields=["status", "started_at"])
            count += 1
    return count


class JobRefused(Refused):
    """A job cannot be taken up again."""

    code = "jobs.retry"


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A job that failed, without what it worked on: arguments and messages may name people.

    Parameters
    ----------
    pk, task, error
        Key, name of the work, and kind of the error.
    at, starts
        When it failed, and how often it was started.
    """

    pk: UUID
    task: str
    error: str
    at: datetime | None
    starts: int


@dataclass(frozen=True, slots=True)
class Overview:
    """
    State of the queue.

    Parameters
    ----------
    ready, running, failed, done
        Number of jobs.
    waiting_since
        When the oldest job that could run now came in, or None.
    last_end
        When a worker last finished a job, or None.
    failures
        The last failures.
    """

    ready: int
    running: int
    failed: int
    done: int
    waiting_since: datetime | None
    last_end: datetime | None
    failures: tuple[Failure, ...]

    @property
    def stuck(self) -> bool:
        """Return whether jobs wait although none runs: then probably no worker is alive."""
        since = self.waiting_since
        return since is not None and not self.running and timezone.now() - since > PATIENCE


def overview() -> Overview:
    """Return the state of the queue and its last failures."""
    jobs = DBTaskResult.objects.order_by()
    status = TaskResultStatus
    figures = jobs.aggregate(
        ready=Count("pk", filter=Q(status=status.READY)),
        running=Count("pk", filter=Q(status=status.RUNNING)),
        failed=Count("pk", filter=Q(status=status.FAILED)),
        done=Count("pk", filter=Q(status=status.SUCCESSFUL)),
        last_end=Max("finished_at"),
    )
    ready = DBTaskResult.objects.ready().order_by()
    failures = [
        Failure(job.pk, job.task_path, job.exception_class_path, job.finished_at, len(job.worker_ids))
        for job in jobs.filter(status=status.FAILED)
        .order_by("-finished_at")
        .defer("args_kwargs", "traceback")[:MOST_FAILURES]
    ]
    return Overview(
        **figures, waiting_since=ready.aggregate(since=Min("enqueued_at"))["since"], failures=tuple(failures)
    )


@transaction.atomic
def retry(pk: UUID) -> None:
    """Put a failed job back into the queue. Refused: a job that did not fail."""
    job = DBTaskResult.objects.select_for_update().filter(pk=pk, status=TaskResultStatus.FAILED).first()
    if job is None:
        raise JobRefused(_("该任务没有失败，或者已经重试。"))
    job.status, job.started_at, job.finished_at = TaskResultStatus.READY, None, None
    job.exception_class_path = job.traceback = ""
    job.worker_ids = []
    job.save(update_fields=["status", "started_at", "finished_at", "exception_class_path", "traceback", "worker_ids"])
    record("job.retry", f"job:{job.pk}", name=job.task_path, after={"task": job.task_path})
