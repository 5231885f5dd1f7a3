"""Appendix 2: method, settings that are ours, the ledger of evidence, and how the figures can be checked."""

from __future__ import annotations

from collections.abc import Iterator

from zhiheng.assessment.facts import STATUS_ZH, Fact
from zhiheng.framework.model import Quota
from zhiheng.framework.rules import OURS
from zhiheng.marks import plain
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.content import Block, Cell, Heading, Table, cell, paragraph

MOST_FACTS = 1_000
"""Facts beyond this many would fill a hundred pages; the workbook holds them all."""


def method_appendix(brief: Brief) -> Iterator[Block]:
    """Yield the appendix on method, settings, evidence and hashes."""
    yield Heading(1, "附录2：评估方法、设定和佐证台账", "appendix-method", new_page=True)
    yield Heading(2, "（一）评估方法", "method")
    for text in _method(brief):
        yield paragraph(text)
    yield Heading(2, "（二）来源未规定、由本系统设定的事项", "settings")
    yield paragraph("下列事项在来源文件中没有规定，为计分和比较所必需，由本系统设定，均可修改；修改后须重新计算。")
    yield _settings_table(brief)
    if brief.case.facts:
        yield Heading(2, "（三）佐证台账", "ledger")
        if len(brief.case.facts) > MOST_FACTS:
            yield paragraph(f"{_ledger_summary(brief)}台账较长，全文见随附工作簿“佐证台账”。")
        else:
            yield paragraph(_ledger_summary(brief))
            yield _ledger(brief)
    number = "（四）" if brief.case.facts else "（三）"
    yield Heading(2, f"{number}结果核验", "check")
    hashes = brief.result.hashes
    yield paragraph(
        "同样的指标体系、数据和方法总是得出同样的结果。任何人可用下列三个校验值（SHA-256）和命令"
        f"“zhiheng score {brief.result.case}”重新计算并核对。"
    )
    yield Table(
        "tab-hashes",
        "结果校验值",
        (1.4, 6.4),
        (
            (cell("内容", strong=True), cell("SHA-256", strong=True)),
            (cell("指标体系"), cell(hashes.framework)),
            (cell("数据"), cell(hashes.data)),
            (cell("方法"), cell(hashes.method)),
        ),
        size="small",
    )


def _method(brief: Brief) -> Iterator[str]:
    framework = brief.case.framework
    yield (
        f"得分以{plain(framework.precision)}分为最小单位，按整数计算。每项要点只在计分时取整一次，"
        + (
            "各级指标得分由下级得分直接相加，没有误差。"
            if framework.joined == "sum"
            else "加权平均的结果只在最后四舍五入一次。"
        )
    )
    if brief.evidence:
        yield (
            "每项要点的材料分为核实、待核、不予认定、不适用四种状态，没有材料的记为不明。得分用三个数表示："
            "“已核实”只计核实的材料，“加待核”再计入待核的材料，“最多可能”为尚未排除的上限。没有材料不等于没有开展工作，不按零分处理。"
        )
        yield (
            "公布的总分是输入数据，不由本系统推算。公布总分超出材料所能支持的区间的，列为发现。"
            "名次按公布的总分和点名顺序排列。"
        )
    else:
        yield (
            f"名次按总分由高到低排列，总分相同的{_ties(brief)}。等次{_grades(brief)}。平均值、中位数只计有得分的地区，"
            "不适用的要点不按零分计入。"
        )
    if brief.case.settings.based_on:
        yield (
            "本报告的得分是重构示例：在满足公布的总分、分档、点名顺序、单项得分和已核实事实的前提下，"
            "用整数规划求出一套各地区、各要点的得分，再取其中较均衡的一套。它与公布的结论相符，但不是唯一解，也不是官方得分。"
        )
    ladder = brief.diagnosis.ladder
    steps = "，".join(f"{least:.0%}以上为“{word}”" for least, word in ladder.steps[:-1])
    yield (
        f"评语按得分率分级：{steps}，其余为“{ladder.steps[-1][1]}”。得分率不低于{ladder.strong:.0%}，且高于{brief.whole}平均"
        f"{ladder.lead * 100:.0f}个百分点或高于本地区总得分率{ladder.own * 100:.0f}个百分点的，列为优势；得分率低于{ladder.weak:.0%}，"
        f"且低于{brief.whole}平均{ladder.lag * 100:.0f}个百分点或低于本地区总得分率{ladder.own * 100:.0f}个百分点的，列为短板。"
    )


def _ties(brief: Brief) -> str:
    return {
        "best": "取同一名次，其后名次顺延",
        "dense": "取同一名次，其后名次连续",
        "mean": "取平均名次",
    }[brief.case.framework.ranking.ties]


def _grades(brief: Brief) -> str:
    grades = brief.case.framework.grades
    if isinstance(grades, Quota):
        return "按比例确定：" + "、".join(f"{s.name}{plain(s.share * 100)}%" for s in grades.shares)
    bands = [f"{b.name}{plain(b.low)}分以上" for b in grades.bands if b.low > 0]
    return "按总分划分：" + "、".join(bands) + f"，其余为{grades.bands[-1].name}"


def _settings_table(brief: Brief) -> Table:
    framework, case = brief.case.framework, brief.case
    rows: list[tuple[str, str, str]] = []
    if framework.period.source == OURS:
        rows.append(("考核期", f"{framework.period.start}至{framework.period.end}", framework.period.reason))
    if framework.grades.source == OURS:
        rows.append(("等次", _grades(brief), framework.grades.reason))
    if framework.ranking.source == OURS:
        rows.append(("并列名次", f"总分相同的{_ties(brief)}", framework.ranking.reason))
    if framework.not_applicable.source == OURS:
        policy = {"leaves_base": "退出基数，总分按比例折算", "full": "按满分计", "zero": "按零分计"}[
            framework.not_applicable.policy
        ]
        rows.append(("不适用的要点", policy, framework.not_applicable.reason))
    if case.settings.ranking.source == OURS:
        basis = {"published": "公布的总分", "confirmed": "核定得分", "claimed": "加待核得分"}[
            case.settings.ranking.basis
        ]
        rows.append(("排名依据", basis, case.settings.ranking.reason))
    grouped: dict[tuple[str, str], list[int]] = {}
    for _, point in framework.points:
        if point.rule.source == OURS:
            grouped.setdefault((_rule_setting(point.rule.kind), point.rule.reason), []).append(point.no)
    for (setting, reason), numbers in grouped.items():
        rows.append((f"第{'、'.join(map(str, numbers))}项", setting, reason))
    rows.append(("评语分级和优势、短板", "见本附录（一）", "来源的评语只有语气的轻重，没有规定得分率界限"))
    head = tuple(cell(t, strong=True) for t in ("事项", "设定", "理由"))
    body = tuple(tuple(cell(t, align="left") for t in row) for row in rows)
    return Table("tab-settings", "由本系统设定的事项", (2.6, 2.8, 5.2), (head, *body), size="small")


def _rule_setting(kind: str) -> str:
    return {
        "judged": "评判项的分档",
        "relative": "与其他地区比较的折算办法",
        "linear": "比例项的起点和目标",
        "steps": "分档界限",
    }.get(kind, "计分方式")


def _ledger_summary(brief: Brief) -> str:
    counts = {status: sum(f.status is status for f in brief.case.facts) for status in STATUS_ZH}
    parts = "、".join(f"{STATUS_ZH[status]}{count}条" for status, count in counts.items() if count)
    points = len({(f.unit, f.point) for f in brief.case.facts})
    return f"台账共收录事实{len(brief.case.facts)}条（{parts}），涉及{len(brief.case.units)}个地区的{points}个地区要点。摘录为来源原文，误字照录。"


def _ledger(brief: Brief) -> Table:
    head = tuple(cell(t, strong=True) for t in ("要点", "事实摘录", "日期", "状态", "分值", "出处和说明"))
    rows: list[tuple[Cell, ...]] = [head]
    by_unit: dict[str, list[Fact]] = {}
    for fact in brief.case.facts:
        by_unit.setdefault(fact.unit, []).append(fact)
    for unit in brief.case.units:
        if facts := by_unit.get(unit.code):
            rows.append((cell(f"{unit.name}（{len(facts)}条）", align="left", strong=True, colspan=6),))
            rows += [_ledger_row(f) for f in sorted(facts, key=lambda f: (f.point, f.line))]
    return Table("tab-ledger", "佐证材料台账", (0.9, 5.2, 1.6, 1.2, 0.9, 4.4), tuple(rows), size="small")


def _ledger_row(fact: Fact) -> tuple[Cell, ...]:
    about = "。".join(text for text in (fact.source, fact.note) if text)
    return (
        cell(str(fact.point)),
        cell(fact.quote, align="left"),
        cell(fact.date.replace("..", "至")),
        cell(STATUS_ZH[fact.status]),
        cell("—" if fact.mark is None else plain(fact.mark)),
        cell(about, align="left"),
    )
