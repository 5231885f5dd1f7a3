"""A rule in a few Chinese words, for trees and tables."""

from __future__ import annotations

from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Bonus, Deduct, Judged, Linear, PerField, PerItem, Relative, Steps
from zhiheng.marks import plain

KIND_ZH = {
    "yes_no": "是非",
    "judged": "评判",
    "per_item": "计次",
    "per_field": "分领域",
    "steps": "分档",
    "linear": "比例",
    "relative": "相对",
    "deduct": "扣分",
    "bonus": "加分",
}
METHOD_ZH = {"minmax": "按最好与最差折算", "rank": "按名次折算", "percentile": "按百分位折算"}


def rule_summary(framework: Framework, point: Point) -> str:
    """
    Return the rule of a point in a few words: `计次，每项0.2分，最多1分`.

    Parameters
    ----------
    framework
        Gives the full marks of points that have a weight.
    point
        The point.
    """
    return "，".join([KIND_ZH[point.rule.kind], *_detail(framework, point)])


def _detail(framework: Framework, point: Point) -> list[str]:
    rule = point.rule
    full = framework.full(point)
    if isinstance(rule, Judged):
        return ["、".join(plain(share * full) for share in rule.steps) + "分"]
    if isinstance(rule, PerItem | Bonus):
        return [f"每项{plain(rule.each)}分", f"最多{plain(rule.cap)}分"]
    if isinstance(rule, PerField):
        return [f"每个领域{plain(rule.each)}分", f"最多{plain(rule.cap)}分"]
    if isinstance(rule, Deduct):
        return [f"每项扣{plain(rule.each)}分", f"最多扣{plain(rule.cap if rule.cap is not None else full)}分"]
    if isinstance(rule, Steps):
        sign = "≥" if rule.direction == "higher" else "≤"
        return ["、".join(f"{sign}{plain(t.at)}{rule.measure}得{plain(t.marks)}分" for t in rule.thresholds)]
    if isinstance(rule, Linear):
        return [f"{plain(rule.floor)}{rule.measure}得0分，{plain(rule.target)}{rule.measure}得满分"]
    if isinstance(rule, Relative):
        return [METHOD_ZH[rule.method], "数大为好" if rule.direction == "higher" else "数小为好"]
    return []
