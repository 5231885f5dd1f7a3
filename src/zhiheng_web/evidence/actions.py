"""What is done to files: checked before they are kept, kept once by content, and listed in one transaction."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.evidence import hooks
from zhiheng_web.evidence.inspection import EvidenceRefusedError, Inspected, inspect_file, safe_name
from zhiheng_web.evidence.models import EvidenceFile, Likeness, Reading
from zhiheng_web.evidence.queries import limits
from zhiheng_web.evidence.store import deliver, put
from zhiheng_web.evidence.wording import why
from zhiheng_web.language import listed
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import locked_unit
from zhiheng_web.rounds.machine import Act, NotAllowed, Stage, after
from zhiheng_web.rounds.models import RoundUnit
from zhiheng_web.rounds.queries import situation

if TYPE_CHECKING:
    from django.core.files.uploadedfile import TemporaryUploadedFile


class EvidenceRefused(Refused):
    """A file is not kept; the code says why."""

    code = "evidence.refused"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        if code:
            self.code = code


def inspect(path: Path, name: str) -> Inspected:
    """Check a file that waits outside the store. Refused: everything that `inspect_file` refuses (EvidenceRefused)."""
    try:
        return inspect_file(path, name, limits())
    except EvidenceRefusedError as error:
        raise EvidenceRefused(_("“%(name)s”：%(why)s") % {"name": name[:80], "why": why(error)}, error.code) from error


def take_upload(
    by: User, round_unit: RoundUnit, upload: TemporaryUploadedFile, *, now: datetime | None = None
) -> EvidenceFile:
    """
    Check and keep an uploaded file for a unit.

    The check and the way to a store elsewhere take long, so they come before any row is locked; what could be refused
    then is refused before them as well. A file that the unit already has is not kept twice. Refused: content
    (EvidenceRefused), what stage, state and deadline do not allow (NotAllowed, TooLate), a store without answer
    (StoreAway).
    """
    may_edit(by, round_unit, now)
    path = Path(upload.temporary_file_path())
    inspected = inspect(path, upload.name or "")
    if not EvidenceFile.objects.filter(round_unit=round_unit, sha256=inspected.sha256).exists():
        refuse_too_many(round_unit)
        deliver(path, inspected.sha256)
    return keep(by, round_unit, path, upload.name or "", inspected, now=now)


def may_edit(by: User, row: RoundUnit, now: datetime | None = None) -> None:
    """Refuse what stage, state and deadline of a unit do not allow (NotAllowed, TooLate)."""
    after(handing_in(row), situation(row), role=by.role, own_unit=by.unit_id == row.unit_id, now=now or timezone.now())


def handing_in(row: RoundUnit) -> Act:
    """Return with which act files come in: with answers, and with objections and rectification in their stages."""
    acts = {Stage.OBJECTION: Act.OBJECT, Stage.RECTIFICATION: Act.PROVE}
    return acts.get(Stage(row.round.stage), Act.EDIT)


def refuse_too_many(row: RoundUnit) -> None:
    """Refuse one more file for a unit that has as many as it may (EvidenceRefused)."""
    if EvidenceFile.objects.filter(round_unit=row).count() >= settings.MAX_FILES_PER_UNIT:
        most = settings.MAX_FILES_PER_UNIT
        raise EvidenceRefused(_("每个单位最多上传%(most)d份材料，请先删除不用的。") % {"most": most}, "evidence.count")


@transaction.atomic
def keep(
    by: User, round_unit: RoundUnit, path: Path, name: str, inspected: Inspected, *, now: datetime | None = None
) -> EvidenceFile:
    """Keep a checked file: first its content, then its row; a crash in between leaves content that nobody lists."""
    row = locked_unit(round_unit.pk)
    may_edit(by, row, now)
    return list_file(by, row, path, name, inspected)


def list_file(by: User, row: RoundUnit, path: Path, name: str, inspected: Inspected) -> EvidenceFile:
    """List a checked file for a locked unit."""
    there = EvidenceFile.objects.filter(round_unit=row, sha256=inspected.sha256).first()
    if there is not None:
        return there
    refuse_too_many(row)
    file = EvidenceFile(
        round_unit=row,
        name=_free_name(row, safe_name(name)),
        sha256=inspected.sha256,
        size=inspected.size,
        kind=inspected.kind,
        mime=inspected.mime,
        pages=inspected.pages,
        width=inspected.width,
        height=inspected.height,
        uploaded_by=by,
    )
    put(path, file.sha256)
    file.save()
    after_ = {"name": file.name, "sha256": file.sha256, "size": file.size, "kind": file.kind}
    record("evidence.add", file, name=f"{row.name} {file.name}", after=after_)
    hooks.tell_kept(file.pk)
    return file


def list_again(by: User, row: RoundUnit, file: EvidenceFile) -> EvidenceFile:
    """List a file of another round of the same unit for a locked unit; its content is kept already and stays as is."""
    there = EvidenceFile.objects.filter(round_unit=row, sha256=file.sha256).first()
    if there is not None:
        return there
    refuse_too_many(row)
    kept = ("sha256", "size", "kind", "mime", "pages", "width", "height")
    again = EvidenceFile(
        round_unit=row, name=_free_name(row, file.name), uploaded_by=by, **{name: getattr(file, name) for name in kept}
    )
    again.save()
    after_ = {"name": again.name, "sha256": again.sha256, "size": again.size, "kind": again.kind}
    record("evidence.add", again, name=f"{row.name} {again.name}", after=after_)
    hooks.tell_kept(again.pk)
    return again


def _free_name(row: RoundUnit, name: str) -> str:
    """Return the name, with a number where the unit has another file of that name."""
    taken = set(EvidenceFile.objects.filter(round_unit=row).values_list("name", flat=True))
    stem, dot, extension = name.rpartition(".")
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{stem}（{number}）{dot}{extension}"
    return free


@transaction.atomic
def remove(by: User, file: EvidenceFile, *, now: datetime | None = None) -> None:
    """
    Take a file off the list of its unit; its content goes when nobody lists it any more.

    Refused: a file that an item, an objection or a rectification names (EvidenceRefused), and what stage, state and
    deadline do not allow; with objections and in rectification only what was handed in for them goes.
    """
    row = locked_unit(file.round_unit_id)
    may_edit(by, row, now)
    if file.attachments.exists():
        points = sorted(set(file.attachments.values_list("item__answer__point", flat=True)))
        words = {"points": listed(points)}
        raise EvidenceRefused(_("第%(points)s项正在使用这份材料，请先在该项中移除。") % words, "evidence.used")
    if file.objections.exists():
        raise EvidenceRefused(_("有申诉正在使用这份材料，不能删除。"), "evidence.used")
    if file.rectifications.exists():
        raise EvidenceRefused(_("有整改事项正在使用这份材料，不能删除。"), "evidence.used")
    if row.round.stage == Stage.OBJECTION and not _handed_in_now(row, file):
        raise EvidenceRefused(_("自评阶段上传的材料不能再删除。"), "evidence.used")
    if row.round.stage == Stage.RECTIFICATION and not _handed_in_to_rectify(row, file):
        raise EvidenceRefused(_("整改阶段以前上传的材料不能再删除。"), "evidence.used")
    record("evidence.remove", file, name=f"{row.name} {file.name}", before={"name": file.name, "sha256": file.sha256})
    alike = set(Likeness.objects.filter(other=file).values_list("file", flat=True))
    file.delete()
    hooks.tell_likeness_changed(alike)


def _handed_in_now(row: RoundUnit, file: EvidenceFile) -> bool:
    """Return whether a file came after the self-assessment was accepted."""
    return file.uploaded_at > row.state_at


def _handed_in_to_rectify(row: RoundUnit, file: EvidenceFile) -> bool:
    """Return whether a file came after the first rectification item was issued, which happens in that stage alone."""
    return row.rectifications.filter(issued_at__lt=file.uploaded_at).exists()


@transaction.atomic
def dismiss(by: User, likeness: Likeness, reason: str) -> None:
    """
    Record that files that look alike may stand, in both directions; answers that use them lose the mark.

    Refused: no reason, people outside the office.
    """
    if by.role not in {"verifier", "administrator"}:
        raise NotAllowed(_("只有核查员和省级管理员可以处理雷同提示。"))
    if not reason.strip():
        raise EvidenceRefused(_("请说明理由。"))
    both = Likeness.objects.filter(
        Q(pk=likeness.pk) | Q(file=likeness.other_id, other=likeness.file_id), dismissed_at=None
    ).select_related("file", "other")
    for each in both:
        each.dismissed_at, each.dismissed_by, each.reason = timezone.now(), by, reason.strip()[:300]
        each.save(update_fields=["dismissed_at", "dismissed_by", "reason"])
        record("evidence.dismiss", each, after={"reason": each.reason})
    hooks.tell_likeness_changed({likeness.file_id, likeness.other_id})


@transaction.atomic
def note_reading(by: User, file: EvidenceFile) -> None:
    """Record that a person read a file: one entry for each person, file and day, however many pages are turned."""
    day = timezone.localdate()
    if Reading.objects.filter(user=by, file=file, day=day).exists():
        return
    # Of two requests of the same moment one makes the row, and only that one makes the entry.
    made = Reading.objects.get_or_create(user=by, file=file, day=day)[1]
    if made:
        record("evidence.read", file, name=f"{file.round_unit.name} {file.name}"[:300])
