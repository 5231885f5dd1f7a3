"""Takes the pictures of the manual from a running demonstration: python tools/site_pictures.py ADDRESS DATA [NAME…]."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
OUT = Path(__file__).parents[1] / "docs" / "pictures" / "site"
COLORS = 96
HIDE = "document.querySelectorAll('td.zh-mono:last-child').forEach(cell => { cell.textContent = '启动时打印' })"


class Shot(NamedTuple):
    """
    One picture.

    Parameters
    ----------
    name, who, path
        Name of the picture, who looks ("" is somebody without an account), and at what.
    click
        What is clicked before the picture is taken, as a selector; "" for nothing.
    """

    name: str
    who: str
    path: str
    click: str = ""


FIRST = "main tbody th a"
"""The first line of a table."""
RESULT = "/rounds/jilin-2021-example/"
AREAS: dict[str, tuple[Shot, ...]] = {
    "signing in": (Shot("sign-in", "", "/account/login/"),),
    "rounds": (
        Shot("home", "admin", "/"),
        Shot("frameworks", "admin", "/frameworks/1/"),
        Shot("round-new", "admin", "/rounds/new/"),
        Shot("board", "admin", "/rounds/demo-2022/"),
        Shot("people", "admin", "/people/"),
        Shot("units", "admin", "/units/"),
    ),
    "filling in": (
        Shot("fill", "filler-220200", "/rounds/demo-2022/units/220200/?at=L3-18"),
        Shot("fill-all", "filler-220200", "/rounds/demo-2022/units/220200/?at=all"),
        Shot("library", "filler-220200", "/rounds/demo-2022/units/220200/files/"),
        Shot("workbook", "filler-220200", "/rounds/demo-2022/units/220200/workbook/"),
        Shot("help", "filler-220200", "/help/"),
    ),
    "verifying": (
        Shot("verify", "verifier", "/rounds/demo-2021/verify/"),
        Shot("verify-unit", "verifier", "/rounds/demo-2021/units/220300/verify/"),
        Shot("sampling", "verifier", "/rounds/demo-2021/verify/sampling/"),
        Shot("verify-alike", "verifier", "/rounds/demo-2021/verify/?risk=likeness"),
    ),
    "experts": (
        Shot("review", "expert", "/rounds/demo-2020/review/"),
        Shot("review-point", "expert", "/rounds/demo-2020/review/?state=open", FIRST),
        Shot("review-arbiter", "expert", "/rounds/demo-2020/review/", "main tr:has(.rv-tag) th a"),
        Shot("review-office", "admin", "/rounds/demo-2020/review/office/"),
        Shot("review-plan", "admin", "/rounds/demo-2020/review/plan/"),
        Shot("review-statistics", "admin", "/rounds/demo-2020/review/statistics/"),
    ),
    "objections": (
        Shot("chain", "filler-220100", "/rounds/demo-2019/units/220100/chain/"),
        Shot("objection", "filler-220200", "/rounds/demo-2019/units/220200/objections/", FIRST),
        Shot("objections", "admin", "/rounds/demo-2019/objections/"),
        Shot("objection-answer", "admin", "/rounds/demo-2019/objections/", FIRST),
    ),
    "results": (
        Shot("results", "admin", f"{RESULT}results/"),
        Shot("finalise", "admin", f"{RESULT}finalise/"),
        Shot("publish", "admin", f"{RESULT}publish/"),
        Shot("dashboard", "leader", f"{RESULT}dashboard/"),
        Shot("heat", "leader", f"{RESULT}heat/"),
        Shot("compare", "leader", f"{RESULT}compare/?unit=220100&unit=220200&unit=222400"),
        Shot("result-unit", "leader", f"{RESULT}dashboard/", "main tbody th a"),
        Shot("why", "leader", f"{RESULT}dashboard/", "main tbody td a.db-mark"),
    ),
    "public": (
        Shot("public", "", "/public/"),
        Shot("public-round", "", "/public/jilin-2021-example/"),
    ),
    "keeping the system": (
        Shot("audit", "auditor", "/audit/"),
        Shot("audit-entry", "auditor", "/audit/?act=objection.answer", FIRST),
        Shot("jobs", "system", "/jobs/"),
        Shot("tokens", "leader", "/profile/tokens/"),
    ),
}
"""Pictures by chapter of the manual; a new area is one more line here."""


def main(address: str, data: Path, names: Sequence[str]) -> None:
    """Write every picture at both sizes, or those whose names are given."""
    shots = [shot for area in AREAS.values() for shot in area if not names or shot.name in names]
    accounts = json.loads((data / "demo.json").read_text("utf-8"))
    passwords = {account["username"]: account["password"] for account in accounts}
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for size, viewport in SIZES.items():
            for who in dict.fromkeys(shot.who for shot in shots):
                own = [shot for shot in shots if shot.who == who]
                _look(browser, address, (who, passwords.get(who, "")), (size, viewport), own)
        browser.close()


def _look(
    browser: Browser,
    address: str,
    account: tuple[str, str],
    size: tuple[str, ViewportSize],
    shots: Sequence[Shot],
) -> None:
    context = browser.new_context(viewport=size[1], locale="zh-CN", base_url=address)
    page = context.new_page()
    page.on("console", lambda m: print(f"{page.url}: {m.text}") if m.type == "error" else None)
    if account[0]:
        page.goto("/account/login/")
        page.fill("input[name=login]", account[0])
        page.fill("input[name=password]", account[1])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{address}/")
    for shot in shots:
        page.goto(shot.path)
        if shot.click:
            page.locator(shot.click).first.click()
        page.wait_for_load_state("networkidle")
        # A password of one installation has no place in a picture.
        page.evaluate(HIDE)
        picture = Image.open(io.BytesIO(page.screenshot()))
        picture.convert("RGB").quantize(COLORS).save(OUT / f"{shot.name}-{size[0]}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:])
