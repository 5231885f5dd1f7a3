"""What the self-assessment workbook and its reader must agree on: sheets, heads, places and the identity it carries."""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.framework.model import Framework
from zhiheng.pipeline import framework_hash

GUIDE, SUMMARY, ITEMS, SUBTOTALS, IDENTITY = "填报说明", "自评汇总", "事项明细", "得分小计", "_zhiheng"
FORMAT, VERSION = "zhiheng-self-assessment", "1"
HEAD_ROW = 4
"""Row of the heads in each table, from 0; title, unit, label and totals stand above it."""
TOP = HEAD_ROW + 1
STANCE_LIST = ("申报", "不申报", "不适用")
SPARE_ROWS = 300
"""Empty rows for new items."""

SUMMARY_HEADS = {
    "point": ("序号",),
    "stance": ("填报情况",),
    "mark": ("申报档次",),
    "value": ("数值",),
    "note": ("说明",),
}
"""Columns that the reader takes from the summary, by key."""
ITEM_HEADS = {
    "point": ("要点序号",),
    "text": ("事项",),
    "component": ("领域",),
    "count": ("数量",),
    "date": ("日期",),
    "files": ("佐证文件名", "佐证文件"),
    "pages": ("页码",),
}
"""Columns that the reader takes from the items, by key."""


@dataclass(frozen=True, slots=True)
class UnitSheet:
    """
    Whose workbook it is.

    Parameters
    ----------
    round_code, round_title
        The round.
    unit_code, unit_name
        The unit that fills it in.
    period
        Period in which facts count, in words.
    label
        What every page must say about the data, such as that it is an example; "" for none.
    due
        Deadline in words, or "".
    revision
        The state of the self-assessment that the workbook was made from; whoever applies the workbook compares it.
    """

    round_code: str
    round_title: str
    unit_code: str
    unit_name: str
    period: str
    label: str = ""
    due: str = ""
    revision: int | str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """
    What a workbook says about where it comes from.

    Parameters
    ----------
    round_code, unit_code
        Round and unit.
    framework, framework_version, framework_hash
        The framework it was made from.
    revision
        See `UnitSheet`.
    """

    round_code: str
    unit_code: str
    framework: str
    framework_version: str
    framework_hash: str
    revision: str


def identity_of(framework: Framework, sheet: UnitSheet) -> Identity:
    """Return what the workbook of a unit carries."""
    return Identity(
        sheet.round_code,
        sheet.unit_code,
        framework.code,
        framework.version,
        framework_hash(framework),
        str(sheet.revision),
    )


def marks_format(framework: Framework) -> str:
    """Return the number format of marks: as many decimals as the precision has."""
    decimals = max(0, -int(framework.precision.normalize().as_tuple().exponent))
    return "0." + "0" * decimals if decimals else "0"
