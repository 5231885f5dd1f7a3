"""Takes a workbook in, checks it, and applies it as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.assessment.claims import Claim
from zhiheng.errors import InputError
from zhiheng.framework.model import Framework
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.actions import FaultyAnswer, Given, GivenItem, keep_answer, recount
from zhiheng_web.assessments.queries import answers_of, claim_of, previous_answers
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence.actions import EvidenceRefused, inspect, list_file, may_edit
from zhiheng_web.evidence.inspection import EvidenceRefusedError, Inspected, Member, safe_name, unpack_archive
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.queries import limits
from zhiheng_web.evidence.store import deliver
from zhiheng_web.evidence.wording import why
from zhiheng_web.exchange import engine
from zhiheng_web.exchange.matching import Sent, matched
from zhiheng_web.exchange.models import WorkbookImport
from zhiheng_web.exchange.plain import from_plain, to_plain
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.jobs.queue import enqueue_named
from zhiheng_web.language import clauses
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale, locked_unit
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import situation

IMPORTS = "imports"
WORKBOOK, ARCHIVE, MEMBERS = "workbook.xlsx", "archive.zip", "members"
CHECK = "zhiheng_web.exchange.tasks.check_import"
State = WorkbookImport.State
WAITING = (State.CHECKING, State.READY)
MOST_WAITING = 5
"""Imports of a unit that may wait at the same time: each takes as much room as its archive unpacked."""


class ImportRefused(Refused):
    """A workbook cannot be taken in or applied."""

    code = "exchange.refused"


def place_of(found: WorkbookImport) -> Path:
    """Return the folder where the files of an import wait."""
    return Path(settings.UPLOADS) / IMPORTS / found.folder


def take_in(
    by: User, round_unit: RoundUnit, workbook: TemporaryUploadedFile, archive: TemporaryUploadedFile | None = None
) -> WorkbookImport:
    """
    Keep an uploaded workbook and its archive aside, and have them checked; with an archive in the background.

    Nothing of the unit changes. Refused: what stage, state and deadline do not allow, more than a few that wait
    (ImportRefused).
    """
    may_edit(by, round_unit)
    _refuse_too_many(round_unit)
    found = WorkbookImport(
        round_unit=round_unit,
        made_by=by,
        folder=secrets.token_hex(16),
        workbook_name=safe_name(workbook.name or ""),
        archive_name=safe_name(archive.name or "") if archive else "",
    )
    place = place_of(found)
    try:
        place.mkdir(mode=0o700, parents=True)
        shutil.copyfile(workbook.temporary_file_path(), place / WORKBOOK)
        if archive is not None:
            shutil.copyfile(archive.temporary_file_path(), place / ARCHIVE)
        _list(by, found)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    if archive is None:
        check(found)
    return found


@transaction.atomic
def _list(by: User, found: WorkbookImport) -> None:
    row = locked_unit(found.round_unit_id)
    may_edit(by, row)
    _refuse_too_many(row)
    found.save()
    record("workbook.upload", found, name=f"{row.name} {found.workbook_name}")
    if found.archive_name:
        enqueue_named(CHECK, found.pk)


def _refuse_too_many(row: RoundUnit) -> None:
    if WorkbookImport.objects.filter(round_unit=row, state__in=WAITING).count() >= MOST_WAITING:
        most = MOST_WAITING
        raise ImportRefused(
            _("本单位已有%(most)d次导入等待确认，请先确认或者放弃，再上传新的工作簿。") % {"most": most}
        )


def check(found: WorkbookImport) -> None:
    """
    Read a workbook, check the files of its archive, and compare all with what the unit has; safe to repeat.

    A workbook that cannot be read at all makes the import fail with the reason; so does an error of the site, which
    goes on to whoever watches over it.
    """
    framework = framework_of(found.round_unit.round.framework)
    try:
        filled = engine.read(place_of(found) / WORKBOOK, framework)
        members = _members(found)
        _compare(found, framework, filled, _inspected(found, members))
    except InputError as error:
        _end_check(found, _refusal(error))
    except EvidenceRefusedError as error:
        _end_check(found, why(error))
    except Exception:
        _end_check(found, _("检查时系统出错，没有完成。请重新上传；仍不行的，请告诉系统管理员。"))
        raise
    else:
        _end_check(found)


def _end_check(found: WorkbookImport, failure: str = "") -> None:
    """Write how a check ended, unless somebody dropped the import meanwhile."""
    if failure:
        found.state, found.message, found.finished_at = State.FAILED, failure, timezone.now()
    fields = ("state", "message", "unit_version", "claims", "files", "changes", "problems", "finished_at")
    written = WorkbookImport.objects.filter(pk=found.pk, state=State.CHECKING).update(
        **{field: getattr(found, field) for field in fields}
    )
    if failure or not written:
        shutil.rmtree(place_of(found), ignore_errors=True)


def _refusal(error: InputError) -> str:
    return clauses([error.message, *(problem.message for problem in error.problems)])


def _members(found: WorkbookImport) -> tuple[Member, ...]:
    if not found.archive_name:
        return ()
    folder = place_of(found) / MEMBERS
    shutil.rmtree(folder, ignore_errors=True)
    return unpack_archive(place_of(found) / ARCHIVE, folder, limits())


def _inspected(found: WorkbookImport, members: Sequence[Member]) -> list[dict[str, Any]]:
    """Check each file in a process of its own, some side by side, and tell how far it got."""
    WorkbookImport.objects.filter(pk=found.pk).update(total=len(members), done=0)
    files = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, (member, seen) in enumerate(zip(members, pool.map(_seen, members), strict=True), 1):
            name = str(member.path.relative_to(place_of(found)))
            files.append({"name": member.name, "point": member.point, "path": name, **seen})
            WorkbookImport.objects.filter(pk=found.pk).update(done=done)
    return files


def _seen(member: Member) -> dict[str, Any]:
    try:
        seen = inspect(member.path, member.name)
    except EvidenceRefused as error:
        return {"error": error.message}
    return {
        "error": "", "kind": seen.kind, "mime": seen.mime, "extension": seen.extension, "size": seen.size,
        "sha256": seen.sha256, "pages": seen.pages, "width": seen.width, "height": seen.height,
    }  # fmt: skip


def _compare(found: WorkbookImport, framework: Framework, filled: engine.Filled, files: list[dict[str, Any]]) -> None:
    row = RoundUnit.objects.select_related("round").get(pk=found.round_unit_id)
    there = dict(EvidenceFile.objects.filter(round_unit=row).values_list("name", "sha256"))
    sent = [Sent(f["name"], f["point"], f["error"]) for f in files]
    claims, unmatched, used = matched(framework, filled.claims, sent, list(there))
    fresh = {f["name"] for f in files if f["name"] in used and f.get("sha256") != there.get(f["name"])}
    before = {no: _set_apart(claim_of(answer, no), fresh) for no, answer in answers_of(row).items()}
    changed = {no: claim for no, claim in claims.items() if claim != before.get(no, Claim(no))}
    found.state = State.READY
    found.unit_version = row.version
    found.claims = [to_plain(claim) for _no, claim in sorted(changed.items())]
    found.files = [f | {"used": f["name"] in used} for f in files]
    found.changes = [
        {"point": c.point, "what": engine.WHAT_ZH[c.what], "old": c.old, "new": c.new}
        for c in engine.changes(framework, before, claims)
    ]
    found.problems = [
        *_strangers(filled, row),
        *({"sheet": p.sheet, "cell": p.cell, "message": p.message, "severity": p.severity} for p in filled.problems),
        *unmatched,
    ]


def _set_apart(claim: Claim, fresh: Collection[str]) -> Claim:
    """Return a claim whose files are told apart from files of the same name and another content that were sent."""
    items = tuple(
        replace(item, materials=tuple(
            replace(m, file=_("%(name)s（原有文件）") % {"name": m.file}) if m.file in fresh else m
            for m in item.materials
        ))
        for item in claim.items
    )  # fmt: skip
    return replace(claim, items=items)


def _strangers(filled: engine.Filled, row: RoundUnit) -> list[dict[str, Any]]:
    """Return what is wrong with where a workbook comes from."""
    identity = filled.identity
    if (identity.round_code, identity.unit_code) != (row.round.code, row.code):
        words = {"round": identity.round_code, "unit": identity.unit_code}
        message = _("这份工作簿属于轮次“%(round)s”的单位“%(unit)s”，不是本单位本轮次的工作簿") % words
        return [{"sheet": "", "cell": "", "message": message, "severity": "error"}]
    if identity.revision != str(row.version):
        message = _("下载工作簿之后，网页上的填报有过改动；以下差异按现在网页上的内容比较，请逐条核对")
        return [{"sheet": "", "cell": "", "message": message, "severity": "warning"}]
    return []


def apply(by: User, found: WorkbookImport, *, now: datetime | None = None) -> int:
    """
    Write everything that an import changes, or nothing, and return how many points changed.

    The content of its files is stored before any row is locked, because that may take long. Refused: errors among its
    problems, an import that is not waiting (ImportRefused), a unit that changed since the comparison (Stale), what
    stage, state and deadline do not allow, and what `deliver` refuses.
    """
    row = RoundUnit.objects.select_related("round__framework", "unit").get(pk=found.round_unit_id)
    found = WorkbookImport.objects.get(pk=found.pk)
    _refuse_unready(by, row, found, now)
    for file in found.files:
        if file["used"]:
            deliver(place_of(found) / file["path"], file["sha256"])
    return _write(by, found, now)


def _refuse_unready(by: User, row: RoundUnit, found: WorkbookImport, now: datetime | None) -> None:
    may_edit(by, row, now)
    if found.state != State.READY:
        raise ImportRefused(_("这次导入不在待确认状态。"))
    if found.errors:
        raise ImportRefused(_("还有%(count)d处错误，不能导入。请改正后重新上传。") % {"count": found.errors})
    if found.unit_version != row.version:
        raise Stale(_("核对期间网页上的填报又有改动，请重新上传工作簿再核对。"))


@transaction.atomic
def _write(by: User, found: WorkbookImport, now: datetime | None) -> int:
    row = locked_unit(found.round_unit_id)
    found = WorkbookImport.objects.select_for_update().get(pk=found.pk)
    _refuse_unready(by, row, found, now)
    names = _keep_files(by, row, found)
    for data in found.claims:
        claim = from_plain(data)
        _keep_claim(by, row, claim, names)
    recount(row)
    found.state, found.finished_at = State.APPLIED, timezone.now()
    found.save(update_fields=["state", "finished_at"])
    record("workbook.apply", found, name=f"{row.name} {found.workbook_name}", after={
        "points": [data["point"] for data in found.claims], "files": len(names),
    })  # fmt: skip
    transaction.on_commit(lambda: shutil.rmtree(place_of(found), ignore_errors=True))
    return len(found.claims)


def _keep_files(by: User, row: RoundUnit, found: WorkbookImport) -> Mapping[str, int]:
    """List the files of the archive that are used; return the keys of all files of the unit by name."""
    kept = {file.name: file.pk for file in EvidenceFile.objects.filter(round_unit=row)}
    for file in found.files:
        if file["used"]:
            seen = Inspected(**{k: file[k] for k in Inspected.__slots__})
            kept[file["name"]] = list_file(by, row, place_of(found) / file["path"], file["name"], seen).pk
    return kept


def _keep_claim(by: User, row: RoundUnit, claim: Claim, names: Mapping[str, int]) -> None:
    gone = [m.file for m in claim.materials if m.file not in names]
    if gone:
        raise ImportRefused(_("材料“%(file)s”在核对期间被删除，请重新上传工作簿再核对。") % {"file": gone[0]})
    items = tuple(
        GivenItem(i.text, i.date, i.component, i.count, tuple((names[m.file], m.pages) for m in i.materials))
        for i in claim.items
    )
    try:
        keep_answer(by, row, claim.point, Given(claim.stance, claim.mark, claim.value, claim.note, items), version=None)
    except FaultyAnswer as error:
        raise ImportRefused(_("第%(point)d项：%(why)s") % {"point": claim.point, "why": error.message}) from error


@transaction.atomic
def drop(by: User, found: WorkbookImport) -> None:
    """Throw an import away before it is applied. Refused: people of other units, one that is finished."""
    found = WorkbookImport.objects.select_for_update().get(pk=found.pk)
    if by.role != Role.FILLER or by.unit_id != found.round_unit.unit_id:
        raise ImportRefused(_("只有本单位的填报员可以放弃这次导入。"))
    if found.state not in WAITING:
        raise ImportRefused(_("这次导入已经结束。"))
    _drop(found)


def expire(state: WorkbookImport.State, before: datetime) -> None:
    """End imports in a state that were made before a moment, each in a transaction and with an entry of its own."""
    for pk in WorkbookImport.objects.filter(state=state, made_at__lt=before).values_list("pk", flat=True):
        with transaction.atomic():
            found = WorkbookImport.objects.select_for_update(of=("self",)).select_related("round_unit").get(pk=pk)
            if found.state == state:
                _drop(found)


def _drop(found: WorkbookImport) -> None:
    found.state, found.finished_at = State.DROPPED, timezone.now()
    found.save(update_fields=["state", "finished_at"])
    record("workbook.drop", found, name=f"{found.round_unit.name} {found.workbook_name}")
    transaction.on_commit(lambda: shutil.rmtree(place_of(found), ignore_errors=True))


def write_workbook(row: RoundUnit, path: Path) -> None:
    """Write the workbook of a unit as its answers stand, with the marks it claimed in the round before."""
    framework = framework_of(row.round.framework)
    due = situation(row).deadline
    sheet = engine.UnitSheet(
        round_code=row.round.code,
        round_title=row.round.title,
        unit_code=row.code,
        unit_name=row.full_name or row.name,
        period=row.round.period,
        label=row.round.label,
        due=f"{timezone.localtime(due):%Y-%m-%d %H:%M}" if due else "",
        revision=row.version,
    )
    claims = {no: claim_of(answer, no) for no, answer in answers_of(row).items()}
    before = {no: framework.scale.text(a.claimed) for no, a in previous_answers(row).items() if a.stance}
    engine.write(framework, sheet, claims, path, before)
