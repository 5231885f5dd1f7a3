"""A whole round in the browser, and its marks from every way out: pages, API, workbook, Word report, signed file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from tests.web.builders import PASSWORD, pdf
from tests.web.e2e.conftest import SignIn, Site, environment, sqlite_only, start, stop
from tests.web.e2e.steps import agree, at, decide, hand_over, report, step
from tests.web.installation import Installation

pytestmark = sqlite_only
WORLD = """
import sys
from pathlib import Path
import django
django.setup()
from tests.web.builders import approver, city, claims, evidence, filler, person, row_of, running_round
from zhiheng_web.assessments.actions import hand_over, save_answer, submit
from zhiheng_web.config.server import prepare
prepare()
made = running_round(3, label="测试用的数据", short_label="测试")
for number in (1, 2, 3):
    row = row_of(made, number)
    # The first and the third unit hand in the same file: somebody has to say why that may be.
    name = "通知.pdf" if number != 2 else "台账.pdf"
    for no, given in claims(evidence(row, Path(sys.argv[1]), name)).items():
        if (number, no) != (1, 1):
            save_answer(filler(number), row, no, given, version=0)
    approver(number)
    if number > 1:
        hand_over(filler(number), row)
        submit(approver(number), row)
for role in ("verifier", "leader"):
    person(role)
for number in (1, 2, 3):
    person("expert", username=f"expert-{number}")
"""
ROUND = "/rounds/r1/"
UNITS = {number: f"{ROUND}units/22{number:02d}00/" for number in (1, 2, 3)}
# Claimed are 4 + 1 + 0.4 + 2 marks each.
# 第1市: all accepted; experts give 2 and 0 at point 2, the third one 1.          4 + 1 + 0.4 + 2 = 7.4
# 第2市: point 4 rejected, experts give 2 twice, the objection brings point 4 back. 4 + 2 + 0.4 + 2 = 8.4
# 第3市: point 1 rejected, experts give 1 twice.                                   0 + 1 + 0.4 + 2 = 3.4
EXPECTED = {"第2市": ("8.4", 1), "第1市": ("7.4", 2), "第3市": ("3.4", 3)}
POINTS = {"第1市": ("4", "1", "0.4", "2"), "第2市": ("4", "2", "0.4", "2"), "第3市": ("0", "1", "0.4", "2")}
BLIND = {"第1市": ("2", "0"), "第2市": ("2", "2"), "第3市": ("1", "1")}
ARBITER = "1"
POINT = 2
"""Level of the points: below indicators of one level."""
FINDINGS_TRIES = 40
WAIVED = "同一份省级文件，两市都可以使用"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a site with accounts, a framework and claims, but nothing handed in by the first unit."""
    folder = tmp_path_factory.mktemp("whole")
    Installation(folder / "data", "").python(WORLD, str(folder))
    running = replace(start(folder / "data"), own_password=PASSWORD)
    yield running
    assert stop(running) == 0


def test_a_whole_round_ends_in_the_same_marks_everywhere(
    site: Site, browser: Browser, sign_in: SignIn, tmp_path: Path
) -> None:
    admin = sign_in("administrator")
    assess(sign_in, tmp_path)
    step(admin, ROUND, "verification")
    verify(sign_in, admin)
    review(sign_in, admin)
    object_and_answer(sign_in, admin, tmp_path)
    signed = finalise(admin, tmp_path)
    key = publish(admin)

    assert of_public_page(browser, site) == EXPECTED
    leader = sign_in("leader")
    assert of_dashboard(leader) == EXPECTED
    assert of_workbook(leader, tmp_path) == EXPECTED
    assert of_api(leader, site) == (EXPECTED, POINTS)
    assert verified(site, signed, key) == (0, {unit: mark for unit, (mark, _rank) in EXPECTED.items()})
    assert of_report(admin, tmp_path) == EXPECTED

    content = bytearray(signed.read_bytes())
    content[len(content) // 2] ^= 1
    flipped = tmp_path / "flipped.zhiheng"
    flipped.write_bytes(content)
    assert verified(site, flipped, key)[0] == 1


def assess(sign_in: SignIn, folder: Path) -> None:
    """Answer the last point of the first unit, hand it over and sign it off."""
    filler = sign_in("filler-220100")
    filler.goto(f"{UNITS[1]}?at=A")
    first = filler.locator("article[data-point='1']")
    first.get_by_label("是，申报4分").check()
    first.locator("[data-add-row]").click()
    row = first.locator("[data-row]").last
    row.locator("textarea").fill("已经办理")
    row.locator("input[name^=date]").fill("2020-05")
    row.locator("input[type=file]").set_input_files(pdf(folder / "批复.pdf", 2, title="批复"))
    expect(row.get_by_role("link", name="批复.pdf")).to_be_visible()
    expect(first.locator(".fill-state")).to_contain_text("已保存")
    filler.goto(f"{UNITS[1]}?at=all")
    hand_over(filler)
    report(sign_in("approver-220100"), UNITS[1])


def verify(sign_in: SignIn, admin: Page) -> None:
    """Decide every point, and see that the units learn of it only when the stage is over."""
    verifier = sign_in("verifier")
    rejected = {(2, 4), (3, 1)}
    for number, place in UNITS.items():
        for no in (1, 2, 3, 4):
            if (number, no) in rejected:
                decide(verifier, place, no, "reject", "no_evidence", words="材料不能证明")
            else:
                decide(verifier, place, no, "accept", "matches")
        verifier.goto(f"{place}verify/")
        verifier.get_by_role("button", name="核定完成").click()
        if verifier.locator("#confirm[open]").is_visible():
            agree(verifier)
        expect(verifier.locator("main")).to_contain_text("已核定")
    filler = sign_in("filler-220200")
    filler.goto(f"{UNITS[2]}?at=all")
    expect(filler.locator("main")).not_to_contain_text("材料不能证明")
    admin.goto(f"{ROUND}verify/")
    step(admin, ROUND, "expert_review")
    filler.reload()
    expect(filler.locator("main")).to_contain_text("材料不能证明")


def review(sign_in: SignIn, admin: Page) -> None:
    """Have two experts mark each unit blind and a third one settle what they differ about."""
    admin.goto(f"{ROUND}review/plan/")
    admin.locator("input[name=blind]").check()
    admin.fill("input[name=due_at]", at(5))
    admin.fill("input[name=limit-2]", "0.5")
    admin.get_by_role("button", name="保存并分配").click()
    expect(admin.get_by_text("评审任务已分配")).to_be_visible()
    experts = [sign_in(f"expert-{number}") for number in (1, 2, 3)]
    left = {unit: list(marks) for unit, marks in BLIND.items()}
    for expert in experts:
        for unit in open_tasks(expert):
            mark(expert, unit, left[unit].pop(0))
    assert not any(left.values())
    # Whoever has the third seat at the first unit is the one expert who did not mark it.
    (third,) = [expert for expert in experts if open_tasks(expert)]
    expect(third.locator("main")).to_contain_text("复议")
    mark(third, "第1市", ARBITER, sees=("2", "0"))
    admin.goto(f"{ROUND}review/office/")
    expect(admin.locator("main")).to_contain_text("全部评审项已形成结论")
    admin.get_by_role("button", name="结束专家评审").click()
    agree(admin)


def open_tasks(page: Page) -> list[str]:
    """Return the units that wait for an expert."""
    page.goto(f"{ROUND}review/")
    rows = page.locator("main tbody tr", has_text="未评")
    return [rows.nth(place).locator("td").first.inner_text().strip() for place in range(rows.count())]


def mark(page: Page, unit: str, given: str, sees: tuple[str, ...] = ()) -> None:
    """Mark the second point of a unit; `sees` are the marks of others that the expert is shown, and no others."""
    page.goto(f"{ROUND}review/")
    page.locator("main tbody tr", has_text=unit).filter(has_text="未评").get_by_role("link").click()
    expect(page.get_by_role("heading", name=unit)).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("核定得分")
    shown = page.locator("main table tbody tr td:nth-child(2)").all_inner_texts() if sees else []
    assert tuple(sorted(shown, reverse=True)) == sees
    expect(page.locator("main")).not_to_contain_text(re.compile("expert-|核查员"))
    page.locator(f"#mark input[name=mark][value='{given}']").check()
    page.fill("#mark textarea[name=reason]", f"按材料评{given}分")
    page.get_by_role("button", name="提交并到下一项").click()
    page.wait_for_load_state()


def object_and_answer(sign_in: SignIn, admin: Page, folder: Path) -> None:
    """Object to a point of the second unit with a new file; the office finds it by its notice and grants it."""
    filler, approver = sign_in("filler-220200"), sign_in("approver-220200")
    filler.goto(f"{UNITS[2]}objections/points/4/")
    filler.fill("textarea[name=text]", "专利、商标两个领域都有材料，见附件")
    filler.fill("input[name=wanted]", "2")
    filler.set_input_files("input[name=uploads]", pdf(folder / "补充材料.pdf", 3, title="补充"))
    filler.get_by_role("button", name="保存草稿").click()
    expect(filler.get_by_text("已保存为草稿")).to_be_visible()
    approver.goto("/")
    approver.get_by_role("link", name="第2市对第4项的申诉等待您提交").first.click()
    approver.get_by_role("button", name="提交申诉").click()
    agree(approver)
    admin.goto("/")
    admin.get_by_role("link", name="第2市对第4项提出申诉，等待答复").first.click()
    expect(admin.locator("main")).to_contain_text("补充材料.pdf")
    admin.locator("input[name=outcome][value=granted]").check()
    admin.fill("input[name=mark]", "2")
    admin.fill("textarea[name=reason]", "补充的材料可以证明")
    admin.get_by_role("button", name="答复", exact=True).click()
    expect(admin.get_by_text("申诉已答复")).to_be_visible()
    filler.goto("/")
    filler.get_by_role("link", name="第2市对第4项的申诉已经答复").first.click()
    expect(filler.locator("main")).to_contain_text("补充的材料可以证明")
    step(admin, ROUND, "finalisation")


def finalise(admin: Page, folder: Path) -> Path:
    """Let the findings stand with a reason, have the result signed, and return the downloaded file."""
    admin.goto(f"{ROUND}finalise/")
    reasons, ready = admin.locator(".rs-waive input[name=reason]"), admin.get_by_role("button", name="定稿并签名")
    expect(ready).to_be_disabled()
    waived = 0
    for _ in range(FINDINGS_TRIES):
        if reasons.count():
            reasons.first.fill(WAIVED)
            admin.get_by_role("button", name="同意保留").first.click()
            waived += 1
        elif ready.is_enabled():
            break
        else:
            # The site is still working out what there is to find.
            admin.wait_for_timeout(300)
            admin.reload()
    assert waived
    ready.click()
    agree(admin)
    expect(admin.get_by_role("heading", name="结果快照")).to_be_visible(timeout=30_000)
    with admin.expect_download() as waiting:
        admin.get_by_role("button", name="下载快照").click()
    signed = folder / "r1.zhiheng"
    waiting.value.save_as(signed)
    with zipfile.ZipFile(signed) as packed:
        assert any(WAIVED in packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return signed


def publish(admin: Page) -> str:
    """Publish the whole result, and return the key as the public page states it."""
    admin.goto(f"{ROUND}publish/")
    admin.locator("input[name=detail][value=full]").check()
    admin.get_by_role("button", name="发布", exact=True).click()
    expect(admin.get_by_text("结果已发布")).to_be_visible()
    admin.goto("/public/r1/")
    found = re.search(r"--key ([0-9a-f]{64})", admin.locator("main").inner_text())
    assert found is not None
    return found[1]


Marks = Mapping[str, tuple[str, int]]


def of_table(page: Page) -> Marks:
    """Return totals and ranks of the first table with ranks on a page."""
    head = page.locator("thead th", has_text=re.compile("^(名次)"))
    table = page.locator("main table:visible").filter(has=head).filter(has_not=page.locator("caption")).first
    heads = [head.strip(" ↑↓\n") for head in table.locator("thead th").all_inner_texts()]
    rank, total = heads.index("名次"), next(place for place, head in enumerate(heads) if head in {"总分", "得分"})
    found = {}
    for row in table.locator("tbody tr").all():
        cells = [cell.strip() for cell in row.locator("th, td").all_inner_texts()]
        found[row.locator("th").inner_text().strip()] = (cells[total], int(cells[rank]))
    return found


def of_public_page(browser: Browser, site: Site) -> Marks:
    """Return what somebody without an account reads."""
    context = browser.new_context(base_url=site.address, locale="zh-CN")
    page = context.new_page()
    page.goto("/public/r1/")
    expect(page.locator("main")).to_contain_text("测试用的数据")
    found = of_table(page)
    context.close()
    return found


def of_dashboard(leader: Page) -> Marks:
    """Return what the leader's overview says."""
    leader.goto(f"{ROUND}dashboard/")
    return of_table(leader)


def of_workbook(leader: Page, folder: Path) -> Marks:
    """Return what the exported ranking holds."""
    leader.goto(f"{ROUND}results/")
    with leader.expect_download() as waiting:
        leader.get_by_role("link", name="导出 XLSX").click()
    waiting.value.save_as(folder / "ranking.xlsx")
    sheet = load_workbook(folder / "ranking.xlsx").worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at_ = next(place for place, row in enumerate(rows) if "名次" in row)
    heads = rows[at_]
    rank, unit = heads.index("名次"), heads.index("单位")
    total = next(place for place, head in enumerate(heads) if head in {"总分", "得分"})
    return {str(row[unit]): (f"{row[total]:g}", int(str(row[rank]))) for row in rows[at_ + 1 :] if row[unit]}


def of_api(leader: Page, site: Site) -> tuple[Marks, Mapping[str, tuple[str, ...]]]:
    """Make a token in the browser and return what a program is told with it: totals with ranks, and points."""
    leader.goto("/profile/tokens/")
    leader.fill("input[name=name]", "核对程序")
    leader.locator("input[name=scopes][value='read:results']").check()
    leader.get_by_role("button", name="建立访问令牌").click()
    secret = leader.locator("input[value^=zh_]").input_value()

    def told(path: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {secret}"}
        asked = urllib.request.Request(f"{site.address}/api/v1{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=20) as answer:
            found: dict[str, object] = json.loads(answer.read())
        return found

    listed = told("/rounds/r1/results")["items"]
    assert isinstance(listed, list)
    totals = {one["name"]: (f"{one['mark']:g}", one["rank"]) for one in listed}
    points = {}
    for number in UNITS:
        found = told(f"/rounds/r1/units/22{number:02d}00/results")
        nodes = found["nodes"]
        assert isinstance(nodes, list)
        points[f"第{number}市"] = tuple(f"{one['mark']:g}" for one in nodes if one["level"] == POINT)
    return totals, points


def run(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program somewhere else, as somebody without the site would."""
    command = [str(Path(sys.executable).with_name("zhiheng")), *words]
    variables = environment(site.data.parent / "elsewhere")
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def verified(site: Site, signed: Path, key: str) -> tuple[int, Mapping[str, str]]:
    """Return exit code and totals of `zhiheng verify`."""
    done = run(site, "verify", str(signed), "--key", key, "--format", "json")
    told = json.loads(done.stdout)
    return done.returncode, {one["name"]: f"{one['confirmed']:g}" for one in told["units"] or ()}


def of_report(admin: Page, folder: Path) -> Marks:
    """Have the report made in the studio, and return totals and ranks of its Word file."""
    admin.goto(f"{ROUND}report/")
    admin.get_by_role("button", name="生成报告").click()
    expect(admin.locator(".st-versions tbody tr")).to_have_count(1, timeout=60_000)
    with admin.expect_download() as waiting:
        admin.locator(".st-versions a[href$='/docx/']").click()
    path = folder / "report.docx"
    waiting.value.save_as(path)
    for table in docx.Document(str(path)).tables:
        rows = [[cell.text.strip() for cell in row.cells] for row in table.rows]
        if {"名次", "总分"} <= set(rows[0]) or {"名次", "得分"} <= set(rows[0]):
            rank = rows[0].index("名次")
            total = rows[0].index("总分" if "总分" in rows[0] else "得分")
            return {row[name_at(row)]: (f"{float(row[total]):g}", int(row[rank])) for row in rows[1:]}
    pytest.fail("the report has no table of ranks")


def name_at(row: list[str]) -> int:
    return next(place for place, cell in enumerate(row) if cell in EXPECTED)
