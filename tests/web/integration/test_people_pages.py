"""Accounts and invitations through their pages: who sees and does what, tables that are abused, links that are old."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries
from tests.web.builders import PASSWORD, city, filler, person

from zhiheng_web.accounts.actions import AccountRefused, InvitationRefused, Newcomer, invite, set_active, withdraw
from zhiheng_web.accounts.models import Invitation, Role, User
from zhiheng_web.accounts.queries import people
from zhiheng_web.audit.models import Entry

pytestmark = pytest.mark.django_db
NEW = "Another-horse-8"
HEADER = "账号,姓名,角色,单位代码,电子邮箱\n"
HOSTILE = "<script>alert(1)</script>"


def of(role: str) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def body(answer: HttpResponse) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def upload(client: Client, address: str, content: bytes | str) -> HttpResponse:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(address, {"table": SimpleUploadedFile("a.csv", data)})


def problems(answer: HttpResponse) -> list[tuple[int | None, str, str]]:
    return [(p.line, p.field, p.message) for p in answer.context["table"].problems]


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


# Invitations


def invited(client: Client, **more: str) -> str:
    """Invite a filler through the page and return the path of the link."""
    data = {"username": "zhangsan", "full_name": "张三", "role": "filler", "unit": city().code, "email": ""} | more
    found = re.search(r'value="http://testserver(/invitation/[^"]+)"', body(client.post("/people/invite/", data)))
    assert found
    return found[1]


def test_an_invited_person_sets_a_password_and_signs_in(client: Client) -> None:
    link = invited(of("administrator"))
    page = body(client.get(link))
    assert "张三" in page
    assert "密码至少" in page or "10" in page
    assert "两次输入的密码不一致" in body(client.post(link, {"password": NEW, "again": "Another-horse-9"}))
    assert client.post(link, {"password": "short", "again": "short"}).status_code == 200
    assert not User.objects.filter(username="zhangsan").exists()
    assert client.post(link, {"password": NEW, "again": NEW})["Location"] == "/account/login/"
    client.post("/account/login/", {"login": "zhangsan", "password": NEW})
    assert client.get("/profile/").status_code == 200
    entry = Entry.objects.get(act="account.accept")
    assert (entry.actor, entry.address) == ("zhangsan", "127.0.0.1")


def test_a_link_works_once_and_not_when_withdrawn_or_old(client: Client) -> None:
    link = invited(of("administrator"))
    client.post(link, {"password": NEW, "again": NEW})
    assert client.post(link, {"password": NEW, "again": NEW}).status_code == 410
    assert User.objects.filter(username="zhangsan").count() == 1
    other = invited(of("administrator"), username="lisi")
    withdraw(person("administrator"), Invitation.objects.get(username="lisi"))
    assert client.get(other).status_code == 410
    old = invited(of("administrator"), username="wangwu")
    Invitation.objects.filter(username="wangwu").update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(old, {"password": NEW, "again": NEW}).status_code == 410
    assert client.get("/invitation/guess/").status_code == 410
    assert not User.objects.filter(username__in=["lisi", "wangwu"]).exists()


def test_the_secret_of_a_link_is_kept_nowhere() -> None:
    secret = invited(of("administrator")).split("/")[2]
    kept = Invitation.objects.get()
    assert secret not in str(kept.__dict__)
    assert not Entry.objects.filter(after__icontains=secret).exists()


def test_the_letter_goes_to_the_address_given(settings: Settings) -> None:
    link = invited(of("administrator"), email="a@example.org")
    assert mail.outbox[0].to == ["a@example.org"]
    assert f"http://testserver{link}" in mail.outbox[0].body
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    invited(of("administrator"), username="lisi", email="b@example.org")
    assert len(mail.outbox) == 1


def test_each_role_brings_in_its_own_people_only() -> None:
    unit = city()
    for by, role, allowed in [
        ("administrator", "verifier", True),
        ("administrator", "system", False),
        ("administrator", "administrator", False),
        ("system", "administrator", True),
        ("system", "auditor", True),
        ("system", "filler", False),
        ("security", "filler", False),
    ]:
        newcomer = Newcomer(f"{by}-{role}", "某人", role, unit if role == "filler" else None)
        if allowed:
            made, _token = invite(person(by), newcomer)
            with pytest.raises(InvitationRefused):
                withdraw(person("security"), made)
        else:
            with pytest.raises(InvitationRefused, match="不能邀请"):
                invite(person(by), newcomer)
    answer = of("administrator").post("/people/invite/", {"username": "root1", "full_name": "x", "role": "system"})
    assert "role" in answer.context["form"].errors
    assert of("security").get("/people/invite/").status_code == 403


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"username": "FILLER-220100"}, "已经存在"),
        ({"unit": ""}, "所属的评价对象"),
        ({"unit": "999"}, "没有这个代码"),
        ({"role": "verifier"}, "不属于某个评价对象"),
        ({"username": "a b"}, "3至40位"),
        ({"email": "no"}, "有效"),
    ],
)
def test_an_invitation_that_does_not_fit_is_refused_at_its_form(change: dict[str, str], why: str) -> None:
    filler()
    data = {"username": "zhangsan", "full_name": "张三", "role": "filler", "unit": city().code, "email": ""} | change
    page = body(of("administrator").post("/people/invite/", data))
    assert why in page
    assert 'value="张三"' in page
    assert not Invitation.objects.exists()


def test_a_name_is_invited_once_at_a_time_and_again_after_withdrawal() -> None:
    administrator = person("administrator")
    made, _token = invite(administrator, Newcomer("zhangsan", "张三", "verifier"))
    with pytest.raises(InvitationRefused, match="未接受"):
        invite(administrator, Newcomer("ZhangSan", "张三", "verifier"))
    of("administrator").post(f"/people/invitations/{made.pk}/withdraw/")
    invite(administrator, Newcomer("zhangsan", "张三", "verifier"))
    states = [i.open for i in Invitation.objects.order_by("pk")]
    assert states == [False, True]


# Tables


def test_a_table_is_previewed_first_and_then_invites_all() -> None:
    city()
    client = of("administrator")
    text = f"{HEADER}zhangsan,张三,填报员,220100,a@example.org\n\nlisi,李四,核查员,,\n"
    page = upload(client, "/people/import/", text)
    assert not Invitation.objects.exists()
    assert "共 2 人" in body(page)
    done = client.post("/people/import/", {"content": page.context["content"]})
    assert [i.username for i in Invitation.objects.order_by("pk")] == ["zhangsan", "lisi"]
    assert len(mail.outbox) == 1
    sealed = re.search(r'name="sealed" hidden>([^<]+)<', body(done))
    assert sealed
    answer = client.post("/people/import/links/", {"sealed": sealed[1]})
    rows = list(csv.reader(io.StringIO(body(answer).removeprefix("\ufeff"))))
    assert rows[1][:4] == ["zhangsan", "张三", "填报员", "第1市"]
    assert Client().get(rows[1][4].removeprefix("http://testserver")).status_code == 200
    assert of("system").post("/people/import/links/", {"sealed": sealed[1]}).status_code != 200
    assert client.post("/people/import/links/", {"sealed": sealed[1] + "x"}).status_code != 200


def test_tables_of_excel_in_the_encoding_of_the_country_are_read() -> None:
    city()
    text = f"{HEADER}zhangsan,张三,填报员,220100,\n".replace(",", ";")
    page = upload(of("administrator"), "/people/import/", text.encode("gb18030"))
    assert problems(page) == []
    page = upload(of("administrator"), "/people/import/", b"\xef\xbb\xbf" + text.encode())
    assert problems(page) == []


def test_every_bad_row_is_named_and_nothing_is_made() -> None:
    city(), filler()
    rows = [
        "good-one,张三,填报员,220100,",
        "filler-220100,张三,填报员,220100,",
        "good-one,李四,核查员,,",
        "ab,短,核查员,,",
        "no-unit,张三,填报员,,",
        "bad-unit,张三,填报员,999,",
        "bad-role,张三,厅长,,",
        "power,张三,系统管理员,,",
        "=cmd,张三,核查员,,",
        "formula,＝cmd,核查员,,",
        "few,张三",
        "mail,张三,核查员,,nonsense",
        ",张三,核查员,,",
    ]
    text = HEADER + "\n".join(rows)
    found = problems(upload(of("administrator"), "/people/import/", text))
    assert [line for line, _field, _why in found] == list(range(3, 15))
    assert "已经存在" in found[0][2]
    assert "重复" in found[1][2]
    assert "不能邀请" in found[6][2]
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "缺少这一列"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        ("账号\x00".encode(), "不是文本"),
        (b"\xff\xff\xff\xff", "编码"),
        (HEADER.encode(), "没有内容"),
        ("账号,姓名,角色,权限\nzhangsan,张三,核查员,全部\n".encode(), "不认识"),
        ("账号,姓名,角色,角色\nzhangsan,张三,核查员,领导\n".encode(), "两次"),
        (f'{HEADER}zhangsan,"张三,核查员,,\n'.encode(), "引号"),
        (f"{HEADER}zhangsan,{'张' * 201},核查员,,\n".encode(), "200字"),
        (f"{HEADER}zhangsan,张\u202e三,核查员,,\n".encode(), "不可见"),
        (HEADER.encode() + b"zhangsan,x,y,,\n" * 3_001, "3000行"),
    ],
)
def test_files_that_are_no_tables_are_refused_in_words(content: bytes, why: str) -> None:
    answer = upload(of("administrator"), "/people/import/", content)
    if not content:
        assert "空" in body(answer)
        return
    assert any(why in message for _line, _field, message in problems(answer)), problems(answer)[:3]
    assert not Invitation.objects.exists()


def test_a_table_that_no_longer_fits_when_confirmed_makes_nothing() -> None:
    client = of("administrator")
    page = upload(client, "/people/import/", f"{HEADER}zhangsan,张三,核查员,,\nlisi,李四,核查员,,\n")
    invite(person("administrator"), Newcomer("lisi", "李四", "verifier"))
    answer = client.post("/people/import/", {"content": page.context["content"]})
    assert "未接受的邀请" in body(answer)
    assert not Invitation.objects.filter(username="zhangsan").exists()


def test_a_large_file_is_not_read() -> None:
    answer = upload(of("administrator"), "/people/import/", b"x" * 1_000_001)
    assert "1MB" in body(answer)


def test_the_template_is_a_table_that_the_import_reads() -> None:
    city()
    client = of("administrator")
    template = body(client.get("/people/import/template/")).encode()
    assert problems(upload(client, "/people/import/", template)) == []
