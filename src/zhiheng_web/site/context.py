"""What every page knows: the name of the site, navigation by role, unread notices, and the label of example data."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhiheng_web.accounts.models import User
from zhiheng_web.accounts.permissions import (
    Predicate,
    is_anybody,
    is_auditor,
    is_business,
    is_security,
    is_system,
    manages_people,
)
from zhiheng_web.rectification.permissions import reads_items
from zhiheng_web.results.permissions import reads_results
from zhiheng_web.rounds.models import Notice
from zhiheng_web.rounds.permissions import manages_rounds
from zhiheng_web.studio.permissions import reads_reports

DEMO_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Link:
    """
    A line of the navigation.

    Parameters
    ----------
    title, name, icon
        Words, name of the page, icon of the sprite.
    allowed
        Who sees it.
    """

    title: str | Promise
    name: str
    icon: str
    allowed: Predicate


LINKS = (
    Link(_("首页"), "home", "home", is_anybody),
    Link(pgettext_lazy("多个", "考核轮次"), "rounds", "clipboard-list", is_business),
    Link(_("整改"), "rectifications", "checklist", reads_items),
    Link(pgettext_lazy("多个", "指标体系"), "frameworks", "list-tree", is_business),
    Link(_("报告工作室"), "studio_rounds", "report", reads_reports),
    Link(_("评价对象"), "units", "building-community", manages_rounds | is_system),
    Link(pgettext_lazy("多个", "账号"), "people", "users", manages_people),
    Link(_("审计日志"), "audit", "history", is_auditor | is_security),
    Link(_("后台任务"), "jobs", "activity", is_system),
    Link(_("帮助"), "help", "help", is_anybody),
)
"""The navigation, in order."""


def site(request: HttpRequest) -> dict[str, object]:
    """Return what every page knows."""
    found: dict[str, object] = {
        "site_name": settings.SITE_NAME,
        "contact": settings.CONTACT,
        "example_label": getattr(request, "example_label", "") or _example_label(),
        "idle_minutes": settings.IDLE_MINUTES,
    }
    user = getattr(request, "user", None)
    if not isinstance(user, User) and request.path == reverse("account_login"):
        found["demo_accounts"] = _demo_accounts(request)
    if isinstance(user, User):
        found["nav"] = [_entry(link, request.path) for link in LINKS if link.allowed(user)]
        found["sees_results"] = reads_results(user)
        found["unread"] = Notice.objects.filter(user=user, read_at=None).count()
    return found


def _entry(link: Link, path: str) -> dict[str, object]:
    url = reverse(link.name)
    return {"title": link.title, "url": url, "icon": link.icon, "active": _within(path, url), "count": 0}


def _within(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _example_label() -> str:
    return str(_("示例数据：本站的单位、账号和填报内容均为演示所设，不是官方数据")) if _is_demo() else ""


def _demo_accounts(request: HttpRequest) -> list[dict[str, str]]:
    """Return the accounts of the demonstration for the sign-in page, on the machine itself only."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    if host not in {"127.0.0.1", "localhost", "[::1]"} or not _is_demo():
        return []
    accounts: list[dict[str, str]] = json.loads((settings.DATA / DEMO_FILE).read_text("utf-8"))
    return accounts


def _is_demo() -> bool:
    """Return whether the demonstration was loaded into this installation."""
    return bool((settings.DATA / DEMO_FILE).exists())
