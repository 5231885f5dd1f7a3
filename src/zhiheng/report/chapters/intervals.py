"""What an evidence case lets us say: ranges instead of scores, silence never told as inaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zhiheng.assessment.case import Unit
from zhiheng.assessment.facts import Statement, Status
from zhiheng.report.chapters.brief import Brief
from zhiheng.report.narrative import numbers
from zhiheng.report.narrative.evidence import EvidenceDiagnosis, evidence_finding
from zhiheng.report.narrative.problems import IndicatorStat, Problem, problems
from zhiheng.report.narrative.weaknesses import Point

GENERIC = "有提升空间"
"""Wording that names every aspect of a unit at once and so points at nothing."""
MOST_NAMES = 5


def published_sentences(brief: Brief) -> tuple[str, ...]:
    """Say what was published about the totals, and how much of it the published facts support."""
    result, scale = brief.result, brief.result.scale
    parts = [f"{u.name}{u.published}分" for u in result.units if u.published and u.published[0] not in "<>"]
    bands: dict[str, list[str]] = {}
    for unit in brief.ranked:
        text = result.units[result.row(unit.code)].published
        if text.startswith(">"):
            bands.setdefault(text[1:], []).append(unit.name)
    parts += [f"{'、'.join(names)}超过{low}分" for low, names in bands.items()]
    published = f"来源报告公布的总分为：{'；'.join(parts)}。" if parts else "来源没有公布各地区总分。"
    low, high = result.confirmed[:, 0], result.claimed[:, 0]
    least, most, top = int(low.argmin()), int(low.argmax()), int(high.argmax())
    unsupported = sum(f.id == "published.unsupported" for f in result.findings)
    verdict = (
        f"其中{unsupported}项公布的得分超出材料所能支持的区间，见随附工作簿的发现表。"
        if unsupported
        else "公布的总分均在材料所能支持的区间之内，但公开事实本身不足以推出这些总分。"
    )
    return (
        published,
        (
            f"按公开事实逐项核算，各地区已核实的得分在{scale.text(int(low[least]))}分（{result.units[least].name}）"
            f"至{scale.text(int(low[most]))}分（{result.units[most].name}）之间，"
            f"计入待核事实后最高为{scale.text(int(high[top]))}分（{result.units[top].name}）；{verdict}"
        ),
    )


def evidence_texts(brief: Brief, unit: Unit) -> tuple[str, ...]:
    """Return the finding about a unit whose marks are intervals."""
    result = brief.result
    status = {n.code: result.status(unit.code, int(n.code[1:])) for n in brief.points}
    total = result.interval(unit.code)

    def points(wanted: Status) -> tuple[Point, ...]:
        found = [n for n in brief.points if status[n.code] is wanted]
        worth = [result.interval(unit.code, n.code).confirmed if wanted is Status.VERIFIED else n.full for n in found]
        listed = [(int(n.number), n.short, brief.number(w)) for n, w in zip(found, worth, strict=True)]
        return tuple(sorted(listed, key=lambda p: (-p[2], p[0])))

    return evidence_finding(
        EvidenceDiagnosis(
            name=unit.name,
            pronoun=unit.pronoun,
            points=sum(s is not Status.NOT_APPLICABLE for s in status.values()),
            confirmed_points=sum(s is Status.VERIFIED for s in status.values()),
            claimed_points=sum(s is Status.CLAIMED for s in status.values()),
            confirmed=brief.number(total.confirmed),
            claimed=brief.number(total.claimed),
            possible=brief.number(total.possible),
            full=brief.number(result.base[result.row(unit.code), 0]),
            strongest=points(Status.VERIFIED),
            silent=points(Status.UNKNOWN),
            rejected=points(Status.REJECTED),
            published=result.units[result.row(unit.code)].published,
            seat=brief.case.units.index(unit),
        )
    )


def silence_sentences(brief: Brief) -> Iterator[str]:
    """Yield sentences on where the whole field has published little: the points that nobody shows anything for."""
    result = brief.result
    shown = {
        n.code: sum(result.status(u.code, int(n.code[1:])) is not Status.UNKNOWN for u in brief.case.units)
        for n in brief.points
    }
    silent = [n for n in brief.points if not shown[n.code]]
    units = len(brief.case.units)
    most = sorted((n for n in brief.points if shown[n.code]), key=lambda n: -shown[n.code])[:3]
    if most:
        yield (
            f"从材料分布看，{'；'.join(f'第{n.number}项“{n.short}”有{shown[n.code]}个地区提供了材料' for n in most)}。"
            f"{units}个地区合计{units * len(brief.points)}个地区要点中，有材料的{sum(shown.values())}个。"
        )
    if silent:
        marks = result.scale.text(sum(n.full for n in silent))
        yield (
            f"有{len(silent)}项要点（共{marks}分）没有任何地区公布材料，即第{'、'.join(n.number for n in silent)}项。"
            "这些要点的得分无从核实，不能据此判断有关工作是否开展。"
        )


def evidence_problems(brief: Brief) -> tuple[Problem, ...]:
    """Return problems from the weaknesses that were published, grouped by the themes of the recommendations."""
    framework = brief.case.framework
    named: dict[str, list[Statement]] = {}
    for statement in brief.case.statements:
        if statement.kind == "weakness" and statement.relation != GENERIC:
            named.setdefault(statement.node, []).append(statement)
    lowest = {n.code: n for n in brief.nodes(brief.lowest_level)}
    stats = []
    for code, node in lowest.items():
        about = [*named.get(code, ()), *named.get(node.parent, ())]
        if about:
            names = tuple(dict.fromkeys(brief.case.unit(s.unit).name for s in about))
            share = len(names) / len(brief.case.units)
            parent = brief.result.nodes[brief.result.column(node.parent)].short
            full = brief.number(node.full)
            stats.append(
                IndicatorStat(code, node.title, node.short, parent, full, 0.69 * (1 - share), full * share, names)
            )
    found = problems(stats, framework.code, whole=brief.whole)
    return tuple(replace(p, text=_published_problem(brief, p, at)) for at, p in enumerate(found, 1))


def _published_problem(brief: Brief, problem: Problem, at: int) -> str:
    """Say which units the published findings name for a problem, and how much evidence there is beside them."""
    named = "、".join(f"{s.short}（{_names(s.low_units)}）" for s in problem.indicators)
    codes = {s.code for s in problem.indicators}
    points = [n for n in brief.points if n.parent in codes]
    units = len(brief.case.units)
    missing = sum(
        brief.result.status(u.code, int(n.code[1:])) is Status.UNKNOWN for u in brief.case.units for n in points
    )
    total = len(points) * units
    told = (
        f"公布的评语点名需要改进的有{named}。与此相关的{len(points)}项要点，{units}个地区应有{total}份材料，实际缺{missing}份。",
        f"评语涉及{named}。对照{len(points)}项要点逐个地区查找，{total}处中有{missing}处没有公开材料，评语的依据尚待补充。",
        f"被评语列为短板的是{named}。这几项指标的{len(points)}项要点在各地区共{total}处，其中{missing}处没有公开材料。",
        f"评语指出的薄弱环节包括{named}。{len(points)}项相关要点在各地区的{total}处中，{missing}处无从核实。",
    )
    return f"{numbers.numeral(at)}是{problem.title}。{told[(at - 1) % len(told)]}"


def _names(units: tuple[str, ...]) -> str:
    return "、".join(units) if len(units) <= MOST_NAMES else f"{'、'.join(units[:MOST_NAMES])}等{len(units)}个地区"
