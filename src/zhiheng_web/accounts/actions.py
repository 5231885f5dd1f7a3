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
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng_web.accounts.hooks import tell_ended
from zhiheng_web.accounts.models import OF_A_UNIT, Invitation, Role, Unit, User
from zhiheng_web.accounts.permissions import KEPT, can_act_on, can_invite
from zhiheng_web.accounts.queries import CODES_ACTION, CODES_APP, codes_counter, open_invitation, token_hash
from zhiheng_web.audit.actions import record
from zhiheng_web.audit.context import Actor, actor
from zhiheng_web.language import clauses, headed, listed
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

    The new link takes the place of one that waits for the same name or the same person (see `_person`). Refused: roles
    that `by` may not bring in, a role of a unit without unit, a name that is taken or that somebody of another office
    has invited.
    """
    return invite_all(by, [newcomer])[0]


@transaction.atomic
def invite_all(by: User, newcomers: Sequence[Newcomer]) -> list[tuple[Invitation, str]]:
    """Invite many people, all or none; the refusal names the first who cannot be invited."""
    # Locked before the names are checked, so that none of them is accepted in between.
    waiting = list(_waiting_for(newcomers).select_for_update(of=("self",)).order_by("pk"))
    for newcomer, why in zip(newcomers, faults_of(by, newcomers), strict=True):
        if why and len(newcomers) == 1:
            raise InvitationRefused(why)
        if why:
            raise InvitationRefused(_("账号“%(name)s”：%(why)s") % {"name": newcomer.username, "why": why})
    return [_invite(by, *each) for each in zip(newcomers, _replaced(newcomers, waiting), strict=True)]


def links_that_end(newcomers: Sequence[Newcomer]) -> int:
    """Return how many links that still work would stop working if these people were invited."""
    found = _replaced(newcomers, [each for each in _waiting_for(newcomers) if each.open])
    return len({each.pk for replaced in found for each in replaced})


def _replaced(newcomers: Sequence[Newcomer], waiting: Sequence[Invitation]) -> list[list[Invitation]]:
    """Return for each newcomer the invitations that his takes the place of: those of his name and of himself."""
    old: dict[object, list[Invitation]] = {}
    for each in waiting:
        for place in {each.username.lower(), _person(each)} - {None}:
            old.setdefault(place, []).append(each)
    found = []
    for newcomer in newcomers:
        places = (newcomer.username.lower(), _person(newcomer))
        found.append(list({each.pk: each for place in places for each in old.get(place, ())}.values()))
    return found


def _person(who: Newcomer | Invitation) -> tuple[str, str, str, int] | None:
    """
    Return what tells that two invitations mean the same person; None without an address, for names are not enough.

    An office may share one address, and one person may work in two roles with an account for each.
    """
    return (who.email.lower(), who.full_name, who.role, who.unit.pk if who.unit else 0) if who.email else None


def _waiting_for(newcomers: Sequence[Newcomer]) -> QuerySet[Invitation]:
    """Return the invitations, old ones too, that wait for the names or addresses of newcomers."""
    same = Q(name__in=[each.username.lower() for each in newcomers])
    same |= Q(address__in=[each.email.lower() for each in newcomers if each.email])
    named = Invitation.objects.annotate(name=Lower("username"), address=Lower("email"))
    return named.filter(same, accepted_at=None, withdrawn_at=None)


def _invite(by: User, newcomer: Newcomer, replaced: Sequence[Invitation]) -> tuple[Invitation, str]:
    token, now = secrets.token_urlsafe(32), timezone.now()
    for old in replaced:
        old.withdrawn_at = now
        old.save(update_fields=["withdrawn_at"])
    invitation = Invitation(
        token_hash=token_hash(token),
        username=newcomer.username,
        full_name=newcomer.full_name,
        email=newcomer.email,
        role=newcomer.role,
        unit=newcomer.unit,
        invited_by=by,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
    )
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError as error:
        words = {"name": newcomer.username}
        raise InvitationRefused(_("账号“%(name)s”刚被他人邀请，请刷新后再试。") % words) from error
    for old in replaced:
        old.replaced_by = invitation
        old.save(update_fields=["replaced_by"])
        record("account.replace_invitation", old, after={"username": newcomer.username})
    after = {"username": newcomer.username, "full_name": newcomer.full_name, "role": newcomer.role,
             "unit": newcomer.unit.code if newcomer.unit else ""}  # fmt: skip
    record("account.invite", invitation, after=after)
    return invitation, token


def faults_of(by: User, newcomers: Sequence[Newcomer]) -> list[str]:
    """Return for each newcomer why he cannot be invited, or ""; the number of queries does not grow with them."""
    names = [newcomer.username.lower() for newcomer in newcomers]
    taken = set(User.objects.annotate(name=Lower("username")).filter(name__in=names).values_list("name", flat=True))
    foreign = {each.username.lower() for each in _waiting_for(newcomers) if each.open and not can_invite(by, each.role)}
    found, seen = [], set[object]()
    for newcomer, name in zip(newcomers, names, strict=True):
        someone = _person(newcomer)
        twice = _("账号在表中重复。") if name in seen else _("同一人在表中重复。") if someone in seen else ""
        found.append(_fault(by, newcomer, taken, foreign) or twice)
        seen |= {name, someone} - {None}
    return found


def _fault(by: User, newcomer: Newcomer, taken: Collection[str], foreign: Collection[str]) -> str:
    if not can_invite(by, newcomer.role):
        title = dict(Role.choices).get(newcomer.role, newcomer.role)
        return _("您不能邀请“%(role)s”角色。") % {"role": title}
    if newcomer.role in OF_A_UNIT and newcomer.unit is None:
        return _("填报员和审核员须指定所属的评价对象。")
    if newcomer.role not in OF_A_UNIT and newcomer.unit is not None:
        return _("该角色不属于某个评价对象，请不要填写评价对象。")
    if newcomer.username.lower() in taken:
        return _("账号“%(name)s”已经存在。") % {"name": newcomer.username}
    if newcomer.username.lower() in foreign:
        return _("账号“%(name)s”已由其他管理员邀请，尚未接受，请换一个账号。") % {"name": newcomer.username}
    try:
        User(
            username=newcomer.username, full_name=newcomer.full_name, email=newcomer.email, role=newcomer.role
        ).clean_fields(exclude=["password"])
    except ValidationError as error:
        titles = {field.name: str(field.verbose_name) for field in User._meta.fields}  # noqa: SLF001 - documented by Django
        return clauses(headed(titles[name], listed(why)) for name, why in error.message_dict.items())
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

    Refused: a link that is used up, withdrawn, replaced or too old, a name that has become an account meanwhile
    (InvitationRefused); a weak password (ValidationError).
    """
    found = open_invitation(token)
    if found is None:
        raise InvitationRefused(_("邀请链接已使用、撤回、过期或者由新邀请代替，请联系邀请人。"))
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if not invitation.open:
        raise InvitationRefused(_("邀请链接已使用、撤回、过期或者由新邀请代替，请联系邀请人。"))
    user = invited_user(invitation)
    validate_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        # Two invitations of one name, or an account from the command line: the first one has the name.
        words = {"name": invitation.username}
        raise InvitationRefused(_("账号“%(name)s”已经开通，请直接登录；登录不了的，请联系邀请人。") % words) from error
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


def keep_one(user: User) -> None:
    """Refuse to take away the last account in use of a role that the site needs; call it before other locks."""
    if user.role not in KEPT:
        return
    # Two at once would each see the other's account and take both away.
    kept = User.objects.select_related(None).select_for_update().filter(role=user.role, is_active=True).order_by("pk")
    if {each.pk for each in kept} <= {user.pk}:
        words = {"role": user.role_title}
        raise AccountRefused(_("这是最后一个启用的%(role)s账号，请先开通另一个%(role)s账号。") % words)


@transaction.atomic
def set_active(by: User, user: User, *, active: bool, reason: str) -> None:
    """
    Switch an account on or off; switching off ends its sessions.

    Refused: an act on oneself, by others than the security administrator, without a reason; off for the last of a role
    without which nobody could run the site.
    """
    _check_right(by, user)
    if not reason.strip():
        raise AccountRefused(_("请填写原因。"))
    before = user.is_active
    if before and not active:
        keep_one(user)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_sessions(user)
        tell_ended(user, "account.deactivate")
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
    ratelimit.clear(HttpRequest(), app=CODES_APP, action=CODES_ACTION, key=codes_counter(user.pk))


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
    tell_ended(user, act)


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
