"""Makes and fills rounds of the demonstration, through the same actions as people do."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from zhiheng.assessment.case import Case
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import hand_over, keep_answer, recount, submit
from zhiheng_web.config.demonstration.answers import answer, marks_by_unit, paper
from zhiheng_web.config.demonstration.people import make_units
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.evidence.inspection import Inspected
from zhiheng_web.frameworks.actions import add_built_in
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import choose_units, locked_unit, open_round, save_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit, Window

LABEL = "示例数据：演示所设，不是官方数据，也不是各地区真实的申报和得分"
Tick = Callable[[], None]


def make_round(
    code: str, title: str, period: tuple[str, str], case: Case, windows: list[tuple[Stage, datetime, datetime]],
    previous: Round | None = None, label: str = LABEL, units: int | None = None,
) -> Round:  # fmt: skip
    """Make and open a round with the units of a case, or with the first of them."""
    report = case.settings.report
    administrator = User.objects.get(username="admin")
    made = Round(
        code=code, title=title, framework=add_built_in(case.framework.code), period_start=period[0],
        period_end=period[1], organisation=report.organisation, area=report.area, whole=report.whole, label=label,
        short_label="示例", previous=previous, sample_share=40,
    )  # fmt: skip
    save_round(administrator, made, [Window(stage=s, opens_at=a, closes_at=b) for s, a, b in windows])
    choose_units(administrator, made, make_units(case)[:units])
    return open_round(administrator, made)


def fill(
    case: Case, round_: Round, shares: Sequence[float], date: str, at: datetime, tick: Tick,
    copied: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """
    Fill in the self-assessments of a round with what would give the marks of a case.

    Parameters
    ----------
    case, round_
        Whose marks, and which round.
    shares
        Share of the points that each unit fills in, from the first.
    date, at
        Date of the items, and when the evidence was uploaded.
    tick
        Called after each unit.
    copied
        Units that hand in the document of another.
    """
    marks = marks_by_unit(case.decisions)
    points = len(framework_of(round_.framework).points)
    rows = list(round_.units.select_related("unit", "round__framework"))
    counts = [round(points * shares[place % len(shares)]) for place in range(len(rows))]
    with tempfile.TemporaryDirectory(dir=settings.UPLOADS) as folder:
        papers = _papers([row for row, count in zip(rows, counts, strict=True) if count], Path(folder), copied or {})
        for row, count in zip(rows, counts, strict=True):
            by = User.objects.get(username=f"filler-{row.code}")
            files = [keep(by, row, path, name, seen, now=at).pk for path, name, seen in papers.get(row.pk, ())]
            _fill_unit(by, row, marks[row.code], count, files, date)
            tick()


def _papers(
    rows: Sequence[RoundUnit], folder: Path, copied: Mapping[str, str]
) -> Mapping[int, list[tuple[Path, str, Inspected]]]:
    """Write and check an example document for each unit; the checks run side by side, each in a process of its own."""
    title = _("工作总结")
    paths = {
        row.pk: paper(folder / f"{row.round.code}-{row.code}.pdf", row.name, f"{row.round.period}{title}")
        for row in rows
    }
    by_code = {row.code: row.pk for row in rows}
    for copier, source in copied.items():
        if copier in by_code and source in by_code:
            shutil.copyfile(paths[by_code[source]], paths[by_code[copier]])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = dict(zip(paths, pool.map(lambda path: inspect(path, path.name), paths.values()), strict=True))
    return {row.pk: [(paths[row.pk], f"{row.name}{title}.pdf", seen[row.pk])] for row in rows}


def _fill_unit(
    by: User, row: RoundUnit, marks: Mapping[int, Decimal], count: int, files: Sequence[int], date: str
) -> None:
    framework = framework_of(row.round.framework)
    locked = locked_unit(row.pk)
    for _parent, point in framework.points[:count]:
        day = point.rule.period.end if point.rule.period else date
        keep_answer(by, locked, point.no, answer(point, marks[point.no], files, day), version=None)
    recount(locked)


def hand_in(rows: Sequence[RoundUnit], at: datetime) -> None:
    """Hand all units in and sign them off."""
    for row in rows:
        hand_over(User.objects.get(username=f"filler-{row.code}"), row, now=at)
        submit(User.objects.get(username=f"approver-{row.code}"), row, now=at)
