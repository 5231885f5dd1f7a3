"""The score sheet of one unit as PDF: every point with its marks, and room for signatures and seals."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path

import typst

from zhiheng.errors import RenderError
from zhiheng.report.render.pdf import faces
from zhiheng.report.render.pdf.payload import clean


@dataclass(frozen=True, slots=True)
class SheetPoint:
    """
    One point of the sheet.

    Parameters
    ----------
    no, text
        Number and text.
    full, claimed, decided
        Full marks, marks claimed and marks settled, as text; "" where there are none yet.
    """

    no: int
    text: str
    full: str
    claimed: str = ""
    decided: str = ""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """
    One indicator of the sheet, before those below it.

    Parameters
    ----------
    level
        1 for the highest.
    number, title
        As printed.
    full, claimed, decided
        As for a point.
    points
        Its points, for the lowest indicators.
    """

    level: int
    number: str
    title: str
    full: str
    claimed: str = ""
    decided: str = ""
    points: tuple[SheetPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreSheet:
    """
    All that is printed on the sheet.

    Parameters
    ----------
    title
        Head of the sheet.
    facts
        What stands above the table, as (name, value).
    levels
        Names of the levels from the top, the points last.
    parts
        Indicators in printed order.
    full, claimed, decided
        Full marks of the whole and totals, as text.
    unit_signs, office_signs
        Who signs for the unit and for the office; office_signs empty leaves its box out.
    label
        Printed on top of every page; "" for none.
    foot
        Printed at the foot of every page.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    levels: tuple[str, ...]
    parts: tuple[SheetPart, ...]
    full: str
    claimed: str
    decided: str = ""
    unit_signs: tuple[str, ...] = ("填报人", "审核人", "单位负责人")
    office_signs: tuple[str, ...] = ("核查人", "复核人", "负责人")
    label: str = ""
    foot: str = ""


def render_sheet(sheet: ScoreSheet, made_at: dt.datetime, font_folders: Sequence[Path] = ()) -> bytes:
    """
    Return the sheet as a tagged PDF (PDF/UA-1).

    Parameters
    ----------
    sheet
        What is printed.
    made_at
        Time that the file carries as its date; the same content and time give the same bytes.
    font_folders
        Folders whose fonts go before those of the package.

    Raises
    ------
    RenderError
        Where Typst refuses the sheet.
    """
    fonts = faces.load(tuple(font_folders))
    content = {name: _cleaned(value) for name, value in asdict(sheet).items()} | {
        "faces": faces.choose(fonts.families()),
        "date": [made_at.year, made_at.month, made_at.day],
    }
    with as_file(files("zhiheng.report.render") / "templates" / "sheet.typ") as template:
        compiler = typst.Compiler(
            template,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"sheet": json.dumps(content, ensure_ascii=False)},
        )
        try:
            made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(made_at.timestamp()))
        except RuntimeError as error:
            message = f"PDF 排版失败：{error}"
            raise RenderError(message, hints=list(getattr(error, "hints", ()))) from error
    assert isinstance(made, bytes)  # one document gives one file
    return made


def _cleaned(value: object) -> object:
    """Return data without characters that cannot be printed, however deep they stand."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value
