"""Where the library calculates for assessments: the score of a claim, the tree of a unit, the result of a round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from zhiheng.assessment.case import Basis, Case, ReportSettings, Settings
from zhiheng.assessment.claims import ONE, Claim, claim_facts
from zhiheng.assessment.dates import parse_span, placed
from zhiheng.assessment.facts import Decision, Fact
from zhiheng.framework.model import Framework, Indicator, Point
from zhiheng.framework.rules import (
    OURS,
    Bonus,
    Deduct,
    Judged,
    Linear,
    PerField,
    Period,
    PerItem,
    Relative,
    Steps,
)
from zhiheng.marks import Interval, plain
from zhiheng.pipeline import run
from zhiheng.report.sheet import ScoreSheet, SheetPart, SheetPoint, render_sheet
from zhiheng.scoring.points import ZERO, counted_fields, item_mark, score_point
from zhiheng.scoring.result import Result
from zhiheng.scoring.tree import Node, Tree
from zhiheng_web.assessments.content import RoundContent
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.models import Decision as Made
from zhiheng_web.assessments.queries import settled_mark
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import site_language
from zhiheng_web.rounds.machine import State
from zhiheng_web.rounds.models import RoundUnit

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
UNIT = "unit"
"""Code of the unit where only one is looked at."""
RISKS = ("over_cap", "no_evidence", "date_outside", "date_across", "not_applicable", "likeness")
"""What makes a claim worth a second look, in order of the list; `likeness` is added where files are compared."""


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One point of one unit, as far as it is known.

    Parameters
    ----------
    interval
        Confirmed, claimed and possible, in ticks.
    applies
        Whether the point applies to the unit.
    """

    interval: Interval
    applies: bool = True


@lru_cache(maxsize=64)
def _tree(pk: int, content_hash: str) -> Tree:
    del content_hash  # part of the key: the tree of a framework never changes
    return Tree(framework_of(FrameworkVersion.objects.get(pk=pk)))


def tree_of(version: FrameworkVersion) -> Tree:
    """Return the compiled tree of a framework."""
    return _tree(version.pk, version.content_hash)


def nodes_of(version: FrameworkVersion) -> tuple[Node, ...]:
    """Return the nodes of a framework: the whole, indicators level by level, then points."""
    return tree_of(version).nodes


def claimed_ticks(framework: Framework, point: Point, claim: Claim) -> int:
    """Return the score that a claim would have if all of it were accepted; 0 for points that compare units."""
    return score_point(framework, point, claim_facts(point, claim, UNIT)).interval.claimed


def unit_scores(version: FrameworkVersion, standings: Mapping[int, Standing]) -> Mapping[str, Interval]:
    """
    Return the interval of every node of a unit by code, "" for the total.

    Parameters
    ----------
    version
        The framework.
    standings
        Points by number; one that is absent is open from 0 to its full marks.
    """
    tree = tree_of(version)
    points = [(no, tree.nodes[tree.first_point + column]) for no, column in tree.point_column.items()]
    empty = [Standing(Interval(0, 0, node.full)) for _, node in points]
    found = [standings.get(no, blank) for (no, _), blank in zip(points, empty, strict=True)]
    applies = np.array([[s.applies for s in found]])
    layers = [
        np.array([[getattr(s.interval, name) for s in found]], np.int64)
        for name in ("confirmed", "claimed", "possible")
    ]
    low, middle, high = (_aggregate(tree, layer, applies)[0] for layer in layers)
    return {node.code: Interval(int(low[i]), int(middle[i]), int(high[i])) for i, node in enumerate(tree.nodes)}


def _aggregate(tree: Tree, layer: Ints, applies: Bools) -> Ints:
    """Return the scores of all nodes; points that do not apply count as the framework says, see `pipeline.run`."""
    policy = tree.framework.not_applicable.policy
    if applies.all():
        return tree.aggregate(layer)
    if policy == "leaves_base":
        return tree.aggregate(layer, applies)
    stand_in = tree.full[tree.first_point :] if policy == "full" else 0
    return tree.aggregate(np.where(applies, layer, stand_in))


def settled_totals(version: FrameworkVersion, marks: Ints, applies: Bools) -> Ints:
    """
    Return the totals of units of which every point is decided, in ticks.

    Parameters
    ----------
    version
        The framework.
    marks, applies
        Shape (units, points): ticks in the order of the framework, and whether each point applies.
    """
    return _aggregate(tree_of(version), marks, applies)[:, 0]


def decided_standing(framework: Framework, decision: Decision) -> Standing:
    """Return the standing of a point with a decision."""
    scored = score_point(framework, framework.point(decision.point), (), decision)
    return Standing(scored.interval, applies=decision.status != "not_applicable")


def standings(row: RoundUnit, decisions: Mapping[int, Made]) -> dict[int, Standing]:
    """Return the standing of every point of a unit that has an answer or one of these decisions."""
    framework = framework_of(row.round.framework)
    full = {point.no: framework.scale.ticks(framework.full(point)) for _, point in framework.points}
    found = {
        no: Standing(Interval(0, claimed, max(claimed, full[no])))
        for no, claimed in Answer.objects.filter(round_unit=row).values_list("point", "claimed")
    }
    for no, decision in decisions.items():
        settled = settled_mark(decision, row.code)
        if settled is not None:
            found[no] = decided_standing(framework, settled)
    return found


def claim_risks(framework: Framework, point: Point, claim: Claim, period: Period) -> list[str]:
    """
    Return the codes of what makes a claim worth a second look.

    Parameters
    ----------
    framework, point, claim
        The claim and its point.
    period
        Period of the round; that of the rule goes first.
    """
    if claim.stance == "not_applicable":
        return ["not_applicable"]
    if claim.stance != "yes":
        return []
    facts = claim_facts(point, claim, UNIT)
    found = []
    if _over_cap(framework, point, facts):
        found.append("over_cap")
    if not claim.materials:
        found.append("no_evidence")
    places = {_placed(fact.date, point.rule.period or period) for fact in facts if fact.date}
    found += [f"date_{where}" for where in ("outside", "across") if where in places]
    return found


def _over_cap(framework: Framework, point: Point, facts: Sequence[Fact]) -> bool:
    rule = point.rule
    if isinstance(rule, PerItem | Bonus):
        return sum((item_mark(f, rule.each) for f in facts), start=framework.precision * 0) > rule.cap
    if isinstance(rule, PerField):
        return rule.each * len(counted_fields(rule, facts)) > rule.cap
    return False


def _placed(date: str, period: Period) -> str:
    start, end = parse_span(period.start).first, parse_span(period.end).last
    assert start is not None
    assert end is not None
    return placed(parse_span(date), start, end)


@dataclass(frozen=True, slots=True)
class Account:
    """
    How a claim comes to its score, in words for the person who fills it in.

    Parameters
    ----------
    marks, full
        Score of the claim and full marks, as text.
    how
        The arithmetic: `3项×0.2分＝0.6分，封顶1分`.
    capped
        Whether more is claimed than the rule gives.
    waits
        Whether the score depends on what other units hand in.
    """

    marks: str
    full: str
    how: str
    capped: bool = False
    waits: bool = False


def explain_claim(framework: Framework, point: Point, claim: Claim) -> Account:
    """Return how a claim without faults comes to its score; the score is that of `claimed_ticks`."""
    facts = claim_facts(point, claim, UNIT)
    ticks = score_point(framework, point, facts).interval.claimed
    marks, full = framework.scale.text(ticks), plain(framework.full(point))
    if claim.stance == "yes":
        capped = _over_cap(framework, point, facts)
        how = _how(framework, point, facts, marks, capped=capped)
        return Account(marks, full, how, capped, isinstance(point.rule, Relative) and claim.value is not None)
    return Account(marks, full, _unclaimed(framework, point, claim))


def _unclaimed(framework: Framework, point: Point, claim: Claim) -> str:
    if claim.stance == "not_applicable":
        policy = {
            "leaves_base": _("不适用：经核查认定后，该要点退出基数，总分按比例折算"),
            "full": _("不适用：经核查认定后，按满分计"),
            "zero": _("不适用：经核查认定后，按0分计"),
        }
        return policy[framework.not_applicable.policy]
    if claim.stance == "no":
        return _("没有扣分事项，按满分计") if isinstance(point.rule, Deduct) else _("不申报，计0分")
    return _("尚未填写")


def _how(framework: Framework, point: Point, facts: Sequence[Fact], marks: str, *, capped: bool) -> str:
    rule = point.rule
    if isinstance(rule, PerItem | Bonus):
        count = sum((fact.value or ONE for fact in facts), ZERO)
        words = {"count": plain(count), "each": plain(rule.each), "sum": plain(rule.each * count)}
        return _("%(count)s项×%(each)s分＝%(sum)s分") % words + _cap(rule.cap, capped=capped)
    if isinstance(rule, PerField):
        fields = len(counted_fields(rule, facts))
        words = {"count": str(fields), "each": plain(rule.each), "sum": plain(rule.each * fields)}
        return _("%(count)s个领域×%(each)s分＝%(sum)s分") % words + _cap(rule.cap, capped=capped)
    if isinstance(rule, Deduct):
        if not facts:
            return _("尚未列出扣分事项")
        count = sum((fact.value or ONE for fact in facts), ZERO)
        most = framework.full(point) if rule.cap is None else rule.cap
        words = {"full": plain(framework.full(point)), "count": plain(count), "each": plain(rule.each), "marks": marks}
        text = _("满分%(full)s分－%(count)s项×%(each)s分＝%(marks)s分") % words
        over = rule.each * count > most
        return _("%(text)s（最多扣%(most)s分）") % {"text": text, "most": plain(most)} if over else text
    if not facts:
        return _("尚未选择档次") if isinstance(rule, Judged) else _("尚未填写数值")
    if isinstance(rule, Steps | Linear | Relative):
        return _measured(rule, facts[0].value or ZERO, marks)
    return _("按申报计%(marks)s分") % {"marks": marks}


def _cap(cap: Decimal, *, capped: bool) -> str:
    text = _("，超过封顶，按%(cap)s分计") if capped else _("，封顶%(cap)s分")
    return text % {"cap": plain(cap)}


def _measured(rule: Steps | Linear | Relative, value: Decimal, marks: str) -> str:
    words = {"value": f"{plain(value)}{rule.measure}", "marks": marks}
    if isinstance(rule, Relative):
        return _("已填%(value)s，与其他单位比较后计分，目前计0分") % words
    if isinstance(rule, Linear):
        return _("%(value)s，按比例折算为%(marks)s分") % words
    return _("%(value)s，按档次计%(marks)s分") % words


def round_case(content: RoundContent) -> Case:
    """Return a round as a case of the library: open points are intervals, settled ones marks."""
    points = len(content.units) * len(content.framework.points)
    with site_language():
        ranked, set_here = _("考核轮次按核定得分排名"), _("考核轮次设定")
    settings = Settings(
        code=content.code,
        title=content.title,
        kind="settled" if len(content.decisions) == points else "evidence",
        framework=content.framework.code,
        label=content.label,
        short_label=content.short_label,
        period=Period.model_validate(
            {"from": content.period[0], "to": content.period[1], "source": OURS, "reason": set_here}
        ),
        ranking=Basis(basis="confirmed", source=OURS, reason=ranked),
        report=ReportSettings(
            title=content.title,
            organisation=content.organisation,
            date=content.date,
            area=content.area,
            whole=content.whole,
        ),
        units=content.units,
    )
    return Case(settings, content.framework, facts=content.facts, decisions=content.decisions)


def round_result(content: RoundContent, progress: Callable[[int, int], None] | None = None) -> Result:
    """Return the result of a round as it stands; `progress` is called with (units done, units in all)."""
    return run(round_case(content), progress)


def sheet_pdf(row: RoundUnit, decisions: Mapping[int, Made], made_at: datetime) -> bytes:
    """
    Return the score sheet of a unit as PDF, as things stand.

    Parameters
    ----------
    row, decisions
        The unit, and its decisions that the reader may see; their marks appear once all points are settled.
    made_at
        Time that it states.
    """
    framework = framework_of(row.round.framework)
    version = row.round.framework
    scores, own = unit_scores(version, standings(row, decisions)), unit_scores(version, standings(row, {}))
    stated = dict(Answer.objects.filter(round_unit=row).exclude(stance="").values_list("point", "claimed"))
    marks = {no: plain(d.mark) for no, d in decisions.items() if d.mark is not None}
    settled = len(marks) == len(framework.points)

    def confirmed(code: str) -> str:
        return framework.scale.text(scores[code].confirmed) if settled else ""

    def point(each: Point) -> SheetPoint:
        claimed = framework.scale.text(stated[each.no]) if each.no in stated else ""
        return SheetPoint(each.no, each.text, plain(framework.full(each)), claimed, marks.get(each.no, ""))

    def parts(indicators: Sequence[Indicator], level: int) -> Iterator[SheetPart]:
        for each in indicators:
            full, claimed = plain(framework.full(each)), framework.scale.text(own[each.code].claimed)
            points = tuple(point(p) for p in each.points)
            yield SheetPart(level, each.number, each.title, full, claimed, confirmed(each.code), points)
            yield from parts(each.children, level + 1)

    words = {"unit": row.name, "state": State(row.state).label, "version": row.version}
    return render_sheet(
        ScoreSheet(
            title=_("%(round)s自评打分表") % {"round": row.round.title},
            facts=(
                (_("评价对象"), row.full_name or row.name),
                (_("组织单位"), row.round.organisation),
                (_("考核期"), row.round.period),
                (_("指标体系"), str(row.round.framework)),
            ),
            levels=framework.level_names,
            parts=tuple(parts(framework.indicators, 1)),
            full=plain(framework.total),
            claimed=framework.scale.text(own[""].claimed),
            decided=confirmed(""),
            label=_sheet_label(row),
            foot=_("%(unit)s　%(state)s　第%(version)d版数据　%(at)s生成")
            % (words | {"at": f"{made_at:%Y-%m-%d %H:%M}"}),
        ),
        made_at,
    )


def _sheet_label(row: RoundUnit) -> str:
    draft = "" if row.state in {State.SUBMITTED, State.ACCEPTED} else _("尚未报送，仅供核对")
    return "　".join(part for part in (row.round.label, draft) if part)
