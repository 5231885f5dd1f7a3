"""Reports of rounds: the generated text, what people changed in it with its history, and the versions made of both."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User
from zhiheng_web.rounds.models import Round


class Report(models.Model):
    """The generated text of a round as it stood at a moment, worked out in the background."""

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="report")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True)
    # Of the content that the text was made from; another one makes the text old.
    stamp = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)
    # What a token may name: key -> [what it is called in a token, what it prints].
    targets = models.JSONField(default=dict)

    def __str__(self) -> str:
        """Return the round."""
        return str(self.round)


class Section(models.Model):
    """A section of the generated text, with what is needed to show it."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    # Key and fingerprint of each paragraph that can be edited.
    slots = models.JSONField(default=list)
    blocks = models.JSONField(default=list)

    class Meta:
        ordering = ("position",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["report", "key"], name="section_once")]

    def __str__(self) -> str:
        """Return the title."""
        return self.title


class Edit(models.Model):
    """What somebody changed at one paragraph; one without act was taken back, and keeps its version."""

    class Place(models.TextChoices):
        """Where the text stands."""

        OWN = "own", _("原段落")
        AFTER = "after", _("其后增补")

    class Act(models.TextChoices):
        """What was done."""

        REPLACE = "replace", _("改写")
        REMOVE = "remove", _("删除")
        AFTER = "after", _("增补")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="report_edits")
    key = models.CharField(max_length=120)
    place = models.CharField(max_length=5, choices=Place.choices)
    act = models.CharField(max_length=7, choices=Act.choices, blank=True)
    text = models.TextField(blank=True)
    reason = models.CharField(max_length=500, blank=True)
    section = models.CharField(max_length=300, blank=True)
    generated = models.TextField(blank=True)
    basis = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "key", "place"], name="edit_once_a_place")]

    def __str__(self) -> str:
        """Return where it is."""
        return f"{self.section} {self.key}"


class EditStep(models.Model):
    """One step in the history of an edit: what it was from then on."""

    edit = models.ForeignKey(Edit, on_delete=models.CASCADE, related_name="steps")
    version = models.PositiveIntegerField()
    act = models.CharField(max_length=7, blank=True)
    text = models.TextField(blank=True)
    reason = models.CharField(max_length=500, blank=True)
    generated = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-version",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["edit", "version"], name="step_once")]

    def __str__(self) -> str:
        """Return edit and version."""
        return f"{self.edit} {self.version}"


class Version(models.Model):
    """A report that was made: what it was made from, and its files; one that is finished never changes."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("正在生成")
        READY = "ready", _("已生成")
        FAILED = "failed", _("没有生成")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="report_versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.UUIDField(null=True)
    message = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True)
    # The edits as they were when it was asked for, so that a job that starts over makes the same.
    edits = models.JSONField(default=list)
    edits_hash = models.CharField(max_length=64, blank=True)
    stamp = models.CharField(max_length=100, blank=True)
    frozen = models.BooleanField(default=False)
    result_hash = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=80, blank=True)
    # Counts of edits by state, and what is other than in the version before.
    counts = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    # Section by section: [key, title, [paragraphs]].
    texts = models.JSONField(default=list)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="version_once"),
            models.UniqueConstraint(
                fields=["round"], condition=models.Q(state="waiting"), name="one_version_under_way"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        """Return round and number."""
        return f"{self.round} {self.number}"


class VersionFile(models.Model):
    """A file of a version."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=4)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "format"], name="file_once_a_format")]

    def __str__(self) -> str:
        """Return version and format."""
        return f"{self.version} {self.format}"
