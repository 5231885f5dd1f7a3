"""Year on year: what of each unit's change comes from its scores, from other weights, from another framework."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from zhiheng.report.figures.change import Change, change_figure
from zhiheng.scoring.compare import Comparison, compare
from zhiheng_web.dashboards.engine.charts import Chart, chart_of
from zhiheng_web.dashboards.engine.source import Field
from zhiheng_web.results.kept import Kept
from zhiheng_web.rounds.models import Round

MOST_BARS = 40
"""Units in the figure: more do not fit a page of paper."""


@dataclass(frozen=True)
class Yearly:
    """
    What changed since an earlier round.

    Parameters
    ----------
    found
        Changes of the units of which every mark is settled in both rounds.
    waiting
        Units of both rounds of which a mark is open in one: they are not compared.
    """

    found: Comparison
    waiting: int


_kept: Kept[Yearly] = Kept(6)


def yearly(before: Field, after: Field, keys: tuple[str, str]) -> Yearly:
    """
    Return what changed between two results.

    Parameters
    ----------
    before, after
        The two.
    keys
        Their keys, see `zhiheng_web.results.source.Current`: two results are compared once.
    """
    return _kept.take(keys, lambda: _compared(before, after))


def _compared(before: Field, after: Field) -> Yearly:
    settled = before.settled_codes & after.settled_codes
    both = {unit.code for unit in before.result.units} & {unit.code for unit in after.result.units}
    return Yearly(compare(before.result, after.result, settled), len(both - settled))


def change_chart(found: Yearly, round_: Round) -> Chart | None:
    """Return the causes of change of the units that moved most; None where no unit can be compared."""
    moved = sorted(found.found.changes, key=lambda c: -abs(c.after - c.before))[:MOST_BARS]
    if not moved:
        return None
    bars = [Change(c.name, *(round(float(v), 6) for v in (c.score, c.weight, c.framework))) for c in moved]
    return chart_of(change_figure("change", "与上一轮相比的得分变化及其构成", bars, label=round_.short_label))


def change_words(found: Yearly) -> list[str]:
    """Return in sentences how many units rose and fell, and which are not compared."""
    moves = [c.after - c.before for c in found.found.changes]
    words = {
        "units": len(moves),
        "up": sum(m > 0 for m in moves),
        "down": sum(m < 0 for m in moves),
        "same": sum(m == 0 for m in moves),
    }
    told = []
    if moves:
        told.append(_("可以比较的%(units)d个单位中，%(up)d个提高、%(down)d个下降、%(same)d个持平。") % words)
    if found.waiting:
        told.append(_("%(count)d个单位在两轮之一还有得分没有定下来，暂不比较。") % {"count": found.waiting})
    alone = len(found.found.only_before) + len(found.found.only_after)
    if alone:
        told.append(_("只参加一轮的%(alone)d个单位不作比较。") % {"alone": alone})
    return told
