"""Rules of passwords that Django does not bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User


class KindsValidator:
    """
    Asks for several kinds of characters.

    Parameters
    ----------
    kinds
        How many of lower case, upper case, digits and others.
    """

    def __init__(self, kinds: int = 3) -> None:
        self.kinds = kinds

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse a password with too few kinds."""
        del user
        found = {
            "lower" if c.islower() else "upper" if c.isupper() else "digit" if c.isdigit() else "other"
            for c in password
        }
        if len(found) < self.kinds:
            raise ValidationError(self.get_help_text(), code="password_kinds")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return ngettext(
            "密码须包含大写字母、小写字母、数字、其他符号中的%(kinds)d种。",
            "密码须包含大写字母、小写字母、数字、其他符号中的%(kinds)d种。",
            self.kinds,
        ) % {"kinds": self.kinds}


class NotTheLastValidator:
    """Asks for a password that differs from the present and the last one."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse the present and the last password."""
        if user is None or not user.pk:
            return
        if any(kept and check_password(password, kept) for kept in (user.password, user.last_password)):
            raise ValidationError(self.get_help_text(), code="password_reused")

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return _("新密码不能与当前密码、上一个密码相同。")
