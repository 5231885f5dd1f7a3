"""What if: other marks of one unit, and what total, rank and grade it would have; nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from django.utils.translation import gettext as _

from zhiheng.errors import InexactMarkError
from zhiheng.framework.model import Point, Quota
from zhiheng.framework.rules import Judged, YesNo
from zhiheng.marks import Interval, Precision, plain
from zhiheng.scoring.grade import barred, grade_by_total, quota_grades
from zhiheng.scoring.rank import rank_bounds, ranks
from zhiheng_web.assessments.engine import settled_totals
from zhiheng_web.dashboards.engine.source import Field, Ints
from zhiheng_web.dashboards.engine.unit import applying
from zhiheng_web.dashboards.engine.wording import Standing, grade_words, rank_words, standing_of

MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Slider:
    """
    A point whose mark may be tried.

    Parameters
    ----------
    no, title, group
        Number and title of the point; title of its first-level indicator.
    value, start
        Mark tried, and mark as things stand, as text.
    full, step
        Greatest mark and step, as text.
    choices
        The only marks that the rule gives, or empty where each multiple of the step will do.
    settled
        Whether the mark is decided; else it starts from the claimed one.
    fault
        Why what was entered is not a mark of this point, or "".
    """

    no: int
    title: str
    group: str
    value: str
    start: str
    full: str
    step: str
    choices: tuple[str, ...] = ()
    settled: bool = True
    fault: str = ""

    @property
    def moved(self) -> bool:
        """Whether another mark is tried than there is."""
        return self.value != self.start


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What would be.

    Parameters
    ----------
    before
        The unit as it stands.
    total, change
        Total as text, and by how much it differs from the marks that the sliders start from, with its sign.
    rank, rank_open, grade, grade_open, reason
        As in `Standing`.
    passed, passed_by
        Names of units that it would certainly overtake or fall behind, and how many more.
    sliders
        The points.
    """

    before: Standing
    total: str
    change: str
    rank: str
    rank_open: bool
    grade: str
    grade_open: bool
    reason: str
    passed: tuple[str, ...]
    passed_by: tuple[str, ...]
    sliders: tuple[Slider, ...]

    @property
    def groups(self) -> list[tuple[str, list[Slider]]]:
        """Sliders by first-level indicator."""
        found: dict[str, list[Slider]] = {}
        for slider in self.sliders:
            found.setdefault(slider.group, []).append(slider)
        return list(found.items())


def try_marks(field: Field, unit: str, given: Mapping[int, str]) -> Trial:
    """
    Return what a unit would have with other marks.

    Parameters
    ----------
    field, unit
        The result, and the code of the unit.
    given
        Marks as typed by point number; points left out keep theirs, and so do those whose entry is not a mark.

    Notes
    -----
    The unit is taken as decided with these marks; the others stay as they are, open ones as ranges. Nothing is
    written.
    """
    result, row = field.result, field.result.row(unit)
    applies, sliders = applying(field, row), []
    start = np.where(
        result.confirmed[row] == result.possible[row], result.confirmed[row], result.claimed[row]
    )[result.first_point :]  # fmt: skip
    tried = start.copy()
    for at, (_parent, point) in enumerate(field.framework.points):
        if not applies[at]:
            continue
        slider, ticks = _slider(field, row, at, int(start[at]), given.get(point.no))
        sliders.append(slider)
        tried[at] = ticks
    totals = settled_totals(field.version, np.stack([start, tried]), np.stack([applies, applies]))
    return _outcome(field, row, (int(totals[0]), int(totals[1])), tried, tuple(sliders))


def _slider(field: Field, row: int, at: int, start: int, entry: str | None) -> tuple[Slider, int]:
    """Return a slider and the ticks it stands at."""
    result, framework = field.result, field.framework
    point, column = framework.points[at][1], result.first_point + at
    choices = _choices(framework.full(point), point)
    step = framework.step(point)
    ticks, fault = start, ""
    if entry is not None:
        try:
            ticks = _ticks(field, point, entry, choices)
        except (InexactMarkError, InvalidOperation):
            wanted = "、".join(choices) if choices else _("0至%(full)s分之间、%(step)s分的整数倍") % {
                "full": plain(framework.full(point)), "step": plain(step),
            }  # fmt: skip
            fault = _("请填写%(wanted)s。") % {"wanted": wanted}
    top = result.nodes[column]
    while top.parent:
        top = result.nodes[result.column(top.parent)]
    scale = result.scale
    known = (scale.text(start), *choices) if choices and scale.text(start) not in choices else choices
    slider = Slider(
        point.no, point.name, f"{top.number} {top.short}".strip(), scale.text(ticks), scale.text(start),
        plain(framework.full(point)), plain(step), known,
        settled=bool(result.confirmed[row, column] == result.possible[row, column]), fault=fault,
    )  # fmt: skip
    return slider, ticks


def _choices(full: Decimal, point: Point) -> tuple[str, ...]:
    if isinstance(point.rule, Judged):
        return tuple(plain(step * full) for step in sorted(point.rule.steps))
    return ("0", plain(full)) if isinstance(point.rule, YesNo) else ()


def _ticks(field: Field, point: Point, entry: str, choices: tuple[str, ...]) -> int:
    """Return what was entered in ticks; refused: what is not a mark of the point."""
    scale = field.result.scale
    ticks = scale.ticks(entry.strip()[:12])
    Precision(field.framework.step(point)).ticks(scale.marks(ticks))
    # A mark that stands although the rule does not give it (an office may decide so) can be kept, not chosen.
    allowed = scale.text(ticks) in choices if choices else 0 <= scale.marks(ticks) <= field.framework.full(point)
    if not allowed:
        raise InexactMarkError(entry, marks=entry)
    return ticks


def _outcome(field: Field, row: int, totals: tuple[int, int], tried: Ints, sliders: tuple[Slider, ...]) -> Trial:
    result, total = field.result, totals[1]
    low, high = result.scores[:, 0].copy(), result.possible[:, 0].copy()
    low[row] = high[row] = total
    best, worst = rank_bounds(low, high)
    others_settled = bool((low == high).all())
    if others_settled:
        rank, rank_open = f"{float(ranks(low, field.framework.ranking.ties)[row]):g}", False
    else:
        rank, rank_open = rank_words(field, int(best[row]), int(worst[row]), None)
    grade, grade_open, reason = _grade(field, row, low, tried, others_settled=others_settled)
    now_low, now_high = int(result.scores[row, 0]), int(result.possible[row, 0])
    others = [at for at in field.order if at != row]
    passed = [at for at in others if result.scores[at, 0] >= now_high and result.possible[at, 0] < total]
    behind = [at for at in others if result.possible[at, 0] <= now_low and result.scores[at, 0] > total]
    difference = result.scale.marks(total - totals[0])
    return Trial(
        standing_of(field, row), result.scale.text(total),
        f"{'+' if difference > 0 else ''}{plain(difference)}" if difference else "0",
        rank, rank_open, grade, grade_open, reason, _names(field, passed), _names(field, behind), sliders,
    )  # fmt: skip


def _grade(field: Field, row: int, totals: Ints, tried: Ints, *, others_settled: bool) -> tuple[str, bool, str]:
    framework, result = field.framework, field.result
    total = int(totals[row])
    if not isinstance(framework.grades, Quota):
        candidates = grade_by_total(framework, total, total)
    elif others_settled:
        candidates = (quota_grades(framework.grades, totals.tolist())[row],)
    else:
        candidates = framework.grades.names
    applies, marks = applying(field, row), {}
    places = {point.no: at for at, (_parent, point) in enumerate(framework.points)}
    for veto in framework.vetoes:
        at = places[veto.point]
        # A point that does not apply cannot bar anybody.
        ticks = int(tried[at]) if applies[at] else result.nodes[result.first_point + at].full
        marks[veto.point] = Interval(ticks, ticks, ticks)
    graded = barred(framework, candidates, marks)
    return (*grade_words(field, graded.grade, graded.candidates), graded.reason)


def _names(field: Field, rows: list[int]) -> tuple[str, ...]:
    names = [field.result.units[row].name for row in rows]
    more = len(names) - MOST_NAMES
    return (*names[:MOST_NAMES], _("另有%(more)d个单位") % {"more": more}) if more > 0 else tuple(names)
