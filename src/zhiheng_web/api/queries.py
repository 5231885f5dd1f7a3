"""Reads of tokens, and why one is refused."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import has_second_factor, lockouts, token_hash
from zhiheng_web.api.models import ApiToken

MARK = "zh_"
"""What every token begins with, so that programs which look for lost secrets find ours."""


def fresh_secret() -> str:
    """Return the text of a new token: 256 random bits."""
    return MARK + secrets.token_urlsafe(32)


def token_of(secret: str) -> ApiToken | None:
    """Return the token with this text, whether it works or not."""
    found = ApiToken.objects.select_related("user__unit").filter(hash=token_hash(secret))
    return found.first() if secret.startswith(MARK) else None


def own_tokens(user: User) -> QuerySet[ApiToken]:
    """Return the tokens of a person, the newest first."""
    return ApiToken.objects.filter(user=user)


def why_closed(token: ApiToken) -> str:
    """Return why the account behind a token may do nothing now, or "": the rules are those of signing in."""
    user = token.user
    if not user.is_active:
        return _("账号已停用。")
    if (user.role, user.unit_id) != (token.role, token.unit_id):
        return _("账号的角色或者单位已经调整，请重新建立访问令牌。")
    if user.username in lockouts([user.username]):
        return _("账号因登录失败过多被锁定。")
    oldest = timezone.now() - timedelta(days=settings.PASSWORD_DAYS or 100_000)
    if user.must_change_password or user.password_changed_at < oldest:
        return _("密码已到期或者为一次性密码，请先登录网站修改密码。")
    if user.needs_second_factor and not has_second_factor(user):
        return _("您的角色须启用两步验证，请先登录网站完成设置。")
    return ""
