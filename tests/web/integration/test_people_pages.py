"""Accounts through their pages: who sees and does what."""

from __future__ import annotations

import csv
import io
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.web.builders import PASSWORD, city, filler, person
from tests.web.clients import body, of

from zhiheng_web.accounts.actions import AccountRefused, set_active
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.accounts.queries import people
from zhiheng_web.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
NEW = "Another-horse-8"
HEADER = "账号,姓名,角色,单位代码,电子邮箱\n"
HOSTILE = "<script>alert(1)</script>"


# Lists


def test_a_hostile_name_is_shown_as_text() -> None:
    User.objects.create_user("evil", PASSWORD, full_name=HOSTILE, role="verifier")
    page = body(of("administrator").get("/people/"))
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_the_office_sees_its_people_and_those_who_keep_the_system_all() -> None:
    for role in Role.values:
        person(role, city() if role in ("filler", "approver") else None)
    seen = {role: {u.role for u in people(person(role))} for role in ("administrator", "system", "security")}
    assert seen["administrator"] == {"administrator", "filler", "approver", "verifier", "expert", "leader"}
    assert seen["system"] == seen["security"] == set(Role.values)
    page = of("administrator").get(f"/people/{person('auditor').pk}/")
    assert page.status_code == 404


@pytest.mark.parametrize("role", ["filler", "approver", "verifier", "expert", "leader", "auditor"])
def test_others_see_no_accounts(role: str) -> None:
    client = Client()
    client.force_login(person(role, city() if role in ("filler", "approver") else None))
    for address in ("/people/", "/people/export/", "/people/invitations/", "/people/invite/", "/people/import/",
                    f"/people/{person('administrator').pk}/"):  # fmt: skip
        assert client.get(address).status_code == 403, address


def test_filters_narrow_the_list() -> None:
    filler(1), filler(2), person("verifier")
    User.objects.filter(username="verifier").update(is_active=False)
    client = of("administrator")

    def names(query: str) -> list[str]:
        return [u.username for u in client.get(f"/people/?{query}").context["page"]]

    assert names("role=filler") == ["filler-220100", "filler-220200"]
    assert names("unit=220100") == ["filler-220100"]
    assert names("unit=22") == ["filler-220100", "filler-220200"]
    assert names("q=第2市") == ["filler-220200"]
    assert names("state=inactive") == ["verifier"]
    assert "administrator" not in names("state=unused")
    assert names("role=nonsense&page=999&q=%00") != []


def test_the_list_takes_as_many_queries_for_many_people(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = of("administrator")
    client.get("/people/")
    with django_assert_max_num_queries(14) as few:
        client.get("/people/")
    for number in range(30):
        person("filler", city(number + 1))
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/people/")


def test_an_export_runs_no_formula_and_is_recorded() -> None:
    User.objects.create_user("evil", PASSWORD, full_name="=cmd|' /C calc'!A0", role="verifier")
    answer = of("administrator").get("/people/export/?role=verifier")
    rows = list(csv.reader(io.StringIO(body(answer).removeprefix("\ufeff"))))
    assert rows[1][:3] == ["evil", "'=cmd|' /C calc'!A0", "核查员"]
    assert "attachment" in answer["Content-Disposition"]
    assert Entry.objects.get(act="account.export").after["count"] == 1


# Acts on an account


def test_only_the_security_administrator_acts_and_never_on_himself() -> None:
    user, security = filler(), person("security")
    for role in set(Role.values) - {"security", "filler", "approver"}:
        with pytest.raises(AccountRefused):
            set_active(person(role), user, active=False, reason="x")
        assert of(role).post(f"/people/{user.pk}/password/").status_code == 403
    with pytest.raises(AccountRefused, match="自己"):
        set_active(security, security, active=False, reason="x")
    client = of("security")
    client.post(f"/people/{security.pk}/password/")
    security.refresh_from_db()
    assert security.check_password(PASSWORD)
    user.refresh_from_db()
    assert user.is_active


def test_a_name_is_corrected_and_the_log_says_from_what_to_what() -> None:
    user, client = filler(), of("security")
    answer = client.post(f"/people/{user.pk}/change/", {"full_name": "李四", "email": "nonsense"})
    assert 'value="李四"' in body(answer)
    client.post(f"/people/{user.pk}/change/", {"full_name": "李四", "email": ""})
    user.refresh_from_db()
    assert user.full_name == "李四"
    entry = Entry.objects.get(act="account.change")
    assert (entry.before, entry.after) == ({"full_name": "填报员第1市"}, {"full_name": "李四"})
    client.post(f"/people/{user.pk}/change/", {"full_name": "李四", "email": ""})
    assert Entry.objects.filter(act="account.change").count() == 1
    assert of("administrator").post(f"/people/{user.pk}/change/", {"full_name": "王五"}).status_code == 403
    own = person("security")
    client.post(f"/people/{own.pk}/change/", {"full_name": "王五"})
    own.refresh_from_db()
    assert own.full_name != "王五"


def test_switching_off_wants_a_reason_and_ends_sessions() -> None:
    user = filler()
    theirs = Client()
    theirs.force_login(user)
    client = of("security")
    answer = client.post(f"/people/{user.pk}/active/", {"active": "0", "reason": " "})
    assert "必填" in body(answer)
    user.refresh_from_db()
    assert user.is_active
    client.post(f"/people/{user.pk}/active/", {"active": "0", "reason": "调离"})
    user.refresh_from_db()
    assert not user.is_active
    assert theirs.get("/profile/").status_code == 302
    assert Entry.objects.get(act="account.deactivate").after == {"active": False, "reason": "调离"}
    client.post(f"/people/{user.pk}/active/", {"active": "1", "reason": "回岗"})
    user.refresh_from_db()
    assert user.is_active


def test_a_one_time_password_is_shown_once_and_kept_nowhere() -> None:
    user = filler()
    client = of("security")
    answer = client.post(f"/people/{user.pk}/password/")
    found = re.search(r'id="one-time">([^<]+)<', body(answer))
    assert found
    user.refresh_from_db()
    assert user.check_password(found[1])
    assert user.must_change_password
    assert "no-store" in answer["Cache-Control"]
    assert found[1] not in body(client.get(f"/people/{user.pk}/"))
    assert not Entry.objects.filter(after__icontains=found[1]).exists()


def test_sessions_end_and_a_lost_second_factor_is_reset() -> None:
    user = filler()
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    theirs = Client()
    theirs.force_login(user)
    client = of("security")
    client.post(f"/people/{user.pk}/second-factor/")
    assert not Authenticator.objects.filter(user=user).exists()
    assert theirs.get("/profile/").status_code == 302
    theirs.force_login(user)
    client.post(f"/people/{user.pk}/sessions/")
    assert theirs.get("/profile/").status_code == 302
    assert Entry.objects.get(act="account.end_sessions").after == {"sessions": 1}
    answer = client.post(f"/people/{user.pk}/second-factor/")
    assert "没有启用" in body(answer)
    assert client.post(f"/people/{user.pk}/anything/").status_code == 404
