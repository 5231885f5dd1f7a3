"""Objections of units to the marks of single points, with what they show for them and what the office answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.marks import plain
from zhiheng_web.accounts.models import User
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rounds.models import RoundUnit


class Objection(models.Model):
    """申诉: what a unit holds against the marks of one point, from its draft to the answer."""

    class State(models.TextChoices):
        """Where it stands."""

        DRAFT = "draft", _("草稿")
        FILED = "filed", _("待答复")
        ANSWERED = "answered", _("已答复")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Outcome(models.TextChoices):
        """What the office answers."""

        GRANTED = "granted", _("支持")
        PARTLY = "partly", _("部分支持")
        REJECTED = "rejected", _("不予支持")

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="objections")
    point = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_index=True)
    text = models.TextField()
    wanted = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    # What the point has after the answer; for a rejected objection the marks that it kept.
    mark = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    reason = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("point", "pk")
        verbose_name = _("申诉")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round_unit", "point"], condition=~models.Q(state="withdrawn"), name="objection_once_a_point"
            ),
            models.CheckConstraint(
                condition=models.Q(state="answered", mark__isnull=False, answered_at__isnull=False)
                & ~models.Q(outcome="")
                | ~models.Q(state="answered") & models.Q(outcome=""),
                name="objection_answer_whole",
            ),
        ]

    def __str__(self) -> str:
        """Return unit and point."""
        return f"{self.round_unit} · {self.point}"

    @property
    def wanted_text(self) -> str:
        """Return the marks that the unit asks for as text, "" where it names none."""
        return "" if self.wanted is None else plain(self.wanted)

    @property
    def mark_text(self) -> str:
        """Return the marks after the answer as text, "" before it."""
        return "" if self.mark is None else plain(self.mark)

    @property
    def open(self) -> bool:
        """Return whether something can still happen to it."""
        return self.state in {self.State.DRAFT, self.State.FILED}


class ObjectionFile(models.Model):
    """A file of the unit that supports an objection."""

    objection = models.ForeignKey(Objection, on_delete=models.CASCADE, related_name="shown")
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="objections")

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["objection", "file"], name="file_once_an_objection")]

    def __str__(self) -> str:
        """Return the name of the file."""
        return str(self.file)
