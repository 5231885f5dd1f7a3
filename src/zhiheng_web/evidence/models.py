"""Files that units hand in: kept once by content, listed once a unit and round."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.models import RoundUnit


class EvidenceFile(models.Model):
    """佐证材料: one file of one unit in one round; it may serve many points."""

    round_unit = models.ForeignKey(RoundUnit, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(_("文件名"), max_length=255)
    sha256 = models.CharField(_("校验值"), max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("大小"))
    kind = models.CharField(_("类型"), max_length=20)
    mime = models.CharField(max_length=100)
    pages = models.PositiveIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    # Likeness, filled in the background; the bands are for the search of candidates.
    likeness_kind = models.CharField(max_length=10, blank=True)
    likeness = models.CharField(max_length=80, blank=True)
    compared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("佐证材料")
        constraints: ClassVar = [models.UniqueConstraint(fields=["round_unit", "sha256"], name="file_once_a_unit")]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class Reading(models.Model):
    """A person opened a file on a day; the log has one entry for it."""

    file = models.ForeignKey(EvidenceFile, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "user", "day"], name="reading_once_a_day")]

    def __str__(self) -> str:
        """Return file and day."""
        return f"{self.file} {self.day}"


class Band(models.Model):
    """A part of a likeness: files that are near share at least one."""

    file = models.ForeignKey(EvidenceFile, on_delete=models.CASCADE, related_name="bands")
    key = models.CharField(max_length=24, db_index=True)

    def __str__(self) -> str:
        """Return the key."""
        return self.key


class Likeness(models.Model):
    """A file that is the same as, or near to, one of another unit or another round."""

    class Kind(models.TextChoices):
        """How alike."""

        SAME = "same", _("内容相同")
        NEAR = "near", _("内容相近")

    file = models.ForeignKey(EvidenceFile, on_delete=models.CASCADE, related_name="likenesses")
    other = models.ForeignKey(EvidenceFile, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    distance = models.PositiveSmallIntegerField(default=0)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["file", "other"], name="likeness_once")]

    def __str__(self) -> str:
        """Return both names."""
        return f"{self.file} ~ {self.other}"
