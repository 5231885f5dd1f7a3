"""The finished round of the demonstration after its publication: items issued, reported, re-checked and returned."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.config.demonstration.answers import paper
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rectification.actions import (
    Report,
    close_item,
    return_item,
    save_report,
    submit_report,
    withdraw_item,
)
from zhiheng_web.rectification.issuing import Terms, ask_issue, issuable, issue_all, issue_one
from zhiheng_web.rectification.models import Issuing, RectificationItem
from zhiheng_web.results.queries import publication_of
from zhiheng_web.rounds.actions import move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

AT_LEAST = "1"
"""Marks that must have been lost at a point."""
REPORTED = 4
"""Units that report on some of their items."""
ENDS = ("close", "close", "return", "", "draft")
"""What becomes of the first items of each of them: closed, returned, left to be re-checked, only begun."""


def rectify_finished(code: str) -> None:
    """Take the published round into rectification with items in every state, unless that is done."""
    round_ = Round.objects.select_related("framework").filter(code=code).first()
    if round_ is None or publication_of(round_) is None:
        return
    administrator = User.objects.get(username="admin")
    if round_.stage == Stage.PUBLICATION:
        round_ = move_round(administrator, round_, Stage.RECTIFICATION)
    if round_.stage != Stage.RECTIFICATION:
        return
    _issue(administrator, round_)
    if not RectificationItem.objects.filter(round_unit__round=round_).exclude(written_by=None).exists():
        _work(administrator, round_)


def _issue(administrator: User, round_: Round) -> None:
    asked = Issuing.objects.filter(round=round_).first()
    now = timezone.now()
    if asked is None:
        with transaction.atomic():
            _overdue(administrator, round_)
            terms = Terms(
                framework_of(round_.framework).scale.ticks(AT_LEAST), claimed_only=False, due_at=now + timedelta(45),
                request=_("示例：请针对失分原因制定措施，完成后报送佐证材料"),
            )  # fmt: skip
            asked = ask_issue(administrator, round_, terms)
    issue_all(asked.pk)


def _overdue(administrator: User, round_: Round) -> None:
    """Issue one item whose time is over to the last unit."""
    row = round_.units.select_related("unit", "round__framework").order_by("-position")[0]
    lost = max(issuable(row), key=lambda one: one.lost, default=None)
    if lost is not None:
        now = timezone.now()
        request = _("示例：逾期的事项")
        issue_one(administrator, row, lost.no, now - timedelta(3), request, now=now - timedelta(40))


@transaction.atomic
def _work(administrator: User, round_: Round) -> None:
    """Let the first units report, and re-check some of it."""
    rows = list(round_.units.select_related("unit", "round__framework"))
    with tempfile.TemporaryDirectory(dir=settings.UPLOADS) as folder:
        for row in rows[:REPORTED]:
            _report(row, Path(folder))
    left = RectificationItem.objects.filter(round_unit=rows[-1], state="issued").order_by("-due_at", "point").first()
    if left is not None:
        withdraw_item(administrator, left, _("示例：与其他部门的整改合并办理"), version=left.version)


def _report(row: RoundUnit, folder: Path) -> None:
    filler = User.objects.get(username=f"filler-{row.code}")
    title = _("整改情况说明")
    path = paper(folder / f"{row.code}.pdf", row.name, title)
    name = f"{row.name}{title}.pdf"
    file = keep(filler, row, path, name, inspect(path, name))
    report = Report(
        filler.full_name, _("示例：科长"), _("示例：明确责任科室和完成时限，逐月检查"),
        _("示例：已按要求补齐，材料见附件"), (file.pk,),
    )  # fmt: skip
    items = RectificationItem.objects.filter(round_unit=row).order_by("point")
    for item, end in zip(items, ENDS, strict=False):
        one = save_report(filler, item, report, version=item.version)
        if end != "draft":
            _check(row, one, end)


def _check(row: RoundUnit, item: RectificationItem, end: str) -> None:
    one = submit_report(User.objects.get(username=f"approver-{row.code}"), item, version=item.version)
    verifier = User.objects.get(username="verifier")
    if end == "close":
        close_item(verifier, one, _("示例：经核实已整改到位"), version=one.version)
    elif end == "return":
        due_at = timezone.now() + timedelta(20)
        return_item(verifier, one, _("示例：缺少正式文件，请补充"), due_at, version=one.version)
