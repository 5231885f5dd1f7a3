"""Units and accounts of the demonstration."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from zhiheng.assessment.case import Case
from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.audit.actions import record
from zhiheng_web.site.context import DEMO_FILE

PROVINCE = "220000"
OFFICE = {
    "admin": Role.ADMINISTRATOR,
    "verifier": Role.VERIFIER,
    "expert": Role.EXPERT,
    "expert-2": Role.EXPERT,
    "expert-3": Role.EXPERT,
    "leader": Role.LEADER,
    "system": Role.SYSTEM,
    "security": Role.SECURITY,
    "auditor": Role.AUDITOR,
}
"""Accounts of the office by name."""
SHOWN = ("filler-220100", "approver-220100", "filler-220200", "approver-220200")
"""Accounts of units that the sign-in page names."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """
    An account that the sign-in page of the demonstration offers.

    Parameters
    ----------
    username, password, role
        What to type, and what it is for.
    """

    username: str
    password: str
    role: str


def make_units(case: Case) -> list[Unit]:
    """Make the province and the units of a case below it."""
    area = case.settings.report.area
    top = Unit.objects.get_or_create(
        code=PROVINCE, defaults={"name": area, "level": Unit.Level.PROVINCE, "pronoun": case.settings.report.whole}
    )[0]
    return [
        Unit.objects.get_or_create(
            code=unit.code,
            defaults={"name": unit.name, "full_name": unit.full_name, "pronoun": unit.pronoun, "parent": top},
        )[0]
        for unit in case.units
    ]


def make_people(units: list[Unit]) -> str:
    """Make one account of every role, a filler and an approver for each unit, and return their password."""
    password = f"Demo-{secrets.token_hex(4)}"
    # One hash for all: making one is slow on purpose.
    hashed = make_password(password)
    for username, role in OFFICE.items():
        _account(username, f"{_('示例')}{_title(username, role)}", role, None, hashed)
    for unit in units:
        for role in (Role.FILLER, Role.APPROVER):
            _account(f"{role}-{unit.code}", f"{unit.name}{role.label}", role, unit, hashed)
    return password


def _title(username: str, role: Role) -> str:
    """Return what an account is for; several of one role are told apart by the number of their names."""
    return f"{role.label}{username.partition('-')[2]}"


def _account(username: str, name: str, role: Role, unit: Unit | None, hashed: str) -> None:
    user = User.objects.create(username=username, password=hashed, full_name=name, role=role, unit=unit)
    record("account.demo", user, after={"role": role})


def remember(password: str) -> None:
    """Keep the accounts that the sign-in page names, readable by the owner of the installation only."""
    titles = {name: _title(name, role) for name, role in OFFICE.items()}
    for user in User.objects.filter(username__in=SHOWN).select_related("unit"):
        titles[user.username] = f"{user.unit_name}{user.role_title}"
    accounts = [asdict(DemoAccount(name, password, title)) for name, title in titles.items()]
    path = Path(settings.DATA) / DEMO_FILE
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(accounts, file, ensure_ascii=False, indent=1)
    part.replace(path)


def remembered() -> list[DemoAccount]:
    """Return the accounts that the sign-in page names; empty where no demonstration was loaded."""
    path = Path(settings.DATA) / DEMO_FILE
    if not path.exists():
        return []
    return [DemoAccount(**entry) for entry in json.loads(path.read_text("utf-8"))]
