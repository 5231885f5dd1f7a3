"""A verifier works through a unit with the keys alone; the database holds what was pressed."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import Page, expect
from tests.web.e2e.conftest import SignIn, Site, sqlite_only

pytestmark = sqlite_only
ROUND = "demo-2021"
Kept = tuple[str, str, str, int]


def rows(site: Site, query: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(site.data / "zhiheng.sqlite3", timeout=20)) as database:
        return database.execute(query, values).fetchall()


def untouched(site: Site) -> str:
    """Return the code of a unit that was handed in and of which nothing is decided."""
    query = """
        SELECT u.code FROM rounds_roundunit u JOIN rounds_round r ON r.id = u.round_id
        WHERE r.code = ? AND u.state = 'submitted' AND u.decided = 0 ORDER BY u.position DESC
    """
    return str(rows(site, query, ROUND)[0][0])


def kept(site: Site, unit: str) -> dict[int, Kept]:
    """Return act, reason code, reason and version of each decision about a unit, by point."""
    query = """
        SELECT d.point, d.act, d.reason_code, d.reason, d.version FROM assessments_decision d
        JOIN rounds_roundunit u ON u.id = d.round_unit_id JOIN rounds_round r ON r.id = u.round_id
        WHERE r.code = ? AND u.code = ? AND d.stage = 'verification'
    """
    return {int(str(no)): tuple(rest) for no, *rest in rows(site, query, ROUND, unit)}  # type: ignore[misc]


def mark_of(site: Site, unit: str, no: int) -> float:
    query = """
        SELECT d.mark FROM assessments_decision d JOIN rounds_roundunit u ON u.id = d.round_unit_id
        JOIN rounds_round r ON r.id = u.round_id WHERE r.code = ? AND u.code = ? AND d.point = ?
    """
    return float(str(rows(site, query, ROUND, unit, no)[0][0]))


def claimed(site: Site, unit: str) -> list[int]:
    """Return the points that a unit claims, in order."""
    query = """
        SELECT a.point FROM assessments_answer a JOIN rounds_roundunit u ON u.id = a.round_unit_id
        JOIN rounds_round r ON r.id = u.round_id WHERE r.code = ? AND u.code = ? AND a.stance = 'yes' ORDER BY a.point
    """
    return [int(str(no)) for (no,) in rows(site, query, ROUND, unit)]


def shown(page: Page, no: int) -> None:
    """Wait until a point is shown and has the focus, so that the next key means it."""
    heading = page.locator("[data-point-heading]")
    expect(heading).to_have_text(re.compile(rf"^{no}\."))
    expect(heading).to_be_focused()


def walk_to(page: Page, no: int) -> None:
    """Go down or up the points until one is shown."""
    heading = page.locator("[data-point-heading]")
    while (at := int(heading.inner_text().split(".")[0])) != no:
        step = 1 if no > at else -1
        page.keyboard.press("ArrowDown" if step > 0 else "ArrowUp")
        shown(page, at + step)


def gone(page: Page, no: int) -> None:
    """Wait until another point has taken the place of one."""
    expect(page.locator("[data-point-heading]")).not_to_have_text(re.compile(rf"^{no}\."))


def accept(page: Page, no: int) -> None:
    """Accept a point: the reason follows by itself, and the next undecided point comes."""
    walk_to(page, no)
    page.keyboard.press("a")
    expect(page.locator("#ruling [name=act][value=accept]")).to_be_checked()
    page.keyboard.press("Enter")
    gone(page, no)


def adjust(page: Page, no: int, words: str) -> float:
    """Adjust a point and return the marks given; Ctrl and Enter save out of the text."""
    walk_to(page, no)
    page.keyboard.press("j")
    mark = page.locator(".zv-mark input:focus")
    expect(mark).to_have_count(1)
    if mark.get_attribute("type") == "radio":
        page.keyboard.press("Space")
        given = float(str(mark.get_attribute("value")))
    else:
        given = float(str(mark.get_attribute("step")))
        page.keyboard.press("Control+a")
        page.keyboard.type(f"{given:g}")
    page.keyboard.press("Tab")
    expect(page.locator("[data-reasons]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    gone(page, no)
    return given


def reject(page: Page, no: int, words: str) -> None:
    """Reject a point: the key leads to the reason, also where the act was chosen before."""
    walk_to(page, no)
    page.keyboard.press("r")
    expect(page.locator("[data-reasons]")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#ruling [name=act][value=reject]")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("[data-reasons]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    gone(page, no)


def test_a_verifier_decides_with_the_keys_alone(site: Site, sign_in: SignIn) -> None:
    unit = untouched(site)
    first, second, third = claimed(site, unit)[:3]
    page = sign_in("verifier")
    page.goto(f"/rounds/{ROUND}/units/{unit}/verify/?point={first}")

    accept(page, first)
    assert kept(site, unit) == {first: ("accept", "matches", "", 1)}

    # Letters that are shortcuts elsewhere are text here.
    given = adjust(page, second, "jar 2 and o")
    assert kept(site, unit)[second] == ("adjust", "weak_evidence", "jar 2 and o", 1)
    assert mark_of(site, unit, second) == given

    reject(page, third, "no file")
    assert kept(site, unit)[third] == ("reject", "no_evidence", "no file", 1)
    assert mark_of(site, unit, third) == 0

    # Undo: back up the list, where the same keys take the rejection back.
    accept(page, third)
    assert kept(site, unit)[third][:2] == ("accept", "matches")
    assert kept(site, unit)[third][3] == 2
    assert set(kept(site, unit)) == {first, second, third}
