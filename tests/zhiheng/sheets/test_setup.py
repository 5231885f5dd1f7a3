from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from zhiheng.sheets.setup import FOOTER, new_workbook, print_setup


def written(path: Path, label: str) -> Path:
    book = new_workbook(path, {"title": "题\x07目", "comments": label})
    sheet = book.add_worksheet("表")
    sheet.write(0, 0, "=1+1")
    sheet.write(1, 0, "https://example.cn")
    print_setup(sheet, label)
    book.close()
    return path


def test_text_stays_text_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, "示例") for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == second.read_bytes()
    sheet = load_workbook(first)["表"]
    assert [(sheet[place].value, sheet[place].data_type, sheet[place].hyperlink) for place in ("A1", "A2")] == [
        ("=1+1", "s", None), ("https://example.cn", "s", None),
    ]  # fmt: skip
    assert load_workbook(first).properties.title == "题 目"


@pytest.mark.parametrize(
    ("label", "left"),
    [("示例数据", "示例数据"), ("甲&乙\n丙", "甲&&乙 丙"), ("长" * 200, "长" * (FOOTER - 1) + "…"), ("", None)],
)
def test_the_footer_carries_the_label_on_one_line(tmp_path: Path, label: str, left: str | None) -> None:
    footer = load_workbook(written(tmp_path / "a.xlsx", label))["表"].oddFooter
    assert (footer.left.text, footer.right.text) == (left, "第 &P 页 共 &N 页")
