"""The plan of an expert review, who may not judge whom, what is reviewed, and the marks of each expert."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.models import Round, RoundUnit


class ReviewPlan(models.Model):
    """How a round is reviewed: by whom, once or twice, what they are shown, until when."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="review_plan")
    double = models.BooleanField(_("双评"), default=True)
    blind = models.BooleanField(_("不显示自评得分和核定得分"), default=False)
    seed = models.PositiveIntegerField(_("分配种子"), default=1)
    due_at = models.DateTimeField(_("评审期限"))
    experts = models.ManyToManyField(User, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)


class PlanPoint(models.Model):
    """A point that is reviewed, with the difference above which a third expert decides."""

    plan = models.ForeignKey(ReviewPlan, on_delete=models.CASCADE, related_name="points")
    point = models.PositiveIntegerField()
    threshold = models.DecimalField(max_digits=15, decimal_places=6)

    class Meta:
        ordering = ("point",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "point"], name="review_point_once")]

    def __str__(self) -> str:
        """Return the number of the point."""
        return str(self.point)


class Conflict(models.Model):
    """An expert who may not judge a unit, beside his own unit, which needs no row."""

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="conflicts")
    expert = models.ForeignKey(User, on_delete=models.PROTECT, related_name="conflicts")
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("expert__username", "round_unit__position")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round_unit", "expert"], name="conflict_once")]

    def __str__(self) -> str:
        """Return expert and unit."""
        return f"{self.expert} · {self.round_unit}"


class Review(models.Model):
    """One point of one unit under review."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", _("评审中")
        ARBITRATION = "arbitration", _("待复议")
        SETTLED = "settled", _("已形成结论")

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="reviews")
    point = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN, db_index=True)
    mark = models.DecimalField(max_digits=15, decimal_places=6, null=True)

    class Meta:
        ordering = ("point", "round_unit__position", "pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round_unit", "point"], name="review_once")]

    def __str__(self) -> str:
        """Return unit and point."""
        return f"{self.round_unit} · {self.point}"


class Assignment(models.Model):
    """One expert's part in a review; empty until he hands his mark in."""

    class Seat(models.TextChoices):
        """Whose mark it is."""

        FIRST = "1", _("专家甲")
        SECOND = "2", _("专家乙")
        ARBITER = "arbiter", _("复议专家")

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="assignments")
    expert = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    seat = models.CharField(max_length=7, choices=Seat.choices)
    mark = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    reason = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("review", "seat")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "seat"], name="seat_once"),
            models.UniqueConstraint(fields=["review", "expert"], name="expert_once_a_review"),
            models.CheckConstraint(
                condition=models.Q(mark__isnull=True, submitted_at__isnull=True)
                | models.Q(mark__isnull=False, submitted_at__isnull=False),
                name="mark_when_submitted",
            ),
        ]

    def __str__(self) -> str:
        """Return review and seat."""
        return f"{self.review} · {self.get_seat_display()}"
