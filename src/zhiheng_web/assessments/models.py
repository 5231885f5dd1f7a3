"""Answers of units with their items and evidence, remarks of the office, decisions stage by stage, and exports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit


class Answer(models.Model):
    """What a unit states about one point. A missing row means that nothing was filled in yet."""

    class Stance(models.TextChoices):
        """What the unit says; an empty one is not filled in."""

        YES = "yes", _("申报")
        NO = "no", _("不申报")
        NOT_APPLICABLE = "not_applicable", _("不适用")

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="answers")
    point = models.PositiveIntegerField()
    stance = models.CharField(max_length=14, choices=Stance.choices, blank=True)
    mark = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    value = models.DecimalField(max_digits=24, decimal_places=9, null=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)
    # What the library makes of it, kept so that a unit's total needs one read.
    complete = models.BooleanField(default=False)
    claimed = models.IntegerField(default=0)
    risks = models.JSONField(default=list)
    # Whether the sampling plan asks to look at it, kept so that a list of thousands of units is one query.
    sampled = models.BooleanField(default=True)

    class Meta:
        ordering = ("point",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["round_unit", "point"], name="answer_once")]

    def __str__(self) -> str:
        """Return unit and point."""
        return f"{self.round_unit} · {self.point}"


class Item(models.Model):
    """One thing that a unit shows for a point."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    text = models.TextField(blank=True)
    date = models.CharField(max_length=24, blank=True)
    component = models.CharField(max_length=120, blank=True)
    count = models.DecimalField(max_digits=15, decimal_places=0, null=True)

    class Meta:
        ordering = ("position", "pk")

    def __str__(self) -> str:
        """Return the text."""
        return self.text or self.component


class Attachment(models.Model):
    """A file that supports an item, with the pages that matter."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="attachments")
    pages = models.CharField(max_length=60, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "file"], name="file_once_an_item")]

    def __str__(self) -> str:
        """Return the name of the file."""
        return str(self.file)


class Remark(models.Model):
    """What the office or the approver asks a unit to change at a point."""

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="remarks")
    point = models.PositiveIntegerField()
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("point", "-at")

    def __str__(self) -> str:
        """Return the text."""
        return self.text


class Decision(models.Model):
    """The marks of one point as settled in one stage; the last stage counts, the earlier ones are the chain."""

    class Act(models.TextChoices):
        """What was decided."""

        ACCEPT = "accept", _("认可")
        ADJUST = "adjust", _("调整")
        REJECT = "reject", _("不予认定")
        NOT_APPLICABLE = "not_applicable", _("不适用")

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="decisions")
    point = models.PositiveIntegerField()
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.VERIFICATION)
    act = models.CharField(max_length=14, choices=Act.choices)
    # An accepted value that is compared with other units has no mark until all of them are verified.
    mark = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    reason_code = models.CharField(max_length=30)
    reason = models.TextField(blank=True)
    answer_version = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("point", "at")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round_unit", "point", "stage"], name="decision_once_a_stage")
        ]

    def __str__(self) -> str:
        """Return unit, point and marks."""
        return f"{self.round_unit} · {self.point} · {self.mark}"


class CaseExport(models.Model):
    """A round as a case folder in a ZIP: prepared in the background, kept until a newer one takes its place."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="case_export")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True)
    # Of the round as the file has it; another stamp of the round makes the file old.
    stamp = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=60, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)
