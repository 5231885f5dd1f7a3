"""Every page in English: what is Chinese on it was typed in by people or comes from the framework."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from tests.builders import tiny_framework
from tests.web.builders import tiny_yaml
from tests.web.rights import ROLES, address, client_of, close, pages, world

from zhiheng.framework.checks import run_checks
from zhiheng.framework.summary import rule_summary
from zhiheng_web.accounts.imports import PEOPLE, UNITS
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.queries import loaded

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
CHINESE = re.compile(r"[\u2e80-\u2fff\u3001-\u9fff\uf900-\ufaff\uff01-\uffef]+")
VOID = {"img", "br", "input", "link", "meta", "hr", "source"}
SHOWN = {"title", "aria-label", "placeholder", "alt", "value", "content", "data-label"}


BY_ROLE = {"home", "inbox", "rounds", "round", "unit", "help", "profile"}
"""Pages that differ by role; the others are read once."""
NAMED_IN_CHINESE = {
    "简体中文", "自评汇总", "事项明细",  # the other language, sheets of the workbook
    "全省", "全市", "全区", "吉林省", "省", "市", "县",  # what people type into Chinese tables
}  # fmt: skip


class Words(HTMLParser):
    """Collects what a page says: its text and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # What the library says is Chinese in both languages, and marked so for those who have pages read to them.
        if self.inside or ("lang", "zh-CN") in attrs:
            self.inside += tag not in VOID
            return
        self.found += [value for name, value in attrs if value and (name in SHOWN or name.startswith("data-"))]

    def handle_endtag(self, tag: str) -> None:
        self.inside -= bool(self.inside) and tag not in VOID

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.found.append(data)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from strings(key)
            yield from strings(each)
    elif isinstance(value, Iterable):
        for each in value:
            yield from strings(each)


def data() -> list[str]:
    """Return everything Chinese that is no text of the site, longest first: data, and what the library says of them."""
    framework = tiny_framework()
    found = {settings.SITE_NAME, *NAMED_IN_CHINESE, *strings(yaml.safe_load(tiny_yaml()))}
    found |= {rule_summary(framework, point) for _, point in framework.points}
    for version in FrameworkVersion.objects.all():
        found |= {violation.message for violation in run_checks(loaded(version))}
    found |= {column.name for column in (*PEOPLE, *UNITS)}
    for model in apps.get_models():
        if model.__module__.startswith("zhiheng_web."):
            for row in model._default_manager.values():
                found |= set(strings(row.values()))
    return sorted((each for each in found if CHINESE.search(each)), key=len, reverse=True)


def chinese_on(page: str, known: list[str]) -> set[str]:
    words = Words()
    words.feed(page)
    text = "\n".join(words.found)
    for each in known:
        text = text.replace(each, " ")
    return set(CHINESE.findall(text))


def test_pages_are_english_but_for_data(tmp_path: Path) -> None:
    values = world(tmp_path)
    left: dict[str, set[str]] = {}
    seen: set[str] = set()
    for role in ROLES:
        client = client_of(role)
        known = data()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        for page in pages():
            if "GET" not in page.methods or (page.name in seen and page.name not in BY_ROLE):
                continue
            answer = client.get(address(page, values))
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                seen.add(page.name)
                text = answer.content.decode()
                assert '<html lang="en"' in text or "<html" not in text, page.name
                found = chinese_on(text, known)
                if found:
                    left.setdefault(page.name, set()).update(found)
            close(answer)
    assert seen >= {*BY_ROLE, "people", "frameworks", "verify", "audit", "jobs", "account_login", "mfa_index"}
    assert left == {}
