"""Makes units, people and rounds for the tests of the site."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from pypdf import PdfWriter
from tests.builders import tiny_framework

from zhiheng_web.accounts.models import Role, Unit, User
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer, submit
from zhiheng_web.assessments.verification import Ruling, accept_unit, decide
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.evidence.inspection import Inspected
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.frameworks.actions import add_framework
from zhiheng_web.frameworks.models import FrameworkVersion
from zhiheng_web.rounds.actions import choose_units, move_round, open_round, save_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit, Window

PASSWORD = "Correct-horse-7"  # noqa: S105 - of people who exist in tests only
EPOCH = datetime(2021, 1, 1, tzinfo=UTC)


def province() -> Unit:
    return Unit.objects.get_or_create(code="22", defaults={"name": "某省", "level": Unit.Level.PROVINCE})[0]


def city(number: int = 1) -> Unit:
    """Return the numbered city below the province."""
    code, name = f"22{number:02d}00", f"第{number}市"
    return Unit.objects.get_or_create(code=code, defaults={"name": name, "parent": province()})[0]


def person(role: str, unit: Unit | None = None, username: str = "") -> User:
    """Return the person of a role, for roles of a unit that of the unit."""
    username = username or (f"{role}-{unit.code}" if unit else role)
    found = User.objects.filter(username=username).first()
    return found or User.objects.create_user(
        username, PASSWORD, full_name=f"{dict(Role.choices)[role]}{unit.name if unit else ''}", role=role, unit=unit
    )


def tiny_yaml() -> str:
    """Return the framework of four points of the library's tests as YAML."""
    return yaml.safe_dump(
        tiny_framework().model_dump(mode="json", by_alias=True, exclude_none=True), allow_unicode=True
    )


def tiny_version() -> FrameworkVersion:
    return FrameworkVersion.objects.filter(code="tiny").first() or add_framework(person("administrator"), tiny_yaml())


def draft_round(units: int = 2, *, code: str = "r1", framework: FrameworkVersion | None = None, **more: Any) -> Round:
    """Return a round in preparation with its units and a window that is open now."""
    administrator = person("administrator")
    now = timezone.now()
    made = Round(
        code=code, title=f"考核{code}", framework=framework or tiny_version(), period_start="2020",
        period_end="2021-06", organisation="某局", area="某省", **more,
    )  # fmt: skip
    window = Window(stage=Stage.SELF_ASSESSMENT, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=10))
    save_round(administrator, made, [window])
    choose_units(administrator, made, [city(n) for n in range(1, units + 1)])
    return made


def open_draft(made: Round) -> Round:
    return open_round(person("administrator"), made)


def running_round(units: int = 2, **more: Any) -> Round:
    """Return a round in self-assessment."""
    return open_draft(draft_round(units, **more))


def row_of(made: Round, number: int = 1) -> RoundUnit:
    return made.units.select_related("round__framework", "unit").get(unit=city(number))


def filler(number: int = 1) -> User:
    return person("filler", city(number))


def approver(number: int = 1) -> User:
    return person("approver", city(number))


def pdf(path: Path, pages: int = 1, title: str = "a") -> Path:
    """Write a small real PDF; the title makes its content its own."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.add_metadata({"/Title": title})
    with path.open("wb") as file:
        writer.write(file)
    return path


def evidence(row: RoundUnit, folder: Path, name: str = "通知.pdf") -> EvidenceFile:
    """Keep a small PDF for a unit."""
    path = pdf(folder / name, title=name)
    return keep(person("filler", row.unit), row, path, name, _inspected(path.read_bytes(), path, name))


def _inspected(content: bytes, path: Path, name: str) -> Inspected:
    """Inspect the same bytes once a run: each inspection starts a process, which is most of the time of a test."""
    key = (content, name)
    if key not in _seen:
        _seen[key] = inspect(path, name)
    return _seen[key]


_seen: dict[tuple[bytes, str], Inspected] = {}


def claims(file: EvidenceFile) -> dict[int, Given]:
    """Return complete answers to the four points: 4 + 1 + 0.4 + 2 = 7.4 marks."""
    proof = ((file.pk, "1"),)
    return {
        1: Given("yes", items=(GivenItem("已办理", date="2020-05", files=proof),)),
        2: Given("yes", mark=Decimal(1), items=(GivenItem("制度", files=proof),)),
        3: Given("yes", items=(GivenItem("培训", count=Decimal(2), files=proof),)),
        4: Given("yes", items=tuple(GivenItem("", component=c, files=proof) for c in ("专利", "商标"))),
    }


def objecting_round(folder: Path, units: int = 1, *, stage: Stage = Stage.OBJECTION) -> Round:
    """
    Return a round in the stage of objections, all of it decided by one verifier: 4 + 2 + 0 + 2 marks a unit.

    The unit claims 4 + 1 + 0.4 + 2; the second point was adjusted, the third rejected.
    """
    made = running_round(units)
    verifier = person("verifier")
    for number in range(1, units + 1):
        row = row_of(made, number)
        for no, given in claims(evidence(row, folder, f"材料{number}.pdf")).items():
            save_answer(filler(number), row, no, given, version=0)
        hand_over(filler(number), row)
        submit(approver(number), row)
    made = move_round(person("administrator"), made, Stage.VERIFICATION)
    rulings = {
        1: Ruling("accept", "matches"), 2: Ruling("adjust", "under_claim", Decimal(2), "材料齐全"),
        3: Ruling("reject", "outside_period", reason="不在考核期"), 4: Ruling("accept", "matches"),
    }  # fmt: skip
    for number in range(1, units + 1):
        row = row_of(made, number)
        for no, ruling in rulings.items():
            decide(verifier, row, no, ruling, version=0, answer_version=1)
        accept_unit(verifier, row)
    now = timezone.now()
    Window.objects.create(
        round=made, stage=Stage.OBJECTION, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(days=5)
    )
    # How experts work is tested elsewhere; here the round simply comes from them.
    Round.objects.filter(pk=made.pk).update(stage=stage)
    made.refresh_from_db()
    return made
