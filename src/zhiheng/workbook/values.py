"""Turns what people type into numbers, dates, stances and file names, and says what it cannot read."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from zhiheng.assessment.claims import Material, Stance
from zhiheng.workbook.table import Cell
from zhiheng.workbook.text import narrow

STANCES: dict[str, Stance] = {
    "申报": "yes", "是": "yes", "有": "yes", "√": "yes", "✓": "yes",
    "不申报": "no", "否": "no", "无": "no", "没有": "no", "×": "no",
    "不适用": "not_applicable", "不涉及": "not_applicable",
    "未填写": "",
}  # fmt: skip
"""What people write for a stance."""
NO_PAGES = "—"
"""Stands for a file that is named as a whole among files with pages."""
LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)")
_POINT = re.compile(r"(第|要点)?(\d{1,6})(\.0+)?(项|号|点|条)?")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}\s*$")
_DOTTED = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?")
_WORDED = re.compile(r"(\d{4})年(?:(\d{1,2})月?(?:(?<=月)(\d{1,2})日?)?)?")
_COMPACT = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_PART = re.compile(r"(?:(\d{1,2})[月.])?(?:(\d{1,2})日?)?")
_BETWEEN = re.compile(r"至|到|~|\.\.|[-—–]{1,2}")
_SINCE = re.compile(r"(?:自|从)?(.+?)(?:以来|起|至今|\.\.)")
_UNTIL = re.compile(r"(?:截至|截止到?|\.\.)(.+?)[底止]?")
_Day = tuple[str, str | None, str | None]
_EPOCH = dt.date(1899, 12, 30)
_SERIALS = range(36_526, 73_051)
"""Day numbers of 2000 to 2099 in a spreadsheet."""


def read_number(text: str) -> Decimal | None:
    """
    Return the number in a text, or None if it is none.

    Parameters
    ----------
    text
        Digits of any width, with commas between thousands and spaces.
    """
    plain_text = narrow(text).replace(",", "").replace("，", "")
    if len(plain_text) > LONGEST_NUMBER or not _NUMBER.fullmatch(plain_text):
        return None
    try:
        return Decimal(plain_text)
    except InvalidOperation:
        return None


def read_point(text: str) -> int | None:
    """Return the number of a point: `10`, `１０`, `第10项`; None if the text is none."""
    match = _POINT.fullmatch(narrow(text))
    return int(match[2]) if match else None


def read_stance(text: str) -> Stance | None:
    """Return the stance in a text, or None if the text is none."""
    return "" if not text else STANCES.get(narrow(text))


def read_date(cell: Cell) -> tuple[str, str]:
    """
    Return a date as `zhiheng.assessment.dates` writes it, and what was doubtful.

    Parameters
    ----------
    cell
        A date of the spreadsheet, or text such as `2021年6月30日`, `2021/6/30`, `2021.6`, `2021-01至2021-06`.

    Returns
    -------
    tuple[str, str]
        The date, or the text as it stands where it cannot be read; and a question in Chinese, or "".
    """
    raw = cell.raw
    if cell.dated:
        return cell.text, ""
    if isinstance(raw, float) and not raw.is_integer():
        text = cell.text
        if text.endswith(".1"):
            year = text.partition(".")[0]
            return text, f"日期“{text}”可能是1月，也可能是10月，请写成{year}-01或者{year}-10"
        return date_text(text), ""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and int(raw) in _SERIALS:
        day = (_EPOCH + dt.timedelta(days=int(raw))).isoformat()
        return day, f"“{cell.text}”按表格软件的日期序号读作{day}，请核对"
    return date_text(cell.text), ""


def date_text(text: str) -> str:
    """Return a written date in the form that the library reads, or the text as it stands."""
    short = narrow(text.removesuffix("00:00:00"))
    if day := _day(short):
        return _joined(day)
    if between := _between(short):
        return between
    if (match := _SINCE.fullmatch(short)) and (day := _day(match[1])):
        return f"{_joined(day)}.."
    if (match := _UNTIL.fullmatch(short)) and (day := _day(match[1])):
        return f"..{_joined(day)}"
    return text


def _day(text: str) -> _Day | None:
    if match := _COMPACT.fullmatch(text):
        return match[1], match[2], match[3]
    if match := _DOTTED.fullmatch(text if text.endswith("..") else text.removesuffix(".")):
        return match[1], match[3], match[4]
    if match := _WORDED.fullmatch(text):
        return match[1], match[2], match[3]
    return None


def _between(text: str) -> str:
    """Return a range, or "" where the text is none."""
    for match in _BETWEEN.finditer(text):
        first, rest = _day(text[: match.start()]), text[match.end() :]
        if first and rest and (last := _day(rest) or _completed(first, rest)):
            return f"{_joined(first)}..{_joined(last)}"
    return ""


def _completed(first: _Day, text: str) -> _Day | None:
    """Return the end of a range that leaves out what it shares with the start: `3月`, `6.30`, `8日`."""
    match = _PART.fullmatch(text)
    if not match:
        return None
    year, month, day = first
    if match[1]:
        return year, match[1], match[2]
    # After a month, a number is a month; after a day, it is a day.
    return (year, month, match[2]) if day else (year, match[2], None)


def _joined(day: _Day) -> str:
    year, *rest = day
    return "-".join([year, *(f"{int(part):02d}" for part in rest if part)])


def read_materials(files: str, pages: str) -> tuple[tuple[Material, ...], str]:
    """
    Return the files that a row names with their pages, and what is wrong with them in Chinese or "".

    Parameters
    ----------
    files
        Names, one a line; `；` parts names too where an ending such as `.pdf` stands before it.
    pages
        One line a file, or any text where there is one file.
    """
    names = _names(files)
    if not names:
        return (), "写了页码，但没有写佐证文件名；请补写文件名，或者删去页码" if pages else ""
    if len(names) == 1:
        return (Material(names[0], pages),), ""
    lines = [line.strip() for line in pages.split("\n")] if pages else []
    if len(lines) == 1 and len(split := re.split(r"[；;]", pages)) == len(names):
        lines = [part.strip() for part in split]
    if lines and len(lines) != len(names):
        return (), f"佐证文件有{len(names)}个，页码有{len(lines)}行；请每个文件写一行页码，整份文件写“{NO_PAGES}”"
    lines = lines or [""] * len(names)
    return tuple(Material(n, "" if p in {NO_PAGES, "-"} else p) for n, p in zip(names, lines, strict=True)), ""


def _names(files: str) -> list[str]:
    found: list[str] = []
    for line in files.split("\n"):
        kept = ""
        for part in re.split(r"([；;])", line):
            if part in {"；", ";"} and _ENDING.search(kept):
                found.append(kept.strip())
                kept = ""
            else:
                kept += part
        found.append(kept.strip())
    return [name for name in found if name]


def write_materials(materials: tuple[Material, ...]) -> tuple[str, str]:
    """Return file names and pages as `read_materials` reads them."""
    names = "\n".join(m.file for m in materials)
    if len(materials) == 1:
        return names, materials[0].pages
    if not any(m.pages for m in materials):
        return names, ""
    return names, "\n".join(m.pages.replace("\n", "，") or NO_PAGES for m in materials)
