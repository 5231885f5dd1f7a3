"""Says in Chinese what the model of a framework refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_TYPES: Mapping[str, str] = {
    "missing": "这一项必须填写",
    "string_too_short": "这一项必须填写",
    "too_short": "这一项填得太少",
    "greater_than": "须大于{gt}",
    "greater_than_equal": "须不小于{ge}",
    "less_than_equal": "须不大于{le}",
    "string_pattern_mismatch": "写法不对，请照“怎样填写”一栏或者单元格提示填写",
    "decimal_max_digits": "数字太长",
    "decimal_max_places": "小数位数太多",
    "decimal_whole_digits": "数字太长",
    "union_tag_not_found": "请从列表中选择一个",
    "extra_forbidden": "这里不需要填写，请删去",
}
_OWN: tuple[tuple[str, str, str], ...] = (
    ("`steps` must rise", "steps", "档次须从0到1依次增大，没有重复"),
    ("`thresholds` must go", "thresholds", "分档须从容易的写到难的，得分依次增大"),
    ("`floor` and `target`", "target", "起点值和目标值不能相同"),
    ("`bands` must go", "bands", "等次须从高到低排列，最低分依次减小"),
    ("either `marks` or `weight`", "marks", "分值和权重须填一个，也只能填一个"),
    ("either `children` or `points`", "code", "指标下面须有下级指标或者要点，只能是其中一种"),
    ("not a day of the calendar", "from", "日期不存在"),
    ("the period ends", "to", "考核期的止早于起"),
    ("needs a `reason`", "reason", "来源是“自定”的，请写明理由"),
)
"""Messages of our own validators by what they contain, with the key that they are about."""


def fault_message(fault: ErrorDetails) -> tuple[str, str]:
    """
    Return what the model refuses, in words.

    Parameters
    ----------
    fault
        One error of the model.

    Returns
    -------
    tuple[str, str]
        The key inside the refused part that it is about, or "" for the part itself; and the message in Chinese
        without the full stop.
    """
    message = fault["msg"]
    for part, key, words in _OWN:
        if part in message:
            return key, words
    known = _TYPES.get(fault["type"])
    if known is not None:
        return "", known.format(**{key: str(value) for key, value in fault.get("ctx", {}).items()})
    return "", f"内容不符合要求：{message}"
