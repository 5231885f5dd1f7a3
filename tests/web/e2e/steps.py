"""What people do in the browser in more than one test."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page


def at(days: int) -> str:
    """Return a time as its field takes it, in the zone of the site."""
    return f"{timezone.localtime(timezone.now() + timedelta(days=days)):%Y-%m-%dT%H:%M}"


def agree(page: Page) -> None:
    """Say yes to the question that a button asks."""
    page.locator("#confirm [data-answer=yes]").click()
    page.wait_for_load_state()


def step(page: Page, round_: str, stage: str) -> None:
    """Move a round to a stage; `round_` is where it stands."""
    page.goto(round_)
    form = page.locator("form.rd-step", has=page.locator(f"input[name=to][value={stage}]"))
    if not form.is_visible():
        page.locator("summary", has_text="变更阶段").click()
    form.locator("button[type=submit]").click()
    agree(page)


def hand_over(page: Page) -> None:
    """Hand the self-assessment that the page shows to the approver."""
    page.get_by_role("button", name="送审", exact=True).click()
    agree(page)


def report(page: Page, unit: str) -> None:
    """Sign a self-assessment off as an approver; `unit` is where it stands."""
    page.goto(unit)
    page.get_by_role("button", name="报送", exact=True).click()
    agree(page)


def decide(page: Page, unit: str, no: int, act: str, reason: str, *, mark: str = "", words: str = "") -> None:
    """Decide about one point of a unit as a verifier; `unit` is where it stands."""
    page.goto(f"{unit}verify/points/{no}/")
    form = page.locator("#ruling")
    form.locator(f"input[name=act][value={act}]").check()
    if mark:
        form.locator(f"input[name=mark][value='{mark}']").check()
    form.locator("select[name=reason_code]").select_option(reason)
    if words:
        form.locator("textarea[name=reason]").fill(words)
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        form.get_by_role("button", name="保存并到下一项").click()
