"""Checks of texts: placeholders, evidence, judgement words, recorded doubts and differences of wording."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from zhiheng.framework.checks.catalogue import Severity
from zhiheng.framework.checks.view import Finding, Leaf, View, finding, label
from zhiheng.framework.model import Ambiguity
from zhiheng.framework.rules import OURS, PerField, Sourced, YesNo
from zhiheng.framework.yaml_lines import Path

MANY = 3
"""From so many points on, one text for all looks copied."""
SHORT = 4
"""Fewer characters cannot say what to hand in."""
_PLACEHOLDER = re.compile(
    r"[\s?？.。…·*\-—_/]*|待定|待补充?|待完善|待填写?|暂无|无|略|同上|todo|tbd|tbc|n/?a|[xX×]{2,}|测试|test",
    re.IGNORECASE,
)
_JUDGEMENT = re.compile(r"取得[^，。；]{0,6}成效|成效(?:显著|明显|突出)|实效|情况良好|运行良好|良好成效|有力|显著提升")
_AND_SO_ON = re.compile(r"等(?=[^级次候待于]|$)")


def placeholders(seen: View) -> Iterator[Finding]:
    """F601: no text is blank or a placeholder."""
    for place, name, text in _texts(seen):
        if _PLACEHOLDER.fullmatch(text.strip()):
            yield finding("F601", place, name=name, text=text.strip())


def evidence(seen: View) -> Iterator[Finding]:
    """F602 and F603: every point says what to hand in, in words of its own."""
    same: dict[str, list[Leaf]] = defaultdict(list)
    for leaf in seen.leaves:
        text = leaf.point.rule.evidence.strip()
        if _PLACEHOLDER.fullmatch(text) or len(text) < SHORT:
            yield finding("F602", (*leaf.rule_path, "evidence"), no=leaf.point.no, text=text)
        else:
            same[text].append(leaf)
    for leaves in same.values():
        if len(leaves) >= MANY:
            numbers = "、".join(str(leaf.point.no) for leaf in leaves)
            yield finding("F603", (*leaves[0].rule_path, "evidence"), numbers=numbers)


def judgement(seen: View) -> Iterator[Finding]:
    """F605 and F606: the kind of rule fits the words of the point; a recorded doubt makes it a remark."""
    for leaf in seen.leaves:
        point, rule = leaf.point, leaf.point.rule
        severity: Severity | None = "info" if point.ambiguities else None
        words = _JUDGEMENT.search(point.text)
        if isinstance(rule, YesNo) and words:
            yield finding("F605", (*leaf.rule_path, "kind"), severity, no=point.no, phrase=words.group())
        if isinstance(rule, PerField) and not rule.open and _AND_SO_ON.search(point.text):
            yield finding("F606", (*leaf.rule_path, "fields"), severity, no=point.no)


def recorded(seen: View) -> Iterator[Finding]:
    """F607-F609: other wordings and doubts that the framework itself records."""
    for i, doubt in enumerate(seen.framework.ambiguities):
        yield _doubt(("ambiguities", i), "体系", doubt)
    for site in seen.sites:
        title = site.indicator.title
        for i, other in enumerate(site.indicator.titles):
            place = (*site.path, "titles", i)
            if other.text.strip() == title:
                yield finding("F608", place, name=title)
            else:
                yield finding("F607", place, name=title, where=other.where, text=other.text)
        for i, doubt in enumerate(site.indicator.ambiguities):
            yield _doubt((*site.path, "ambiguities", i), f"“{title}”", doubt)
    for leaf in seen.leaves:
        for i, doubt in enumerate(leaf.point.ambiguities):
            yield _doubt((*leaf.path, "ambiguities", i), label(leaf.point), doubt)


def short_names(seen: View) -> Iterator[Finding]:
    """F610: parts of one level can be told apart by their short names."""
    known: set[tuple[int, str]] = set()
    named = [(site.level, site.indicator.short, site.path, f"“{site.indicator.title}”") for site in seen.sites]
    named += [(0, leaf.point.short, leaf.path, label(leaf.point)) for leaf in seen.leaves]
    for level, short, path, name in named:
        if short and (level, short) in known:
            yield finding("F610", (*path, "short"), short=short, name=name)
        known.add((level, short))


def verbatim(seen: View) -> Iterator[Finding]:
    """F611 and F612: what claims to be from the source stands in the text of the point."""
    leaves = {leaf.point.no: leaf for leaf in seen.leaves}
    for i, veto in enumerate(seen.framework.vetoes):
        target = leaves.get(veto.point)
        if target and veto.source != OURS and _bare(veto.text) not in _bare(target.point.text):
            yield finding("F611", ("vetoes", i, "text"), veto=veto.id, no=veto.point)
    for leaf in seen.leaves:
        rule = leaf.point.rule
        if isinstance(rule, PerField) and rule.source != OURS:
            for i, field in enumerate(rule.fields):
                if _bare(field) not in _bare(leaf.point.text):
                    yield finding("F612", (*leaf.rule_path, "fields", i), no=leaf.point.no, field=field)


def _doubt(place: Path, name: str, doubt: Ambiguity) -> Finding:
    return finding("F609", place, name=name, id=doubt.id, text=doubt.text)


def _bare(text: str) -> str:
    """Return the text without spaces and without punctuation, which sources set in several ways."""
    return re.sub(r"[\W_]+", "", text)


def _texts(seen: View) -> Iterator[tuple[Path, str, str]]:
    framework = seen.framework
    yield ("title",), "体系名称", framework.title
    for key, source in framework.sources.items():
        yield ("sources", key, "title"), f"来源“{key}”的名称", source.title
    for i, name in enumerate(framework.level_names):
        yield ("level_names", i), "层级名称", name
    kind = "bands" if framework.grades.kind == "thresholds" else "shares"
    for i, name in enumerate(framework.grades.names):
        yield ("grades", kind, i, "name"), "等次名称", name
    for i, veto in enumerate(framework.vetoes):
        yield ("vetoes", i, "text"), f"一票否决“{veto.id}”的文字", veto.text
    for site in seen.sites:
        yield (*site.path, "title"), f"指标{site.indicator.code}的名称", site.indicator.title
    for leaf in seen.leaves:
        yield (*leaf.path, "text"), f"{label(leaf.point)}的文字", leaf.point.text
    yield from _reasons(seen)


def _reasons(seen: View) -> Iterator[tuple[Path, str, str]]:
    framework = seen.framework
    settings: list[tuple[Path, Sourced]] = [
        (("period",), framework.period),
        (("grades",), framework.grades),
        (("ranking",), framework.ranking),
        (("not_applicable",), framework.not_applicable),
    ]
    settings += [(("vetoes", i), veto) for i, veto in enumerate(framework.vetoes)]
    settings += [(site.path, site.indicator) for site in seen.sites]
    settings += [(leaf.path, leaf.point) for leaf in seen.leaves]
    settings += [(leaf.rule_path, leaf.point.rule) for leaf in seen.leaves]
    for path, item in settings:
        if item.source == OURS:
            yield (*path, "reason"), "自行设定的理由", item.reason
