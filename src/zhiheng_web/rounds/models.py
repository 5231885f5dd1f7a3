"""Rounds, their windows and their units with what is counted for the board."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import Unit, User
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.rounds.machine import Situation, Stage, State

DAY = RegexValidator(r"^\d{4}(-\d{2}(-\d{2})?)?$", _("写成2021、2021-06或者2021-06-30"))


class Round(models.Model):
    """考核轮次: one framework version applied to a frozen list of units in a period."""

    code = models.CharField(
        _("代码"), max_length=40, unique=True, validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]*$")]
    )
    title = models.CharField(_("名称"), max_length=120)
    framework = models.ForeignKey(FrameworkVersion, on_delete=models.PROTECT, related_name="rounds")
    period_start = models.CharField(_("考核期起"), max_length=10, validators=[DAY])
    period_end = models.CharField(_("考核期止"), max_length=10, validators=[DAY])
    organisation = models.CharField(_("组织单位"), max_length=120)
    area = models.CharField(_("考核范围"), max_length=60)
    whole = models.CharField(_("整体简称"), max_length=20, default="全省")
    label = models.CharField(_("数据标注"), max_length=200, blank=True)
    short_label = models.CharField(_("短标注"), max_length=20, blank=True)
    previous = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="following")
    stage = models.CharField(_("阶段"), max_length=20, choices=Stage.choices, default=Stage.PREPARATION)
    frozen_at = models.DateTimeField(null=True)
    sample_share = models.PositiveSmallIntegerField(_("抽查比例（%）"), default=100)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-made_at",)
        verbose_name = _("考核轮次")

    def __str__(self) -> str:
        """Return the title."""
        return self.title

    @property
    def period(self) -> str:
        """Return the period in words."""
        return f"{self.period_start}—{self.period_end}"


class Window(models.Model):
    """When a stage is open."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="windows")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    opens_at = models.DateTimeField(_("开始时间"))
    closes_at = models.DateTimeField(_("截止时间"))

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "stage"], name="window_once"),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="window_in_order"),
        ]

    def __str__(self) -> str:
        """Return the stage."""
        return self.get_stage_display()


class RoundUnit(models.Model):
    """A unit in a round: names as they were when the list was frozen, its state, and what is counted for the board."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="units")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rounds")
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    full_name = models.CharField(max_length=120, blank=True)
    pronoun = models.CharField(max_length=20, default="全市")
    group = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_index=True)
    state_at = models.DateTimeField(default=timezone.now)
    extended_to = models.DateTimeField(null=True, blank=True)
    return_due_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)
    sampled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    # Counted anew with every write, so that a board of thousands of units reads one table.
    points = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    complete = models.PositiveIntegerField(default=0)
    decided = models.PositiveIntegerField(default=0)
    risks = models.PositiveIntegerField(default=0)
    confirmed = models.IntegerField(default=0)
    claimed = models.IntegerField(default=0)
    possible = models.IntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "unit"], name="unit_once_a_round")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    def situation(self, window: Window | None) -> Situation:
        """Return all that decides what may be done; `window` is that of self-assessment."""
        return Situation(
            Stage(self.round.stage),
            State(self.state),
            window.opens_at if window else None,
            window.closes_at if window else None,
            self.extended_to,
            self.return_due_at,
        )


class Notice(models.Model):
    """A message in the inbox of a person, which may also have gone out by e-mail."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, null=True, related_name="notices")
    kind = models.CharField(max_length=30)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # Set before a letter is handed to the mail server; one that has this but no `mailed_at` may or may not have left.
    mailing_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        indexes: ClassVar = [models.Index(fields=["user", "read_at"])]

    def __str__(self) -> str:
        """Return the title."""
        return self.title
