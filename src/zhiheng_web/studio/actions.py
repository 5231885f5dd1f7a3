"""What people do in the studio: change a paragraph, take that back, confirm it, and ask for a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.audit.actions import record
from zhiheng_web.jobs.queue import enqueue_named, under_way
from zhiheng_web.refusals import Refused
from zhiheng_web.rounds.actions import Stale
from zhiheng_web.rounds.machine import NotAllowed, Stage
from zhiheng_web.rounds.models import Round
from zhiheng_web.studio.engine import check, edit_rows, edits_digest
from zhiheng_web.studio.models import Edit, EditStep, Report, Section, Version
from zhiheng_web.studio.permissions import edits_reports
from zhiheng_web.studio.queries import edits_of, report_of

MAKE = "zhiheng_web.studio.tasks.make_version"
LOGGED = 300
"""Characters of a text that go into the log; the history of the edit keeps it whole."""


class StudioRefused(Refused):
    """A report cannot be treated as asked."""

    code = "studio.refused"


@dataclass(frozen=True, slots=True)
class Change:
    """
    What somebody wants at a paragraph.

    Parameters
    ----------
    section, key
        Where.
    place
        `own` for the paragraph itself, `after` for what is added after it.
    version
        Of the edit that he had before him; 0 for none.
    basis
        Fingerprint of the generated paragraph that he had before him.
    act, text, reason
        `replace`, `remove` or `after`, and the words.
    """

    section: str
    key: str
    place: str
    version: int
    basis: str = ""
    act: str = ""
    text: str = ""
    reason: str = ""


def _locked(by: User, round_: Round) -> Round:
    if not edits_reports(by):
        raise NotAllowed(_("只有省级管理员可以修订报告、生成版本。"))
    # Two who write at once take turns.
    locked = Round.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if locked.stage == Stage.PREPARATION:
        raise StudioRefused(_("考核轮次还没有启动，没有报告。"))
    return locked


def _kept(round_: Round, change: Change) -> Edit | None:
    found = Edit.objects.filter(round=round_, key=change.key, place=change.place).first()
    if (found.version if found else 0) != change.version:
        raise Stale(_("其他人刚刚修订了这一段，请刷新后再改；您写的文字还在输入框里，可以先复制。"))
    return found


def _paragraph(round_: Round, change: Change) -> tuple[Report, Section, dict[str, Any]]:
    report = report_of(round_)
    section = Section.objects.filter(report=report, key=change.section).first() if report else None
    block = next((b for b in section.blocks if b.get("key") == change.key), None) if section else None
    if report is None or section is None or block is None or block["kind"] != "paragraph":
        raise StudioRefused(_("报告中没有这一段，请刷新页面。"))
    return report, section, block


@transaction.atomic
def save_edit(by: User, round_: Round, change: Change) -> Edit | None:
    """
    Keep what somebody wrote at a paragraph, with its history; the generated words bring the paragraph back.

    An edit that is flagged stays so until it is confirmed (`confirm_edit`), however its words change. Refused: a
    paragraph or an edit that changed meanwhile (Stale), words that cannot be printed, people without right.
    """
    locked = _locked(by, round_)
    found = _kept(locked, change)
    report, section, block = _paragraph(locked, change)
    text = change.text.replace("\t", " ").strip()
    empty = not text if change.act == "after" else change.act == "replace" and text == block["text"]
    if empty:
        return _taken_back(by, locked, found) if found and found.act else found
    fresh = found is None or not found.act
    if fresh and change.basis != block["basis"]:
        raise Stale(_("生成稿刚刚更新，请刷新页面，对照新的生成稿再改。"))
    row = found or Edit(round=locked, key=change.key, place=change.place, version=0, by=by)
    before = {"text": row.text[:LOGGED], "act": row.act} if not fresh else None
    old = (row.act, row.text, row.reason)
    row.act, row.text, row.reason, row.section = change.act, text, change.reason, section.title
    if fresh:
        row.generated, row.basis = block["text"], block["basis"]
    check(row, report)
    if (row.act, row.text, row.reason) == old:
        return found
    _step(by, row)
    after = {"text": row.text[:LOGGED], "act": row.act, "reason": row.reason}
    record("report.edit", row, name=f"{locked.title} {row.section}", before=before, after=after)
    return row


def _step(by: User, row: Edit) -> None:
    """Save an edit as the next of its versions."""
    row.by, row.at, row.version = by, timezone.now(), row.version + 1
    row.save()
    EditStep.objects.create(
        edit=row, version=row.version, act=row.act, text=row.text, reason=row.reason, generated=row.generated, by=by,
        at=row.at,
    )  # fmt: skip


def _taken_back(by: User, round_: Round, row: Edit) -> Edit:
    before = {"text": row.text[:LOGGED], "act": row.act}
    row.act = row.text = row.reason = row.generated = row.basis = ""
    _step(by, row)
    record("report.revert", row, name=f"{round_.title} {row.section}", before=before)
    return row


@transaction.atomic
def revert_edit(by: User, round_: Round, change: Change) -> Edit:
    """Bring the generated text back. Refused: an edit that changed meanwhile (Stale), none, people without right."""
    locked = _locked(by, round_)
    found = _kept(locked, change)
    if found is None or not found.act:
        raise StudioRefused(_("这一段没有修订。"))
    return _taken_back(by, locked, found)


@transaction.atomic
def confirm_edit(by: User, round_: Round, change: Change) -> Edit:
    """
    Let an edit stand against the text that is generated now.

    Refused: text or edit that changed meanwhile (Stale), no edit, people without right.
    """
    locked = _locked(by, round_)
    found = _kept(locked, change)
    if found is None or not found.act:
        raise StudioRefused(_("这一段没有修订。"))
    report, section, block = _paragraph(locked, change)
    if change.basis != block["basis"]:
        raise Stale(_("生成稿刚刚更新，请刷新页面，对照新的生成稿再改。"))
    before = {"text": found.generated[:LOGGED]}
    found.generated, found.basis, found.section = block["text"], block["basis"], section.title
    check(found, report)
    _step(by, found)
    record("report.confirm", found, name=f"{locked.title} {found.section}", before=before,
           after={"text": found.generated[:LOGGED]})  # fmt: skip
    return found


@transaction.atomic
def ask_version(by: User, round_: Round, note: str = "") -> Version:
    """
    Have a version made in the background; a second press finds the one that is under way.

    Refused: a round in preparation or without units, people without right.
    """
    locked = _locked(by, round_)
    if not locked.units.exists():
        raise StudioRefused(_("考核轮次还没有评价对象，没有报告。"))
    waiting = Version.objects.filter(round=locked, state=Version.State.WAITING).first()
    if waiting is not None and under_way(waiting.job):
        return waiting
    if waiting is not None:
        # Its job came to an end without a word: the worker was killed too often.
        waiting.state, waiting.message = Version.State.FAILED, _("生成中断，没有完成。")
        waiting.save(update_fields=["state", "message"])
    last = Version.objects.filter(round=locked).order_by("-number").values_list("number", flat=True).first()
    rows = edits_of(locked)
    made = Version.objects.create(
        round=locked, number=(last or 0) + 1, by=by, note=" ".join(note.split())[:200], edits=edit_rows(rows),
        edits_hash=edits_digest(rows),
    )  # fmt: skip
    made.job = enqueue_named(MAKE, made.pk)
    made.save(update_fields=["job"])
    record("report.ask", made, name=f"{locked.title} {made.number}", after={"count": len(rows), "note": made.note})
    return made
