"""The prose of one unit: paragraphs made from what it did and from the numbers that describe it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from zhiheng.assessment.activities import Activity, Metric
from zhiheng.report.content import Paragraph, paragraph
from zhiheng.report.narrative import metrics as headline
from zhiheng.report.narrative.names import Naming, department
from zhiheng.report.narrative.templates import Template, candidates

_GROUPS = (
    ("headline",),
    ("document", "organisation", "funds"),
    ("service", "publicity", "training"),
    ("enforcement", "judicial"),
    ("inclusion", "award"),
)
_NEIGHBOURS = {"inclusion": 1, "award": 2, "service": 1, "publicity": 1, "training": 1}
"""Where a row that is alone in its group goes instead, by theme."""
_LEAST_ROWS = 2
_LONGEST_PARAGRAPH = 340
_LONGEST_SENTENCE = 110
_LONGEST_MIXED = 84
_MOST_CLAUSES = 3
_MOST_MIXED = 4


@dataclass(frozen=True)
class Narrator:
    """
    Tells the activities of all units of a case, so that neighbours do not say the same thing in the same words.

    Parameters
    ----------
    activities, metrics
        All of the case, in printed order.
    namings
        How to call a unit, by its name, where the general habits do not fit.
    """

    activities: Sequence[Activity]
    metrics: Sequence[Metric] = ()
    namings: Mapping[str, Naming] = field(default_factory=dict)

    def paragraphs(self, unit: str) -> list[Paragraph]:
        """Return the paragraphs about one unit; none where the case knows nothing of it."""
        naming = self.namings.get(unit) or Naming.of(unit)
        rows = self._rows.get(unit, [])
        numbers = self._numbers.get(unit, [])
        texts: list[str] = []
        for at, group in enumerate(_paragraph_rows(rows, with_metrics=bool(numbers))):
            texts += self._texts(group, naming, headline.sentences(numbers, naming) if at == 0 else [])
        return [paragraph(t) for t in texts if t]

    def _texts(self, rows: Sequence[Activity], naming: Naming, opening: Sequence[str]) -> list[str]:
        """Return the text of one group, cut in two where it grows too long to read."""
        text = _Paragraph(naming, self.chosen, opening).text(rows)
        at = _cut(rows, spare=len(opening))
        if len(text) <= _LONGEST_PARAGRAPH or at is None:
            return [text]
        return [*self._texts(rows[:at], naming, opening), *self._texts(rows[at:], naming, [])]

    @cached_property
    def _rows(self) -> Mapping[str, list[Activity]]:
        found: dict[str, list[Activity]] = {}
        for row in self.activities:
            found.setdefault(row.unit, []).append(row)
        return found

    @cached_property
    def _numbers(self) -> Mapping[str, list[Metric]]:
        found: dict[str, list[Metric]] = {}
        for metric in self.metrics:
            if metric.role == "headline":
                found.setdefault(metric.unit, []).append(metric)
        return found

    @cached_property
    def chosen(self) -> Mapping[tuple[str, int], Template]:
        """Template of each activity by unit and order: of those that fit, the one used least so far in the report."""
        used: Counter[str] = Counter()
        chosen = {}
        for activity in self.activities:
            fitting = candidates(activity)
            if fitting:
                best = min(fitting, key=lambda t: used[t.text])
                used[best.text] += 1
                chosen[activity.unit, activity.order] = best
        return chosen


def unit_paragraphs(
    unit: str,
    activities: Sequence[Activity],
    metrics: Sequence[Metric],
    naming: Naming | None = None,
) -> list[Paragraph]:
    """
    Return the paragraphs about one unit.

    Parameters
    ----------
    unit
        Name as in the tables.
    activities, metrics
        Those of all units: what was said of the others decides which words are left.
    naming
        How to call the unit, where the general habits do not fit; for many units keep one `Narrator`.
    """
    return Narrator(activities, metrics, {unit: naming} if naming else {}).paragraphs(unit)


def _paragraph_rows(rows: Sequence[Activity], *, with_metrics: bool) -> list[list[Activity]]:
    """Share the rows out to paragraphs, one a group of themes; a row that is alone joins a neighbour."""
    placed = _placed(rows)
    for at in (4, 2):
        # From the last group on, so that a row never lands in a group that is dissolved later.
        if len(placed[at]) == 1:
            target = _NEIGHBOURS.get(placed[at][0].theme, 1)
            if target != at and placed[target]:
                placed[target].append(placed[at].pop())
    if not with_metrics and len(placed[0]) < _LEAST_ROWS:
        placed[1] = [*placed[0], *placed[1]]
        placed[0] = []
    return [group for at, group in placed.items() if group or (at == 0 and with_metrics)]


def _placed(rows: Sequence[Activity]) -> dict[int, list[Activity]]:
    placed: dict[int, list[Activity]] = {i: [] for i in range(len(_GROUPS))}
    last = 0
    opened = False
    for row in rows:
        opened = opened or row.theme not in {"headline", "award"}
        # Honours that open the rows of a unit introduce it, as its numbers do; a plan follows what it continues.
        at = next((i for i, themes in enumerate(_GROUPS) if row.theme in themes), last)
        last = at if opened else 0
        placed[last].append(row)
    return placed


def _cut(rows: Sequence[Activity], spare: int) -> int | None:
    """Return where to cut a long paragraph: near its middle, where the actor changes; None where it cannot be cut."""
    middle = max(1, (len(rows) - spare) // 2)
    breaks = [i for i in range(2 if not spare else 1, len(rows) - 1) if rows[i].actor != rows[i - 1].actor]
    return min(breaks, key=lambda i: abs(i - middle)) if breaks else None


class _Paragraph:
    """Writes one paragraph; remembers who was named last."""

    def __init__(
        self,
        naming: Naming,
        chosen: Mapping[tuple[str, int], Template],
        opening: Sequence[str],
    ) -> None:
        self.naming = naming
        self.chosen = chosen
        self.sentences = [[text] for text in opening]
        self.before: Activity | None = None
        self.template = Template("")
        self.named = len(opening)

    def text(self, rows: Sequence[Activity]) -> str:
        for row in _merged(rows):
            self._add(row)
        return "".join("；".join(clauses) + "。" for clauses in self.sentences)

    def _add(self, row: Activity) -> None:
        template = self.chosen.get((row.unit, row.order))
        if template is None:
            return
        clause = self._clause(row, template, joined=True)
        if self._joins(row, template, clause):
            self.sentences[-1].append(clause)
        else:
            clause = self._clause(row, template, joined=False)
            self.sentences.append([clause])
        self.named += any(called in clause for called in (self.naming.name, self.naming.again))
        self.before = row
        self.template = template

    def _joins(self, row: Activity, template: Template, clause: str) -> bool:
        """Return whether the clause may go on after ；: same actor or same act, and not too long."""
        before = self.before
        if before is None or row.status != before.status:
            return False
        length = sum(map(len, self.sentences[-1])) + len(clause)
        if row.actor != before.actor:
            return row.act == before.act and length <= _LONGEST_MIXED and len(self.sentences[-1]) < _MOST_MIXED
        if row.act != before.act and (row.date or row.when or before.date or before.when):
            # A time would seem to hold for the clause behind ； as well.
            return False
        carried = template.omits_subject and (self.template.opens_with_actor or row.act == before.act)
        return carried and length <= _LONGEST_SENTENCE and len(self.sentences[-1]) < _MOST_CLAUSES

    def _clause(self, row: Activity, template: Template, *, joined: bool) -> str:
        same = self.before is not None and row.actor == self.before.actor
        if joined and same and template.omits_subject:
            subject = counted = ""
        elif row.actor:
            subject = counted = department(row.actor) if same else row.actor
        elif not self.named:
            subject = counted = self.naming.name
        else:
            subject = self.naming.again if self.named % 2 else self.naming.name
            counted = self.naming.whole
        again = self.before is not None and bool(row.date) and row.date == self.before.date
        said = {"S": subject, "A": counted, "u": self.naming.name} | ({"d": "同期"} if again else {})
        return template.render(row, said)


def _merged(rows: Sequence[Activity]) -> list[Activity]:
    """Merge neighbouring documents that differ in nothing but their titles into one list."""

    def bare(row: Activity) -> tuple[object, ...]:
        plain = not (row.date or row.doc_no or row.content or row.basis or row.quantities)
        return (row.act, row.actor, row.status) if plain and row.act == "issue" else (row.order,)

    merged = []
    for _, same in groupby(rows, key=bare):
        group = list(same)
        merged.append(replace(group[0], object="".join(r.object for r in group)) if len(group) > 1 else group[0])
    return merged
