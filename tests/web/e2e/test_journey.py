"""A round from set-up to verified marks, in the browser, by the people who do it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from tests.builders import tiny_framework
from tests.web.builders import pdf, tiny_yaml
from tests.web.e2e.conftest import SignIn, sqlite_only
from tests.web.e2e.steps import agree, at, decide, hand_over, report, step
from tests.web.workbooks import add_item, put

from zhiheng.assessment.load import load_case
from zhiheng.pipeline import run

pytestmark = sqlite_only
CODE, UNIT = "journey", "222400"
ROUND = f"/rounds/{CODE}/"
PLACE = f"{ROUND}units/{UNIT}/"


def open_round(page: Page, folder: Path) -> None:
    """Upload a framework, make a round of one unit, and start self-assessment."""
    file = folder / "tiny.yaml"
    file.write_text(tiny_yaml(), "utf-8")
    page.goto("/frameworks/add/")
    page.set_input_files("input[name=file]", file)
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_role("heading", name=re.compile("小体系"))).to_be_visible()
    page.goto("/rounds/new/")
    option = page.locator("select[name=framework] option", has_text="小体系").last.get_attribute("value")
    page.select_option("select[name=framework]", option)
    for name, value in {
        "title": "旅程考核", "code": CODE, "period_start": "2020", "period_end": "2021-06", "organisation": "某局",
        "area": "某省", "self_assessment_opens_at": at(-1), "self_assessment_closes_at": at(5),
        "verification_opens_at": at(5), "verification_closes_at": at(20),
    }.items():  # fmt: skip
        page.fill(f"input[name={name}]", value)
    page.locator("label", has_text="延边州").locator("input[name=units]").check()
    page.get_by_role("button", name="保存设置").click()
    page.wait_for_url(f"**{ROUND}")
    step(page, ROUND, "self_assessment")


def fill_by_form(page: Page, folder: Path) -> None:
    """Answer the first two points on the page: one with an uploaded file, one from the library of the unit."""
    page.goto(f"{PLACE}?at=A")
    first, second = (page.locator(f"article[data-point='{no}']") for no in (1, 2))
    first.get_by_label("是，申报4分").check()
    first.locator("[data-add-row]").click()
    row = first.locator("[data-row]").last
    row.locator("textarea").fill("已经办理")
    row.locator("input[name^=date]").fill("2020年5月")
    row.locator("input[type=file]").set_input_files(pdf(folder / "通知.pdf", title="e2e"))
    expect(row.get_by_role("link", name="通知.pdf")).to_be_visible()
    expect(first.get_by_text("填写完整")).to_be_visible()
    second.get_by_label("申报1分").check()
    expect(second.locator(".fill-state")).to_contain_text("已保存")


def fill_by_workbook(page: Page, folder: Path) -> None:
    """Answer the rest in the workbook, with evidence in an archive."""
    page.goto(f"{PLACE}workbook/")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载工作簿").click()
    path = folder / "自评.xlsx"
    waiting.value.save_as(path)
    book = load_workbook(path)
    summary, items = book["自评汇总"], book["事项明细"]
    put(summary, 3, 填报情况="申报")
    put(summary, 4, 填报情况="申报")
    add_item(items, 2, 事项="制度", 佐证文件名="02 制度.pdf")
    add_item(items, 3, 事项="培训", 数量=2, 佐证文件名="03 签到表.pdf")
    add_item(items, 4, 领域="专利", 佐证文件名="04 专利.pdf")
    book.save(path)
    archive = folder / "佐证.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("02 制度.pdf", "03 签到表.pdf", "04 专利.pdf"):
            made.write(pdf(folder / "x.pdf", title=name), name)
    page.set_input_files("input[name=workbook]", path)
    page.set_input_files("input[name=archive]", archive)
    page.get_by_role("button", name="上传并核对").click()
    button = page.get_by_role("button", name="确认导入")
    expect(button).to_be_visible(timeout=30_000)
    expect(page.get_by_text("改动3项考核要点")).to_be_visible()
    button.click()
    agree(page)
    page.wait_for_url(f"**{PLACE}*")


def test_a_round_from_set_up_to_verified_marks(sign_in: SignIn, tmp_path: Path) -> None:
    admin = sign_in("admin")
    open_round(admin, tmp_path)

    filler = sign_in(f"filler-{UNIT}")
    fill_by_form(filler, tmp_path)
    fill_by_workbook(filler, tmp_path)
    filler.goto(f"{PLACE}?at=all")
    # 4 + 1 + 0.4 + 1
    expect(filler.locator(".fill-side")).to_contain_text("6.4")
    hand_over(filler)
    expect(filler.locator("main")).to_contain_text("待审核")

    approver = sign_in(f"approver-{UNIT}")
    report(approver, PLACE)
    expect(approver.locator("main")).to_contain_text("已报送")

    step(admin, ROUND, "verification")
    verifier = sign_in("verifier")
    decide(verifier, PLACE, 1, "accept", "matches")
    verifier.goto(f"{PLACE}verify/return/")
    verifier.fill("textarea[name=reason]", "第4项还有材料可以补充")
    verifier.fill("input[name=due_at]", at(3))
    verifier.locator("details", has=verifier.locator("textarea[name=remark-4]")).locator("summary").click()
    verifier.fill("textarea[name=remark-4]", "请补充商标领域的材料")
    verifier.get_by_role("button", name="退回单位").click()
    verifier.wait_for_load_state()

    filler.goto(f"{PLACE}?at=B")
    expect(filler.get_by_text("请补充商标领域的材料")).to_be_visible()
    fourth = filler.locator("article[data-point='4']")
    fourth.locator("input[type=checkbox][value=商标]").check()
    expect(fourth.locator(".fill-state")).to_contain_text("已保存")
    expect(filler.locator(".fill-side")).to_contain_text("7.4")
    hand_over(filler)
    report(approver, PLACE)

    decide(verifier, PLACE, 2, "adjust", "under_claim", mark="2", words="材料能够证明")
    decide(verifier, PLACE, 3, "accept", "matches")
    decide(verifier, PLACE, 4, "accept", "matches")
    verifier.goto(f"{PLACE}verify/")
    verifier.get_by_role("button", name="核定完成").click()
    if verifier.locator("#confirm[open]").is_visible():
        agree(verifier)
    expect(verifier.locator("main")).to_contain_text("已核定")

    agrees_with_the_library(verifier, tmp_path)


def agrees_with_the_library(page: Page, folder: Path) -> None:
    """Download the round as a case, let the library score it, and compare with the board."""
    page.goto(f"{ROUND}verify/")
    page.get_by_role("link", name="案例文件夹").click()
    page.get_by_role("button", name="生成案例文件夹").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="下载", exact=True).click()
    archive = folder / "case.zip"
    waiting.value.save_as(archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "case")
    place = next((folder / "case").rglob("case.yaml")).parent
    result = run(load_case(place))
    assert result.settled
    scale = tiny_framework().scale
    total = scale.text(result.interval("延边州").confirmed)
    assert total == "8.4"
    page.goto(ROUND)
    expect(page.locator("tr", has_text="延边州")).to_contain_text(total)
