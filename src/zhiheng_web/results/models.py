"""Results of rounds: drafts, waivers before the end, the signed snapshot, and what of it is public."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.models import Round


class Draft(models.Model):
    """The result of a round as it stood at a moment, worked out in the background and kept until a newer one."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="draft")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True)
    # Of the round as the file has it; another stamp of the round makes the file old.
    stamp = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)


class Waiver(models.Model):
    """A finding that may stand when the round is finalised, with the reason."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="waivers")
    key = models.CharField(max_length=64)
    message = models.TextField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "key"], name="waiver_once")]

    def __str__(self) -> str:
        """Return what was found."""
        return self.message


class Finalisation(models.Model):
    """The request to finalise a round; the job that does it finds here who asked, and leaves here what went wrong."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="finalisation")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)


class Snapshot(models.Model):
    """The signed file of a finalised round; one that was superseded stays."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="snapshots")
    file = models.CharField(max_length=120)
    sha256 = models.CharField(_("校验值"), max_length=64)
    size = models.PositiveBigIntegerField(_("大小"))
    key_id = models.CharField(max_length=64)
    public_key = models.CharField(max_length=64)
    result_hash = models.CharField(max_length=64)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    superseded_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=models.Q(superseded_at=None), name="one_snapshot_in_force"
            )
        ]

    def __str__(self) -> str:
        """Return the round and the start of the hash."""
        return f"{self.round} {self.sha256[:12]}"


class Publication(models.Model):
    """What of a snapshot is public: how much detail, under which names, since when; withdrawn ones stay listed."""

    class Detail(models.TextChoices):
        """How much is shown."""

        TOTALS = "totals", _("总分、名次和等次")
        INDICATORS = "indicators", _("另列各级指标得分")
        FULL = "full", _("另列各考核要点得分")

    class Masks(models.TextChoices):
        """Under which names units appear."""

        NONE = "none", _("显示名称")
        INITIAL = "initial", _("只显示首字")
        ANONYMOUS = "anonymous", _("以代称显示")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="publications")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="publications")
    detail = models.CharField(_("公开内容"), max_length=10, choices=Detail.choices, default=Detail.TOTALS)
    masks = models.CharField(_("单位名称"), max_length=10, choices=Masks.choices, default=Masks.NONE)
    note = models.TextField(_("说明"), blank=True)
    # Mixed into everything that is worked out from names that are not shown.
    salt = models.CharField(max_length=64)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("-published_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["round"], condition=models.Q(withdrawn_at=None), name="one_publication_in_force"
            )
        ]

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)

    @property
    def offers_file(self) -> bool:
        """Return whether the signed file itself is public: it names every unit and holds every fact."""
        return self.detail == self.Detail.FULL and self.masks == self.Masks.NONE
