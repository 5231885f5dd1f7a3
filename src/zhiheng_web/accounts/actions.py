"""What is done to accounts: each in one transaction with its entry in the log."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.models import OF_A_UNIT, Invitation, Role, Unit, User
from zhiheng_web.accounts.permissions import can_act_on, can_invite
from zhiheng_web.accounts.queries import open_invitation, token_hash
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, actor
from zhiheng_web.refusals import Refused


class InvitationRefused(Refused):
    """An invitation cannot be made or accepted as asked."""

    code = "accounts.invitation"


class AccountRefused(Refused):
    """Somebody may not do this to this account."""

    code = "accounts.account"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """
    Who is to get an account.

    Parameters
    ----------
    username, full_name, email
        Name to sign in with, name for people, address or "".
    role
        Value of `Role`.
    unit
        The unit, for roles of a unit.
    """

    username: str
    full_name: str
    role: str
    unit: Unit | None = None
    email: str = ""

    @property
    def role_title(self) -> str:
        """Return the role in words."""
        return str(Role(self.role).label)


def invite(by: User, newcomer: Newcomer) -> tuple[Invitation, str]:
    """
    Invite a person and return the invitation with the secret of its link, which is kept nowhere.

    Refused: roles that `by` may not bring in, a role of a unit without unit, a name that is taken or invited.
    """
    return invite_all(by, [newcomer])[0]


@transaction.atomic
def invite_all(by: User, newcomers: Sequence[Newcomer]) -> list[tuple[Invitation, str]]:
    """Invite many people, all or none; the refusal names the first who cannot be invited."""
    for newcomer, why in zip(newcomers, faults_of(by, newcomers), strict=True):
        if why and len(newcomers) == 1:
            raise InvitationRefused(why)
        if why:
            raise InvitationRefused(_("账号“%(name)s”：%(why)s") % {"name": newcomer.username, "why": why})
    return [_invite(by, newcomer) for newcomer in newcomers]


def _invite(by: User, newcomer: Newcomer) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        token_hash=token_hash(token),
        username=newcomer.username,
        full_name=newcomer.full_name,
        email=newcomer.email,
        role=newcomer.role,
        unit=newcomer.unit,
        invited_by=by,
        expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
    )
    after = {"username": newcomer.username, "full_name": newcomer.full_name, "role": newcomer.role,
             "unit": newcomer.unit.code if newcomer.unit else ""}  # fmt: skip
    record("account.invite", invitation, after=after)
    return invitation, token


def faults_of(by: User, newcomers: Sequence[Newcomer]) -> list[str]:
    """Return for each newcomer why he cannot be invited, or ""; the number of queries does not grow with them."""
    names = [newcomer.username.lower() for newcomer in newcomers]
    taken = set(User.objects.annotate(name=Lower("username")).filter(name__in=names).values_list("name", flat=True))
    waiting = set(
        Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())
        .annotate(name=Lower("username"))
        .filter(name__in=names)
        .values_list("name", flat=True)
    )
    found, seen = [], set[str]()
    for newcomer, name in zip(newcomers, names, strict=True):
        found.append(_fault(by, newcomer, taken, waiting) or (_("账号在表中重复。") if name in seen else ""))
        seen.add(name)
    return found


def _fault(by: User, newcomer: Newcomer, taken: Collection[str], waiting: Collection[str]) -> str:
    if not can_invite(by, newcomer.role):
        title = dict(Role.choices).get(newcomer.role, newcomer.role)
        return _("您不能邀请“%(role)s”角色。") % {"role": title}
    if newcomer.role in OF_A_UNIT and newcomer.unit is None:
        return _("填报员和审核员须指定所属的评价对象。")
    if newcomer.role not in OF_A_UNIT and newcomer.unit is not None:
        return _("该角色不属于某个评价对象，请不要填写评价对象。")
    if newcomer.username.lower() in taken:
        return _("账号“%(name)s”已经存在。") % {"name": newcomer.username}
    if newcomer.username.lower() in waiting:
        return _("账号“%(name)s”已有未接受的邀请，请先撤回。") % {"name": newcomer.username}
    try:
        User(
            username=newcomer.username, full_name=newcomer.full_name, email=newcomer.email, role=newcomer.role
        ).clean_fields(exclude=["password"])
    except ValidationError as error:
        titles = {field.name: str(field.verbose_name) for field in User._meta.fields}  # noqa: SLF001 - documented by Django
        return "；".join(f"{titles[name]}：{'，'.join(why)}" for name, why in error.message_dict.items())
    return ""


@transaction.atomic
def withdraw(by: User, invitation: Invitation) -> None:
    """Make the link of an invitation useless. Refused once it was accepted, and to who may not invite this role."""
    if not can_invite(by, invitation.role):
        raise InvitationRefused(_("您不能撤回这个角色的邀请。"))
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not invitation.open:
        raise InvitationRefused(_("邀请已经接受、撤回或者过期。"))
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at"])
    record("account.withdraw_invitation", invitation)


@transaction.atomic
def accept(token: str, password: str) -> User:
    """
    Make the account of an invitation, once.

    Refused: a link that is used up, withdrawn or too old (InvitationRefused), a weak password (ValidationError).
    """
    found = open_invitation(token)
    if found is None:
        raise InvitationRefused(_("邀请链接已使用、撤回或者过期，请联系邀请人。"))
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if not invitation.open:
        raise InvitationRefused(_("邀请链接已使用、撤回或者过期，请联系邀请人。"))
    if User.objects.filter(username__iexact=invitation.username).exists():
        raise InvitationRefused(_("账号“%(name)s”已经存在，请联系邀请人。") % {"name": invitation.username})
    user = invited_user(invitation)
    validate_password(password, user)
    user.set_password(password)
    user.save()
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    who = Actor(user.username, user.full_name, user.role, actor().address)
    record("account.accept", user, after={"role": user.role}, who=who)
    return user


def invited_user(invitation: Invitation) -> User:
    """Return the account that an invitation makes, not saved."""
    return User(
        username=invitation.username, full_name=invitation.full_name, email=invitation.email, role=invitation.role,
        unit=invitation.unit,
    )  # fmt: skip


def _check_right(by: User, user: User) -> None:
    if not can_act_on(by, user):
        own = by.pk == user.pk
        raise AccountRefused(_("不能对自己的账号进行这项操作。") if own else _("只有安全管理员可以进行这项操作。"))


@transaction.atomic
def set_active(by: User, user: User, *, active: bool, reason: str) -> None:
    """
    Switch an account on or off; switching off ends its sessions.

    Refused: an act on oneself, by others than the security administrator, without a reason.
    """
    _check_right(by, user)
    if not reason.strip():
        raise AccountRefused(_("请填写原因。"))
    before = user.is_active
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_sessions(user)
    record("account.activate" if active else "account.deactivate", user,
           before={"active": before}, after={"active": active, "reason": reason.strip()})  # fmt: skip


@transaction.atomic
def change_person(by: User, user: User, *, full_name: str, email: str) -> None:
    """Correct the name and the address of an account; who may reset a password gains nothing by an address."""
    _check_right(by, user)
    before = {"full_name": user.full_name, "email": user.email}
    after = {"full_name": full_name, "email": email}
    if before == after:
        return
    user.full_name, user.email = full_name, email
    user.save(update_fields=["full_name", "email"])
    changed = [name for name in after if before[name] != after[name]]
    record("account.change", user, before={n: before[n] for n in changed}, after={n: after[n] for n in changed})


@transaction.atomic
def unlock(by: User, user: User) -> None:
    """Forget the failed sign-ins of an account, so that its owner can try again."""
    _check_right(by, user)
    _forget_failures(user)
    record("account.unlock", user)


def _forget_failures(user: User) -> None:
    """Forget wrong passwords, which axes counts, and wrong codes, which allauth counts in the cache."""
    AccessAttempt.objects.filter(username__iexact=user.username).delete()
    ratelimit.clear(HttpRequest(), app="allauth.account", action="login_failed", key=f"mfa-auth-user-{user.pk}")


@transaction.atomic
def sign_out_everywhere(by: User, user: User) -> int:
    """End all sessions of an account and return how many there were."""
    _check_right(by, user)
    ended = end_sessions(user)
    record("account.end_sessions", user, after={"sessions": ended})
    return ended


@transaction.atomic
def give_one_time_password(by: User, user: User) -> str:
    """Give an account a password for one use and return it; its sessions end and its failures are forgotten."""
    _check_right(by, user)
    _forget_failures(user)
    return reset_password(user)


@transaction.atomic
def reset_second_factor(by: User, user: User) -> None:
    """
    Take the second factor off an account whose owner lost it; its sessions end.

    Refused: an account without one.
    """
    _check_right(by, user)
    removed, _kinds = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise AccountRefused(_("该账号没有启用两步验证。"))
    end_sessions(user)
    record("account.reset_factor", user)


@transaction.atomic
def reset_password(user: User) -> str:
    """Give an account a password for one use, whoever asks: for the command line and for actions that checked it."""
    password = f"Zh-{secrets.token_urlsafe(9)}7"
    change_password(user, password, must_change=True, act="account.reset_password")
    end_sessions(user)
    return password


@transaction.atomic
def change_password(user: User, password: str, *, must_change: bool = False, act: str = "account.password") -> None:
    """Set a password and remember the one before, which may not come back at once."""
    user.last_password = user.password
    user.set_password(password)
    user.must_change_password = must_change
    user.password_changed_at = timezone.now()
    user.save(update_fields=["last_password", "password", "must_change_password", "password_changed_at"])
    record(act, user)


def end_sessions(user: User, *, but: str = "") -> int:
    """End the sessions of an account and return how many; only live ones are read."""
    ended = 0
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.session_key != but and session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


SIMPLE_ACTS: dict[str, Callable[[User, User], object]] = {
    "unlock": unlock,
    "sessions": sign_out_everywhere,
    "second-factor": reset_second_factor,
}
"""Acts on an account that need nothing but the account."""
