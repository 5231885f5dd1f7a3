"""The styles part: every look of the report as one row of a table, written in the order that the schema demands."""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.report.render.docx.elements import Element, serialise, w
from zhiheng.report.render.docx.page import CHARACTER_SPACING, LINE_PITCH, TEXT_WIDTH

LATIN = "Times New Roman"
FANGSONG = "仿宋_GB2312"
HEITI = "黑体"
KAITI = "楷体_GB2312"
SONGTI = "宋体"
TITLE_FACE = "方正小标宋简体"

GREY = "595959"
RULE = "7F7F7F"

# Half-points of the Chinese type sizes that the report uses.
ERHAO, SANHAO, SIHAO, XIAOSI, WUHAO, XIAOWU, LIUHAO = 44, 32, 28, 24, 21, 18, 15


@dataclass(frozen=True, slots=True)
class Look:
    """
    One paragraph style.

    Parameters
    ----------
    identifier, name
        Style id, and the name by which Word and WPS know (and translate) built-in styles.
    font, size
        Chinese face and half-points; "" and 0 inherit.
    bold, colour
        Weight and RRGGBB; "" inherits.
    align
        `w:jc` value; "" inherits.
    first, left, right
        First-line, left and right indent in characters of this size.
    before, after
        Space around, in twips.
    line
        Exact line pitch in twips, or 0 for the pitch of the page's grid.
    grid
        False releases the style from the page's grid of 22 lines and 28 characters.
    keep_next
        Stay on the page of the next paragraph.
    outline
        Outline level from 0, or None for text.
    tab
        Position of a right tab with a dot leader in twips, or 0.
    based, following
        Parent style, and style of the paragraph typed after it; "" = itself.
    custom
        True for styles that are not built into Word.
    frame
        True draws a box around the paragraph.
    """

    identifier: str
    name: str
    font: str = ""
    size: int = 0
    bold: bool | None = None
    colour: str = ""
    align: str = ""
    first: float = 0
    left: float = 0
    right: float = 0
    before: int = 0
    after: int = 0
    line: int = 0
    grid: bool = True
    keep_next: bool = False
    outline: int | None = None
    tab: int = 0
    based: str = "Normal"
    following: str = ""
    custom: bool = False
    frame: bool = False


def _heading(level: int, font: str, *, bold: bool) -> Look:
    return Look(
        f"Heading{level}",
        f"heading {level}",
        font,
        SANHAO,
        bold,
        first=2,
        keep_next=True,
        outline=level - 1,
        following="BodyText",
    )


def _contents(level: int, font: str) -> Look:
    return Look(
        f"TOC{level}",
        f"toc {level}",
        font,
        SIHAO,
        left=2.0 * (level - 1),
        line=400,
        grid=False,
        align="left",
        tab=TEXT_WIDTH,
        following="Normal",
    )


LOOKS = (
    Look("BodyText", "Body Text", first=2),
    _heading(1, HEITI, bold=False),
    _heading(2, KAITI, bold=False),
    _heading(3, FANGSONG, bold=True),
    _heading(4, FANGSONG, bold=False),
    Look("Title", "Title", TITLE_FACE, ERHAO, align="center", line=880, grid=False),
    Look("Subtitle", "Subtitle", KAITI, SANHAO, align="center", line=640, grid=False, before=240),
    Look("Imprint", "封面落款", FANGSONG, SANHAO, align="center", line=680, grid=False, custom=True),
    Look("CoverLabel", "封面提示", KAITI, XIAOSI, align="center", left=2, right=2, line=400, grid=False, custom=True,
         frame=True),
    Look("FrontHeading", "前置标题", TITLE_FACE, ERHAO, align="center", after=LINE_PITCH, keep_next=True, line=640,
         grid=False, custom=True, following="BodyText"),
    Look("TOCHeading", "TOC Heading", based="FrontHeading", after=240, keep_next=True, line=640, grid=False,
         following="Normal"),
    _contents(1, HEITI),
    _contents(2, FANGSONG),
    _contents(3, FANGSONG),
    Look("Quote", "Quote", KAITI, SANHAO, first=2, left=2, right=1),
    Look("Note", "小字注释", SONGTI, WUHAO, align="both", after=160, line=320, grid=False, custom=True),
    Look("Caption", "caption", HEITI, XIAOSI, align="center", line=400, grid=False),
    Look("TableCaption", "表题", before=160, after=80, keep_next=True, line=400, grid=False, based="Caption",
         custom=True),
    Look("FigureCaption", "图题", before=80, after=200, line=400, grid=False, based="Caption", custom=True),
    Look("FigureLabel", "图注", SONGTI, XIAOWU, colour=GREY, align="center", after=200, line=280, grid=False,
         custom=True),
    Look("Figure", "插图", align="center", before=160, keep_next=True, grid=False, custom=True,
         following="FigureCaption"),
    Look("TableText", "表文", SONGTI, WUHAO, align="center", grid=False, custom=True),
    Look("TableTextSmall", "表文小", SONGTI, XIAOWU, align="center", grid=False, custom=True),
    Look("TableTextDense", "表文密", SONGTI, XIAOWU, align="center", grid=False, custom=True),
    Look("TableTextHeat", "表文热力", SONGTI, LIUHAO, align="center", grid=False, custom=True),
    Look("TableEnd", "表后空行", line=160, grid=False, custom=True, following="BodyText"),
    Look("RoleText", "工作组名单", align="left", line=LINE_PITCH, grid=False, custom=True),
    Look("header", "header", SONGTI, XIAOWU, colour=GREY, align="center", line=260, grid=False),
    Look("footer", "footer", SONGTI, SIHAO, grid=False),
)  # fmt: skip


def styles_part() -> bytes:
    """Return `word/styles.xml`."""
    return serialise(
        w(
            "styles",
            _defaults(),
            _normal(),
            *(_paragraph_style(look) for look in LOOKS),
            w("style", w("name", val="Default Paragraph Font"), type="character", default=1,
              styleId="DefaultParagraphFont"),
            w("style", w("name", val="Strong"), w("qFormat"), w("rPr", chinese(HEITI)), type="character",
              styleId="Strong"),
            _table_style(),
            _report_table(),
            w("style", w("name", val="No List"), type="numbering", default=1, styleId="NoList"),
        )
    )  # fmt: skip


def chinese(font: str) -> Element:
    """Return the `rFonts` that sets Chinese in `font` and leaves Latin letters and digits in Times New Roman."""
    return w("rFonts", ascii=LATIN, hAnsi=LATIN, eastAsia=font, cs=LATIN)


def _defaults() -> Element:
    run = w(
        "rPr",
        chinese(FANGSONG),
        w("sz", val=SANHAO),
        w("szCs", val=SANHAO),
        w("lang", val="en-US", eastAsia="zh-CN", bidi="ar-SA"),
    )
    return w("docDefaults", w("rPrDefault", run), w("pPrDefault"))


def _normal() -> Element:
    """Return the root style; every other style says for itself whether it keeps to the grid of characters."""
    return w(
        "style",
        w("name", val="Normal"),
        w("qFormat"),
        w("pPr", w("jc", val="both")),
        w("rPr", w("kern", val=2), w("sz", val=SANHAO), w("szCs", val=SANHAO)),
        type="paragraph",
        default=1,
        styleId="Normal",
    )


def _paragraph_style(look: Look) -> Element:
    style = w("style", type="paragraph", styleId=look.identifier)
    if look.custom:
        style = w("style", type="paragraph", customStyle=1, styleId=look.identifier)
    style.append(w("name", val=look.name))
    style.append(w("basedOn", val=look.based))
    if look.following:
        style.append(w("next", val=look.following))
    style.append(w("qFormat"))
    style.append(w("pPr", *_paragraph_properties(look)))
    style.append(w("rPr", *_run_properties(look)))
    return style


def _paragraph_properties(look: Look) -> list[Element]:
    found: list[Element] = []
    if look.keep_next:
        found += [w("keepNext"), w("keepLines")]
    if look.frame:
        sides = (w(side, val="single", sz=8, space=6, color=RULE) for side in ("top", "left", "bottom", "right"))
        found.append(w("pBdr", *sides))
    if look.tab:
        found.append(w("tabs", w("tab", val="right", leader="dot", pos=look.tab)))
    if not look.grid:
        found.append(w("snapToGrid", val=0))
    spacing: dict[str, str | int] = {"before": look.before, "after": look.after}
    if look.line:
        spacing |= {"line": look.line, "lineRule": "exact"}
    if look.before or look.after or look.line:
        found.append(w("spacing", **spacing))
    if indents := _indents(look):
        found.append(w("ind", **indents))
    if look.align:
        found.append(w("jc", val=look.align))
    if look.outline is not None:
        found.append(w("outlineLvl", val=look.outline))
    return found


def _indents(look: Look) -> dict[str, str | int]:
    """Return indents in hundredths of a character, each beside its length for readers that ignore characters."""
    width = (look.size or SANHAO) * 10
    found: dict[str, str | int] = {}
    for name, characters in (("left", look.left), ("right", look.right), ("firstLine", look.first)):
        if characters:
            found[f"{name}Chars"] = round(characters * 100)
            found[name] = round(characters * width)
    return found


def _run_properties(look: Look) -> list[Element]:
    found: list[Element] = []
    if look.identifier == "footer":
        found.append(w("rFonts", ascii=look.font, hAnsi=look.font, eastAsia=look.font, cs=LATIN))
    elif look.font:
        found.append(chinese(look.font))
    if look.bold is not None:
        found += [w("b", val=int(look.bold)), w("bCs", val=int(look.bold))]
    if look.colour:
        found.append(w("color", val=look.colour))
    if look.grid:
        found.append(w("spacing", val=CHARACTER_SPACING))
    if look.size:
        found += [w("sz", val=look.size), w("szCs", val=look.size)]
    return found


def _table_style() -> Element:
    margins = w(
        "tblCellMar",
        w("top", w=0, type="dxa"),
        w("left", w=108, type="dxa"),
        w("bottom", w=0, type="dxa"),
        w("right", w=108, type="dxa"),
    )
    return w(
        "style",
        w("name", val="Normal Table"),
        w("tblPr", w("tblInd", w=0, type="dxa"), margins),
        type="table",
        default=1,
        styleId="TableNormal",
    )


def _report_table() -> Element:
    sides = [w(side, val="single", sz=8, space=0, color="000000") for side in ("top", "left", "bottom", "right")]
    sides += [w(side, val="single", sz=4, space=0, color="000000") for side in ("insideH", "insideV")]
    return w(
        "style",
        w("name", val="报告表格"),
        w("basedOn", val="TableNormal"),
        w("qFormat"),
        w("tblPr", w("tblBorders", *sides)),
        type="table",
        customStyle=1,
        styleId="ReportTable",
    )
