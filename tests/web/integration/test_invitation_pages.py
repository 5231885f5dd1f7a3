"""Invitations through their pages: one person, many by a table, links that are old, tables that are abused."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from tests.web.builders import PASSWORD, city, filler, person
from tests.web.clients import body, of

from zhiheng_web.accounts.actions import InvitationRefused, Newcomer, invite, withdraw
from zhiheng_web.accounts.models import Invitation, User
from zhiheng_web.audit.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
NEW = "Another-horse-8"
HEADER = "账号,姓名,角色,单位代码,电子邮箱\n"
HOSTILE = "<script>alert(1)</script>"


def upload(client: Client, address: str, content: bytes | str) -> HttpResponse:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(address, {"table": SimpleUploadedFile("a.csv", data)})


def problems(answer: HttpResponse) -> list[tuple[int | None, str, str]]:
    return [(p.line, p.field, p.message) for p in answer.context["table"].problems]


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


@pytest.mark.parametrize(
    ("again", "replaces"),
    [
        ({"username": "ZhangSan", "full_name": "张珊"}, True),
        ({"username": "zhang.san"}, True),
        ({"username": "zhang.san", "email": "A@example.org"}, True),
        ({"username": "zhang.san", "full_name": "李四"}, False),
        ({"username": "zhang.san", "role": "approver"}, False),
        ({"username": "zhang.san", "email": ""}, False),
    ],
)
def test_a_second_invitation_takes_the_place_of_the_first(
    client: Client, again: dict[str, str], *, replaces: bool
) -> None:
    office = of("administrator")
    first = invited(office, email="a@example.org")
    second = invited(office, **({"email": "a@example.org"} | again))
    states = [i.open for i in Invitation.objects.order_by("pk")]
    assert states == [not replaces, True]
    entries = Entry.objects.filter(act="account.replace_invitation")
    assert [e.after for e in entries] == ([{"username": again["username"]}] if replaces else [])
    assert client.get(first).status_code == (410 if replaces else 200)
    assert client.post(second, {"password": NEW, "again": NEW}).status_code == 302
    assert (client.post(first, {"password": NEW, "again": NEW}).status_code == 410) == replaces
    assert User.objects.filter(username__istartswith="zhang").count() == (1 if replaces else 2)
    page = body(office.get("/people/invitations/?state=withdrawn"))
    assert ("已更换" in page) == replaces


def test_nobody_ends_the_link_of_another_office() -> None:
    made, _token = invite(person("system"), Newcomer("zhangsan", "张三", "auditor"))
    with pytest.raises(InvitationRefused, match="其他管理员"):
        invite(person("administrator"), Newcomer("ZHANGSAN", "张三", "verifier"))
    made.refresh_from_db()
    assert made.open
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    invite(person("administrator"), Newcomer("zhangsan", "张三", "verifier"))
    assert [i.role for i in Invitation.objects.all() if i.open] == ["verifier"]


def test_a_name_that_became_an_account_meanwhile_says_so(client: Client) -> None:
    link = invited(of("administrator"))
    User.objects.create_user("ZhangSan", PASSWORD, full_name="张三", role="leader")
    answer = client.post(link, {"password": NEW, "again": NEW})
    assert answer.status_code == 410
    assert "已经开通，请直接登录" in body(answer)
    assert User.objects.filter(username__iexact="zhangsan").count() == 1


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
    person("verifier", username="lisi")
    answer = client.post("/people/import/", {"content": page.context["content"]})
    assert "已经存在" in body(answer)
    assert not Invitation.objects.filter(username="zhangsan").exists()


def test_a_table_says_beforehand_which_links_it_ends() -> None:
    client = of("administrator")
    invite(person("administrator"), Newcomer("lisi", "李四", "verifier"))
    invite(person("administrator"), Newcomer("wangwu", "王五", "verifier"))
    page = upload(client, "/people/import/", f"{HEADER}zhangsan,张三,核查员,,\nlisi,李四,核查员,,\n")
    assert page.context["ending"] == 1
    assert "此前发出的 1 个链接失效" in body(page)
    client.post("/people/import/", {"content": page.context["content"]})
    assert sorted(i.username for i in Invitation.objects.all() if i.open) == ["lisi", "wangwu", "zhangsan"]
    assert Entry.objects.get(act="account.replace_invitation").target_name == "lisi（核查员）"


def test_one_person_stands_in_a_table_once() -> None:
    city()
    rows = "zhangsan,张三,填报员,220100,a@example.org\nzhang.san,张三,填报员,220100,A@example.org\n"
    found = problems(upload(of("administrator"), "/people/import/", HEADER + rows))
    assert [(line, why) for line, _field, why in found] == [(3, "同一人在表中重复。")]


def test_a_large_file_is_not_read() -> None:
    answer = upload(of("administrator"), "/people/import/", b"x" * 1_000_001)
    assert "1MB" in body(answer)


def test_the_template_is_a_table_that_the_import_reads() -> None:
    city()
    client = of("administrator")
    template = body(client.get("/people/import/template/")).encode()
    assert problems(upload(client, "/people/import/", template)) == []
