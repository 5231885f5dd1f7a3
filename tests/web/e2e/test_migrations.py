"""A database as a former release left it, with rows in it, is brought up to date and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.installation import Installation, installations

RELEASES = {
    # The first half of a round: the site as it was first landed.
    "issue-3": {
        "accounts": "0001_initial", "assessments": "0002_initial", "audit": "0002_triggers",
        "evidence": "0001_initial", "exchange": "0001_initial", "frameworks": "0001_initial", "rounds": "0001_initial",
    },
}  # fmt: skip
"""Last migration of each of our apps in each release that people may have."""
PROGRAM = """
import json, sys
import django
django.setup()
from datetime import timedelta
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from zhiheng_web.audit.chain import FIELDS, START, entry_hash

release = json.loads(sys.argv[1])
executor = MigrationExecutor(connection)
ours = {app.split(".")[-1] for app in settings.INSTALLED_APPS if app.startswith("zhiheng_web.")}
leaves = executor.loader.graph.leaf_nodes()
targets = [(app, release.get(app, name)) for app, name in leaves if app not in ours or app in release]
executor.migrate(targets)
old = executor.loader.project_state(targets).apps
now = timezone.now()

province = old.get_model("accounts", "Unit").objects.create(code="22", name="某省", level="province", path="22")
city = old.get_model("accounts", "Unit").objects.create(
    code="220100", name="第1市", level="city", path="22/220100", parent=province)
User = old.get_model("accounts", "User")
office = User.objects.create(username="office", full_name="张三", role="administrator", password="!")
filler = User.objects.create(username="Filler", full_name="李四", role="filler", unit=city, password="!")
for number, name in enumerate(("wang.wu", "Wang.Wu", "zhao.liu")):
    old.get_model("accounts", "Invitation").objects.create(
        token_hash=str(number) * 64, username=name, full_name="王五", role="verifier", invited_by=office,
        expires_at=now + timedelta(days=7))
framework = old.get_model("frameworks", "FrameworkVersion").objects.create(
    code="tiny", version="1", title="指标", text="code: tiny", origin="upload", content_hash="a" * 64, total="100",
    made_by=office)
round_ = old.get_model("rounds", "Round").objects.create(
    code="r1", title="考核", framework=framework, period_start="2020", period_end="2021-06", organisation="某局",
    area="某省", stage="verification", sample_share=10, made_by=office)
row = old.get_model("rounds", "RoundUnit").objects.create(
    round=round_, unit=city, code="220100", name="第1市", state="submitted", points=20, answered=20, version=7)
old.get_model("rounds", "Notice").objects.create(user=filler, round=round_, kind="reminder", title="请尽快填报")
Answer = old.get_model("assessments", "Answer")
answers = [Answer.objects.create(round_unit=row, point=no, stance="yes", note=f"说明{no}", updated_by=filler)
           for no in range(1, 21)]
file = old.get_model("evidence", "EvidenceFile").objects.create(
    round_unit=row, name="通知.pdf", sha256="b" * 64, size=10, kind="pdf", mime="application/pdf", uploaded_by=filler)
item = old.get_model("assessments", "Item").objects.create(answer=answers[0], text="第1次")
old.get_model("assessments", "Attachment").objects.create(item=item, file=file, pages="1")
old.get_model("assessments", "Decision").objects.create(
    round_unit=row, point=1, act="accept", reason_code="x", reason="属实", by=office)
old.get_model("exchange", "WorkbookImport").objects.create(
    round_unit=row, made_by=filler, workbook_name="a.xlsx", folder="f" * 32)
previous = START
for number in (1, 2):
    fields = dict.fromkeys(("actor", "actor_name", "actor_role", "address", "target", "target_name"), "") | {
        "number": number, "at": now, "act": "round.create", "outcome": "done", "before": None, "after": {"名": "值"},
        "previous": previous}
    previous = entry_hash({name: fields[name] for name in FIELDS})
    old.get_model("audit", "Entry").objects.create(**fields, hash=previous)
old.get_model("audit", "Head").objects.create(pk=1, number=2, hash=previous)
"""
COUNTED = (
    "accounts_unit", "accounts_user", "accounts_invitation", "frameworks_frameworkversion", "rounds_round",
    "rounds_roundunit", "rounds_notice", "assessments_answer", "assessments_item", "assessments_attachment",
    "assessments_decision", "evidence_evidencefile", "exchange_workbookimport",
)  # fmt: skip


@pytest.fixture(params=sorted(RELEASES))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Return an installation of a former release."""
    with installations(tmp_path, 1) as (installation,):
        installation.python(PROGRAM, json.dumps(RELEASES[request.param]))
        yield installation


def counted(place: Installation) -> dict[str, object]:
    return {table: place.rows(f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED}  # noqa: S608 - our own names


def test_a_database_of_a_former_release_is_brought_up_to_date(old: Installation) -> None:
    before = counted(old)
    answers = "SELECT point, stance, note FROM assessments_answer ORDER BY point"
    said = old.rows(answers)
    done = old.run("site", "prepare")
    assert done.returncode == 0, done.stderr
    # The built-in frameworks come on top.
    built_in = old.rows("SELECT count(*) FROM frameworks_frameworkversion WHERE code <> 'tiny'")[0][0]
    assert isinstance(built_in, int)
    assert counted(old) == before | {"frameworks_frameworkversion": 1 + built_in}
    assert old.rows(answers) == said
    assert old.run("site", "manage", "migrate", "--check").returncode == 0
    # What the migrations worked out: one waiting invitation a name, and what the sample leaves out.
    waiting = "SELECT username FROM accounts_invitation WHERE withdrawn_at IS NULL ORDER BY username"
    assert sorted(str(name) for (name,) in old.rows(waiting)) == ["Wang.Wu", "zhao.liu"]
    looked_at = old.rows("SELECT count(*) FROM assessments_answer WHERE sampled")[0][0]
    assert isinstance(looked_at, int)
    assert 0 < looked_at < 20
    # The log of the former release is whole and goes on.
    assert old.run("audit", "verify").returncode == 0
    assert old.rows("SELECT number FROM audit_entry WHERE number <= 2 ORDER BY number") == [(1,), (2,)]


def test_a_backup_of_a_former_release_is_restored_and_brought_up_to_date(tmp_path: Path) -> None:
    with installations(tmp_path, 2) as (former, new):
        former.python(PROGRAM, json.dumps(RELEASES["issue-3"]))
        # Its file was never there: the backup says so.
        assert former.run("backup", str(tmp_path / "former.tar.gz")).returncode == 1
        done = new.run("restore", str(tmp_path / "former.tar.gz"))
        assert (done.returncode, "b" * 64 in done.stdout) == (1, True), done.stderr
        assert counted(new) == counted(former)
        assert new.run("site", "manage", "migrate", "--check").returncode == 0
        assert new.run("audit", "verify").returncode == 0
