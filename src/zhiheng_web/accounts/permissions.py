"""Predicates about people that compose with `|`, `&` and `~`; each reads as a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhiheng_web.accounts.models import Unit, User


class Predicate:
    """
    A yes-or-no question about a person.

    Parameters
    ----------
    ask
        Answers it.
    name
        For messages and tests.
    """

    def __init__(self, ask: Callable[[User], bool], name: str) -> None:
        self.ask = ask
        self.name = name

    def __call__(self, user: User) -> bool:
        """Return the answer; nobody who is switched off may do anything."""
        return user.is_active and self.ask(user)

    def __or__(self, other: Predicate) -> Predicate:
        """Return whether either holds."""
        return Predicate(lambda user: self.ask(user) or other.ask(user), f"({self.name} | {other.name})")

    def __and__(self, other: Predicate) -> Predicate:
        """Return whether both hold."""
        return Predicate(lambda user: self.ask(user) and other.ask(user), f"({self.name} & {other.name})")

    def __invert__(self) -> Predicate:
        """Return whether it does not hold."""
        return Predicate(lambda user: not self.ask(user), f"~{self.name}")

    def __repr__(self) -> str:
        """Return the name."""
        return self.name


def _role(name: str) -> Predicate:
    return Predicate(lambda user: user.role == name, f"is_{name}")


is_filler, is_approver, is_administrator = _role("filler"), _role("approver"), _role("administrator")
is_verifier, is_expert, is_leader = _role("verifier"), _role("expert"), _role("leader")
is_system, is_security, is_auditor = _role("system"), _role("security"), _role("auditor")
is_of_a_unit = is_filler | is_approver
is_of_the_office = is_administrator | is_verifier
is_business = is_of_a_unit | is_of_the_office | is_expert | is_leader
is_anybody = Predicate(lambda _: True, "is_anybody")
reads_log = is_auditor | is_security
manages_people = is_administrator | is_system | is_security

INVITES = {
    "administrator": ("filler", "approver", "verifier", "expert", "leader"),
    "system": ("administrator", "system", "security", "auditor"),
}
"""Roles that each role may bring in: the office its own people, the system administrator those who keep the system."""
SIDES = (("filler", "approver"), ("verifier", "expert", "leader"), ("administrator", "system", "security"))
"""
Roles between which an account may move. None crosses: nobody verifies what he filled in, and whoever read the log, or
is to read it, has no other work in it.
"""
KEPT = ("administrator", "system", "security", "auditor")
"""Roles of which one account at least stays in use: without it nobody could do their work."""
manages_accounts = is_security
manages_units = is_administrator
reads_units = is_administrator | is_system
invites = Predicate(lambda user: user.role in INVITES, "invites")


def can_invite(user: User, role: str) -> bool:
    """Return whether `user` may make an account of a role."""
    return role in INVITES.get(user.role, ()) and is_anybody(user)


def roles_seen_by(user: User) -> tuple[str, ...]:
    """Return the roles whose accounts `user` sees when he does not see all: those he brings in, and his own."""
    return (*INVITES.get(user.role, ()), user.role)


def can_act_on(by: User, user: User) -> bool:
    """Return whether `by` may lock, unlock and reset an account: the security administrator any but his own."""
    return manages_accounts(by) and by.pk != user.pk


def roles_open_to(by: User, user: User) -> tuple[str, ...]:
    """Return the roles that `by` may give an account, its own among them; none for his own account and for auditors."""
    side = next((side for side in SIDES if user.role in side), ())
    return side if by.pk != user.pk and side and all(can_invite(by, role) for role in side) else ()


def works_for(user: User, unit: Unit) -> bool:
    """Return whether `user` fills in or approves for this unit, and no other."""
    return is_of_a_unit(user) and user.unit_id == unit.pk
