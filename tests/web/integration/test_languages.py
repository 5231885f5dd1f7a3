"""Whose language is used where: the person's choice on pages, the site's in what is kept or sent."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests.web.builders import draft_round, filler, person

from zhiheng_web.rounds.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


def test_a_browser_in_english_gets_chinese_until_somebody_asks_for_english(client: Client) -> None:
    page = client.get(reverse("account_login"), headers={"accept-language": "en-US,en"})
    assert page["Content-Language"] == "zh-hans"
    assert "登录" in page.content.decode()
    client.post(reverse("set_language"), {"language": "en", "next": "/"})
    assert "Sign in" in client.get(reverse("account_login")).content.decode()


def test_an_unknown_language_is_not_believed(client: Client) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "xx"
    assert client.get(reverse("account_login"))["Content-Language"] == "zh-hans"


def test_a_notice_is_kept_in_the_language_of_the_site_whoever_acts(client: Client) -> None:
    made = draft_round(1)
    filler()
    client.force_login(person("administrator"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.post(reverse("round_step", args=[made.code]), {"to": "self_assessment"})
    assert Notice.objects.get(user=filler()).title == "“考核r1”开始自评"
