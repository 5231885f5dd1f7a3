"""Tokens: made and revoked by their owner, limited, and worth nothing once he could not sign in himself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.web.api import BASE, program, token, told
from tests.web.builders import city, filler, person, running_round

from zhiheng_web.accounts.actions import change_password, give_one_time_password, set_active
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.accounts.queries import token_hash
from zhiheng_web.accounts.role_actions import change_work, work_of
from zhiheng_web.api.actions import TokenRefused, make_token, revoke_token
from zhiheng_web.api.models import ApiToken
from zhiheng_web.api.permissions import SCOPES, scopes_of
from zhiheng_web.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
ROUNDS = f"{BASE}/rounds"
READING = ("read:frameworks", "read:rounds", "read:submissions", "read:evidence", "read:results")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_each_role_has_the_scopes_of_its_pages() -> None:
    found = {role: scopes_of(person(role, city() if role in {"filler", "approver"} else None)) for role in Role.values}
    assert set(found.pop("filler")) == set(SCOPES)
    assert set(found.pop("expert")) == {"read:frameworks", "read:rounds"}
    for role in ("system", "security", "auditor"):
        assert found.pop(role) == ()
    assert {frozenset(scopes) for scopes in found.values()} == {frozenset(READING)}


def test_a_token_is_shown_once_and_kept_as_a_hash() -> None:
    client = browser(filler())
    answer = client.post(reverse("tokens"), {"name": "业务<b>系统", "scopes": ["read:rounds"], "days": "30"})
    secret = re.search(r'value="(zh_[\w-]{43})"', answer.content.decode())
    assert secret is not None
    assert "业务&lt;b&gt;系统" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    kept = ApiToken.objects.get()
    assert (kept.hash, kept.scopes, kept.role) == (token_hash(secret[1]), ["read:rounds"], "filler")
    assert secret[1] not in client.get(reverse("tokens")).content.decode()
    entry = Entry.objects.get(act="token.make")
    assert secret[1] not in f"{entry.after}{entry.target_name}"
    assert Client(headers={"authorization": f"Bearer {secret[1]}"}).get(ROUNDS).status_code == 200


def test_a_token_is_not_made_beyond_role_or_limits(settings: Any) -> None:
    verifier = person("verifier")
    for scopes, days in ((["write:submissions"], 9), (["read:rounds", "root"], 9), ([], 9), (["read:rounds"], 0),
                         (["read:rounds"], settings.API_TOKEN_DAYS + 1)):  # fmt: skip
        with pytest.raises(TokenRefused):
            make_token(verifier, "a", scopes, days)
    answer = browser(verifier).post(reverse("tokens"), {"name": "a", "scopes": ["write:evidence"], "days": "9"})
    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)
    settings.API_TOKENS = 1
    token(verifier)
    with pytest.raises(TokenRefused):
        token(verifier)


def test_a_revoked_token_ends_at_once_and_only_its_owner_revokes_it() -> None:
    made, secret = make_token(filler(), "a", ["read:rounds"], 9)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    assert client.get(ROUNDS).status_code == 200
    assert browser(filler(2)).post(reverse("token_revoke", args=[made.pk])).status_code == 404
    with pytest.raises(TokenRefused):
        revoke_token(filler(2), made)
    assert client.get(ROUNDS).status_code == 200
    assert browser(filler()).post(reverse("token_revoke", args=[made.pk])).status_code == 302
    answer = client.get(ROUNDS)
    assert told(answer) == (401, "api.unauthorised")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    revoke_token(filler(), made)
    assert Entry.objects.filter(act="token.revoke").count() == 1


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer zh_" + "a" * 43, "bearer \x00", "Bearer 令牌"]
)
def test_without_a_token_that_works_nothing_is_told(header: str) -> None:
    client = Client(headers={"authorization": header} if header else {})
    answer = client.get(ROUNDS)
    assert told(answer) == (401, "api.unauthorised")
    assert not answer.cookies


def test_an_expired_token_ends() -> None:
    client = program(filler())
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert told(client.get(ROUNDS)) == (401, "api.unauthorised")


def _lock(user: User) -> None:
    AccessAttempt.objects.create(username=user.username, ip_address="1.1.1.1", failures_since_start=5)


CLOSED: dict[str, Callable[[User], object]] = {
    "inactive": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "role": lambda user: User.objects.filter(pk=user.pk).update(role="approver"),
    "unit": lambda user: User.objects.filter(pk=user.pk).update(unit=city(2)),
    "locked": _lock,
    "password": lambda user: User.objects.filter(pk=user.pk).update(must_change_password=True),
    "old": lambda user: User.objects.filter(pk=user.pk).update(
        password_changed_at=timezone.now() - timedelta(days=999)
    ),
}


@pytest.mark.parametrize("why", CLOSED)
def test_a_token_is_worth_nothing_once_its_owner_may_not_sign_in_as_he_was(why: str) -> None:
    client = program(filler())
    assert client.get(ROUNDS).status_code == 200
    CLOSED[why](filler())
    assert told(client.get(ROUNDS)) == (403, "api.account")


ENDINGS: dict[str, Callable[[User, User], object]] = {
    "account.password": lambda _by, user: change_password(user, "Another-horse-8"),
    "account.reset_password": give_one_time_password,
    "account.deactivate": lambda by, user: set_active(by, user, active=False, reason="离职"),
    "account.move": lambda _by, user: change_work(
        person("administrator"), user, role="approver", unit=user.unit, reason="转岗", seen=work_of(user)
    ),
}


@pytest.mark.parametrize("act", ENDINGS)
def test_tokens_end_for_good_with_what_the_account_could_do(act: str) -> None:
    client, user = program(filler()), filler()
    other = program(filler(2))
    ENDINGS[act](person("security"), user)
    # What is given back to the account later does not bring them back.
    User.objects.filter(pk=user.pk).update(is_active=True, role="filler", must_change_password=False)
    assert told(client.get(ROUNDS)) == (401, "api.unauthorised")
    assert other.get(ROUNDS).status_code == 200
    assert [e.after for e in Entry.objects.filter(act="token.end")] == [{"because": act}]


def test_a_role_that_must_have_a_second_factor_has_one(settings: Any) -> None:
    client = program(filler())
    settings.SECOND_FACTOR_ROLES = ["filler"]
    assert told(client.get(ROUNDS)) == (403, "api.account")


def test_a_scope_opens_nothing_else() -> None:
    running_round(units=1)
    client = program(filler(), ["read:frameworks"])
    assert client.get(f"{BASE}/frameworks").status_code == 200
    assert told(client.get(ROUNDS)) == (403, "api.scope")


def test_every_use_is_counted(settings: Any) -> None:
    settings.API_PER_MINUTE, settings.API_FAILURES_PER_MINUTE = 3, 2
    client, other = program(filler()), program(filler(2))
    assert [client.get(ROUNDS).status_code for _ in range(3)] == [200, 200, 200]
    answer = client.get(ROUNDS)
    assert told(answer) == (429, "api.rate")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert other.get(ROUNDS).status_code == 200
    guess = Client(headers={"authorization": "Bearer zh_guess"})
    assert [guess.get(ROUNDS).status_code for _ in range(3)] == [401, 401, 429]
    assert other.get(ROUNDS).status_code == 200


def test_the_time_of_the_last_use_is_kept() -> None:
    client = program(filler())
    assert ApiToken.objects.get().last_used_at is None
    client.get(ROUNDS)
    assert ApiToken.objects.get().last_used_at is not None


def test_no_cookie_opens_the_api_and_no_token_opens_a_page() -> None:
    running_round(units=1)
    client = browser(filler())
    answer = client.get(ROUNDS)
    assert told(answer) == (401, "api.unauthorised")
    assert not answer.cookies
    assert answer.headers["Vary"] == "Authorization"
    secret = token(filler())
    page = Client(headers={"authorization": f"Bearer {secret}"}).get(reverse("home"))
    assert page.status_code == 302
    assert client.get(reverse("home")).status_code == 200


def test_programs_of_other_sites_get_no_leave_from_browsers() -> None:
    answer = Client(headers={"origin": "https://evil.example", "authorization": f"Bearer {token(filler())}"}).get(
        ROUNDS
    )
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_pages_show_tokens_and_the_api_to_those_who_have_scopes() -> None:
    made, _secret = make_token(filler(), "甲系统", ["read:rounds"], 9)
    client = browser(filler())
    assert "甲系统" in client.get(reverse("tokens")).content.decode()
    page = client.get(reverse("api_description")).content.decode()
    assert "PUT /api/v1/rounds/{code}/units/{unit}/submission/answers/{no}" in page
    assert "write:submissions" in page
    assert "<script>" not in page
    auditor = browser(person("auditor"))
    for name, args in (("tokens", []), ("api_description", [])):
        assert auditor.get(reverse(name, args=args)).status_code == 403
    assert auditor.post(reverse("token_revoke", args=[made.pk])).status_code == 403
