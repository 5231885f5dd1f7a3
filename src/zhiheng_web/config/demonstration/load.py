"""Loads the demonstration once: one round in self-assessment, one in verification."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress, TaskID

from zhiheng.assessment.case import Case
from zhiheng.assessment.load import load_case
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import hand_over, keep_answer, recount, submit
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.verification import Ruling, accept_unit, keep_decision, return_unit
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.config.demonstration.answers import answer, marks_by_unit, paper
from zhiheng_web.config.demonstration.people import make_people, make_units, remember, remembered
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.evidence.inspection import Inspected
from zhiheng_web.frameworks.actions import add_built_in
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import choose_units, locked_unit, move_round, open_round, save_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit, Window

CASE = "jilin-2021-example"
LABEL = "示例数据：演示所设，不是官方数据，也不是各地区真实的申报和得分"
FILLED = (1.0, 0.85, 0.7, 0.55, 0.45, 0.3, 0.2, 0.1, 0.05, 0.0)
"""Shares of the points that the units have filled in in the first round, then again from the start."""
DECIDED = (44, 44, 30, 12, 0)
"""Points decided in the second round: the first unit is finished, the next ones are under way."""
COPIED = {"220800": "220700"}
"""A unit that hands in the document of another, in the second round: a likeness for the verifier to find."""
RETURNED = 5
"""Place of the unit that was sent back."""


def load() -> None:
    """Load the demonstration unless it is there, and print its accounts."""
    console = Console()
    if not remembered():
        if User.objects.exists():
            console.print("已有正式账号，不载入演示数据。")
            return
        with acting(Actor(name=_("演示数据"))):
            _load(console)
    console.print("[bold]演示账号[/]（示例数据，密码相同）：")
    for account in remembered():
        console.print(f"  {account.username:<18} {account.password}  {account.role}", highlight=False)


def _load(console: Console) -> None:
    case = load_case(CASE)
    with transaction.atomic():
        units = make_units(case)
        password = make_people(units)
        now = timezone.now()
        verification = _round(
            "demo-2021", "2021年度知识产权保护水平评估（示例）", ("2020-01", "2021-06"), case,
            [(Stage.SELF_ASSESSMENT, now - timedelta(40), now - timedelta(10)),
             (Stage.VERIFICATION, now - timedelta(10), now + timedelta(20))],
        )  # fmt: skip
        following = _round(
            "demo-2022", "2022年度知识产权保护水平评估（示例）", ("2021-07", "2022-12"), case,
            [(Stage.SELF_ASSESSMENT, now - timedelta(5), now + timedelta(15)),
             (Stage.VERIFICATION, now + timedelta(15), now + timedelta(45))],
            previous=verification,
        )  # fmt: skip
        with _progress(console, 2 * len(units) + len(DECIDED)) as tick:
            _fill(case, verification, [1.0] * len(units), "2020-09", now - timedelta(15), tick)
            _fill(case, following, FILLED, "2022-03", now, tick)
            _verify(verification, now, tick)
        # The file is what later runs look for: it comes last, inside the transaction.
        remember(password)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[tuple[Progress, TaskID]]:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        if not console.is_terminal:
            console.print("正在载入演示数据……")
        yield bar, bar.add_task("正在载入演示数据", total=total)


def _round(
    code: str, title: str, period: tuple[str, str], case: Case, windows: list[tuple[Stage, datetime, datetime]],
    previous: Round | None = None,
) -> Round:  # fmt: skip
    report = case.settings.report
    administrator = User.objects.get(username="admin")
    made = Round(
        code=code, title=title, framework=add_built_in(case.framework.code), period_start=period[0],
        period_end=period[1], organisation=report.organisation, area=report.area, whole=report.whole, label=LABEL,
        short_label="示例", previous=previous, sample_share=40,
    )  # fmt: skip
    save_round(administrator, made, [Window(stage=s, opens_at=a, closes_at=b) for s, a, b in windows])
    choose_units(administrator, made, make_units(case))
    return open_round(administrator, made)


def _fill(
    case: Case,
    round_: Round,
    shares: Sequence[float],
    date: str,
    at: datetime,
    tick: tuple[Progress, TaskID],
) -> None:
    marks = marks_by_unit(case.decisions)
    points = len(framework_of(round_.framework).points)
    rows = list(round_.units.select_related("unit", "round__framework"))
    counts = [round(points * shares[place % len(shares)]) for place in range(len(rows))]
    with tempfile.TemporaryDirectory(dir=settings.UPLOADS) as folder:
        papers = _papers([row for row, count in zip(rows, counts, strict=True) if count], Path(folder))
        for row, count in zip(rows, counts, strict=True):
            by = User.objects.get(username=f"filler-{row.code}")
            files = [keep(by, row, path, name, seen, now=at).pk for path, name, seen in papers.get(row.pk, ())]
            _fill_unit(by, row, marks[row.code], count, files, date)
            tick[0].advance(tick[1])


def _papers(rows: Sequence[RoundUnit], folder: Path) -> Mapping[int, list[tuple[Path, str, Inspected]]]:
    """Write and check an example document for each unit; the checks run side by side, each in a process of its own."""
    title = _("工作总结")
    paths = {
        row.pk: paper(folder / f"{row.round.code}-{row.code}.pdf", row.name, f"{row.round.period}{title}")
        for row in rows
    }
    by_code = {row.code: row.pk for row in rows}
    for copier, source in COPIED.items():
        if copier in by_code and source in by_code and rows[0].round.previous_id is None:
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


def _verify(round_: Round, now: datetime, tick: tuple[Progress, TaskID]) -> None:
    """Hand all units in, decide about some, and send one back."""
    rows = list(round_.units.select_related("unit"))
    for row in rows:
        then = now - timedelta(12)
        hand_over(User.objects.get(username=f"filler-{row.code}"), row, now=then)
        submit(User.objects.get(username=f"approver-{row.code}"), row, now=then)
    move_round(User.objects.get(username="admin"), round_, Stage.VERIFICATION)
    verifier = User.objects.get(username="verifier")
    for row, count in zip(rows, DECIDED, strict=False):
        _decide(verifier, row, count)
        tick[0].advance(tick[1])
    accept_unit(verifier, rows[0])
    reason = _("示例：第20项的材料没有写明日期，请补充")
    return_unit(verifier, rows[RETURNED], reason, now + timedelta(5), {20: _("示例：请写明各领域专项行动的起止日期")})


def _decide(verifier: User, row: RoundUnit, count: int) -> None:
    locked = locked_unit(row.pk)
    framework = framework_of(locked.round.framework)
    answers = {a.point: a for a in Answer.objects.filter(round_unit=locked)}
    for _parent, point in framework.points[:count]:
        given = answers[point.no]
        if given.stance == Answer.Stance.YES:
            ruling = Ruling("accept", "matches")
        else:
            ruling = Ruling("reject", "no_evidence", reason=_("示例：没有申报"))
        keep_decision(verifier, locked, point.no, ruling, version=0, answer_version=given.version)
    recount(locked)
