"""Who is told when what an account could do has ended; filled when the apps start, because they stand further out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import User

ENDED: list[Callable[[User, str], None]] = []
"""Called with the account and the act that ended it, inside the transaction of that act."""


def tell_ended(user: User, act: str) -> None:
    """Tell that whatever was handed out to an account before no longer holds."""
    for listener in ENDED:
        listener(user, act)
