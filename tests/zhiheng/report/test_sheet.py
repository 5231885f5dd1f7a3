"""The score sheet: every point and mark is printed, text of people stays text, the label is on every page."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pypdf
import pytest

from zhiheng.report.sheet import ScoreSheet, SheetPart, SheetPoint, render_sheet

MADE_AT = dt.datetime(2026, 11, 24, 12, 30, tzinfo=dt.UTC)


def sheet(points: int = 2, **more: object) -> ScoreSheet:
    rows = tuple(SheetPoint(n, f"考核要点内容{n}", "2", "1.5", "1") for n in range(1, points + 1))
    made = ScoreSheet(
        title="某轮考核自评打分表",
        facts=(("评价对象", "甲市人民政府"), ("考核期", "2020—2021-06")),
        levels=("一级指标", "二级指标", "考核要点"),
        parts=(SheetPart(1, "1", "组织实施", "27", "13.5"), SheetPart(2, "1", "顶层设计", "4", "3", "2", rows)),
        full="100",
        claimed="62.4",
        label="示例数据",
        foot="甲市　填报中",
    )
    return replace(made, **more)  # type: ignore[arg-type]


def pages(made: ScoreSheet) -> list[str]:
    found = pypdf.PdfReader(io.BytesIO(render_sheet(made, MADE_AT)))
    return ["".join(page.extract_text().split()) for page in found.pages]


def test_marks_and_names_are_printed() -> None:
    (text,) = pages(sheet())
    for part in ("某轮考核自评打分表", "甲市人民政府", "考核要点内容2", "62.4", "13.5", "一级指标1", "填报人（签字）"):
        assert part in text, part


def test_label_head_and_foot_are_on_every_page() -> None:
    found = pages(sheet(90))
    assert len(found) > 2
    for number, text in enumerate(found, 1):
        assert "示例数据" in text
        assert f"第{number}页，共{len(found)}页" in text
        assert "甲市填报中" in text
    assert all("自评得分" in text for text in found[:-1])


def test_signatures_stay_together() -> None:
    for points in range(18, 40, 3):
        whole = [text for text in pages(sheet(points)) if "填报人（签字）" in text]
        assert "（单位公章）" in whole[0]
        assert "单位负责人（签字）" in whole[0]


@pytest.mark.parametrize("text", ["#sys.inputs", "*a* _b_ $x$", "]#eval(1)[", "<label>", 'a"b\\', "甲\x00乙\ud800"])
def test_text_of_people_is_never_markup(text: str) -> None:
    printed = "".join(c for c in text if c not in "\x00\ud800")
    (found,) = pages(
        sheet(title=text, foot=text, parts=(SheetPart(1, text, text, "1", points=(SheetPoint(1, text, "1"),)),))
    )
    assert "".join(printed.split()) in found


def test_the_same_sheet_gives_the_same_bytes() -> None:
    assert render_sheet(sheet(), MADE_AT) == render_sheet(sheet(), MADE_AT)


def test_without_people_of_the_office_there_is_one_box() -> None:
    assert "核查单位" not in "".join(pages(sheet(office_signs=())))
