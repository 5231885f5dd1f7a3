"""Frameworks as uploaded: the text is what counts, the rest is drawn from it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import User


class FrameworkVersion(models.Model):
    """指标体系: one version; its text never changes, and it is locked once a round uses it."""

    class Origin(models.TextChoices):
        """Where the text came from."""

        BUILT_IN = "built_in", _("系统自带")
        YAML = "yaml", _("上传YAML")
        WORKBOOK = "workbook", _("由工作簿生成")

    code = models.CharField(_("代码"), max_length=80)
    version = models.CharField(_("版本"), max_length=40)
    title = models.CharField(_("名称"), max_length=200)
    text = models.TextField(_("文本"))
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    origin = models.CharField(_("来源"), max_length=10, choices=Origin.choices, default=Origin.YAML)
    content_hash = models.CharField(_("校验值"), max_length=64, unique=True)
    counts = models.JSONField(default=list)
    total = models.CharField(_("总分"), max_length=20)
    errors = models.PositiveIntegerField(_("错误"), default=0)
    warnings = models.PositiveIntegerField(_("提醒"), default=0)
    locked_at = models.DateTimeField(_("锁定时间"), null=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("code", "-made_at")
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "version"], name="framework_version_once")]

    def __str__(self) -> str:
        """Return title and version."""
        return gettext("%(title)s（%(version)s版）") % {"title": self.title, "version": self.version}

    @property
    def locked(self) -> bool:
        """Return whether a round uses it."""
        return self.locked_at is not None
