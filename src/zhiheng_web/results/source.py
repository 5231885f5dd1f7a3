"""
The one source of results: the signed one of a finalised round, else the one of its present state.

Pages of results, dashboards and the API all ask here, so that they cannot disagree. A small round is worked out on the
spot, a large one in the background; either is kept on disk once for each state and read once by each process.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.assessments.queries import report_date
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.refusals import Refused
from zhiheng_web.results.engine import Result, frozen_result, method, round_scored, saved_result, table_of, write_result
from zhiheng_web.results.kept import Kept
from zhiheng_web.results.models import Draft, Snapshot
from zhiheng_web.results.queries import grades_of, groups_of, place, snapshot_of
from zhiheng_web.results.rows import Table
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

PREPARE: Final = "zhiheng_web.results.tasks.prepare_draft"
INLINE_UNITS: Final = 60
"""A round of more units is worked out in the background: 60 units take a third of a second, 3,000 a quarter minute."""
PATIENCE: Final = timedelta(minutes=5)
"""How long a calculation that failed is left alone while its round does not change."""
RETRY_S: Final = 5
"""After how many seconds a program should ask again."""
PROGRESS_S: Final = 3600
_results: Kept[Result] = Kept(6)
_tables: Kept[Table] = Kept(6)


@dataclass(frozen=True)
class Current:
    """
    The result of a round as it can be shown now.

    Parameters
    ----------
    state
        `frozen` (the signed one), `ready` (of the present state), `old` (the round has changed, a newer one is on its
        way), `preparing` or `failed`.
    key
        Names the content: the same key, the same result; "" while there is none.
    result
        The result, or None while there is none.
    done, total
        Units worked out and units in all, while it is prepared.
    """

    state: str
    key: str = ""
    result: Result | None = None
    done: int = 0
    total: int = 0

    @property
    def exact(self) -> bool:
        """Return whether it is the result of the round as it is now."""
        return self.state in {"frozen", "ready"}


class NoResult(Refused):
    """The round has nothing that could be scored yet."""

    code = "results.none"


class NotReady(Refused):
    """The result is being worked out: ask again in a while."""

    code = "results.not_ready"

    def __init__(self, round_: Round, found: Current) -> None:
        failed = _("结果没有计算成功，请联系系统管理员查看后台任务。")
        super().__init__(failed if found.state == "failed" else _("结果正在计算，请稍后再来。"))
        self.round, self.found = round_, found


class SnapshotLost(Refused):
    """The file of a snapshot is not there, or not as it was signed: it must be brought back from a backup."""

    code = "results.lost"


def folder() -> Path:
    """Return the folder of results that are not signed; what lies there can be worked out again."""
    found = Path(settings.UPLOADS) / "drafts"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def signed(found: Snapshot) -> Result:
    """Return the result of a snapshot. Refused: one whose file is missing or was changed (SnapshotLost)."""
    return _results.take(found.sha256, lambda: _opened(found))


def _opened(found: Snapshot) -> Result:
    result = frozen_result(place() / found.file, found.sha256)
    if result is None:
        raise SnapshotLost(_("已签名的结果文件缺失或者损坏，请联系系统管理员从备份中恢复。"))
    return result


def current(round_: Round) -> Current:
    """
    Return the result of a round: the signed one, else that of its present state; one that is missing is asked for.

    Refused: a round in preparation or without units (NoResult).
    """
    found = snapshot_of(round_)
    if found is not None:
        return Current("frozen", found.sha256, signed(found))
    if round_.stage == Stage.PREPARATION:
        raise NoResult(_("考核轮次尚在筹备，还没有结果。"))
    name = _name(round_)
    result = _read(name)
    if result is not None:
        return Current("ready", name, result)
    count = round_.units.count()
    if not count:
        raise NoResult(_("考核轮次还没有评价对象，因而没有结果。"))
    if count <= INLINE_UNITS:
        return Current("ready", name, _results.take(name, lambda: _worked_out(round_)))
    return _awaited(round_, name, count)


def shown(round_: Round, *, exact: bool = False) -> tuple[Current, Result]:
    """
    Return the result of a round for a page; with `exact` none that the round has left behind.

    Refused: see `current`; a result that is still worked out (NotReady).
    """
    found = current(round_)
    if found.result is None or (exact and not found.exact):
        raise NotReady(round_, found)
    return found, found.result


def result_of(round_: Round) -> Result:
    """Return the result of a round as it is now. Refused: see `shown`."""
    return shown(round_, exact=True)[1]


def table_for(round_: Round, found: Current, result: Result) -> Table:
    """Return the ranking of a round, made once for each result."""
    return _tables.take(found.key, lambda: table_of(result, groups_of(round_), grades_of(round_)))


def _name(round_: Round) -> str:
    """
    Return the name of the file of a round's present state under the present method.

    Every write raises the version of a unit or of the round and none lowers one, so that their sums tell states apart;
    the database adds them up, for a hash over three thousand rows would take most of the time of a page.
    """
    told = RoundUnit.objects.filter(round=round_).aggregate(
        count=Count("pk"), versions=Sum("version"), placed=Sum(F("version") * F("pk"))
    )
    state = (round_.version, report_date(round_), told["count"], told["versions"], told["placed"], method())
    digest = hashlib.sha256(repr(state).encode()).hexdigest()
    return f"{round_.pk}-{digest[:48]}.json"


def _read(name: str) -> Result | None:
    """Return a result that was worked out before; None where there is none or its file is broken."""
    found = _results.get(name)
    if found is None:
        found = saved_result(folder() / name)
        if found is not None:
            _results.take(name, lambda found=found: found)  # type: ignore[misc]  # bound at once
    return found


def _worked_out(round_: Round) -> Result:
    """Work a result out and keep it; what is written meanwhile belongs to the next state."""
    with snapshot():
        same = Round.objects.select_related("framework").prefetch_related("windows").get(pk=round_.pk)
        name, result = _name(same), round_scored(same)
    _keep(result, name, same.pk)
    return result


def _keep(result: Result, name: str, round_pk: int) -> None:
    """Write a result whole or not at all, and take away those of older states."""
    # Another process may write the same state at this moment: each has a file of its own until it is whole.
    own = folder() / f"{round_pk}-{secrets.token_hex(8)}.part"
    write_result(result, own)
    own.replace(folder() / name)
    for path in folder().glob(f"{round_pk}-*.json"):
        if path.name != name:
            path.unlink(missing_ok=True)


def _awaited(round_: Round, name: str, count: int) -> Current:
    """Return the last result there is, and ask for the one of the present state."""
    found = Draft.objects.filter(round=round_).first()
    if found is None or not (under_way(found.job) or _failed(found, name)):
        found = ask(round_, name)
    old = _read(found.file) if found.file and found.file != name else None
    done, total = cache.get(_progress(found.pk)) or (0, count)
    failed = _failed(found, name) and not under_way(found.job)
    state = "failed" if failed and old is None else "old" if old is not None else "preparing"
    return Current(state, found.file if old is not None else "", old, done, total)


def _failed(found: Draft, name: str) -> bool:
    """Return whether a job for this very state ended without a result: not everybody who looks starts it again."""
    return found.made_at is None and found.stamp == name and found.asked_at > timezone.now() - PATIENCE


@transaction.atomic
def ask(round_: Round, name: str = "") -> Draft:
    """Have the result of a round worked out in the background; one that is under way is not started again."""
    Round.objects.select_for_update().get(pk=round_.pk)
    found = Draft.objects.filter(round=round_).first() or Draft(round=round_)
    if under_way(found.job):
        return found
    found.asked_at, found.made_at, found.stamp = timezone.now(), None, name or _name(round_)
    found.save()
    cache.delete(_progress(found.pk))
    found.job = enqueue_named(PREPARE, found.pk)
    found.save(update_fields=["job"])
    return found


def prepare(pk: int) -> None:
    """Work out a result that is waited for; a job that comes twice finds it done."""
    found = Draft.objects.filter(pk=pk).first()
    if found is None or found.made_at is not None:
        return
    with snapshot():
        round_ = Round.objects.select_related("framework").prefetch_related("windows").get(pk=found.round_id)
        name = _name(round_)
        result = round_scored(
            round_, lambda done, total: cache.set(_progress(pk), (done, total), PROGRESS_S)
        )  # fmt: skip
    _keep(result, name, found.round_id)
    Draft.objects.filter(pk=pk).update(file=name, stamp=name, made_at=timezone.now())


def _progress(pk: int) -> str:
    return f"draft-{pk}"
