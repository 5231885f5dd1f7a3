"""A framework as its page shows it: the tree with marks and rules in words, settings, what is our own, differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhiheng.framework.checks import Violation
from zhiheng.framework.diff import Change, Difference
from zhiheng.framework.model import Framework, Indicator, Point, Quota, Thresholds
from zhiheng.framework.rules import OURS, PerField, Period, Sourced
from zhiheng.framework.summary import rule_summary
from zhiheng.marks import plain
from zhiheng_web.frameworks.labels import AREAS, CHANGES, FIELDS, JOINS, METHODS, POLICIES, SEVERITIES, TIES
from zhiheng_web.language import headed, listed


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
        notes = [_("%(where)s写作“%(text)s”") % {"where": t.where, "text": t.text} for t in each.titles]
        notes += [headed(a.id, a.text) for a in each.ambiguities]
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
        words = {"fields": listed(rule.fields)}
        details.append((_("领域：%(fields)s等") if rule.open else _("领域：%(fields)s")) % words)
    if rule.period is not None:
        details.append(headed(_("考核期"), _span(rule.period)))
    if rule.precision is not None:
        details.append(_("计分单位：%(marks)s分") % {"marks": plain(rule.precision)})
    return Row(
        level, f"p{point.no}", str(point.no), point.text, _worth(point), point, rule_summary(framework, point),
        rule.evidence, tuple(details), tuple(headed(a.id, a.text) for a in point.ambiguities),
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
        _setting(framework, _("考核期"), _span(framework.period), framework.period),
        _setting(framework, _("等次"), _grades(framework), framework.grades),
        _setting(framework, _("名次"), TIES[framework.ranking.ties], framework.ranking),
        _setting(framework, _("不适用的处理"), POLICIES[framework.not_applicable.policy], framework.not_applicable),
    ]
    for veto in framework.vetoes:
        value = _("考核要点%(point)s低于%(marks)s分的，不得评为%(grades)s（%(text)s）") % {
            "point": veto.point, "marks": plain(veto.below), "grades": listed(veto.bars), "text": veto.text,
        }  # fmt: skip
        found.append(_setting(framework, _("一票否决"), value, veto))
    words = {"how": JOINS[framework.joined], "marks": plain(framework.precision)}
    found.append(Setting(_("汇总方式"), _("第一级指标%(how)s，计分单位%(marks)s分") % words))
    return tuple(found)


def _span(period: Period) -> str:
    return _("%(start)s至%(end)s") % {"start": period.start, "end": period.end}


def _setting(framework: Framework, name: str, value: str | Promise, item: Sourced) -> Setting:
    return Setting(name, str(value), _source(framework, item), item.reason)


def _grades(framework: Framework) -> str:
    grades = framework.grades
    if isinstance(grades, Thresholds):
        return listed(_("%(grade)s%(marks)s分起") % {"grade": b.name, "marks": plain(b.low)} for b in grades.bands)
    assert isinstance(grades, Quota)
    return listed(_("%(grade)s%(share)s%%") % {"grade": s.name, "share": plain(s.share * 100)} for s in grades.shares)


def own_settings(framework: Framework) -> tuple[Setting, ...]:
    """Return what the sources do not state and was set by whoever wrote the framework, one line for each reason."""
    names: dict[str, list[str]] = {}
    for name, item in _sourced(framework):
        if item.source == OURS:
            names.setdefault(item.reason, []).append(name)
    return tuple(Setting(listed(found), "", reason=reason) for reason, found in names.items())


def _sourced(framework: Framework) -> Iterator[tuple[str, Sourced]]:
    yield _("考核期"), framework.period
    yield _("等次"), framework.grades
    yield _("名次"), framework.ranking
    yield _("不适用的处理"), framework.not_applicable
    for veto in framework.vetoes:
        yield _("一票否决“%(code)s”") % {"code": veto.id}, veto
    for _level, _parent, indicator in framework.nodes:
        yield _("指标“%(title)s”") % {"title": indicator.title}, indicator
    for _parent, point in framework.points:
        words = {"no": point.no}
        yield _("考核要点%(no)s") % words, point
        yield _("考核要点%(no)s的计分规则") % words, point.rule
        if point.rule.period is not None:
            yield _("考核要点%(no)s的考核期") % words, point.rule.period


def by_severity(violations: tuple[Violation, ...]) -> list[dict[str, object]]:
    """Return the findings of the checks, the gravest first."""
    order = list(SEVERITIES)
    return [
        {
            "severity": v.severity,
            "name": SEVERITIES[v.severity],
            "check": v.check,
            "line": v.line,
            "message": v.message,
        }
        for v in sorted(violations, key=lambda v: (order.index(v.severity), v.line))
    ]


def changes_by_area(difference: Difference) -> list[dict[str, object]]:
    """Return the differences of two frameworks in words, area by area."""
    found: list[dict[str, object]] = []
    for area, name in AREAS.items():
        rows = [_change(c) for c in difference.changes if c.area == area]
        if rows:
            found.append({"name": name, "rows": rows})
    return found


def _change(change: Change) -> dict[str, str]:
    field = change.field.split(".")[-1]
    return {
        "kind": str(CHANGES[change.kind]),
        "code": change.code,
        "name": change.name,
        "field": str(FIELDS.get(field, field)),
        # Of what came or went, the library names the parent on the other side.
        "before": "" if change.kind == "added" else _value(field, change.before),
        "after": "" if change.kind == "removed" else _value(field, change.after),
    }


def _value(field: str, value: str) -> str:
    if value in {"true", "false"}:
        return _("是") if value == "true" else _("否")
    if field == "source" and value == OURS:
        return _("自行设定")
    if field == "method":
        return str(METHODS.get(value, value))
    return value
