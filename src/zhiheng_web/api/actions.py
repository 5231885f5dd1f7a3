"""What is done to tokens: each in one transaction with its entry in the log."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import token_hash
from zhiheng_web.api.models import ApiToken
from zhiheng_web.api.permissions import scopes_of
from zhiheng_web.api.queries import fresh_secret
from zhiheng_web.audit.actions import record
from zhiheng_web.refusals import Refused

EVERY_S = 60
"""Seconds after which the time of the last use is written again, so that not every request writes."""


class TokenRefused(Refused):
    """A token cannot be made as asked."""

    code = "api.token"


@transaction.atomic
def make_token(by: User, name: str, scopes: Collection[str], days: int) -> tuple[ApiToken, str]:
    """
    Make a token for oneself and return it with its text, which is kept nowhere.

    Refused: no scope, scopes that the role does not allow, more days or more tokens than the settings allow.
    """
    # Two requests of the same person take turns, so that the count holds.
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)
    wanted = [scope for scope in scopes_of(by) if scope in scopes]
    if not wanted or len(wanted) < len(set(scopes)):
        raise TokenRefused(_("请至少选择一项您的角色可以使用的权限。"))
    if not 1 <= days <= settings.API_TOKEN_DAYS:
        raise TokenRefused(_("有效期须为1至%(most)d天。") % {"most": settings.API_TOKEN_DAYS})
    now = timezone.now()
    if ApiToken.objects.filter(user=by, revoked_at=None, expires_at__gt=now).count() >= settings.API_TOKENS:
        raise TokenRefused(
            _("每个账号最多有%(most)d个有效的访问令牌，请先吊销不用的。") % {"most": settings.API_TOKENS}
        )
    secret = fresh_secret()
    token = ApiToken.objects.create(
        user=by, name=name[:60], hash=token_hash(secret), scopes=wanted, role=by.role, unit_id=by.unit_id,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    record("token.make", token, after={"scopes": wanted, "until": token.expires_at.isoformat()})
    return token, secret


@transaction.atomic
def revoke_token(by: User, token: ApiToken) -> None:
    """End one's own token; one that has ended already stays as it is. Refused: a token of somebody else."""
    token = ApiToken.objects.select_for_update().get(pk=token.pk)
    if token.user_id != by.pk:
        raise TokenRefused(_("只能吊销自己的访问令牌。"))
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record("token.revoke", token)


@transaction.atomic
def end_tokens(user: User, act: str) -> None:
    """End the tokens of an account because of what was done to it, each with its entry in the log."""
    now = timezone.now()
    for token in ApiToken.objects.select_for_update().filter(user=user, revoked_at=None, expires_at__gt=now):
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        record("token.end", token, after={"because": act})


def note_use(token: ApiToken) -> None:
    """Keep when a token was last used, to the minute."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - timedelta(seconds=EVERY_S):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
