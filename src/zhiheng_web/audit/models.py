"""Tables of the log. Triggers in the first migration refuse changes and deletions, whoever asks the database."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """How an act ended."""

    DONE = "done", _("完成")
    REFUSED = "refused", _("被拒绝")


class Entry(models.Model):
    """One act of one person. Entries point to nothing by key: what they speak of may be renamed or go."""

    number = models.PositiveBigIntegerField(_("序号"), unique=True)
    at = models.DateTimeField(_("时间"), db_index=True)
    actor = models.CharField(_("账号"), max_length=150, blank=True, db_index=True)
    actor_name = models.CharField(_("姓名"), max_length=150, blank=True)
    actor_role = models.CharField(_("角色"), max_length=30, blank=True)
    address = models.CharField(_("地址"), max_length=64, blank=True)
    act = models.CharField(_("操作"), max_length=60, db_index=True)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices, default=Outcome.DONE)
    target = models.CharField(_("对象"), max_length=80, blank=True, db_index=True)
    target_name = models.CharField(_("对象名称"), max_length=300, blank=True)
    before = models.JSONField(_("操作前"), null=True)
    after = models.JSONField(_("操作后"), null=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        """Return number, actor and act."""
        return f"{self.number} {self.actor or '-'} {self.act}"

    @property
    def actor_title(self) -> str:
        """Return who did it for the reader: what nobody did was done by the system."""
        return self.actor_name if self.actor or not self.actor_name else gettext(self.actor_name)


class Head(models.Model):
    """The end of the chain: one row, locked by whoever appends."""

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        """Return the number."""
        return str(self.number)
