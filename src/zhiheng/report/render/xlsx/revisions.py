"""The sheet of edits: what was generated, what stands in its place, and whether the facts have changed since."""

from __future__ import annotations

from zhiheng.report.content import Document
from zhiheng.report.render.xlsx.book import Book
from zhiheng.sheets.setup import Column

COLUMNS = (
    Column("所在部分", 22), Column("方式", 8, "centre"), Column("状态", 16), Column("生成稿", 58), Column("修订后", 58), Column("理由", 24),
)  # fmt: skip


def revisions_sheet(book: Book, document: Document) -> None:
    """Write every edit; none where the report has none."""
    if not document.revisions:
        return
    sheet = book.sheet(
        "文字修订", "经人工修订的文字", COLUMNS, note="生成稿为现在的生成稿；修订不改变得分、名次和图表。"
    )
    book.rows(sheet, COLUMNS, [(r.section, r.act, r.state, r.generated, r.text, r.reason) for r in document.revisions])
