"""Workbooks that were handed in and wait to be looked at and applied."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.models import RoundUnit


class WorkbookImport(models.Model):
    """One workbook with its archive of evidence, from the upload to the moment when it is applied or dropped."""

    class State(models.TextChoices):
        """Where it stands."""

        CHECKING = "checking", _("检查中")
        READY = "ready", _("待确认")
        APPLIED = "applied", _("已导入")
        DROPPED = "dropped", _("已放弃")
        FAILED = "failed", _("无法读取")

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="imports")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    workbook_name = models.CharField(_("工作簿"), max_length=255)
    archive_name = models.CharField(_("压缩包"), max_length=255, blank=True)
    folder = models.CharField(max_length=60, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.CHECKING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Of the unit when the workbook was compared with it: a later write makes the comparison stale.
    unit_version = models.PositiveIntegerField(default=0)
    claims = models.JSONField(default=list)
    files = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    message = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)
        indexes: ClassVar = [models.Index(fields=["round_unit", "state"])]

    def __str__(self) -> str:
        """Return the name of the workbook."""
        return self.workbook_name

    @property
    def errors(self) -> int:
        """Return how many problems keep it from being applied."""
        return sum(problem["severity"] == "error" for problem in self.problems)
