"""What the long steps of a large round take: closing its verification, its case folder, the lists; one run.

Run: python benchmarks/large_round.py [--units 3000]
Every point of the Jilin framework is answered with two items and files and is decided; three points in ten are
sampled. The rows are written straight into a database of SQLite, the steps are those of the site. The floor of closing
is scoring the same settled marks with the library, that of the case folder writing its bytes into a ZIP.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

CITY = 50
"""Units of a city."""
PART = 300
SAMPLED = 30
RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=3000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        measure(given.units)
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--inside", "--units", str(given.units)]
        subprocess.run(command, env=os.environ | {"ZHIHENG_DATA": folder}, check=True)


def measure(units: int) -> None:
    """Make the round, take its steps and print what they took."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng_web.config.settings")
    import django

    django.setup()
    from zhiheng.pipeline import run
    from zhiheng_web.accounts.models import User
    from zhiheng_web.assessments.case_folder import write_zip
    from zhiheng_web.assessments.content import content_of
    from zhiheng_web.assessments.engine import round_case
    from zhiheng_web.assessments.verification import finish_verification
    from zhiheng_web.config.server import prepare

    prepare()
    round_ = large_round(units)
    print(f"\n{units} units x 44 points, {os.cpu_count()} cores, SQLite")
    admin = User.objects.get(username="admin")
    page("verify list, sampled points only", "/rounds/bench/verify/?sampled=1")
    page("form of a new round", "/rounds/new/")
    shown("closing the verification", lambda: finish_verification(admin, round_))
    case = round_case(content_of(round_))
    shown("  floor: the library scores the same marks", lambda: run(case))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "case.zip"
        shown("case folder written", lambda: write_zip(round_, target))
        with zipfile.ZipFile(target) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        shown("  floor: its bytes packed", lambda: pack(parts))


def shown(name: str, step: Callable[[], object]) -> None:
    """Take a step once and print its seconds."""
    start = time.perf_counter()
    step()
    print(f"  {name:<46}{time.perf_counter() - start:8.2f} s")


def pack(parts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def page(name: str, address: str) -> None:
    """Ask for a page some times and print the median and the size of the answer."""
    from django.test import Client

    from zhiheng_web.accounts.models import User

    client, took, size = Client(), [], 0
    client.force_login(User.objects.get(username="admin"))
    for _run in range(RUNS):
        start = time.perf_counter()
        answer = client.get(address, HTTP_HOST="localhost")
        took.append(time.perf_counter() - start)
        if answer.status_code != 200:
            sys.exit(f"{address}: {answer.status_code}")
        size = len(answer.content)
    print(f"  {name:<46}{statistics.median(took):8.2f} s{size / 1000:8.0f} KB")


def large_round(units: int) -> Any:
    """Return a round in verification of which every unit is accepted."""
    from django.utils import timezone

    from zhiheng_web.accounts.models import User
    from zhiheng_web.frameworks.models import FrameworkVersion
    from zhiheng_web.rounds import actions
    from zhiheng_web.rounds.models import Round, Window

    admin = User.objects.create(username="admin", full_name="管理员", role="administrator")
    now = timezone.now()
    round_ = Round(
        code="bench", title="测速轮次", framework=FrameworkVersion.objects.get(code="jilin-ip-2021"),
        period_start="2020", period_end="2021-06", organisation="测速", area="省", label="测速数据", short_label="测速",
        sample_share=SAMPLED,
    )  # fmt: skip
    windows = [
        Window(stage="self_assessment", opens_at=now - timedelta(2), closes_at=now - timedelta(1)),
        Window(stage="verification", opens_at=now - timedelta(1), closes_at=now + timedelta(9)),
    ]
    actions.save_round(admin, round_, windows)
    actions.choose_units(admin, round_, counties(units))
    actions.open_round(admin, round_)
    fill(round_)
    Round.objects.filter(pk=round_.pk).update(stage="verification")
    return Round.objects.select_related("framework").get(pk=round_.pk)


def counties(units: int) -> list[Any]:
    from zhiheng_web.accounts.models import Unit

    top = Unit.objects.create(code="22", name="某省", level="province")
    Unit.objects.bulk_create(
        Unit(code=f"c{n:02d}", name=f"第{n}市", parent=top, level="city", path=f"{top.path}c{n:02d}/")
        for n in range(-(-units // CITY))
    )
    cities = list(Unit.objects.filter(level="city").order_by("path"))
    made = [
        Unit(code=f"u{n:05d}", name=f"第{n}县", parent=above, level="county", path=f"{above.path}u{n:05d}/")
        for n in range(units)
        for above in [cities[n // CITY]]
    ]
    Unit.objects.bulk_create(made, batch_size=500)
    return list(Unit.objects.filter(level="county").order_by("path"))


def fill(round_: Any) -> None:
    """Write answers, items, files and decisions of every unit."""
    from zhiheng_web.accounts.models import User
    from zhiheng_web.evidence.models import EvidenceFile
    from zhiheng_web.frameworks.queries import framework_of
    from zhiheng_web.rounds.models import RoundUnit

    framework = framework_of(round_.framework)
    rows, full = list(round_.units.all()), framework.scale.ticks(framework.total)
    EvidenceFile.objects.bulk_create(
        (
            EvidenceFile(
                round_unit=row, name=f"材料{row.code}.pdf", sha256=hashlib.sha256(row.code.encode()).hexdigest(),
                size=1000, kind="pdf", mime="application/pdf", pages=3,
            )
            for row in rows
        ),
        batch_size=500,
    )  # fmt: skip
    files = dict(EvidenceFile.objects.values_list("round_unit_id", "pk"))
    verifier = User.objects.create(username="verifier", full_name="核查员", role="verifier")
    for start in range(0, len(rows), PART):
        fill_part(framework, rows[start : start + PART], start, files, verifier)
    count = len(framework.points)
    RoundUnit.objects.filter(round=round_).update(
        state="accepted", points=count, answered=count, complete=count, decided=count, claimed=full, confirmed=full
    )


def fill_part(framework: Any, rows: list[Any], start: int, files: dict[int, int], verifier: Any) -> None:
    from zhiheng.framework.rules import PerField, Relative
    from zhiheng_web.assessments.models import Answer, Attachment, Decision, Item

    rules = {point.no: point.rule for _parent, point in framework.points}
    made = [one for number, row in enumerate(rows, start) for one in answers(framework, row, number)]
    made = Answer.objects.bulk_create(made, batch_size=1500)

    def component(answer: Any) -> str:
        rule = rules[answer.point]
        return str(rule.fields[0]) if isinstance(rule, PerField) and rule.fields else ""

    items = Item.objects.bulk_create(
        (
            Item(answer=one, position=place, text=f"印发工作方案第{place}号", date="2020-09", component=component(one))
            for one in made
            for place in range(2)
        ),
        batch_size=1500,
    )
    Attachment.objects.bulk_create(
        (Attachment(item=each, file_id=files[each.answer.round_unit_id], pages="2") for each in items), batch_size=3000
    )
    Decision.objects.bulk_create(
        (
            Decision(
                round_unit_id=one.round_unit_id, point=one.point, stage="verification", act="accept",
                reason_code="matches", answer_version=1, by=verifier,
                mark=None if isinstance(rules[one.point], Relative) else framework.scale.marks(one.claimed),
            )
            for one in made
        ),
        batch_size=1500,
    )  # fmt: skip


def answers(framework: Any, row: Any, number: int) -> Iterator[Any]:
    """Yield what a unit states: full marks, numbers that differ from unit to unit, a risk here and there."""
    from zhiheng.assessment.claims import judged_steps
    from zhiheng.framework.rules import MEASURED, Judged, Relative
    from zhiheng_web.assessments.models import Answer

    for _parent, point in framework.points:
        rule = point.rule
        yield Answer(
            round_unit=row, point=point.no, stance="yes", complete=True,
            claimed=0 if isinstance(rule, Relative) else framework.scale.ticks(framework.full(point)),
            mark=judged_steps(framework, point)[-1] if isinstance(rule, Judged) else None,
            value=Decimal(number % 97 + 1) if rule.kind in MEASURED else None,
            risks=["no_evidence"] if (number * 31 + point.no * 17) % 23 == 0 else [],
            sampled=(number + point.no) % 100 < SAMPLED,
        )  # fmt: skip


if __name__ == "__main__":
    main()
