"""Keys on the page of a verifier, with the focus in fields and on controls that use keys themselves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.e2e.conftest import SignIn, sqlite_only

pytestmark = sqlite_only


@pytest.fixture
def page(sign_in: SignIn) -> Page:
    """Return the page of a unit that is being verified, with the focus on the ruling that stands."""
    found = sign_in("verifier")
    found.goto("/rounds/demo-2021/units/220200/verify/?point=2")
    expect(act(found, "accept")).to_be_checked()
    act(found, "accept").focus()
    return found


def act(page: Page, value: str) -> Locator:
    return page.locator(f"input[name=act][value={value}]")


def shows(page: Page, point: int) -> None:
    expect(page.locator(".zv-line[aria-current]")).to_have_attribute("href", re.compile(rf"\?point={point}$"))


def test_letters_work_while_a_radio_button_has_the_focus(page: Page) -> None:
    page.keyboard.press("r")
    expect(act(page, "reject")).to_be_checked()


def test_arrows_stay_with_the_radio_buttons(page: Page) -> None:
    page.keyboard.press("ArrowDown")
    expect(act(page, "adjust")).to_be_checked()
    shows(page, 2)


def test_arrows_go_to_the_next_point_elsewhere(page: Page) -> None:
    page.locator("h1").click()
    page.keyboard.press("ArrowDown")
    shows(page, 3)


def test_letters_are_text_in_a_field(page: Page) -> None:
    page.locator("textarea[name=reason]").focus()
    page.keyboard.press("r")
    expect(act(page, "accept")).to_be_checked()
    expect(page.locator("textarea[name=reason]")).to_have_value("r")


def test_enter_on_a_link_follows_it_instead_of_saving(page: Page) -> None:
    page.locator("a.zv-line[href$='?point=4']").focus()
    page.keyboard.press("Enter")
    shows(page, 4)


def test_the_list_of_keys_shows_signs_instead_of_their_names(page: Page) -> None:
    page.keyboard.press("?")
    keys = page.locator("#shortcuts kbd").all_inner_texts()
    assert {"↑", "↓", "?"} <= set(keys)
    assert not [key for key in keys if "Arrow" in key or "Control" in key]
