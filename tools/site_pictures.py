"""Takes the pictures of the manual from a running demonstration: python tools/site_pictures.py ADDRESS DATA."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
SIZES: dict[str, ViewportSize] = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
OUT = Path(__file__).parents[1] / "docs" / "pictures" / "site"
COLORS = 96
HIDE = "document.querySelectorAll('td.zh-mono:last-child').forEach(cell => { cell.textContent = '启动时打印' })"
PAGES = (
    ("sign-in", "", "/account/login/"),
    ("home", "admin", "/"),
    ("frameworks", "admin", "/frameworks/1/"),
    ("round-new", "admin", "/rounds/new/"),
    ("board", "admin", "/rounds/demo-2022/"),
    ("people", "admin", "/people/"),
    ("units", "admin", "/units/"),
    ("fill", "filler-220200", "/rounds/demo-2022/units/220200/?at=L3-18"),
    ("fill-all", "filler-220200", "/rounds/demo-2022/units/220200/?at=all"),
    ("library", "filler-220200", "/rounds/demo-2022/units/220200/files/"),
    ("workbook", "filler-220200", "/rounds/demo-2022/units/220200/workbook/"),
    ("verify", "verifier", "/rounds/demo-2021/verify/"),
    ("verify-unit", "verifier", "/rounds/demo-2021/units/220300/verify/"),
    ("sampling", "verifier", "/rounds/demo-2021/verify/sampling/"),
    ("verify-alike", "verifier", "/rounds/demo-2021/verify/?risk=likeness"),
    ("audit", "auditor", "/audit/"),
    ("help", "filler-220200", "/help/"),
)
"""Name of the picture, who looks, and at what."""


def main(address: str, data: Path) -> None:
    """Write every picture at both sizes."""
    accounts = json.loads((data / "demo.json").read_text("utf-8"))
    passwords = {account["username"]: account["password"] for account in accounts}
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for size, viewport in SIZES.items():
            for who in dict.fromkeys(user for _name, user, _path in PAGES):
                _look(browser, address, (who, passwords.get(who, "")), (size, viewport))
        browser.close()


def _look(browser: Browser, address: str, account: tuple[str, str], size: tuple[str, ViewportSize]) -> None:
    context = browser.new_context(viewport=size[1], locale="zh-CN", base_url=address)
    page = context.new_page()
    page.on("console", lambda m: print(f"{page.url}: {m.text}") if m.type == "error" else None)
    if account[0]:
        page.goto("/account/login/")
        page.fill("input[name=login]", account[0])
        page.fill("input[name=password]", account[1])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{address}/")
    for name, who, path in PAGES:
        if who == account[0]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            # A password of one installation has no place in a picture.
            page.evaluate(HIDE)
            picture = Image.open(io.BytesIO(page.screenshot()))
            picture.convert("RGB").quantize(COLORS).save(OUT / f"{name}-{size[0]}.png", optimize=True)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]))
