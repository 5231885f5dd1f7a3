"""What is done with the result of a round: let findings stand, freeze and sign it or take that back, publish."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.errors import ZhihengError
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.exports import stamp_of
from zhiheng_web.assessments.snapshot import snapshot
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.language import listed, site_language
from zhiheng_web.refusals import Refused
from zhiheng_web.results.checks import Found, checks
from zhiheng_web.results.engine import Frozen, write_frozen
from zhiheng_web.results.models import Finalisation, Publication, Snapshot, Waiver
from zhiheng_web.results.permissions import finalises, publishes
from zhiheng_web.results.queries import extras, moment, place, publication_of, snapshot_of
from zhiheng_web.rounds.actions import Stale, move_round, notify_units
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Notice, Round

FINALISE = "zhiheng_web.results.tasks.finalise_round"
PUBLIC_STAGES = (Stage.PUBLICATION, Stage.RECTIFICATION)
"""Stages in which a result may be public."""
PROGRESS_S = 3600
"""How long a figure of progress is kept."""


class ResultRefused(Refused):
    """A result cannot be treated as asked."""

    code = "results.refused"


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where the finalisation of a round stands.

    Parameters
    ----------
    state
        `none`, `running`, `failed` or `done`.
    done, total
        Units done and units in all, while it runs.
    message
        Why it failed.
    """

    state: str
    done: int = 0
    total: int = 0
    message: str = ""


def _finalising(by: User) -> None:
    if not finalises(by):
        raise NotAllowed(_("只有省级管理员可以定稿和发布。"))


def _locked(round_: Round, *stages: Stage) -> Round:
    found = Round.objects.select_for_update(of=("self",)).select_related("framework").get(pk=round_.pk)
    if Stage(found.stage) not in stages:
        words = {"stage": Stage(found.stage).label}
        raise ResultRefused(_("考核轮次处于“%(stage)s”阶段，不能进行这项操作。") % words)
    return found


@transaction.atomic
def waive(by: User, round_: Round, found: Found, reason: str) -> Waiver:
    """Let a finding stand, with a reason. Refused: no reason, another stage than finalisation, people without right."""
    _finalising(by)
    locked = _locked(round_, Stage.FINALISATION)
    if not reason.strip():
        raise ResultRefused(_("请说明理由。"))
    made, fresh = Waiver.objects.get_or_create(
        round=locked, key=found.key, defaults={"message": found.message, "reason": reason.strip(), "by": by}
    )
    if not fresh:
        raise Stale(_("其他人已经处理了这个问题。"))
    record("result.waive", made, name=f"{locked.title} {found.message}", after={"reason": made.reason})
    return made


@transaction.atomic
def take_up(by: User, round_: Round, key: str) -> None:
    """Open a finding again that somebody let stand. Refused: another stage, people without right, no such finding."""
    _finalising(by)
    locked = _locked(round_, Stage.FINALISATION)
    made = Waiver.objects.filter(round=locked, key=key).first()
    if made is None:
        raise ResultRefused(_("这个问题已经恢复为未处理。"))
    record("result.take_up", made, name=f"{locked.title} {made.message}", before={"reason": made.reason})
    made.delete()


def standing(round_: Round) -> Standing:
    """Return where the finalisation of a round stands."""
    found = Finalisation.objects.filter(round=round_).first()
    if found is None:
        return Standing("none")
    if found.ended_at is None and under_way(found.job):
        done, total = cache.get(_key(found.pk)) or (0, round_.units.count())
        return Standing("running", done, total)
    if found.message:
        return Standing("failed", message=found.message)
    if found.ended_at is None:
        return Standing("failed", message=_("定稿没有完成，请重新定稿；仍不成功的，请联系系统管理员查看后台任务。"))
    return Standing("done" if snapshot_of(round_) else "none")


@transaction.atomic
def ask_finalise(by: User, round_: Round, findings: Sequence[Found] | None) -> Finalisation:
    """
    Have a round finalised in the background; a second press finds the job of the first.

    Parameters
    ----------
    by, round_
        Who finalises what.
    findings
        What the library found, or None where that is not known yet: the job looks again in any case.

    Notes
    -----
    Refused: another stage than finalisation, a check that does not pass, people without right.
    """
    _finalising(by)
    # Two who press at once take turns, so that the second sees the job of the first.
    locked = _locked(round_, Stage.FINALISATION)
    found = Finalisation.objects.filter(round=locked).first() or Finalisation(round=locked)
    if found.ended_at is None and under_way(found.job):
        return found
    _all_passed(locked, findings)
    found.by, found.asked_at, found.ended_at, found.message = by, timezone.now(), None, ""
    found.save()
    cache.delete(_key(found.pk))
    found.job = enqueue_named(FINALISE, found.pk)
    found.save(update_fields=["job"])
    record("result.ask", locked)
    return found


def _all_passed(round_: Round, findings: Sequence[Found] | None) -> None:
    failed = [check for check in checks(round_, findings) if check.left]
    if failed:
        raise ResultRefused(_("还不能定稿：%(checks)s。") % {"checks": listed(c.title for c in failed)})


def finalise(pk: int) -> None:
    """
    Write, sign and verify the snapshot of a round, and go on to publication.

    A job that was cut off starts over; one that ended before does nothing. What is refused is kept as a message for
    who asked.
    """
    found = Finalisation.objects.select_related("round__framework", "by").filter(pk=pk).first()
    if found is None or found.ended_at is not None:
        return
    who = Actor(found.by.username, found.by.full_name, found.by.role)
    try:
        with acting(who):
            _freeze(found)
    except ZhihengError as error:
        Finalisation.objects.filter(pk=pk).update(message=error.message, ended_at=timezone.now())


def _freeze(found: Finalisation) -> None:
    folder = place()
    _sweep(folder, found.round_id)
    # All that comes before the finished file lies in one folder, which the next job finds if this one is killed.
    work = folder / f"{found.round_id}-{secrets.token_hex(8)}.work"
    work.mkdir(mode=0o700)
    part = work / "snapshot.zhiheng"
    try:
        with snapshot():
            round_ = Round.objects.select_related("framework").get(pk=found.round_id)
            stamp, made_at = stamp_of(round_), moment(round_)
            more = extras(round_)
            made = write_frozen(
                round_, part, made_at, more, lambda done, total: cache.set(_key(found.pk), (done, total), PROGRESS_S)
            )
        # The same content gives the same name: a job that starts over after the rename finds its own file.
        name = f"{found.round_id}-{made.sha256[:32]}.zhiheng"
        part.replace(folder / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _keep_name(folder)
    _store(found, stamp, name, made)


@transaction.atomic
def _store(found: Finalisation, stamp: str, name: str, made: Frozen) -> None:
    locked = _locked(found.round, Stage.FINALISATION)
    if stamp_of(locked) != stamp:
        raise ResultRefused(_("定稿期间本轮次的内容有变化，没有定稿。请重新检查后再定稿。"))
    _all_passed(locked, made.findings)
    kept = Snapshot.objects.create(
        round=locked, file=name, sha256=made.sha256, size=made.size, key_id=made.key_id, public_key=made.public_key,
        result_hash=made.result_hash, made_by=found.by,
    )  # fmt: skip
    move_round(found.by, locked, Stage.PUBLICATION)
    record("result.finalise", kept, name=locked.title, after={
        "sha256": made.sha256, "size": made.size, "hash": made.result_hash,
    })  # fmt: skip
    Finalisation.objects.filter(pk=found.pk).update(ended_at=timezone.now(), message="")


def _keep_name(folder: Path) -> None:
    """Have the new name on the disk before a row says that it is there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(folder: Path, round_pk: int) -> None:
    """Take away what a crash left behind of this round: work that was cut off, files that no snapshot names."""
    named = set(Snapshot.objects.filter(round=round_pk).values_list("file", flat=True))
    for path in folder.glob(f"{round_pk}-*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in named:
            path.unlink(missing_ok=True)


def _key(pk: int) -> str:
    return f"finalisation-{pk}"


@transaction.atomic
def reopen(by: User, round_: Round, reason: str) -> Round:
    """
    Go back from publication to finalisation, with a reason; the snapshot is kept as superseded.

    Refused: a result that is public, no reason, another stage, people without right.
    """
    _finalising(by)
    locked = _locked(round_, Stage.PUBLICATION)
    if publication_of(locked) is not None:
        raise ResultRefused(_("结果已经发布。请先撤回发布，再退回定稿。"))
    moved = move_round(by, locked, Stage.FINALISATION, reason=reason)
    for each in Snapshot.objects.filter(round=locked, superseded_at=None):
        each.superseded_at, each.superseded_by, each.superseded_reason = timezone.now(), by, reason.strip()
        each.save(update_fields=["superseded_at", "superseded_by", "superseded_reason"])
        record("result.supersede", each, name=locked.title, after={"sha256": each.sha256, "reason": reason.strip()})
    return moved


@dataclass(frozen=True, slots=True)
class Choice:
    """
    What is to be public.

    Parameters
    ----------
    detail, masks
        Values of `Publication.Detail` and `Publication.Masks`.
    note
        Words above the table.
    """

    detail: str
    masks: str
    note: str = ""


@transaction.atomic
def publish(by: User, round_: Round, choice: Choice) -> Publication:
    """
    Make the signed result public, and tell the units.

    Refused: a round that is not finalised, one that is public already, a note that names a unit whose name is to be
    hidden, people without right.
    """
    if not publishes(by):
        raise NotAllowed(_("只有省级管理员可以定稿和发布。"))
    locked = _locked(round_, *PUBLIC_STAGES)
    kept = snapshot_of(locked)
    if kept is None:
        raise ResultRefused(_("本轮次还没有定稿，不能发布。"))
    if publication_of(locked) is not None:
        raise ResultRefused(_("结果已经发布。需要改变公开内容的，请先撤回。"))
    note = choice.note.strip()
    if choice.masks != Publication.Masks.NONE:
        _names_nobody(locked, note)
    made = Publication.objects.create(
        round=locked, snapshot=kept, detail=choice.detail, masks=choice.masks, note=note,
        salt=secrets.token_hex(32), published_by=by,
    )  # fmt: skip
    record("result.publish", made, name=locked.title, after={
        "detail": made.detail, "masks": made.masks, "note": note, "sha256": kept.sha256,
    })  # fmt: skip
    with site_language():
        title = _("“%(round)s”的结果已发布") % {"round": locked.title}
    notify_units(locked, list(locked.units.values_list("unit_id", flat=True)), "published", title)
    # The notice leads to the result of the unit rather than to what it filled in.
    Notice.objects.filter(round=locked, kind="published").update(link=f"/rounds/{locked.code}/results/")
    return made


def _names_nobody(round_: Round, note: str) -> None:
    known = round_.units.values_list("name", "full_name", "code")
    named = [names[0] for names in known if any(word and word in note for word in names)]
    if named:
        raise ResultRefused(_("说明中出现了要隐去的单位：%(names)s。") % {"names": listed(named[:10])})


@transaction.atomic
def withdraw(by: User, round_: Round, reason: str) -> Publication:
    """Take a result out of the public, with a reason. Refused: none is public, no reason, people without right."""
    if not publishes(by):
        raise NotAllowed(_("只有省级管理员可以定稿和发布。"))
    locked = _locked(round_, *PUBLIC_STAGES)
    found = publication_of(locked)
    if found is None:
        raise ResultRefused(_("结果没有公开发布。"))
    if not reason.strip():
        raise ResultRefused(_("请说明理由。"))
    found.withdrawn_at, found.withdrawn_by, found.reason = timezone.now(), by, reason.strip()
    found.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
    record("result.withdraw", found, name=locked.title, after={"reason": found.reason})
    return found
