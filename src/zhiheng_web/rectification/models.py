"""Rectification items with their proof and history, and the requests to issue many of them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone

from zhiheng_web.accounts.models import User
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rectification.machine import OPEN, Act, State
from zhiheng_web.rounds.models import Round, RoundUnit


class Issuing(models.Model):
    """A request to issue items for the lost marks of a round; the job that does it leaves here how far it is."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="issuings")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    # Ticks of the framework's scale.
    at_least = models.PositiveIntegerField(default=1)
    claimed_only = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    request = models.TextField(blank=True)
    snapshot_sha256 = models.CharField(max_length=64)
    job = models.UUIDField(null=True)
    # Units of the round, in the order of the result, that are done.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("-asked_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round"], condition=models.Q(ended_at=None), name="one_issuing_at_a_time")
        ]

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)


class RectificationItem(models.Model):
    """整改事项: marks that a unit lost at one point, from the issue to the end of its re-check."""

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="rectifications")
    point = models.PositiveIntegerField()
    title = models.TextField()
    # Ticks of the framework's scale, as the signed result has them.
    full = models.IntegerField()
    final = models.IntegerField()
    lost = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    reason_stage = models.CharField(max_length=20, blank=True)
    request = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED, db_index=True)
    due_at = models.DateTimeField()
    owner = models.CharField(max_length=60, blank=True)
    owner_note = models.CharField(max_length=200, blank=True)
    measure = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("round_unit__position", "round_unit", "point", "pk")
        indexes: ClassVar = [models.Index(fields=["state", "due_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round_unit", "point"],
                condition=~models.Q(state="withdrawn"),
                name="rectification_once_a_point",
            ),
            models.CheckConstraint(
                condition=models.Q(lost__gt=0, full=models.F("final") + models.F("lost")), name="rectification_lost"
            ),
        ]

    def __str__(self) -> str:
        """Return unit and point."""
        return f"{self.round_unit} · {self.point}"

    @property
    def open(self) -> bool:
        """Return whether the unit has something to do."""
        return self.state in OPEN

    def overdue(self, now: datetime) -> bool:
        """Return whether the unit has something to do and its time is over."""
        return self.open and self.due_at < now


class RectificationFile(models.Model):
    """A file that proves what was rectified."""

    item = models.ForeignKey(RectificationItem, on_delete=models.CASCADE, related_name="shown")
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="rectifications")

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "file"], name="file_once_a_rectification")]

    def __str__(self) -> str:
        """Return the name of the file."""
        return str(self.file)


class Step(models.Model):
    """One act on an item, as its page tells it."""

    class Kind(models.TextChoices):
        """What was done; `issue` begins every item."""

        ISSUE = "issue"
        DRAFT = Act.DRAFT
        SUBMIT = Act.SUBMIT
        CLOSE = Act.CLOSE
        RETURN = Act.RETURN
        EXTEND = Act.EXTEND
        WITHDRAW = Act.WITHDRAW

    item = models.ForeignKey(RectificationItem, on_delete=models.CASCADE, related_name="steps")
    act = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        """Return item and act."""
        return f"{self.item_id} · {self.act}"
