"""A framework as its page shows it: the tree with marks and rules in words, settings, what is our own, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.framework.checks import Violation
from zhiheng.framework.diff import Change, Difference
from zhiheng.framework.model import Framework, Indicator, Point, Quota, Thresholds
from zhiheng.framework.rules import OURS, PerField, Sourced
from zhiheng.framework.summary import METHOD_ZH, rule_summary
from zhiheng.marks import plain

SEVERITY_ZH: Mapping[str, str] = {"error": "错误", "warning": "警告", "info": "提示"}
AREA_ZH: Mapping[str, str] = {
    "indicator": "指标", "point": "考核要点", "rule": "计分规则", "grades": "等次", "vetoes": "一票否决",
    "settings": "其他设置", "sources": "来源",
}  # fmt: skip
KIND_ZH: Mapping[str, str] = {
    "added": "新增", "removed": "删去", "renumbered": "改号", "moved": "移动", "renamed": "改文字", "changed": "改动",
}  # fmt: skip
FIELD_ZH: Mapping[str, str] = {
    "number": "序号", "short": "简称", "marks": "分值", "weight": "权重", "aggregate": "汇总方式", "source": "来源",
    "reason": "理由", "kind": "规则", "evidence": "佐证材料要求", "precision": "计分单位", "each": "每项分值",
    "cap": "封顶分", "steps": "档次", "fields": "领域", "open": "领域是否开放", "measure": "计量单位",
    "direction": "方向", "thresholds": "分档", "floor": "零分值", "target": "满分值", "method": "折算方法",
    "ties": "并列", "title": "名称", "text": "文字", "below": "否决线", "bars": "排除的等次", "point": "考核要点",
    "bands": "分数线", "shares": "比例", "rounding": "取整", "policy": "处理办法", "start": "起", "end": "止",
    "body": "发布单位", "date": "日期", "note": "说明", "total": "总分", "level_names": "层级名称", "period": "考核期",
    "ranking": "名次", "not_applicable": "不适用的处理", "subject": "评价内容", "language": "语言",
    "lone": "无从比较时", "coverage": "覆盖率",
}  # fmt: skip
_TIES_ZH = {
    "best": "总分相同的并列，取靠前的名次，后面的名次顺延", "dense": "总分相同的并列，后面的名次不顺延",
    "mean": "总分相同的取平均名次",
}  # fmt: skip
_POLICY_ZH = {
    "leaves_base": "不适用的要点退出基数，总分按比例折算", "full": "不适用的要点计满分", "zero": "不适用的要点计0分",
}  # fmt: skip
_JOIN_ZH = {"sum": "相加", "arithmetic": "加权平均", "geometric": "几何平均"}


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of the tree.

    Parameters
    ----------
    level
        Level from 1; points stand one below their indicator.
    code, number, title
        Code, number as printed, and title or text.
    worth
        Marks, or weight, in words.
    point
        The point, or None for an indicator.
    rule, evidence
        Rule in words and what counts as evidence, for a point.
    details
        Fields, own period and own step of a rule, in words.
    notes
        Other wordings and ambiguities, in words.
    source, reason
        Where it comes from; the reason where it is our own.
    """

    level: int
    code: str
    number: str
    title: str
    worth: str
    point: Point | None = None
    rule: str = ""
    evidence: str = ""
    details: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """
    A setting with where it comes from.

    Parameters
    ----------
    name, value
        In words.
    source, reason
        Title of the source, or "" where it is our own, with the reason.
    """

    name: str
    value: str
    source: str = ""
    reason: str = ""


def outline(framework: Framework) -> tuple[Row, ...]:
    """Return the tree in printed order."""
    return tuple(_rows(framework, framework.indicators, 1))


def _rows(framework: Framework, indicators: tuple[Indicator, ...], level: int) -> Iterator[Row]:
    for each in indicators:
        notes = [f"{t.where}写作“{t.text}”" for t in each.titles] + [f"{a.id}：{a.text}" for a in each.ambiguities]
        yield Row(
            level, each.code, each.number, each.title, _worth(each), notes=tuple(notes),
            source=_source(framework, each), reason=each.reason,
        )  # fmt: skip
        yield from _rows(framework, each.children, level + 1)
        for point in each.points:
            yield _point_row(framework, point, level + 1)


def _point_row(framework: Framework, point: Point, level: int) -> Row:
    rule = point.rule
    details = []
    if isinstance(rule, PerField) and rule.fields:
        details.append(("领域：{}等" if rule.open else "领域：{}").format("、".join(rule.fields)))
    if rule.period is not None:
        details.append(f"考核期：{rule.period.start}至{rule.period.end}")
    if rule.precision is not None:
        details.append(f"计分单位：{plain(rule.precision)}分")
    return Row(
        level, f"p{point.no}", str(point.no), point.text, _worth(point), point, rule_summary(framework, point),
        rule.evidence, tuple(details), tuple(f"{a.id}：{a.text}" for a in point.ambiguities),
        _source(framework, rule), rule.reason,
    )  # fmt: skip


def _worth(part: Indicator | Point) -> str:
    if part.marks is not None:
        return plain(part.marks)
    assert part.weight is not None
    return _("权重%(weight)s") % {"weight": plain(part.weight)}


def _source(framework: Framework, item: Sourced) -> str:
    """Return the title of the source of a setting; "" where it is our own, not stated, or the only one there is."""
    known = framework.sources.get(item.source) if len(framework.sources) > 1 else None
    return known.title if known else ""


def settings_of(framework: Framework) -> tuple[Setting, ...]:
    """Return the settings of a framework in words."""
    found = [
        _setting(framework, "考核期", f"{framework.period.start}至{framework.period.end}", framework.period),
        _setting(framework, "等次", _grades(framework), framework.grades),
        _setting(framework, "名次", _TIES_ZH[framework.ranking.ties], framework.ranking),
        _setting(framework, "不适用的处理", _POLICY_ZH[framework.not_applicable.policy], framework.not_applicable),
    ]
    for veto in framework.vetoes:
        value = f"考核要点{veto.point}低于{plain(veto.below)}分的，不得评为{'、'.join(veto.bars)}（{veto.text}）"
        found.append(_setting(framework, "一票否决", value, veto))
    found.append(Setting("汇总方式", f"第一级指标{_JOIN_ZH[framework.joined]}，计分单位{plain(framework.precision)}分"))
    return tuple(found)


def _setting(framework: Framework, name: str, value: str, item: Sourced) -> Setting:
    return Setting(name, value, _source(framework, item), item.reason)


def _grades(framework: Framework) -> str:
    grades = framework.grades
    if isinstance(grades, Thresholds):
        return "，".join(f"{band.name}{plain(band.low)}分起" for band in grades.bands)
    assert isinstance(grades, Quota)
    return "，".join(f"{share.name}{plain(share.share * 100)}%" for share in grades.shares)


def own_settings(framework: Framework) -> tuple[Setting, ...]:
    """Return what the sources do not state and was set by whoever wrote the framework, one line for each reason."""
    names: dict[str, list[str]] = {}
    for name, item in _sourced(framework):
        if item.source == OURS:
            names.setdefault(item.reason, []).append(name)
    return tuple(Setting("、".join(found), "", reason=reason) for reason, found in names.items())


def _sourced(framework: Framework) -> Iterator[tuple[str, Sourced]]:
    yield "考核期", framework.period
    yield "等次", framework.grades
    yield "名次", framework.ranking
    yield "不适用的处理", framework.not_applicable
    for veto in framework.vetoes:
        yield f"一票否决“{veto.id}”", veto
    for _level, _parent, indicator in framework.nodes:
        yield f"指标“{indicator.title}”", indicator
    for _parent, point in framework.points:
        yield f"考核要点{point.no}", point
        yield f"考核要点{point.no}的计分规则", point.rule
        if point.rule.period is not None:
            yield f"考核要点{point.no}的考核期", point.rule.period


def by_severity(violations: tuple[Violation, ...]) -> list[dict[str, object]]:
    """Return the findings of the checks, the gravest first."""
    order = list(SEVERITY_ZH)
    return [
        {
            "severity": v.severity,
            "name": SEVERITY_ZH[v.severity],
            "check": v.check,
            "line": v.line,
            "message": v.message,
        }
        for v in sorted(violations, key=lambda v: (order.index(v.severity), v.line))
    ]


def changes_by_area(difference: Difference) -> list[dict[str, object]]:
    """Return the differences of two frameworks in words, area by area."""
    found: list[dict[str, object]] = []
    for area, name in AREA_ZH.items():
        rows = [_change(c) for c in difference.changes if c.area == area]
        if rows:
            found.append({"name": name, "rows": rows})
    return found


def _change(change: Change) -> dict[str, str]:
    field = change.field.split(".")[-1]
    return {
        "kind": KIND_ZH[change.kind],
        "code": change.code,
        "name": change.name,
        "field": FIELD_ZH.get(field, field),
        # Of what came or went, the library names the parent on the other side.
        "before": "" if change.kind == "added" else _value(field, change.before),
        "after": "" if change.kind == "removed" else _value(field, change.after),
    }


def _value(field: str, value: str) -> str:
    if value in {"true", "false"}:
        return "是" if value == "true" else "否"
    if field == "source" and value == OURS:
        return "自行设定"
    if field == "method":
        return METHOD_ZH.get(value, value)
    return value
