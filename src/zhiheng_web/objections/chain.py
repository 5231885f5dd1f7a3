"""The chain of marks: what every point of a unit had in self-assessment and after each stage, why and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import Relative
from zhiheng.marks import Interval, plain
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.engine import Standing, decided_standing, unit_scores
from zhiheng_web.assessments.models import Answer, Decision
from zhiheng_web.assessments.queries import decided_by, last_decisions, settled_mark, stages_seen
from zhiheng_web.assessments.verification import REASONS
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.language import headed
from zhiheng_web.objections.models import Objection
from zhiheng_web.objections.queries import objections_of
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import RoundUnit

COLUMNS = (Stage.SELF_ASSESSMENT, Stage.VERIFICATION, Stage.EXPERT_REVIEW, Stage.OBJECTION)
"""Stages that give a mark, in order."""
NO_MARK = "—"


@dataclass(frozen=True, slots=True)
class Link:
    """
    What one stage made of a point.

    Parameters
    ----------
    stage, title
        The stage and its name.
    mark
        Marks as text; `—` where there is none yet, `未填` where the unit stated nothing.
    what, reason
        Decision in words, and why.
    who, at
        Role of who decided, and when.
    """

    stage: str
    title: str
    mark: str
    what: str = ""
    reason: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PointChain:
    """
    The marks of one point.

    Parameters
    ----------
    no, name, heading, full
        The point, the indicator that begins with it ("" within one), and its full marks as text.
    relative
        Whether it is scored by comparing units, so that the unit itself can state no marks.
    links
        A link for each of `COLUMNS`; None where the stage left the point as it was.
    final
        Marks that count, as text; `—` while nothing is decided.
    changed
        Whether the marks differ between any two stages.
    objection
        The objection that counts, as far as the reader may see it.
    """

    no: int
    name: str
    heading: str
    full: str
    relative: bool
    links: tuple[Link | None, ...]
    final: str
    changed: bool
    objection: Objection | None = None

    @property
    def known(self) -> tuple[Link, ...]:
        """Return the links that are there."""
        return tuple(link for link in self.links if link is not None)

    @property
    def columns(self) -> tuple[tuple[str, Link | None], ...]:
        """Return the links with the names of their stages."""
        return tuple((str(stage.label), link) for stage, link in zip(COLUMNS, self.links, strict=True))

    @property
    def decided(self) -> bool:
        """Return whether the point has marks to object to."""
        return self.final != NO_MARK


@dataclass(frozen=True, slots=True)
class Chain:
    """
    The marks of a unit.

    Parameters
    ----------
    row
        The unit.
    points
        Its points in printed order.
    totals
        Total after each of `COLUMNS` as text, "" where the stage changed nothing, then the one that counts.
    unstated
        Points that the unit did not fill in; they count for nothing in its own total.
    compared
        Points that wait for other units in its own total.
    """

    row: RoundUnit
    points: tuple[PointChain, ...]
    totals: tuple[str, ...]
    unstated: int
    compared: int

    def at(self, no: int) -> PointChain | None:
        """Return the chain of one point, or None."""
        return next((one for one in self.points if one.no == no), None)


def chain_of(user: User, row: RoundUnit) -> Chain:
    """Return the chain of a unit as far as a person may see it, in three queries however many points there are."""
    framework = framework_of(row.round.framework)
    answers = {answer.point: answer for answer in Answer.objects.filter(round_unit=row)}
    seen = stages_seen(user, row.round)
    made = list(Decision.objects.filter(round_unit=row, stage__in=seen).select_related("by"))
    objections: dict[int, Objection] = {}
    for one in objections_of(user, row):
        if one.state != Objection.State.WITHDRAWN or one.point not in objections:
            objections[one.point] = one
    points = tuple(_points(framework, answers, made, objections))
    return Chain(
        row,
        points,
        _totals(row, framework, answers, made),
        sum(not (p.no in answers and answers[p.no].stance) for p in points),
        sum(_waits(framework.point(p.no), answers.get(p.no)) for p in points),
    )


def _points(
    framework: Framework,
    answers: Mapping[int, Answer],
    decisions: Sequence[Decision],
    objections: Mapping[int, Objection],
) -> Iterator[PointChain]:
    by_point: dict[int, dict[str, Decision]] = {}
    for decision in decisions:
        by_point.setdefault(decision.point, {})[decision.stage] = decision
    heading = ""
    for parent, point in framework.points:
        indicator = framework.indicator(parent)
        own, objection = by_point.get(point.no, {}), objections.get(point.no)
        stated = _stated(framework, point, answers.get(point.no))
        settled = [_settled(own[s]) if s in own else None for s in COLUMNS[1:]]
        final = next((link.mark for link in reversed(settled) if link is not None), NO_MARK)
        if objection is not None and objection.state in {Objection.State.FILED, Objection.State.ANSWERED}:
            settled[-1] = _objected(objection, final, settled[-1])
        yield PointChain(
            point.no,
            point.name,
            f"{indicator.number} {indicator.name}".strip() if parent != heading else "",
            plain(framework.full(point)),
            isinstance(point.rule, Relative),
            (stated, *settled),
            final,
            _changed((stated, *settled)),
            objection,
        )
        heading = parent


def _waits(point: Point, answer: Answer | None) -> bool:
    """Return whether the unit handed in a value that has no marks before it is compared with others."""
    return (
        isinstance(point.rule, Relative)
        and answer is not None
        and answer.stance == Answer.Stance.YES
        and answer.value is not None
    )


def _stated(framework: Framework, point: Point, answer: Answer | None) -> Link:
    stage = Stage.SELF_ASSESSMENT
    if answer is None or not answer.stance:
        return Link(stage, str(stage.label), _("未填"), _("单位没有填写"))
    reason = answer.note
    if answer.stance == Answer.Stance.NOT_APPLICABLE:
        mark = _("不适用")
    elif _waits(point, answer):
        mark = NO_MARK
        value = f"{plain(answer.value or 0)}{getattr(point.rule, 'measure', '')}"
        reason = headed(_("填报%(value)s，与其他单位比较后计分") % {"value": value}, answer.note)
    else:
        mark = framework.scale.text(answer.claimed)
    who = str(Role.FILLER.label)
    return Link(stage, str(stage.label), mark, answer.get_stance_display(), reason, who, answer.updated_at)


def _settled(decision: Decision) -> Link:
    stage = Stage(decision.stage)
    mark = NO_MARK if decision.mark is None else plain(decision.mark)
    if decision.act == Decision.Act.NOT_APPLICABLE:
        mark = _("不适用")
    reason = headed(str(REASONS.get(decision.reason_code, "")), decision.reason)
    if decision.mark is None:
        reason = headed(reason, _("待全部单位核定后比较计分"))
    who = decided_by(decision)
    return Link(stage, str(stage.label), mark, decision.get_act_display(), reason, who, decision.at)


def _objected(objection: Objection, kept: str, decided: Link | None) -> Link:
    """Return what the stage of objections made of a point, whether or not it changed the marks."""
    stage = Stage.OBJECTION
    if objection.state == Objection.State.FILED or objection.answered_by is None:
        who = str(Role.APPROVER.label)
        return Link(stage, str(stage.label), NO_MARK, _("已申诉，待答复"), "", who, objection.filed_at)
    mark = kept if decided is None else decided.mark
    who = objection.answered_by.role_title
    what = objection.get_outcome_display()
    return Link(stage, str(stage.label), mark, what, objection.reason, who, objection.answered_at)


def _changed(links: Iterable[Link | None]) -> bool:
    """Return whether any two stages differ; what the unit left open differs from marks above zero alone."""
    known = [link for link in links if link is not None and link.mark != NO_MARK]
    marks = {link.mark for link in known if not (link.stage == Stage.SELF_ASSESSMENT and not link.who)}
    unstated = any(not link.who for link in known)
    return len(marks) > 1 or (unstated and bool(marks - {"0", _("不适用")}))


def _totals(
    row: RoundUnit, framework: Framework, answers: Mapping[int, Answer], decisions: Sequence[Decision]
) -> tuple[str, ...]:
    """Return the totals after each stage, and the one that counts."""
    full = {point.no: framework.scale.ticks(framework.full(point)) for _parent, point in framework.points}
    stated = {no: Standing(Interval(0, a.claimed, max(a.claimed, full[no]))) for no, a in answers.items()}
    version = row.round.framework
    own = [framework.scale.text(unit_scores(version, stated)[""].claimed) if answers else NO_MARK]
    for place, stage in enumerate(COLUMNS[1:], start=2):
        here = [d for d in decisions if d.stage == stage]
        own.append(_decided_total(row, framework, decisions, COLUMNS[1:place]) if here else "")
    return (*own, _decided_total(row, framework, decisions, COLUMNS[1:]))


def _decided_total(row: RoundUnit, framework: Framework, decisions: Sequence[Decision], stages: Sequence[Stage]) -> str:
    """Return the total from the decisions of some stages; `—` unless every point has marks."""
    found: dict[int, Standing] = {}
    for no, decision in last_decisions(d for d in decisions if d.stage in stages).items():
        settled = settled_mark(decision, row.code)
        if settled is not None:
            found[no] = decided_standing(framework, settled)
    if len(found) < len(framework.points):
        return NO_MARK
    return framework.scale.text(unit_scores(row.round.framework, found)[""].confirmed)
