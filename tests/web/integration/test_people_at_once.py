"""Two people at the same moment who invite, accept or change accounts: one of them is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import IntegrityError
from tests.web.builders import PASSWORD, person
from tests.web.integration.test_rounds_concurrency import at_once

from zhiheng_web.accounts.actions import AccountRefused, InvitationRefused, Newcomer, accept, invite, set_active
from zhiheng_web.accounts.models import Invitation, User
from zhiheng_web.accounts.role_actions import change_work, work_of
from zhiheng_web.audit.models import Entry
from zhiheng_web.audit.queries import chain_breaks

pytestmark = pytest.mark.usefixtures("real_database")
NEWCOMER = Newcomer("zhangsan", "张三", "verifier")


def refusals(found: Sequence[object], kind: type[Exception]) -> list[str]:
    return [str(each) for each in found if isinstance(each, kind)]


def test_one_link_opened_twice_makes_one_account() -> None:
    _made, token = invite(person("administrator"), NEWCOMER)
    found = at_once(lambda: accept(token, PASSWORD), lambda: accept(token, PASSWORD), lambda: accept(token, PASSWORD))
    assert len(refusals(found, InvitationRefused)) == 2
    assert User.objects.filter(username="zhangsan").count() == 1
    assert Entry.objects.filter(act="account.accept").count() == 1


def test_a_name_that_the_command_line_takes_meanwhile_is_refused_in_words() -> None:
    _made, token = invite(person("administrator"), NEWCOMER)
    found = at_once(lambda: accept(token, PASSWORD), lambda: _made_elsewhere("ZhangSan"))
    if isinstance(found[1], User):
        assert "已经开通" in refusals(found, InvitationRefused)[0]
    assert User.objects.filter(username__iexact="zhangsan").count() == 1


def _made_elsewhere(name: str) -> User | None:
    try:
        return User.objects.create_user(name, PASSWORD, full_name="张三", role="system")
    except IntegrityError:
        return None


def test_two_offices_that_invite_one_name_at_once_leave_one_link() -> None:
    first, second = person("administrator"), person("administrator", username="second")
    for _ in range(5):
        Invitation.objects.all().delete()
        found = at_once(lambda: invite(first, NEWCOMER), lambda: invite(second, NEWCOMER))
        assert sum(each.open for each in Invitation.objects.all()) == 1
        tokens = [each[1] for each in found if isinstance(each, tuple)]
        assert len(tokens) + len(refusals(found, InvitationRefused)) == 2
        assert sum(_works(token) for token in tokens) == 1
    assert list(chain_breaks()) == []


def _works(token: str) -> bool:
    try:
        accept(token, PASSWORD).delete()
    except InvitationRefused:
        return False
    return True


def test_an_invitation_that_is_accepted_while_it_is_replaced_ends_in_one_account() -> None:
    administrator = person("administrator")
    _made, token = invite(administrator, NEWCOMER)
    again = Newcomer("zhangsan", "张三", "leader")
    found = at_once(lambda: accept(token, PASSWORD), lambda: invite(administrator, again))
    assert len(refusals(found, InvitationRefused)) == 1
    accounts, waiting = User.objects.filter(username="zhangsan").count(), sum(i.open for i in Invitation.objects.all())
    assert accounts + waiting == 1


def test_the_last_two_of_a_role_are_not_taken_away_together() -> None:
    system, security = person("system"), person("security")
    first, second = person("administrator"), person("administrator", username="second")
    found = at_once(
        lambda: change_work(system, first, role="security", unit=None, reason="x", seen=work_of(first)),
        lambda: set_active(security, second, active=False, reason="x"),
    )
    (why,) = refusals(found, AccountRefused)
    assert "最后一个" in why
    assert User.objects.filter(role="administrator", is_active=True).count() == 1
