"""The role and the unit of an account are changed: by whom, to what, and what it never opens."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.web.builders import approver, city, filler, person, row_of, running_round

from zhiheng_web.accounts.actions import AccountRefused, set_active
from zhiheng_web.accounts.duties import DUTIES
from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.accounts.permissions import roles_open_to
from zhiheng_web.accounts.role_actions import change_work, work_of
from zhiheng_web.assessments.actions import Given, hand_over, save_answer, submit
from zhiheng_web.audit.models import Entry
from zhiheng_web.rounds.machine import NotAllowed, State

pytestmark = pytest.mark.django_db


def of(role: str) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def change(by: User, user: User, role: str, unit: Unit | None = None, **more: str) -> User:
    given = {"reason": "岗位调整", "seen": work_of(user)} | more
    return change_work(by, user, role=role, unit=unit, **given)


def post(client: Client, user: User, **data: str) -> str:
    given = {f"work-{n}": v for n, v in ({"reason": "岗位调整", "seen": work_of(user)} | data).items()}
    return client.post(f"/people/{user.pk}/work/", given, follow=True).content.decode()


def test_a_filler_becomes_approver_of_another_unit_and_is_signed_out() -> None:
    user, theirs = filler(), Client()
    theirs.force_login(user)
    city(2)
    page = post(of("administrator"), user, role="approver", unit="220200")
    assert "已调整" in page
    user.refresh_from_db()
    assert (user.role, user.unit) == ("approver", city(2))
    assert theirs.get("/profile/").status_code == 302
    entry = Entry.objects.get(act="account.move")
    assert (entry.actor, entry.target_name) == ("administrator", user.full_name)
    assert entry.before == {"role": "filler", "unit": "220100"}
    assert entry.after == {"role": "approver", "unit": "220200", "reason": "岗位调整", "sessions": 1}


def test_each_office_moves_its_own_people_on_their_side_only() -> None:
    units = {role: city() if role in {"filler", "approver"} else None for role in Role.values}
    found = {
        (by, role): roles_open_to(person(by), person(role, units[role], f"other-{role}"))
        for by in Role.values
        if units[by] is None
        for role in Role.values
    }
    units_side, office = ("filler", "approver"), ("verifier", "expert", "leader")
    keepers = ("administrator", "system", "security")
    wanted = {("administrator", role): side for side in (units_side, office) for role in side}
    wanted |= {("system", role): keepers for role in keepers}
    assert {key: roles for key, roles in found.items() if roles} == wanted
    assert roles_open_to(person("system"), person("system")) == ()


@pytest.mark.parametrize(
    ("by", "role", "to"),
    [
        ("administrator", "filler", "verifier"),
        ("administrator", "verifier", "administrator"),
        ("administrator", "leader", "filler"),
        ("system", "auditor", "security"),
        ("system", "security", "auditor"),
        ("system", "verifier", "leader"),
        ("security", "verifier", "leader"),
        ("auditor", "verifier", "leader"),
    ],
)
def test_what_crosses_a_side_is_refused(by: str, role: str, to: str) -> None:
    user = person(role, city() if role == "filler" else None, "somebody")
    with pytest.raises(AccountRefused, match="不能把这个账号"):
        change(person(by), user, to, city() if to == "filler" else None)
    post(of(by), user, role=to, unit="220100")
    user.refresh_from_db()
    assert user.role == role
    assert not Entry.objects.filter(act="account.move").exists()


def test_nobody_changes_himself() -> None:
    system = person("system")
    with pytest.raises(AccountRefused, match="自己"):
        change(system, system, "administrator")
    assert of("system").post(f"/people/{system.pk}/work/").status_code == 403
    assert "角色和单位" not in of("system").get(f"/people/{system.pk}/").content.decode()


def test_the_last_of_a_role_that_the_site_needs_stays() -> None:
    system, last, security = person("system"), person("administrator"), person("security")
    assert "最后一个启用的省级管理员" in post(of("system"), last, role="security")
    for role in ("administrator", "system", "auditor"):
        with pytest.raises(AccountRefused, match="最后一个"):
            set_active(security, person(role), active=False, reason="x")
    other = person("administrator", username="second")
    set_active(security, other, active=False, reason="调离")
    with pytest.raises(AccountRefused, match="最后一个"):
        change(system, last, "security")
    # One that is off already is no last one.
    change(system, other, "security")
    set_active(security, person("verifier"), active=False, reason="调离")
    last.refresh_from_db()
    assert (last.role, last.is_active) == ("administrator", True)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"role": "approver", "unit": ""}, "必填"),
        ({"role": "approver", "unit": "999"}, "没有这个代码"),
        ({"role": "nonsense", "unit": "220100"}, "nonsense"),
        ({"role": "approver", "unit": "220100", "reason": " "}, "必填"),
        ({"role": "approver", "unit": "220100", "seen": "leader@"}, "刚被他人调整"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_at_its_form(data: dict[str, str], why: str) -> None:
    user = filler()
    page = post(of("administrator"), user, **data)
    assert why in page
    if data.get("reason") is None:
        assert 'value="岗位调整"' in page
    user.refresh_from_db()
    assert user.role == "filler"


def test_a_role_without_unit_takes_none_and_nothing_is_recorded_where_nothing_changes() -> None:
    administrator, user = person("administrator"), person("verifier")
    with pytest.raises(AccountRefused, match="不要填写评价对象"):
        change(administrator, user, "leader", city())
    with pytest.raises(AccountRefused, match="须指定"):
        change(administrator, filler(), "approver")
    change(administrator, user, "verifier")
    assert not Entry.objects.filter(act="account.move").exists()


def test_who_filled_an_answer_in_does_not_sign_it_off_as_approver() -> None:
    row, user = row_of(running_round(1)), filler()
    for point in (1, 2, 3, 4):
        save_answer(user, row, point, Given("no"), version=0)
    hand_over(user, row)
    user = change(person("administrator"), user, "approver", city())
    with pytest.raises(NotAllowed, match="其他审核员"):
        submit(user, row)
    submit(approver(), row)
    row.refresh_from_db()
    assert row.state == State.SUBMITTED


def test_the_page_of_an_account_says_what_it_may_do() -> None:
    assert set(DUTIES) == set(Role.values)
    user = filler()
    page = of("administrator").get(f"/people/{user.pk}/").content.decode()
    assert all(str(duty) in page for duty in DUTIES["filler"])
    assert "核定、调整、不予认定考核要点" not in page
    assert "从未登录" in page


def test_the_page_of_an_account_takes_as_many_queries_for_many_units(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    user, client = filler(), of("administrator")
    client.get(f"/people/{user.pk}/")
    with django_assert_max_num_queries(16) as few:
        client.get(f"/people/{user.pk}/")
    for number in range(2, 32):
        city(number)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(f"/people/{user.pk}/")
