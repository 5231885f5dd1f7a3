"""A round as a case folder: the library reads it, and every unit has the total that the site shows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from tests.web.builders import approver, city, claims, evidence, filler, person, row_of, running_round
from typer.testing import CliRunner

from zhiheng.assessment.case import Case
from zhiheng.assessment.claims import judged_steps
from zhiheng.assessment.load import load_case
from zhiheng.cli.main import application
from zhiheng.framework.model import Framework, Point
from zhiheng.framework.rules import COUNTED, MEASURED, Judged, PerField
from zhiheng.pipeline import framework_hash, run
from zhiheng_web.assessments import exports
from zhiheng_web.assessments.actions import Given, GivenItem, hand_over, save_answer, submit
from zhiheng_web.assessments.models import Answer
from zhiheng_web.assessments.verification import Ruling, accept_unit, decide, finish_verification
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.frameworks.actions import add_built_in
from zhiheng_web.frameworks.queries import framework_of
from zhiheng_web.rounds.actions import choose_units, move_round, open_round, save_round
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round, RoundUnit, Window

pytestmark = pytest.mark.django_db


def unpacked(made: Round, folder: Path) -> Path:
    client = Client()
    client.force_login(person("verifier"))
    asked = exports.ask(person("verifier"), made)
    exports.prepare(asked.pk)
    DBTaskResult.objects.filter(pk=asked.job).update(status=TaskResultStatus.SUCCESSFUL)
    response = client.post(reverse("round_case_file", args=[made.code]))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    folder.mkdir(exist_ok=True)
    path = folder / "case.zip"
    path.write_bytes(b"".join(response.streaming_content))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder / made.code


def computed(case: Case) -> dict[str, tuple[int, int, int]]:
    """Return confirmed, claimed and possible of each unit as the library has them."""
    result = run(case)
    found = {unit.code: result.interval(unit.code) for unit in result.units}
    return {code: (i.confirmed, i.claimed, i.possible) for code, i in found.items()}


def totals(made: Round) -> dict[str, tuple[int, int, int]]:
    return {row.code: (row.confirmed, row.claimed, row.possible) for row in made.units.all()}


def given_for(framework: Framework, point: Point, file: EvidenceFile, turn: int) -> Given:
    """Return an answer that fits the rule of a point; turns differ."""
    proof = ((file.pk, "1"),)
    one = GivenItem("事项，“引号”与\n换行", date="2020-05", files=proof)
    rule = point.rule
    if (point.no + turn) % 7 == 0:
        return Given("not_applicable", note="不适用") if turn else Given("no")
    if isinstance(rule, Judged):
        steps = judged_steps(framework, point)
        return Given("yes", mark=steps[(point.no + turn) % len(steps)], items=(one,))
    if isinstance(rule, PerField):
        return Given(
            "yes", items=tuple(GivenItem("", component=c, files=proof) for c in (rule.fields or ("专利",))[:2])
        )
    if rule.kind in COUNTED:
        return Given("yes", items=(GivenItem("多项", count=Decimal(2 + turn), files=proof), one))
    if rule.kind in MEASURED:
        return Given("yes", value=Decimal(3 + turn), items=(one,))
    return Given("yes", items=(one,))


def jilin_round(units: int) -> Round:
    administrator, now = person("administrator"), timezone.now()
    made = Round(
        code="jilin", title="吉林省考核", framework=add_built_in("jilin-ip-2021"), period_start="2020",
        period_end="2021-06", organisation="省知识产权局", area="吉林省",
    )  # fmt: skip
    save_round(
        administrator,
        made,
        [Window(stage=Stage.SELF_ASSESSMENT, opens_at=now - timedelta(1), closes_at=now + timedelta(1))],
    )
    choose_units(administrator, made, [city(n) for n in range(1, units + 1)])
    return open_round(administrator, made)


def rule(row: RoundUnit, answers: Iterable[Answer]) -> None:
    for answer in answers:
        ruling = Ruling("accept", "matches")
        if answer.stance == "not_applicable":
            ruling = Ruling("not_applicable", "does_not_apply", reason="同意")
        elif answer.point % 5 == 0:
            ruling = Ruling("reject", "weak_evidence", reason="材料不足，“须补充”")
        decide(person("verifier"), row, answer.point, ruling, version=0, answer_version=answer.version)


def test_a_round_recomputes_to_the_marks_of_the_site(tmp_path: Path) -> None:
    made = jilin_round(2)
    framework = framework_of(made.framework)
    for number in (1, 2):
        row = row_of(made, number)
        file = evidence(row, tmp_path)
        for _parent, point in framework.points:
            save_answer(filler(number), row, point.no, given_for(framework, point, file, number - 1), version=0)
        hand_over(filler(number), row)
        submit(approver(number), row)
    move_round(person("administrator"), made, Stage.VERIFICATION)
    rows = [row_of(made, number) for number in (1, 2)]
    rule(rows[0], rows[0].answers.all()[:20])
    case = load_case(unpacked(made, tmp_path / "half"))
    assert framework_hash(case.framework) == made.framework.content_hash
    half = computed(case)
    # What compares units counts as claimed in the library alone: the page of one unit does not know the others.
    assert {c: (t[0], t[2]) for c, t in half.items()} == {c: (t[0], t[2]) for c, t in totals(made).items()}
    rule(rows[0], rows[0].answers.all()[20:])
    rule(rows[1], rows[1].answers.all())
    for row in rows:
        accept_unit(person("verifier"), row)
    made = finish_verification(person("administrator"), made)
    assert computed(load_case(unpacked(made, tmp_path / "whole"))) == totals(made)


def test_the_command_scores_the_folder(tmp_path: Path) -> None:
    made = running_round(1)
    row = row_of(made)
    for no, given in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, given, version=0)
    folder = unpacked(made, tmp_path)
    done = CliRunner().invoke(application(), ["score", str(folder), "--format", "json"])
    assert done.exit_code == 0, done.output
    assert '"claimed": 7.4' in done.stdout
    assert (folder / "README.txt").read_text("utf-8").startswith(made.title)
    assert Entry.objects.filter(act="round.export", actor="verifier").count() == 1


@pytest.mark.parametrize("role", ["leader", "expert", "auditor", "system"])
def test_others_do_not_take_the_round_away(role: str) -> None:
    made = running_round(1)
    client = Client()
    client.force_login(person(role))
    assert client.post(reverse("round_case_file", args=[made.code])).status_code == 403
    client.force_login(filler())
    assert client.post(reverse("round_case_file", args=[made.code])).status_code == 403
