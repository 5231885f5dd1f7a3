"""Word refuses a file whose elements stand in another order than ECMA-376 gives; other programs do not notice."""

from __future__ import annotations

import pytest
from lxml import etree
from tests.zhiheng.report.render.docx.samples import Written

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"

# ECMA-376 part 1, annex A (transitional): children of each type in the order of its sequence.
WORD = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em "
    "lang eastAsianLayout specVanish oMath",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders "
    "lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid printerSettings "
    "sectPrChange",
    "tbl": "bookmarkStart bookmarkEnd tblPr tblGrid tr",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription tblPrChange",
    "tblBorders": "top left start bottom right end insideH insideV",
    "tblCellMar": "top left start bottom right end",
    "tr": "tblPrEx trPr tc",
    "tc": "tcPr p tbl",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "pBdr": "top left bottom right between bar",
    "sdt": "sdtPr sdtEndPr sdtContent",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked "
    "personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "styles": "docDefaults latentStyles style",
    "docDefaults": "rPrDefault pPrDefault",
    "font": "altName panose1 charset family notTrueType pitch sig embedRegular embedBold embedItalic embedBoldItalic",
    "settings": "writeProtection view zoom removePersonalInformation removeDateAndTime doNotDisplayPageBoundaries "
    "displayBackgroundShape printPostScriptOverText printFractionalCharacterWidth printFormsData embedTrueTypeFonts "
    "embedSystemFonts saveSubsetFonts saveFormsData mirrorMargins alignBordersAndEdges bordersDoNotSurroundHeader "
    "bordersDoNotSurroundFooter gutterAtTop hideSpellingErrors hideGrammaticalErrors activeWritingStyle proofState "
    "formsDesign attachedTemplate linkStyles stylePaneFormatFilter stylePaneSortMethod documentType mailMerge "
    "revisionView trackRevisions doNotTrackMoves doNotTrackFormatting documentProtection autoFormatOverride "
    "styleLockTheme styleLockQFSet defaultTabStop autoHyphenation consecutiveHyphenLimit hyphenationZone "
    "doNotHyphenateCaps showEnvelope summaryLength clickAndTypeStyle defaultTableStyle evenAndOddHeaders "
    "bookFoldRevPrinting bookFoldPrinting bookFoldPrintingSheets drawingGridHorizontalSpacing "
    "drawingGridVerticalSpacing displayHorizontalDrawingGridEvery displayVerticalDrawingGridEvery "
    "doNotUseMarginsForDrawingGridOrigin drawingGridHorizontalOrigin drawingGridVerticalOrigin doNotShadeFormData "
    "noPunctuationKerning characterSpacingControl printTwoOnOne strictFirstAndLastChars noLineBreaksAfter "
    "noLineBreaksBefore savePreviewPicture doNotValidateAgainstSchema saveInvalidXml ignoreMixedContent "
    "alwaysShowPlaceholderText doNotDemarcateInvalidXml saveXmlDataOnly useXSLTWhenSaving saveThroughXslt "
    "showXMLTags alwaysMergeEmptyNamespace updateFields hdrShapeDefaults footnotePr endnotePr compat docVars rsids "
    "mathPr attachedSchema themeFontLang clrSchemeMapping doNotIncludeSubdocsInStats "
    "doNotAutoCompressPictures forceUpgrade captions readModeInkLockDown smartTagType schemaLibrary shapeDefaults "
    "doNotEmbedSmartTags decimalSymbol listSeparator",
}
CHART = {
    "chartSpace": "date1904 lang roundedCorners AlternateContent style clrMapOvr pivotFmts protection chart spPr txPr "
    "externalData printSettings userShapes extLst",
    "chart": "title autoTitleDeleted pivotFmts view3D floor sideWall backWall plotArea legend plotVisOnly dispBlanksAs",
    "plotArea": "layout barChart lineChart radarChart catAx valAx dTable spPr",
    "barChart": "barDir grouping varyColors ser dLbls gapWidth overlap serLines axId",
    "lineChart": "grouping varyColors ser dLbls dropLines hiLowLines upDownBars marker smooth axId",
    "radarChart": "radarStyle varyColors ser dLbls axId",
    "ser": "idx order tx spPr invertIfNegative pictureOptions marker dPt dLbls trendline errBars cat val smooth shape",
    "dLbls": "dLbl delete numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent "
    "showBubbleSize separator showLeaderLines leaderLines",
    "catAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark "
    "tickLblPos spPr txPr crossAx crosses crossesAt auto lblAlgn lblOffset tickLblSkip tickMarkSkip noMultiLvlLbl",
    "valAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark minorTickMark "
    "tickLblPos spPr txPr crossAx crosses crossesAt crossBetween majorUnit minorUnit dispUnits",
    "scaling": "logBase orientation max min",
    "legend": "legendPos legendEntry layout overlay spPr txPr",
    "title": "tx layout overlay spPr txPr",
    "manualLayout": "layoutTarget xMode yMode wMode hMode x y w h",
    "numCache": "formatCode ptCount pt",
    "strCache": "ptCount pt",
}
# Sequences that are a choice of two kinds, mixed freely in the schema.
MIXED = [{"headerReference", "footerReference"}, {"catAx", "valAx"}, {"barChart", "lineChart", "radarChart"},
         {"p", "tbl"}, {"bookmarkStart", "bookmarkEnd"}]  # fmt: skip


def misplaced(root: etree._Element) -> list[str]:
    """Return a line for every child that is unknown to its parent's sequence or stands too late in it."""
    found = []
    for element in root.iter(etree.Element):
        name = etree.QName(element)
        table = {W: WORD, C: CHART}.get(name.namespace or "", {})
        sequence = table.get(name.localname)
        if sequence is None:
            continue
        order = {child: place for place, child in enumerate(sequence.split())}
        for group in MIXED:
            if group <= order.keys():
                order |= dict.fromkeys(group, min(order[child] for child in group))
        reached = -1
        for child in element.iterchildren(etree.Element):
            local = etree.QName(child).localname
            if local not in order:
                found.append(f"{name.localname}: {local} is not allowed")
            elif order[local] < reached:
                found.append(f"{name.localname}: {local} stands too late")
            reached = max(reached, order.get(local, reached))
    return found


def test_every_part_keeps_the_order_of_the_schema(report: Written):
    wrong = {
        name: lines
        for name, blob in report.parts.items()
        if name.startswith("word/") and name.endswith(".xml") and (lines := misplaced(etree.fromstring(blob)))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("parent", "children"),
    [("pPr", "jc ind"), ("sectPr", "docGrid pgNumType"), ("tcPr", "vAlign gridSpan"), ("pPr", "nonsense")],
)
def test_the_check_sees_a_wrong_order(parent: str, children: str):
    body = "".join(f"<w:{child}/>" for child in children.split())
    assert misplaced(etree.fromstring(f'<w:{parent} xmlns:w="{W}">{body}</w:{parent}>'))


def test_every_kind_of_property_is_there_to_be_checked(report: Written):
    seen = {etree.QName(e).localname for e in report.xml().iter(etree.Element)}
    assert seen >= {"pPr", "rPr", "sectPr", "tblPr", "tcPr", "trPr", "sdt", "tblGrid", "drawing", "hyperlink"}
