"""Tokens by which programs act for a person."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng_web.accounts.models import Role, Unit, User


class ApiToken(models.Model):
    """访问令牌: shown once, kept as a hash; it works for the role and unit that its owner had when he made it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("名称"), max_length=60)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    role = models.CharField(max_length=20, choices=Role.choices)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        verbose_name = _("访问令牌")

    def __str__(self) -> str:
        """Return the name."""
        return self.name

    @property
    def works(self) -> bool:
        """Return whether it was not revoked and has not expired."""
        return self.revoked_at is None and self.expires_at > timezone.now()
