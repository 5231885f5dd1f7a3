"""Why this score: the full derivation of any node of any unit, down to rule, facts, cap and source."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from zhiheng.assessment.case import Case
from zhiheng.assessment.facts import STATUS_ZH, Fact, Status
from zhiheng.framework.model import Point
from zhiheng.framework.rules import (
    OURS,
    Bonus,
    Deduct,
    Judged,
    Linear,
    PerField,
    PerItem,
    Relative,
    Rule,
    Steps,
    YesNo,
)
from zhiheng.marks import Interval, plain
from zhiheng.scoring.points import counted_fields, item_mark
from zhiheng.scoring.result import Result


@dataclass(frozen=True, slots=True)
class Line:
    """
    One fact in a derivation.

    Parameters
    ----------
    fact
        The fact.
    counted
        What it adds, in words: `+0.8分`, `已计入“商标”领域`, `不计分`.
    """

    fact: Fact
    counted: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    Why a unit has a score at a node.

    Parameters
    ----------
    unit, code, title
        Name of the unit; code and title of the node.
    full
        Full marks, as text.
    interval
        Confirmed, claimed and possible, in ticks.
    status
        Status of a point in Chinese; "" for an indicator.
    rule
        The rule in one sentence; for an indicator how its parts are joined.
    rule_source
        Where the rule comes from, with our reason where it is ours.
    steps
        The arithmetic, step by step.
    facts
        Facts of a point, counted ones first.
    parts
        Derivations of the children of an indicator.
    """

    unit: str
    code: str
    title: str
    full: str
    interval: Interval
    status: str
    rule: str
    rule_source: str
    steps: tuple[str, ...]
    facts: tuple[Line, ...] = ()
    parts: tuple[Explanation, ...] = ()


def explain(case: Case, result: Result, unit: str, node: str) -> Explanation:
    """
    Derive the score of a unit at a node.

    Parameters
    ----------
    case, result
        The case and its result.
    unit
        Name or code of the unit.
    node
        `""` for the total, the code of an indicator, or `p` + number of a point.

    Raises
    ------
    UnknownUnitError, UnknownNodeError
        If the case has no such unit or the framework no such node.
    """
    code = case.unit(unit).code
    column = result.column(node)
    if result.nodes[column].is_point:
        return _point(case, result, code, int(node.removeprefix("p")))
    return _indicator(case, result, code, node)


def rule_text(rule: Rule, full: Decimal) -> str:
    """Return a rule in one Chinese sentence."""
    marks = plain(full)
    match rule:
        case YesNo():
            return f"是非项：符合的得{marks}分，不符合的不得分"
        case Judged():
            steps = "、".join(plain(step * full) for step in rule.steps)
            return f"评判项：按{steps}分分档评定"
        case PerItem():
            return f"计次项：每次{plain(rule.each)}分，最多{plain(rule.cap)}分"
        case PerField():
            names = f"（{'、'.join(rule.fields)}{'等' if rule.open else ''}）" if rule.fields else ""
            return f"分领域计分项：每个领域{plain(rule.each)}分，最多{plain(rule.cap)}分{names}"
        case Steps():
            word = "达到" if rule.direction == "higher" else "不超过"
            steps = "，".join(f"{word}{plain(t.at)}{rule.measure}得{plain(t.marks)}分" for t in rule.thresholds)
            return f"分档项：{steps}"
        case Linear():
            ends = f"{plain(rule.floor)}{rule.measure}得0分，{plain(rule.target)}{rule.measure}得{marks}分"
            return f"比例项：{ends}，其间按比例计算"
        case Relative():
            method = {
                "minmax": "按与最好、最差地区的差距折算",
                "rank": "按名次折算（分值×（地区数－名次＋1）÷地区数）",
                "percentile": "按百分位折算（分值×（地区数－名次）÷（地区数－1））",
            }[rule.method]
            better = "多者为好" if rule.direction == "higher" else "少者为好"
            return f"相对项：{rule.measure}数{better}，{method}，满分{marks}分"
        case Deduct():
            return f"扣分项：满分{marks}分，每项扣{plain(rule.each)}分" + (
                f"，最多扣{plain(rule.cap)}分" if rule.cap else ""
            )
        case Bonus():
            return f"加分项：每项加{plain(rule.each)}分，最多加{plain(rule.cap)}分"


def source_text(case: Case, source: str, reason: str) -> str:
    """Return where a setting comes from, in Chinese."""
    if source == OURS:
        return f"来源未规定，本系统设定：{reason}"
    known = case.framework.sources.get(source)
    return f"《{known.title}》" if known else "未注明来源"


def _point(case: Case, result: Result, unit: str, no: int) -> Explanation:
    point = case.framework.point(no)
    interval, status = result.interval(unit, f"p{no}"), result.status(unit, no)
    facts = case.facts_by_place.get((unit, no), ())
    order = (Status.VERIFIED, Status.CLAIMED, Status.REJECTED, Status.NOT_APPLICABLE)
    lines = tuple(Line(f, _counted(point, f)) for f in sorted(facts, key=lambda f: (order.index(f.status), f.line)))
    decision = next((d for d in case.decisions if d.unit == unit and d.point == no), None)
    steps = list(_point_steps(case, point, facts, interval))
    if decision is not None:
        steps.insert(
            0,
            f"核定{plain(decision.mark)}分（{STATUS_ZH[decision.status]}）"
            + (f"：{decision.reason}" if decision.reason else ""),
        )
    full = case.framework.full(point)
    return Explanation(
        case.unit(unit).name,
        f"p{no}",
        point.text,
        plain(full),
        interval,
        STATUS_ZH[status],
        rule_text(point.rule, full),
        source_text(case, point.rule.source, point.rule.reason),
        tuple(steps),
        lines,
    )


def _counted(point: Point, fact: Fact) -> str:
    """Return what a fact adds under the rule of its point."""
    rule = point.rule
    if fact.status is Status.REJECTED:
        return "不予认定，不计分"
    if fact.status is Status.NOT_APPLICABLE:
        return "不适用"
    tail = "" if fact.status is Status.VERIFIED else "（待核）"
    if isinstance(rule, Relative):
        return f"供比较的数值{tail}"
    if isinstance(rule, PerField):
        return f"计入“{fact.component}”领域{tail}" if counted_fields(rule, [fact]) else "不计分"
    if isinstance(rule, PerItem | Bonus):
        return f"＋{plain(item_mark(fact, rule.each))}分{tail}"
    if isinstance(rule, Deduct):
        return f"－{plain(item_mark(fact, rule.each))}分{tail}"
    if isinstance(rule, Steps | Linear):
        return f"{'' if fact.value is None else plain(fact.value)}{fact.measure}{tail}"
    worth = fact.mark if fact.mark is not None else point.marks
    return f"可得{plain(worth)}分{tail}" if worth else f"不计分{tail}"


def _point_steps(case: Case, point: Point, facts: tuple[Fact, ...], interval: Interval) -> list[str]:
    scale, rule = case.framework.scale, point.rule
    verified = [f for f in facts if f.status is Status.VERIFIED]
    live = [f for f in facts if f.status in {Status.VERIFIED, Status.CLAIMED}]
    steps = []
    if not facts:
        steps.append("没有这一项的材料：状态为“不明”，不等于没有做")
    for name, group, ticks in (("核实", verified, interval.confirmed), ("核实和待核", live, interval.claimed)):
        if not group:
            continue
        if isinstance(rule, PerItem | Bonus):
            marks = [item_mark(f, rule.each) for f in group]
            total = sum(marks, Decimal(0))
            capped = f"，超过上限，按{plain(rule.cap)}分计" if total > rule.cap else ""
            steps.append(f"{name}：{'＋'.join(plain(m) for m in marks)}＝{plain(total)}分{capped}")
        elif isinstance(rule, PerField):
            names = counted_fields(rule, group)
            total = rule.each * len(names)
            capped = f"，超过上限，按{plain(rule.cap)}分计" if total > rule.cap else ""
            steps.append(
                f"{name}：{'、'.join(names) or '无'}，{len(names)}个领域×{plain(rule.each)}＝{plain(total)}分{capped}"
            )
        elif isinstance(rule, YesNo | Judged) and len(group) > 1:
            steps.append(f"{name}：{len(group)}条材料说明同一要点，只计一次，{scale.text(ticks)}分")
        else:
            steps.append(f"{name}：{scale.text(ticks)}分")
    if isinstance(rule, Relative) and not interval.settled:
        steps.append(f"须{plain(rule.coverage * 100)}%的地区有口径一致的数据才能比较，目前不计分")
    steps.append(_range(case, interval))
    return steps


def _indicator(case: Case, result: Result, unit: str, code: str) -> Explanation:
    column = result.column(code)
    node, scale = result.nodes[column], result.scale
    children = [n for n in result.nodes[1:] if n.parent == code and n.level == node.level + 1]
    joined = case.framework.indicator(code).joined if code else case.framework.joined
    how = {"sum": "各项得分相加", "arithmetic": "各项得分率按权重算术平均", "geometric": "各项得分率按权重几何平均"}[
        joined
    ]
    interval = result.interval(unit, code)
    shown = []
    for name, layer in (("核实", result.confirmed), ("核实和待核", result.claimed), ("上限", result.possible)):
        row = result.row(unit)
        values = [scale.text(int(layer[row, result.column(c.code)])) for c in children]
        joiner = "＋" if joined == "sum" else "，"
        shown.append(f"{name}：{joiner.join(values)} → {scale.text(int(layer[row, column]))}分")
    parts = tuple(explain(case, result, unit, c.code) for c in children)
    full = scale.text(int(result.base[result.row(unit), column]))
    return Explanation(
        case.unit(unit).name, code, node.title, full, interval, "", how, "", (*shown, _range(case, interval)), (), parts
    )


def _range(case: Case, interval: Interval) -> str:
    scale = case.framework.scale
    if interval.settled:
        return f"得分：{scale.text(interval.confirmed)}分"
    return (
        f"得分区间：已核实{scale.text(interval.confirmed)}分，加待核{scale.text(interval.claimed)}分，"
        f"最多可能{scale.text(interval.possible)}分"
    )
