"""The parts around the text: settings, fonts, theme and document properties."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from zhiheng.report.content import Document
from zhiheng.report.render.docx.elements import Element, clean, serialise, w
from zhiheng.report.render.docx.styles import FANGSONG, HEITI, KAITI, LATIN, SONGTI, TITLE_FACE

# A fixed time: a clock would change the bytes of an unchanged report. The report's own date is on its cover.
CREATED = "2000-01-01T00:00:00Z"
WORD_2013 = 15
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MICROSOFT = "http://schemas.microsoft.com/office/word"
# The names under which computers without the official faces know the nearest one.
_SUBSTITUTES = {TITLE_FACE: "小标宋", FANGSONG: "仿宋", KAITI: "楷体", HEITI: "SimHei", SONGTI: "SimSun"}
_COLOURS = {
    "dk1": "000000",
    "lt1": "FFFFFF",
    "dk2": "1F3864",
    "lt2": "E7E6E6",
    "accent1": "2F5C9A",
    "accent2": "C0504D",
    "accent3": "7F9DC6",
    "accent4": "E0A030",
    "accent5": "5B9A68",
    "accent6": "7A6A9B",
    "hlink": "1F4E8C",
    "folHlink": "6A4C93",
}


def settings_part(*, update_fields: bool) -> bytes:
    """
    Return `word/settings.xml`.

    Parameters
    ----------
    update_fields
        Have Word compute all fields when it opens the file. It then asks the reader first, in a warning that looks
        like a virus alert; so this is only for files whose contents could not be filled in.
    """
    settings = w("settings", w("zoom", percent=100))
    if update_fields:
        settings.append(w("updateFields", val=1))
    settings.append(w("defaultTabStop", val=420))
    settings.append(w("evenAndOddHeaders"))
    settings.append(w("characterSpacingControl", val="compressPunctuation"))
    settings.append(_compatibility())
    settings.append(w("themeFontLang", val="en-US", eastAsia="zh-CN"))
    settings.append(
        w(
            "clrSchemeMapping",
            bg1="light1", t1="dark1", bg2="light2", t2="dark2", accent1="accent1", accent2="accent2",
            accent3="accent3", accent4="accent4", accent5="accent5", accent6="accent6", hyperlink="hyperlink",
            followedHyperlink="followedHyperlink",
        )
    )  # fmt: skip
    settings.append(w("decimalSymbol", val="."))
    settings.append(w("listSeparator", val=","))
    return serialise(settings)


def fonts_part() -> bytes:
    """Return `word/fontTable.xml`: the official faces, and what stands in for them where they are missing."""
    fonts = w("fonts")
    for name, substitute in _SUBSTITUTES.items():
        fonts.append(
            w("font", w("altName", val=substitute), w("charset", val="86"), w("family", val="auto"),
              w("pitch", val="variable"), name=name)
        )  # fmt: skip
    fonts.append(w("font", w("charset", val="00"), w("family", val="roman"), w("pitch", val="variable"), name=LATIN))
    return serialise(fonts)


def theme_part() -> bytes:
    """Return `word/theme/theme1.xml`; Word's menus and the charts take their colours and faces from it."""
    colours = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS.items())
    faces = "".join(
        f'<a:{kind}Font><a:latin typeface="{LATIN}"/><a:ea typeface="{face}"/><a:cs typeface=""/>'
        f'<a:font script="Hans" typeface="{face}"/></a:{kind}Font>'
        for kind, face in (("major", HEITI), ("minor", FANGSONG))
    )
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    stroke = f'<a:ln w="9525">{fill}<a:prstDash val="solid"/></a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    # The schema wants three of each.
    looks = (
        f"<a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{stroke * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
    )
    return (
        f'{_DECLARATION}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="Report">'
        f'<a:themeElements><a:clrScheme name="Report">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Report">{faces}</a:fontScheme><a:fmtScheme name="Report">{looks}</a:fmtScheme>'
        "</a:themeElements></a:theme>"
    ).encode()


def core_part(document: Document) -> bytes:
    """Return `docProps/core.xml`: title, author and keywords, and under comments what else the report declares."""
    properties = document.properties
    title = document.cover.title.replace("\n", "")
    rest = "\n".join(f"{name}: {value}" for name, value in properties.items() if name not in {"keywords", "language"})
    return (
        f"{_DECLARATION}<cp:coreProperties"
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{_escaped(title)}</dc:title>"
        f"<dc:creator>{_escaped(document.cover.organisation)}</dc:creator>"
        f"<cp:keywords>{_escaped(properties.get('keywords', ''))}</cp:keywords>"
        f"<dc:description>{_escaped(rest)}</dc:description>"
        f"<cp:lastModifiedBy>{_escaped(document.cover.organisation)}</cp:lastModifiedBy>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{CREATED}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{CREATED}</dcterms:modified>'
        f"<dc:language>{_escaped(properties.get('language', 'zh-CN'))}</dc:language>"
        "</cp:coreProperties>"
    ).encode()


def app_part(document: Document) -> bytes:
    """Return `docProps/app.xml`."""
    company = _escaped(document.cover.organisation)
    namespace = quoteattr("http://schemas.openxmlformats.org/officeDocument/2006/extended-properties")
    return (
        f"{_DECLARATION}<Properties xmlns={namespace}><Application>zhiheng</Application>"
        f"<Company>{company}</Company></Properties>"
    ).encode()


def _escaped(text: str) -> str:
    return escape(clean(text))


def _compatibility() -> Element:
    """Return the layout rules of Word 2013 and later, with the spacing of full-width punctuation that Chinese uses."""
    mode = w("compatSetting", name="compatibilityMode", uri=_MICROSOFT, val=WORD_2013)
    return w("compat", w("balanceSingleByteDoubleByteWidth"), w("useFELayout"), mode)
