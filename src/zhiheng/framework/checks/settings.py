"""Checks of grades, vetoes and sources."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from zhiheng.framework.checks.view import Finding, View, finding, label
from zhiheng.framework.model import Quota, Thresholds, Veto
from zhiheng.framework.rules import OURS, Sourced
from zhiheng.framework.yaml_lines import Path


def grades(seen: View) -> Iterator[Finding]:
    """F401, F404, F405 and F410: every grade can be reached and every unit gets one."""
    framework = seen.framework
    scheme = framework.grades
    key = "bands" if isinstance(scheme, Thresholds) else "shares"
    for i, name in enumerate(scheme.names):
        if name in scheme.names[:i]:
            yield finding("F410", ("grades", key, i, "name"), grade=name)
    if isinstance(scheme, Quota):
        added = sum((share.share for share in scheme.shares), Decimal(0))
        if added > 1:
            yield finding("F405", ("grades", key), sum=added)
        return
    for i, band in enumerate(scheme.bands):
        if band.low > framework.total:
            place = ("grades", key, i, "from")
            yield finding("F401", place, grade=band.name, low=band.low, most=framework.total)
    last = len(scheme.bands) - 1
    if scheme.bands[last].low != 0:
        place = ("grades", key, last, "from")
        yield finding("F404", place, grade=scheme.bands[last].name, low=scheme.bands[last].low)


def vetoes(seen: View) -> Iterator[Finding]:
    """F402, F403 and F406-F409: every veto can fall, need not fall, and leaves a grade."""
    known: set[str] = set()
    leaves = {leaf.point.no: leaf for leaf in seen.leaves}
    for i, veto in enumerate(seen.framework.vetoes):
        place: Path = ("vetoes", i)
        if veto.id in known:
            yield finding("F409", (*place, "id"), veto=veto.id)
        known.add(veto.id)
        leaf = leaves.get(veto.point)
        if leaf is None:
            yield finding("F406", (*place, "point"), veto=veto.id, no=veto.point)
        elif veto.below > leaf.full:
            bars = "、".join(veto.bars)
            yield finding(
                "F408", (*place, "below"), veto=veto.id, below=veto.below, no=veto.point, marks=leaf.full, grade=bars
            )
        yield from _bars(veto, (*place, "bars"), seen.framework.grades.names)


def _bars(veto: Veto, place: Path, names: tuple[str, ...]) -> Iterator[Finding]:
    for i, grade in enumerate(veto.bars):
        if grade not in names:
            yield finding("F407", (*place, i), veto=veto.id, grade=grade)
            continue
        higher = [name for name in names[: names.index(grade)] if name not in veto.bars]
        if grade == names[-1]:
            yield finding("F402", (*place, i), veto=veto.id, grade=grade)
        elif higher:
            yield finding("F403", (*place, i), veto=veto.id, grade=grade, higher="、".join(higher))


def sources(seen: View) -> Iterator[Finding]:
    """F501-F504: every setting says where it comes from."""
    known = seen.framework.sources
    used: set[str] = set()
    for place, name, item in _sourced(seen):
        here = (*place, "source")
        if not item.source.strip():
            yield finding("F501", place, name=name)
        elif item.source == OURS:
            yield finding("F503", here, name=name, reason=item.reason)
        elif item.source not in known:
            yield finding("F502", here, name=name, source=item.source)
        used.add(item.source)
    for key in known:
        if key not in used:
            yield finding("F504", ("sources", key), source=key)


def _sourced(seen: View) -> Iterator[tuple[Path, str, Sourced]]:
    framework = seen.framework
    yield ("period",), "考核期", framework.period
    yield ("grades",), "等次", framework.grades
    yield ("ranking",), "名次", framework.ranking
    yield ("not_applicable",), "不适用的处理", framework.not_applicable
    for i, veto in enumerate(framework.vetoes):
        yield ("vetoes", i), f"一票否决“{veto.id}”", veto
    for site in seen.sites:
        yield site.path, f"指标“{site.indicator.title}”", site.indicator
    for leaf in seen.leaves:
        yield leaf.path, label(leaf.point), leaf.point
        yield leaf.rule_path, f"{label(leaf.point)}的规则", leaf.point.rule
        if leaf.point.rule.period is not None:
            yield (*leaf.rule_path, "period"), f"{label(leaf.point)}的考核期", leaf.point.rule.period
