"""The pages of frameworks: handing in, looking at, comparing, downloading and removing."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from tests.web.builders import city, draft_round, open_draft, person, tiny_version, tiny_yaml

from zhiheng.framework.load import MAX_BYTES
from zhiheng_web.accounts.models import Role
from zhiheng_web.audit.models import Entry
from zhiheng_web.frameworks.actions import FrameworkRefused, add_built_in, add_framework, remove_framework
from zhiheng_web.frameworks.engine import template_bytes
from zhiheng_web.frameworks.models import FrameworkVersion

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]

HOSTILE = "<script>alert(1)</script>"


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(person(role, city() if role in {"filler", "approver"} else None))
    return client


def hand_in(client: Client, content: bytes, name: str = "f.yaml") -> object:
    return client.post(reverse("framework_add"), {"file": SimpleUploadedFile(name, content)})


def test_a_valid_file_is_kept_and_shown() -> None:
    client = signed_in("administrator")
    answer = hand_in(client, tiny_yaml().encode("utf-8-sig"))
    version = FrameworkVersion.objects.get(code="tiny")
    assert answer.url == reverse("framework", args=[version.pk])
    page = client.get(answer.url).content.decode()
    assert "计次，每项0.2分，最多1分" in page
    assert "未做不评优" in page
    assert version.content_hash in page


def test_nothing_is_kept_of_a_file_with_faults_and_each_is_listed_with_its_line() -> None:
    text = tiny_yaml().replace("title: 小体系", f"title: 小体系\ncolour: {HOSTILE}").replace("kind: judged", "kind: x")
    answer = hand_in(signed_in("administrator"), text.encode())
    page = answer.content.decode()
    line = text.splitlines().index(f"colour: {HOSTILE}") + 1
    assert answer.status_code == 422
    assert not FrameworkVersion.objects.exists()
    assert f'<td class="number">{line}</td>' in page
    assert "不认识这一项" in page
    assert "不认识“x”" in page
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xff\xfe\x00", "f.yaml", "UTF-8"),
        (b"code: tiny", "f.exe", "请选择YAML文件"),
        (b"#" * (MAX_BYTES + 1), "f.yaml", "超过1MB的上限"),
        (b"not a workbook", "f.xlsx", "没有保存任何内容"),
        (b"a: &a [x]\nb: &b [*a, *a]\n" + b"c: [*b]\n" * 3, "f.yaml", "没有保存任何内容"),
    ],
)
def test_files_that_cannot_be_read_are_refused(content: bytes, name: str, words: str) -> None:
    answer = hand_in(signed_in("administrator"), content, name)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not FrameworkVersion.objects.exists()


def test_the_same_version_is_not_taken_twice() -> None:
    tiny_version()
    answer = hand_in(signed_in("administrator"), tiny_yaml().encode())
    assert answer.status_code == 422
    assert "已经存在" in answer.content.decode()
    assert FrameworkVersion.objects.count() == 1


def test_a_workbook_that_was_filled_becomes_a_framework() -> None:
    client = signed_in("administrator")
    version = tiny_version()
    sent = client.get(reverse("framework_template"), {"from": version.pk})
    assert sent["Content-Disposition"].startswith("attachment")
    remove_framework(person("administrator"), version)
    answer = hand_in(client, b"".join(sent.streaming_content), "f.xlsx")
    made = FrameworkVersion.objects.get()
    assert answer.url == reverse("framework", args=[made.pk])
    assert (made.code, made.origin, made.total) == ("tiny", "workbook", "10")


def test_an_empty_workbook_is_refused_with_its_cells() -> None:
    answer = hand_in(signed_in("administrator"), template_bytes(), "f.xlsx")
    assert answer.status_code == 422
    assert "没有保存任何内容" in answer.content.decode()


def test_two_versions_are_compared_in_words() -> None:
    old = tiny_version()
    text = tiny_yaml().replace("version: '1'", "version: '2'").replace("text: 要点1", "text: 改过的要点")
    new = add_framework(person("administrator"), text)
    page = signed_in("leader").get(reverse("framework", args=[new.pk]), {"against": old.pk}).content.decode()
    assert "改文字" in page
    assert "改过的要点" in page


def test_the_text_is_sent_as_it_came() -> None:
    version = tiny_version()
    sent = signed_in("expert").get(reverse("framework_yaml", args=[version.pk]))
    assert b"".join(sent.streaming_content).decode() == version.text
    assert sent["Content-Disposition"] == 'attachment; filename="tiny-1.yaml"'
    assert sent["X-Content-Type-Options"] == "nosniff"


def test_a_version_is_removed_until_something_uses_it() -> None:
    client, version = signed_in("administrator"), tiny_version()
    client.post(reverse("framework_remove", args=[version.pk]))
    assert not FrameworkVersion.objects.exists()
    assert Entry.objects.filter(act="framework.remove", before__text=version.text).exists()
    made = draft_round(units=1)
    with pytest.raises(FrameworkRefused, match="筹备中"):
        remove_framework(person("administrator"), made.framework)
    open_draft(made)
    with pytest.raises(FrameworkRefused, match="已被考核轮次使用"):
        remove_framework(person("administrator"), made.framework)
    page = client.get(reverse("framework", args=[made.framework_id])).content.decode()
    assert "已锁定，1 个轮次" in page
    assert "删除本版本" not in page


@pytest.mark.parametrize("role", Role.values)
def test_the_office_and_units_read_and_the_administrator_alone_manages(role: str) -> None:
    version, client = tiny_version(), signed_in(role)
    reads = role in {"filler", "approver", "administrator", "verifier", "expert", "leader"}
    for name in ("framework", "framework_yaml"):
        assert client.get(reverse(name, args=[version.pk])).status_code == (200 if reads else 403)
    assert client.get(reverse("frameworks")).status_code == (200 if reads else 403)
    manages = role == "administrator"
    assert client.get(reverse("framework_add")).status_code == (200 if manages else 403)
    assert client.get(reverse("framework_template")).status_code == (200 if manages else 403)
    if not manages:
        assert client.post(reverse("framework_remove", args=[version.pk])).status_code == 403
        with pytest.raises(FrameworkRefused, match="只有省级管理员"):
            add_framework(person(role, city()), tiny_yaml())
        with pytest.raises(FrameworkRefused, match="只有省级管理员"):
            remove_framework(person(role, city()), version)
    assert FrameworkVersion.objects.exists()


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client, one = signed_in("administrator"), tiny_version()
    client.get(reverse("frameworks"))
    with django_assert_max_num_queries(12) as few:
        client.get(reverse("frameworks"))
    for n in range(2, 31):
        FrameworkVersion.objects.create(
            code="tiny", version=str(n), title="小体系", text=one.text, content_hash=str(n), counts=[2, 4], total="10",
            made_by=one.made_by,
        )  # fmt: skip
    with django_assert_max_num_queries(len(few)):
        client.get(reverse("frameworks"))


def test_the_built_in_frameworks_can_be_looked_at() -> None:
    client = signed_in("verifier")
    for code in ("jilin-ip-2021", "open-data-city-2025"):
        version = add_built_in(code)
        page = client.get(reverse("framework", args=[version.pk])).content.decode()
        assert "自行设定" in page or code != "jilin-ip-2021"
        assert version.title in page
    assert io.BytesIO(template_bytes()).read(2) == b"PK"
