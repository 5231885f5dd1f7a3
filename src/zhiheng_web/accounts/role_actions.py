"""What changes the work of an account: another role, another unit."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from zhiheng_web.accounts.actions import AccountRefused, end_sessions, keep_one
from zhiheng_web.accounts.hooks import tell_ended
from zhiheng_web.accounts.models import OF_A_UNIT, Unit, User
from zhiheng_web.accounts.permissions import roles_open_to
from zhiheng_web.audit.actions import record


def work_of(user: User) -> str:
    """Return role and unit of an account as a form carries them, to see that nobody changed them in between."""
    return f"{user.role}@{user.unit_id or ''}"


@transaction.atomic
def change_work(by: User, user: User, *, role: str, unit: Unit | None, reason: str, seen: str) -> User:
    """
    Give an account another role or another unit; its sessions end, so that no page of the old work stays open.

    Refused: one's own account; roles that `by` may not bring in, and those of another side (permissions.SIDES); a unit
    where the role has none and none where it needs one; the last account of a role that the site needs; no reason; an
    account that somebody else has changed since `seen`.
    """
    if role not in roles_open_to(by, user):
        own = by.pk == user.pk
        raise AccountRefused(_("不能调整自己的角色和单位。") if own else _("您不能把这个账号调整为该角色。"))
    if (role in OF_A_UNIT) != (unit is not None):
        raise AccountRefused(
            _("该角色不属于某个评价对象，请不要填写评价对象。") if unit else _("填报员和审核员须指定所属的评价对象。")
        )
    if not reason.strip():
        raise AccountRefused(_("请填写原因。"))
    if user.is_active and role != user.role:
        keep_one(user)
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if work_of(user) != seen:
        raise AccountRefused(_("这个账号的角色或者单位刚被他人调整，请核对后再保存。"), stale=True)
    before = _values(user)
    user.role, user.unit = role, unit
    after = _values(user)
    if before == after:
        return user
    user.save(update_fields=["role", "unit"])
    ended = end_sessions(user)
    record("account.move", user, before=before, after=after | {"reason": reason.strip(), "sessions": ended})
    tell_ended(user, "account.move")
    return user


def _values(user: User) -> dict[str, str]:
    return {"role": user.role, "unit": user.unit.code if user.unit else ""}
