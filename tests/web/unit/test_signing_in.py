"""The rules of signing in, through the real pages of allauth with axes behind them."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client, TestCase
from django.utils import timezone
from pytest_django import Settings
from tests.web.builders import PASSWORD, filler, person

from zhiheng_web.accounts.actions import reset_password, set_active, unlock
from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.queries import lockouts
from zhiheng_web.accounts.second_factor import SecondFactorAdapter
from zhiheng_web.audit.models import Entry, Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
NEW = "Another-horse-8"


def sign_in(client: Client, username: str, password: str = PASSWORD) -> HttpResponse:
    return client.post("/account/login/", {"login": username, "password": password})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def acts(username: str) -> list[tuple[str, str]]:
    return list(Entry.objects.filter(actor=username).order_by("number").values_list("act", "outcome"))


def test_the_right_password_signs_in_and_is_recorded_with_its_address(client: Client) -> None:
    answer = sign_in(client, filler().username)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    entry = Entry.objects.get(act="session.sign_in")
    assert (entry.actor, entry.actor_role, entry.address) == (filler().username, "filler", "127.0.0.1")
    client.post("/account/logout/")
    assert acts(filler().username)[-1] == ("session.sign_out", "done")
    assert not signed_in(client)


def test_a_wrong_password_says_no_and_is_recorded(client: Client) -> None:
    answer = sign_in(client, filler().username, "wrong")
    assert answer.status_code == 200
    assert not signed_in(client)
    entry = Entry.objects.get()
    assert (entry.act, entry.outcome, entry.actor) == ("session.sign_in", Outcome.REFUSED, filler().username)
    assert "wrong" not in str(entry.__dict__)


def test_nobody_signs_himself_up(client: Client) -> None:
    client.post("/account/signup/", {"username": "intruder", "password1": NEW, "password2": NEW})
    assert not User.objects.filter(username="intruder").exists()


def test_failures_lock_the_account_even_for_the_right_password(client: Client, settings: Settings) -> None:
    user = filler()
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert sign_in(client, user.username, "wrong").status_code == 200
    assert lockouts() == {}
    answer = sign_in(client, user.username, "wrong")
    assert answer.status_code == 429
    assert "账号已锁定" in answer.content.decode()
    answer = sign_in(Client(REMOTE_ADDR="10.0.0.9"), user.username)
    assert "account/locked.html" in [template.name for template in answer.templates]
    assert list(lockouts()) == [user.username]
    assert ("session.lock_out", "refused") in acts(user.username)


def test_the_security_administrator_unlocks(client: Client, settings: Settings) -> None:
    user = filler()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, user.username, "wrong")
    unlock(person("security"), user)
    assert lockouts() == {}
    sign_in(client, user.username)
    assert signed_in(client)


def test_other_spellings_of_a_name_count_as_the_same_account(client: Client, settings: Settings) -> None:
    user = person("verifier", username="Zhang")
    for spelling in ["zhang", "ZHANG", "zHang", "Zhang", "zhAng"][: settings.AXES_FAILURE_LIMIT]:
        sign_in(client, spelling, "wrong")
    assert list(lockouts()) == [user.username]
    assert sign_in(client, "ZHang").status_code == 429


def test_a_success_forgets_the_failures_whatever_the_spelling(client: Client, settings: Settings) -> None:
    person("verifier", username="Zhang")
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        sign_in(client, "zhang", "wrong")
    sign_in(client, "zhang")
    client.logout()
    assert sign_in(client, "zhang", "wrong").status_code == 200
    assert lockouts() == {}


def test_the_lock_ends_by_itself(client: Client, settings: Settings) -> None:
    user = filler()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, user.username, "wrong")
    settings.AXES_COOLOFF_TIME = timedelta(seconds=0)
    sign_in(client, user.username)
    assert signed_in(client)


def test_an_account_that_is_off_does_not_sign_in_and_loses_its_session(client: Client) -> None:
    user = filler()
    sign_in(client, user.username)
    set_active(person("security"), user, active=False, reason="调离")
    assert client.get("/profile/").status_code == 302
    sign_in(client, user.username)
    assert not signed_in(client)


def test_sign_ins_of_one_address_are_limited(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    assert [sign_in(client, f"nobody{n}", "x").status_code for n in range(3)] == [200, 200, 429]


def test_idle_sessions_end(client: Client, settings: Settings) -> None:
    sign_in(client, filler().username)
    assert client.get("/profile/").status_code == 200
    session = client.session
    session["last_seen"] -= settings.IDLE_MINUTES * 60 + 1
    session.save()
    answer = client.get("/profile/", follow=True)
    assert not signed_in(client)
    assert "没有操作" in answer.content.decode()


def test_a_session_in_use_stays_and_writes_its_time_once_a_minute(client: Client) -> None:
    sign_in(client, filler().username)
    client.get("/profile/")
    first = client.session["last_seen"]
    session = client.session
    session["last_seen"] = first - 30
    session.save()
    client.get("/profile/")
    assert client.session["last_seen"] == first - 30
    session = client.session
    session["last_seen"] = first - 61
    session.save()
    client.get("/profile/")
    assert client.session["last_seen"] >= first


def test_one_session_ends_the_older_one_if_set(client: Client, settings: Settings) -> None:
    settings.ONE_SESSION = True
    other = Client()
    sign_in(client, filler().username)
    assert client.get("/profile/").status_code == 200
    sign_in(other, filler().username)
    answer = client.get("/profile/", follow=True)
    assert "已在别处登录" in answer.content.decode()
    assert other.get("/profile/").status_code == 200


def test_two_sessions_stay_if_not_set(client: Client) -> None:
    sign_in(client, filler().username)
    sign_in(Client(), filler().username)
    assert client.get("/profile/").status_code == 200


def change_password(client: Client, old: str, new: str) -> HttpResponse:
    return client.post("/account/password/change/", {"oldpassword": old, "password1": new, "password2": new})


def test_changing_the_password_keeps_the_one_session_and_ends_the_others(client: Client, settings: Settings) -> None:
    other = Client()
    sign_in(other, filler().username)
    settings.ONE_SESSION = True
    sign_in(client, filler().username)
    assert change_password(client, PASSWORD, NEW).status_code == 302
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    user = filler()
    assert user.check_password(NEW)
    assert ("account.password", "done") in acts(user.username)
    assert not Entry.objects.filter(after__icontains=NEW).exists()


def test_a_one_time_password_must_be_changed_first(client: Client) -> None:
    user = filler()
    once = reset_password(user)
    sign_in(client, user.username, once)
    for address in ("/", "/profile/", "/help/"):
        assert client.get(address)["Location"] == "/account/password/change/"
    part = client.get("/profile/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (200, "/account/password/change/")
    assert client.get("/account/password/change/").status_code == 200
    change_password(client, once, NEW)
    assert client.get("/profile/").status_code == 200


def test_an_old_password_must_be_changed(client: Client, settings: Settings) -> None:
    user = filler()
    User.objects.filter(pk=user.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    sign_in(client, user.username)
    assert client.get("/profile/")["Location"] == "/account/password/change/"
    settings.PASSWORD_DAYS = 0
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Ab-4567", "10"),
        ("abcdefghijkl", "3种"),
        ("12345678901234", ""),
        (PASSWORD, "不能与当前密码"),
        ("filler-220100-X", ""),
    ],
)
def test_weak_passwords_are_refused(client: Client, password: str, why: str) -> None:
    user = filler()
    sign_in(client, user.username)
    answer = change_password(client, PASSWORD, password)
    user.refresh_from_db()
    assert answer.status_code == 200
    assert why in answer.content.decode()
    assert user.check_password(PASSWORD)


def test_the_password_before_the_present_one_does_not_come_back(client: Client) -> None:
    user = filler()
    sign_in(client, user.username)
    change_password(client, PASSWORD, NEW)
    change_password(client, NEW, PASSWORD)
    user.refresh_from_db()
    assert user.check_password(NEW)


def test_a_forgotten_password_is_reset_by_a_letter_and_recorded_as_its_owner(client: Client) -> None:
    user = filler()
    User.objects.filter(pk=user.pk).update(email="a@example.org")
    client.post("/account/password/reset/", {"email": "nobody@example.org"})
    client.post("/account/password/reset/", {"email": "a@example.org"})
    assert [letter.to for letter in mail.outbox] == [["a@example.org"]]
    assert mail.outbox[0].subject == "【知衡】重设密码"
    assert user.full_name in mail.outbox[0].body
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[0].body)
    assert link
    page = client.get(link[0], follow=True)
    client.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert ("account.password", "done") in acts(user.username)
    assert not signed_in(client)


# The second factor


@pytest.fixture(autouse=True)
def clocks_may_differ(settings: Settings) -> None:
    """Let a code of the step before pass, so that no test fails at the turn of a step."""
    settings.MFA_TOTP_TOLERANCE = 1


def code_for(secret: str) -> str:
    """Return the code of a secret now; allauth remembers used ones in the cache, where a test forgets them."""
    cache.clear()
    return totp_code(secret)


def totp_code(secret: str) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))


def activated(client: Client, user: User) -> str:
    """Set up the second factor through the page and return its secret."""
    sign_in(client, user.username)
    # allauth asks for the password once more before anything about the second factor changes.
    page = client.get("/account/two-step/totp/activate/", follow=True)
    page = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    secret: str = page.context["form"].secret
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post("/account/two-step/totp/activate/", {"code": code_for(secret)})
    assert Authenticator.objects.filter(user=user, type="totp").exists()
    return secret


def test_a_role_that_needs_a_second_factor_sets_it_up_first(client: Client, settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = ["verifier"]
    user = person("verifier")
    sign_in(client, user.username)
    assert client.get("/profile/")["Location"] == "/account/two-step/totp/activate/"
    secret = activated(client, user)
    assert secret
    assert client.get("/account/two-step/recovery-codes/").status_code == 200
    assert client.get("/profile/").status_code == 200
    assert ("account.add_factor", "done") in acts(user.username)
    other = Client()
    sign_in(other, filler().username)
    assert other.get("/profile/").status_code == 200


def test_failures_to_confirm_the_password_lock_as_well(client: Client, settings: Settings) -> None:
    user = filler()
    sign_in(client, user.username)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post("/account/reauthenticate/", {"password": "wrong"})
    assert list(lockouts()) == [user.username]


def test_with_a_second_factor_the_password_alone_is_not_enough(client: Client) -> None:
    user = person("verifier")
    secret = activated(client, user)
    fresh = Client()
    assert sign_in(fresh, user.username)["Location"] == "/account/two-step/authenticate/"
    assert not signed_in(fresh)
    assert fresh.get("/profile/").status_code == 302
    fresh.post("/account/two-step/authenticate/", {"code": "000000"})
    assert not signed_in(fresh)
    assert acts(user.username)[-1] == ("session.second_factor", "refused")
    fresh.post("/account/two-step/authenticate/", {"code": code_for(secret)})
    assert signed_in(fresh)


def test_wrong_codes_lock_are_shown_and_are_forgotten_when_unlocked(client: Client, settings: Settings) -> None:
    user, security, office = person("verifier"), Client(), Client()
    secret = activated(client, user)
    security.force_login(person("security"))
    office.force_login(person("administrator"))
    fresh = Client()
    sign_in(fresh, user.username)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        assert lockouts() == {}
        fresh.post("/account/two-step/authenticate/", {"code": "000000"})
    fresh.post("/account/two-step/authenticate/", {"code": totp_code(secret)})
    assert not signed_in(fresh)
    ends = lockouts([user.username, filler().username])[user.username]
    assert timedelta(minutes=28) < ends - timezone.now() <= timedelta(minutes=30)
    assert list(lockouts()) == [user.username]
    assert lockouts([filler().username]) == {}
    assert [u.username for u in office.get("/people/?state=locked").context["page"]] == [user.username]
    assert "锁定至" in security.get(f"/people/{user.pk}/").content.decode()
    assert acts(user.username)[-1] == ("session.lock_out", "refused")
    security.post(f"/people/{user.pk}/unlock/")
    assert lockouts() == {}
    fresh.post("/account/two-step/authenticate/", {"code": totp_code(secret)})
    assert signed_in(fresh)


def test_codes_cannot_be_guessed_without_end(client: Client, settings: Settings) -> None:
    user = person("verifier")
    secret = activated(client, user)
    fresh = Client()
    sign_in(fresh, user.username)
    code = code_for(secret)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        fresh.post("/account/two-step/authenticate/", {"code": "000000"})
    fresh.post("/account/two-step/authenticate/", {"code": code})
    assert not signed_in(fresh)
    unlock(person("security"), user)
    fresh.post("/account/two-step/authenticate/", {"code": totp_code(secret)})
    assert signed_in(fresh)


def test_a_recovery_code_works_once(client: Client) -> None:
    user = person("verifier")
    activated(client, user)
    codes = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    for expected in (True, False):
        fresh = Client()
        sign_in(fresh, user.username)
        fresh.post("/account/two-step/authenticate/", {"code": codes[0]})
        assert signed_in(fresh) is expected


def test_secrets_of_the_second_factor_are_not_kept_in_the_clear() -> None:
    adapter = SecondFactorAdapter()
    kept = adapter.encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept
    assert adapter.encrypt("JBSWY3DPEHPK3PXP") != kept
    assert adapter.decrypt(kept) == "JBSWY3DPEHPK3PXP"
