"""The demonstration: loaded once, labelled, and its marks are those of the library."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from zhiheng.assessment.load import load_case
from zhiheng.framework.load import builtin_codes
from zhiheng.pipeline import run
from zhiheng.snapshot.verify import verify_snapshot
from zhiheng_web.accounts.models import Role, User
from zhiheng_web.assessments.content import content_of
from zhiheng_web.assessments.engine import round_result
from zhiheng_web.audit.queries import chain_breaks
from zhiheng_web.config.demonstration import load
from zhiheng_web.config.demonstration.finished import CODE
from zhiheng_web.config.demonstration.people import remembered
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.frameworks.actions import add_built_in
from zhiheng_web.objections.models import Objection
from zhiheng_web.results.models import Publication
from zhiheng_web.results.queries import place, publication_of, snapshot_of
from zhiheng_web.reviews.models import Assignment
from zhiheng_web.rounds.machine import Stage, State
from zhiheng_web.rounds.models import Notice, Round

pytestmark = [pytest.mark.usefixtures("real_database"), pytest.mark.sqlite_once]


def finished_round_has_the_marks_of_the_case_and_so_does_its_signed_file() -> None:
    finished = Round.objects.get(code=CODE)
    expected = run(load_case(CODE))
    kept = snapshot_of(finished)
    published = publication_of(finished)
    assert finished.stage == Stage.RECTIFICATION
    assert kept is not None
    assert published is not None
    assert {r.code: r.confirmed for r in finished.units.all()} == {
        unit.code: expected.interval(unit.code).confirmed for unit in expected.units
    }
    verified = verify_snapshot(place() / kept.file, bytes.fromhex(kept.public_key))
    assert verified.ok
    assert verified.result is not None
    assert verified.result.confirmed.tolist() == expected.confirmed.tolist()


def everybody_finds_work(objecting: Round, reviewed: Round) -> None:
    waits = Assignment.objects.filter(review__round_unit__round=reviewed, submitted_at=None)
    assert {(one.expert.username, one.seat) for one in waits} >= {("expert", "arbiter")}
    assert {one.expert.username for one in waits} == {"expert"}
    assert waits.count() > 1
    states = Objection.objects.filter(round_unit__round=objecting).order_by("round_unit__position")
    assert [one.state for one in states] == ["filed", "draft", "answered"]
    assert Notice.objects.filter(user__username="admin", kind="objection.file").exists()


@pytest.fixture
def data(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def test_the_demonstration_is_labelled_and_its_marks_are_those_of_the_library(data: Path) -> None:
    for code in builtin_codes():
        add_built_in(code)
    load()
    objecting, reviewed, first, second, finished = Round.objects.order_by("code")
    stages = (Stage.OBJECTION, Stage.EXPERT_REVIEW, Stage.VERIFICATION, Stage.SELF_ASSESSMENT)
    made_up = (objecting, reviewed, first, second)
    assert tuple(one.stage for one in made_up) == stages
    assert all("示例" in r.title and "不是官方数据" in r.label for r in made_up)
    everybody_finds_work(objecting, reviewed)
    assert "不是官方得分" in finished.label
    assert second.previous == finished
    states = [row.state for row in first.units.all()]
    assert states.count(State.ACCEPTED) == states.count(State.RETURNED) == 1
    progress = [row.answered for row in second.units.all()]
    assert progress[0] == 44
    assert progress[-1] == 0
    for round_ in (*made_up, finished):
        result = round_result(content_of(round_))
        for row in round_.units.all():
            interval = result.interval(row.code)
            assert (row.confirmed, row.possible) == (interval.confirmed, interval.possible), row
    assert list(chain_breaks()) == []
    accounts = remembered()
    assert {User.objects.get(username=a.username).role for a in accounts} == set(Role.values)
    assert all(User.objects.get(username=a.username).check_password(a.password) for a in accounts)
    assert stat.S_IMODE((data / "demo.json").stat().st_mode) == 0o600

    call_command("db_worker", batch=True, startup_delay=False, verbosity=0)
    alike = Likeness.objects.values_list("file__round_unit__code", "other__round_unit__code")
    assert set(alike) <= {("220800", "220700"), ("220700", "220800")}
    assert alike.exists()

    finished_round_has_the_marks_of_the_case_and_so_does_its_signed_file()
    # A start that was cut off before publication is made up for; all else is there once.
    Publication.objects.all().delete()
    Round.objects.filter(pk=finished.pk).update(stage=Stage.PUBLICATION)
    files, people = EvidenceFile.objects.count(), User.objects.count()
    load()
    assert publication_of(finished) is not None
    assert (EvidenceFile.objects.count(), User.objects.count()) == (files, people)


def test_a_real_installation_is_left_alone(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create_user("real", "x", full_name="真人", role=Role.ADMINISTRATOR)
    load()
    assert not Round.objects.exists()
    assert not (data / "demo.json").exists()
    assert "不载入" in capsys.readouterr().out
