"""Loads the demonstration once: a round in every stage that people work in, and one finished and published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import Progress

from zhiheng.assessment.load import load_case
from zhiheng_web.accounts.models import User
from zhiheng_web.assessments.actions import recount
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.verification import Ruling, accept_unit, keep_decision, return_unit
from zhiheng_web.audit.context import Actor, acting
from zhiheng_web.config.demonstration.finished import CODE, finish, publish_finished
from zhiheng_web.config.demonstration.making import Tick, fill, hand_in, make_round
from zhiheng_web.config.demonstration.people import make_people, make_units, remember, remembered
from zhiheng_web.config.demonstration.rectified import rectify_finished
from zhiheng_web.config.demonstration.under_way import UNITS, objecting, reviewed
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import locked_unit, move_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit

CASE = "jilin-2021-example"
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
    # Signing cannot be part of a transaction: where it was cut off, the next start goes on.
    with acting(Actor(name=_("演示数据"))):
        publish_finished()
        rectify_finished(CODE)
    console.print("[bold]演示账号[/]（示例数据，密码相同）：")
    for account in remembered():
        console.print(f"  {account.username:<18} {account.password}  {account.role}", highlight=False)


def _load(console: Console) -> None:
    case = load_case(CASE)
    with transaction.atomic():
        units = make_units(case)
        password = make_people(units)
        now = timezone.now()
        verification = make_round(
            "demo-2021", "2021年度知识产权保护水平评估（示例）", ("2020-01", "2021-06"), case,
            [(Stage.SELF_ASSESSMENT, now - timedelta(40), now - timedelta(10)),
             (Stage.VERIFICATION, now - timedelta(10), now + timedelta(20))],
        )  # fmt: skip
        with _progress(console, 4 * len(units) + len(DECIDED) + 4 * UNITS) as tick:
            finished = finish(case, now, tick)
            following = make_round(
                "demo-2022", "2022年度知识产权保护水平评估（示例）", ("2021-07", "2022-12"), case,
                [(Stage.SELF_ASSESSMENT, now - timedelta(5), now + timedelta(15)),
                 (Stage.VERIFICATION, now + timedelta(15), now + timedelta(45))],
                previous=finished,
            )  # fmt: skip
            objecting(case, now, tick)
            reviewed(case, now, tick)
            fill(case, verification, [1.0] * len(units), "2020-09", now - timedelta(15), tick, COPIED)
            fill(case, following, FILLED, "2022-03", now, tick)
            _verify(verification, now, tick)
        # The file is what later runs look for: it comes last, inside the transaction.
        remember(password)


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Tick]:
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        if not console.is_terminal:
            console.print("正在载入演示数据……")
        task = bar.add_task("正在载入演示数据", total=total)
        yield lambda: bar.advance(task)


def _verify(round_: Round, now: datetime, tick: Tick) -> None:
    """Hand all units in, decide about some, and send one back."""
    rows = list(round_.units.select_related("unit"))
    hand_in(rows, now - timedelta(12))
    move_round(User.objects.get(username="admin"), round_, Stage.VERIFICATION)
    verifier = User.objects.get(username="verifier")
    for row, count in zip(rows, DECIDED, strict=False):
        _decide(verifier, row, count)
        tick()
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
