"""Front matter: cover, work group, abstract and the contents field with its entries filled in."""

from __future__ import annotations

from math import ceil

from zhiheng.report.content import Heading
from zhiheng.report.render.docx.context import CONTENTS_LEVELS, Context
from zhiheng.report.render.docx.elements import Element, w
from zhiheng.report.render.docx.fields import field, field_end, field_start, paragraph, run
from zhiheng.report.render.docx.page import TEXT_HEIGHT, TEXT_WIDTH
from zhiheng.report.render.docx.sections import section
from zhiheng.report.render.docx.tables import column_widths

TITLE_CHARACTERS = 16
TITLE_LINE, SUBTITLE_LINE, LABEL_LINE = 880, 640, 400
LABEL_CHARACTERS = 32
SUBTITLE_GAP, LABEL_FRAME = 240, 240
# Shares of the type area's height at which the title and the imprint begin.
TITLE_AT, IMPRINT_AT = 0.22, 0.72
NAMES_A_ROW = 4
# Characters before this one are half as wide as a Chinese one.
FIRST_WIDE = "\u2000"
SHORT_NAME = 2
# A title breaks best after one of these, and never before one of the others.
BREAK_AFTER = "，、：；—》）”省市州区县年度的与和及"
# How many characters away from the even split such a break may lie and still be taken.
GOOD_BREAK = 5
BREAK_BEFORE = "（《“"
NEVER_FIRST = "，、：；—》）”。！？·"
# Words that the titles of such reports are made of; a break inside one of them reads badly.
WHOLE_WORDS = (
    "知识产权",
    "保护",
    "水平",
    "调查",
    "报告",
    "评估",
    "评价",
    "考核",
    "指标",
    "体系",
    "工作",
    "发展",
    "建设",
    "满意度",
    "绩效",
    "监测",
    "分析",
    "研究",
    "质量",
    "年度",
    "情况",
    "地区",
    "全省",
    "全国",
    "全市",
    "营商",
    "环境",
    "服务",
    "管理",
)


def cover(context: Context) -> list[Element]:
    """Return the cover; its lines have fixed pitches, so that the imprint always stands in the bottom third."""
    document = context.document
    cover = document.cover
    used = 0
    blocks: list[Element] = []
    if document.label:
        lines = ceil(len(document.label) / LABEL_CHARACTERS)
        blocks.append(paragraph("CoverLabel", [run(document.label)]))
        used += lines * LABEL_LINE + LABEL_FRAME
    title = balanced(cover.title, TITLE_CHARACTERS)
    gap = max(0, round(TEXT_HEIGHT * TITLE_AT) - used)
    blocks.append(paragraph("Title", [run("\n".join(title))], before=gap))
    used += gap + len(title) * TITLE_LINE
    if cover.subtitle:
        lines = ceil(len(cover.subtitle) / (TITLE_CHARACTERS + 10))
        blocks.append(paragraph("Subtitle", [run(cover.subtitle)]))
        used += SUBTITLE_GAP + lines * SUBTITLE_LINE
    gap = max(0, round(TEXT_HEIGHT * IMPRINT_AT) - used)
    blocks.append(paragraph("Imprint", [run(cover.organisation)], before=gap))
    blocks.append(paragraph("Imprint", [run(cover.date)], section=section([])))
    return blocks


def balanced(title: str, limit: int) -> list[str]:
    """
    Break a title into lines of about equal length.

    Parameters
    ----------
    title
        The title; line feeds in it are kept as they are.
    limit
        Characters that fit a line; Latin letters and digits count as half.

    Returns
    -------
    list[str]
        The lines. A break falls after a mark or word near the even split where there is one, never inside a
        number or a Latin word and never before a closing mark.
    """
    if "\n" in title:
        return [line for part in title.split("\n") for line in balanced(part, limit)]
    count = ceil(_width(title) / limit)
    lines: list[str] = []
    rest = title
    for left in range(count, 1, -1):
        at = _break(rest, _width(rest) / left, limit)
        lines.append(rest[:at])
        rest = rest[at:].lstrip()
    return [*lines, rest]


def work_group(context: Context, references: list[Element]) -> list[Element]:
    """Return the page of the work group, names in four columns; nothing where the case names nobody."""
    roles = context.document.work_group.roles
    if not roles:
        return []
    width = max(len(_bare(role)) for role, _ in roles)
    widths = column_widths((1.3, 1, 1, 1, 1))
    rows = []
    for role, names in roles:
        for start in range(0, max(1, len(names)), NAMES_A_ROW):
            row = [spread(name, SHORT_NAME + 1) for name in names[start : start + NAMES_A_ROW]]
            row += [""] * (NAMES_A_ROW - len(row))
            label = f"{spread(_bare(role), width)}：" if start == 0 else ""
            cells = (_name_cell(room, text) for room, text in zip(widths, [label, *row], strict=True))
            rows.append(w("tr", w("trPr", w("cantSplit")), *cells))
    table = w(
        "tbl",
        w("tblPr", w("tblStyle", val="TableNormal"), w("tblW", w=TEXT_WIDTH, type="dxa"),
          w("tblLayout", type="fixed")),
        w("tblGrid", *(w("gridCol", w=width) for width in widths)),
        *rows,
    )  # fmt: skip
    return [
        paragraph("FrontHeading", [run("工\u3000作\u3000组")]),
        table,
        paragraph("TableEnd", section=section(references)),
    ]


def spread(text: str, width: int) -> str:
    """Return a text of two characters widened to `width` characters by ideographic spaces between them."""
    if len(text) != SHORT_NAME or width <= SHORT_NAME:
        return text
    return text[0] + "\u3000" * (width - SHORT_NAME) + text[1]


def abstract(context: Context) -> list[Element]:
    """Return the abstract, or nothing where there is none."""
    if not context.document.abstract:
        return []
    return [
        paragraph("FrontHeading", [run("摘\u3000要")]),
        *(paragraph("BodyText", context.runs(part.inlines)) for part in context.document.abstract),
    ]


def contents(context: Context, references: list[Element]) -> list[Element]:
    """
    Return the contents field, filled with the headings and their pages, and the end of the front matter.

    The entries are complete, so Word shows them at once; F9 or 更新目录 renews them after an edit.
    """
    headings = [heading for heading in context.document.headings() if heading.level <= CONTENTS_LEVELS]
    lines = [_entry(context, heading) for heading in headings] or [paragraph("TOC1")]
    start = field_start(f'TOC \\o "1-{CONTENTS_LEVELS}" \\h \\z \\u')
    for offset, element in enumerate(start, start=1):
        lines[0].insert(offset, element)
    gallery = w("docPartObj", w("docPartGallery", val="Table of Contents"), w("docPartUnique"))
    properties = w("sdtPr", w("id", val=context.identifier()), gallery)
    title = paragraph("TOCHeading", [run("目\u3000录")], page_break=bool(context.document.abstract))
    last = paragraph("TableEnd", [field_end()])
    block = w("sdt", properties, w("sdtContent", title, *lines, last))
    end = paragraph("TableEnd", section=section(references, numbering="upperRoman", restart=True))
    return [block, end]


def _entry(context: Context, heading: Heading) -> Element:
    anchor = context.entries[heading.key]
    number = run(str(context.pages.get(heading.key, "")))
    link = w("hyperlink", anchor=anchor, history=1)
    link.extend([run(heading.text), run("\t"), *field(f"PAGEREF {anchor} \\h", number)])
    return paragraph(f"TOC{heading.level}", [link])


def _name_cell(width: int, text: str) -> Element:
    content = [run(text)] if text else []
    return w("tc", w("tcPr", w("tcW", w=width, type="dxa")), paragraph("RoleText", content))


def _bare(role: str) -> str:
    return role.rstrip("：:").replace("\u3000", "").replace(" ", "")


def _width(text: str) -> float:
    return sum(0.5 if character < FIRST_WIDE else 1.0 for character in text)


def _break(text: str, wanted: float, limit: int) -> int:
    """Return where to break `text`: the best-placed split within reach of `wanted` characters."""
    joined = {
        at + offset
        for word in WHOLE_WORDS
        for at in range(len(text))
        if text.startswith(word, at)
        for offset in range(1, len(word))
    }
    scored = []
    for at in range(1, len(text)):
        before, after = text[at - 1], text[at]
        inside_word = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
        number_and_unit = before.isdigit() and after in "年月日"
        if after in NEVER_FIRST or inside_word or number_and_unit or at in joined or _width(text[:at]) > limit:
            continue
        inviting = before in BREAK_AFTER or after in BREAK_BEFORE
        scored.append((abs(_width(text[:at]) - wanted) - (GOOD_BREAK if inviting else 0), at))
    return min(scored)[1] if scored else len(text)
