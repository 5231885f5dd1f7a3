"""The HTML page in Chromium, on a desk and on a phone: its policy holds, charts are drawn, data can be saved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, ViewportSize, expect

from zhiheng.report.content import DataTable, Document, Figure
from zhiheng.report.render.html import render

DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
DATA = DataTable(
    ("地区", "得分", "说明"),
    (
        ("长春市", 82.4, '第一,"甲"'),
        ("=SUM(A1)", -3.5, None),
        ("＋1", 60, "-1"),
        ("\t=1", 1.0, "两\n行"),
    ),
)


def _box(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def _narrow(page: Page) -> bool:
    return page.viewport_size == PHONE


@pytest.fixture(scope="module")
def address(document: Document, svgs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    body = tuple(
        dataclasses.replace(b, data=DATA) if isinstance(b, Figure) and b.key == "fig-ranking" else b
        for b in document.body
    )
    path = tmp_path_factory.mktemp("html") / "report.html"
    render(dataclasses.replace(document, body=body), path, svgs=svgs)
    return path.as_uri()


@dataclasses.dataclass(slots=True)
class Visit:
    """An open page with everything the browser complained about or asked for."""

    page: Page
    complaints: list[str]
    requests: list[str]


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport=request.param, accept_downloads=True)
    page = context.new_page()
    seen = Visit(page, [], [])
    page.on("console", lambda message: seen.complaints.append(message.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda asked: seen.requests.append(asked.url))
    page.goto(address)
    yield seen
    context.close()


def test_every_chart_is_drawn_without_complaint_or_request(visit: Visit) -> None:
    page = visit.page
    figures = page.locator("figure")
    for index in range(figures.count()):
        figure = figures.nth(index)
        figure.scroll_into_view_if_needed()
        canvas = figure.locator("canvas").first
        canvas.wait_for(state="visible")
        painted = canvas.evaluate(
            "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size > 8"
        )
        assert painted, figure.get_attribute("id")
        box = _box(canvas)
        page.mouse.move(box["x"] + min(box["width"], 300) / 2, box["y"] + box["height"] / 2)
    page.evaluate(TWO_FRAMES)
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file:", "data:"))] == []


def test_page_never_scrolls_sideways_and_wide_blocks_say_so(visit: Visit) -> None:
    page = visit.page
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.evaluate(TWO_FRAMES)
    assert page.evaluate("document.documentElement.scrollWidth") <= (PHONE if _narrow(page) else DESK)["width"]
    silent = page.evaluate(
        """[...document.querySelectorAll("[data-scroll]")].filter((box) => {
          const hint = box.parentElement.querySelector(":scope > [data-hint]");
          return hint && hint.hidden === box.scrollWidth > box.clientWidth + 1;
        }).length"""
    )
    assert silent == 0
    assert page.locator("#fig-tree > [data-hint]").is_visible() is _narrow(page)
    assert page.locator("#tab-framework > [data-hint]").is_visible() is _narrow(page)


def test_contents_lead_to_a_region_and_mark_it(visit: Visit) -> None:
    page = visit.page
    if _narrow(page):
        expect(page.locator(".contents ol").first).to_be_hidden()
        page.locator(".contents summary").click()
    page.locator(".contents a[href='#region-4']").click()
    page.wait_for_function("document.querySelector('.contents [aria-current]')?.hash === '#region-4'")
    top = _box(page.locator("#region-4"))["y"]
    fixed = _box(page.locator(".banner"))
    assert fixed["y"] == 0
    assert fixed["height"] <= top < DESK["height"] / 3
    if _narrow(page):
        expect(page.locator(".contents ol").first).to_be_hidden()
    page.locator(".to-top").click()
    page.wait_for_function("scrollY === 0")


def test_table_head_stays_in_sight_on_a_desk(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(address)
    page.evaluate("scrollTo(0, document.querySelector('#tab-framework tbody').getBoundingClientRect().top + 300)")
    page.evaluate(TWO_FRAMES)
    head = _box(page.locator("#tab-framework thead"))
    banner = _box(page.locator(".banner"))
    assert head["y"] == pytest.approx(banner["height"], abs=1)
    page.close()


def test_data_can_be_saved_as_harmless_csv_and_as_the_picture(visit: Visit, svgs: dict[str, str]) -> None:
    figure = visit.page.locator("#fig-ranking")
    expect(figure.locator("details table")).to_be_hidden()
    figure.locator("summary").click()
    expect(figure.locator("details table")).to_be_visible()
    with visit.page.expect_download() as saved:
        figure.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == "图2-各地区知识产权保护水平得分情况-合成示例.csv"
    assert Path(saved.value.path()).read_bytes().decode() == (
        "\ufeff地区,得分,说明\r\n"
        '长春市,82.4,"第一,""甲"""\r\n'
        "'=SUM(A1),-3.5,\r\n"
        "'＋1,60,'-1\r\n"
        '\'\t=1,1,"两\n行"\r\n'
    )
    with visit.page.expect_download() as saved:
        figure.get_by_role("button", name="SVG").click()
    assert Path(saved.value.path()).read_text(encoding="utf-8") == svgs["fig-ranking"]
    assert visit.complaints == []


def test_print_shows_the_picture_instead_of_the_canvas(visit: Visit) -> None:
    figure = visit.page.locator("#fig-tree")
    figure.scroll_into_view_if_needed()
    figure.locator("canvas").first.wait_for(state="visible")
    expect(figure.locator(".still")).to_be_hidden()
    visit.page.emulate_media(media="print")
    expect(figure.locator(".still")).to_be_visible()
    expect(figure.locator("canvas").first).to_be_hidden()
    expect(visit.page.locator(".contents ol").first).to_be_visible()


def test_without_scripts_pictures_and_contents_are_there(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#fig-tree .still")).to_be_visible()
    expect(page.locator(".contents ol").first).to_be_visible()
    expect(page.locator("#fig-tree .actions")).to_be_hidden()
    context.close()


def test_keyboard_reaches_the_text_first(visit: Visit) -> None:
    visit.page.keyboard.press("Tab")
    assert visit.page.evaluate("document.activeElement.className") == "skip"
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("document.activeElement.id") == "ui-main"


def test_charts_follow_the_window(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(address)
    canvas = page.locator("#fig-region-0 canvas").first
    page.locator("#fig-region-0").scroll_into_view_if_needed()
    canvas.wait_for(state="visible")
    before = _box(canvas)["width"]
    page.set_viewport_size(PHONE)
    page.wait_for_function("document.querySelector('#fig-region-0 canvas').getBoundingClientRect().width < 360")
    assert before > 600
    page.close()
