"""What the page of a unit shows of one point: its rule in words, the fields that fit it, and what was filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.assessment.claims import Claim, Fault, claim_gaps
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import COUNTED, MEASURED, OURS, PerField, Period
from zhiheng.framework.summary import rule_summary
from zhiheng.marks import plain
from zhiheng_web.assessments.engine import Account, explain_claim
from zhiheng_web.assessments.forms import Typed, TypedRow
from zhiheng_web.assessments.models import Answer, Decision, Remark
from zhiheng_web.assessments.queries import carried_over, claim_of
from zhiheng_web.assessments.verification import REASONS
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.wording import kind_title
from zhiheng_web.language import headed
from zhiheng_web.site.views.carried import Carried
from zhiheng_web.site.views.fill_choices import Choice, choices_of

STATES = {"": "unknown", "yes": "claimed", "no": "claimed", "not_applicable": "not_applicable"}
"""State badge of each stance."""
WARNINGS = {
    "date_outside": gettext_lazy("有日期不在考核期内，可能不予认定"),
    "date_across": gettext_lazy("有日期只有一部分在考核期内，请写得更具体"),
}
"""Risks of a claim that the unit can mend itself."""


@dataclass(frozen=True, slots=True)
class Chip:
    """
    A file at a row.

    Parameters
    ----------
    pk, name, pages
        The file and the pages that matter.
    kind, size
        In words, and in bytes.
    """

    pk: int
    name: str
    pages: str = ""
    kind: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """
    One thing that is shown, as fields.

    Parameters
    ----------
    key
        What names it among the rows of its point.
    text, date, component, count
        Content of its fields.
    chips
        Its evidence.
    fixed
        Field of a closed list that it stands for, or "".
    faults
        What is wrong, by field.
    """

    key: str
    text: str = ""
    date: str = ""
    component: str = ""
    count: str = ""
    chips: tuple[Chip, ...] = ()
    fixed: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gap:
    """
    What is still missing.

    Parameters
    ----------
    message
        In words.
    anchor
        Id of the field to go to.
    """

    message: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Card:
    """
    One point as the page shows it.

    Parameters
    ----------
    no, text, full, rule, kind
        Number, full text, full marks, rule in words and its kind.
    help
        What counts as evidence, and what else the rule says, as (title, text).
    state, version, complete
        State badge, version of the answer, whether nothing is missing.
    choices, value, measure, note, rows
        The fields.
    counts, fields, open_fields
        Whether rows carry a number, belong to fields, and may name fields outside the list.
    account, gaps
        How the score comes about, and what is missing.
    faults
        What is wrong above the rows, by field.
    remarks, decision, decision_state, decision_mark, decision_reason
        What the office said and decided.
    warnings
        What the office will ask about.
    previous, carried
        The same point in the round before, to read, and whether its words can be taken over.
    rectified
        What was rectified at this point after the round before.
    """

    no: int
    text: str
    full: str
    rule: str
    kind: str
    help: tuple[tuple[str, str], ...]
    state: str
    version: int
    complete: bool
    choices: tuple[Choice, ...]
    value: str
    measure: str
    note: str
    rows: tuple[Row, ...]
    counts: bool
    fields: bool
    open_fields: bool
    account: Account
    gaps: tuple[Gap, ...]
    answer: Answer | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()
    decision: Decision | None = None
    decision_state: str = ""
    decision_mark: str = ""
    decision_reason: str = ""
    warnings: tuple[str, ...] = ()
    previous: Card | None = None
    carried: bool = False
    rectified: Carried | None = None

    @property
    def prefix(self) -> str:
        """Return what the ids of its elements begin with."""
        return f"p{self.no}"

    @property
    def answered(self) -> str:
        """Return the chosen answer in words, or ""."""
        return next((choice.label for choice in self.choices if choice.checked), "")

    @property
    def fixed_rows(self) -> tuple[Row, ...]:
        """Return the rows of the fields that the rule lists."""
        return tuple(row for row in self.rows if row.fixed)

    @property
    def free_rows(self) -> tuple[Row, ...]:
        """Return the other rows."""
        return tuple(row for row in self.rows if not row.fixed)

    @property
    def shown_rows(self) -> tuple[Row, ...]:
        """Return the rows that hold something, for reading."""
        return tuple(row for row in self.rows if row.text or row.date or row.component or row.chips)


@dataclass(frozen=True, slots=True)
class Beside:
    """
    What stands beside the answers of a unit.

    Parameters
    ----------
    decisions, remarks, previous, rectified
        By point.
    """

    decisions: Mapping[int, Decision] = field(default_factory=dict)
    remarks: Mapping[int, Sequence[Remark]] = field(default_factory=dict)
    previous: Mapping[int, Answer] = field(default_factory=dict)
    rectified: Mapping[int, Carried] = field(default_factory=dict)


def card(framework: Framework, point: Point, answer: Answer | None, period: Period, beside: Beside) -> Card:
    """Return one point of a unit as the page shows it."""
    claim = claim_of(answer, point.no)
    rule, no = point.rule, point.no
    decision, before = beside.decisions.get(no), beside.previous.get(no)
    waiting = decision is not None and decision.mark is None
    return Card(
        no=no,
        text=point.text,
        full=plain(framework.full(point)),
        rule=rule_summary(framework, point),
        kind=rule.kind,
        help=_help(framework, point, period),
        state=STATES[claim.stance],
        version=answer.version if answer else 0,
        complete=bool(answer and answer.complete),
        choices=choices_of(framework, point, claim),
        value="" if claim.value is None else plain(claim.value),
        measure=getattr(rule, "measure", ""),
        note=claim.note,
        rows=_rows(point, answer),
        counts=rule.kind in COUNTED and not isinstance(rule, PerField),
        fields=isinstance(rule, PerField),
        open_fields=isinstance(rule, PerField) and (rule.open or not rule.fields),
        account=explain_claim(framework, point, claim),
        gaps=gaps(point, claim, claim_gaps(framework, point, claim)),
        answer=answer,
        remarks=beside.remarks.get(no, ()),
        decision=decision,
        decision_state=decision.act if decision else "",
        decision_mark="" if decision is None or decision.mark is None else plain(decision.mark),
        warnings=tuple(str(WARNINGS[risk]) for risk in (answer.risks if answer else ()) if risk in WARNINGS),
        decision_reason=_("待全部单位核定后比较计分") if waiting else _reason(decision),
        previous=card(framework, point, before, period, Beside()) if before else None,
        carried=carried_over(rule, before),
        rectified=beside.rectified.get(no),
    )


def _reason(decision: Decision | None) -> str:
    if decision is None:
        return ""
    given = str(REASONS.get(decision.reason_code, ""))
    return headed(given, decision.reason)


def with_typed(shown: Card, typed: Typed, faults: Iterable[Fault], files: Mapping[int, EvidenceFile]) -> Card:
    """Return a point with what a person typed in its fields instead of what is kept, and what is wrong with it."""
    found = list(faults)
    above = {f.field: f.message for f in found if f.item is None or f.item >= len(typed.rows)}
    rows = [
        _typed_row(row, files, {f.field: f.message for f in found if f.item == place})
        for place, row in enumerate(typed.rows)
    ]
    keys = {row.key for row in rows}
    unticked = [
        replace(row, component="", text="", date="", chips=()) for row in shown.fixed_rows if row.key not in keys
    ]
    labels = {row.key: row.fixed for row in shown.fixed_rows}
    return replace(
        shown,
        choices=tuple(replace(c, checked=c.value == typed.choice) for c in shown.choices),
        value=typed.value,
        note=typed.note,
        rows=(*unticked, *(replace(row, fixed=labels.get(row.key, "")) for row in rows)),
        faults=above,
    )


def _typed_row(row: TypedRow, files: Mapping[int, EvidenceFile], faults: Mapping[str, str]) -> Row:
    chips = tuple(_chip(files[pk], pages) for pk, pages in row.files if pk in files)
    return Row(row.key, row.text, row.date, row.component, row.count, chips, faults=faults)


def row_keys(point: Point, components: Sequence[str]) -> list[str]:
    """
    Return what names each item of a kept answer: `f` and the place of its field in the rule, or `i` and its own.

    Parameters
    ----------
    point
        The point.
    components
        Fields of the items, in order; a second item of the same field stands by itself.
    """
    listed = point.rule.fields if isinstance(point.rule, PerField) else ()
    seen: set[str] = set()
    keys = []
    for place, component in enumerate(components):
        keys.append(
            f"f{listed.index(component)}" if component in listed and component not in seen else f"i{place}"
        )  # fmt: skip
        seen.add(component)
    return keys


def _rows(point: Point, answer: Answer | None) -> tuple[Row, ...]:
    items = list(answer.items.all()) if answer else []
    listed = point.rule.fields if isinstance(point.rule, PerField) else ()
    fixed = {f"f{place}": Row(f"f{place}", fixed=name) for place, name in enumerate(listed)}
    free = []
    for key, item in zip(row_keys(point, [item.component for item in items]), items, strict=True):
        chips = tuple(_chip(a.file, a.pages) for a in item.attachments.all())
        count = "" if item.count is None else plain(item.count)
        row = Row(key, item.text, item.date, item.component, count, chips)
        if key in fixed:
            fixed[key] = replace(row, fixed=item.component)
        else:
            free.append(row)
    claims = answer is not None and answer.stance == "yes"
    if not items and not listed and claims:
        free.append(Row("i0"))
    return (*fixed.values(), *free)


def _chip(file: EvidenceFile, pages: str) -> Chip:
    return Chip(file.pk, file.name, pages, kind_title(file.kind), file.size)


def _help(framework: Framework, point: Point, period: Period) -> tuple[tuple[str, str], ...]:
    rule = point.rule
    own = rule.period or period
    found = [
        (_("佐证材料"), rule.evidence),
        (_("考核期"), _("%(start)s至%(end)s") % {"start": own.start, "end": own.end}),
        (_("规则来源"), _source(framework, rule.source, rule.reason)),
    ]
    if rule.kind in MEASURED:
        found.insert(1, (_("计分办法"), rule_summary(framework, point)))
    found += [(_("已记录的疑义"), each.text) for each in point.ambiguities]
    return tuple(found)


def _source(framework: Framework, source: str, reason: str) -> str:
    if source == OURS:
        return _("来源未规定，本系统设定：%(reason)s") % {"reason": reason}
    known = framework.sources.get(source)
    return _("《%(title)s》") % {"title": known.title} if known else _("未注明来源")


def gaps(point: Point, claim: Claim, faults: Iterable[Fault]) -> tuple[Gap, ...]:
    """Return what is missing with the place to go to."""
    keys = row_keys(point, [item.component for item in claim.items])
    return tuple(Gap(fault.message, _anchor(point, fault, keys)) for fault in faults)


def _anchor(point: Point, fault: Fault, keys: Sequence[str]) -> str:
    prefix = f"p{point.no}"
    if fault.item is not None and fault.item < len(keys):
        return f"{prefix}-{keys[fault.item]}-{fault.field}"
    return f"{prefix}-{'choice' if fault.field in {'stance', 'mark'} else fault.field}"
