"""What programs write: by the same actions as the pages, so that state, deadline, versions and the log hold."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests.web.api import BASE, program, put, told
from tests.web.builders import approver, evidence, filler, pdf, person, row_of, running_round

from zhiheng_web.assessments.models import Answer
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.rounds.models import Round, Window

pytestmark = pytest.mark.django_db
UNIT = f"{BASE}/rounds/r1/units/220100"
ANSWERS = f"{UNIT}/submission/answers"


@pytest.fixture
def made() -> Round:
    return running_round(units=2)


def test_an_answer_is_kept_with_its_author_and_its_new_version(made: Round, tmp_path: Path) -> None:
    file = evidence(row_of(made), tmp_path)
    client = program(filler())
    tag = client.get(f"{ANSWERS}/3").headers["ETag"]
    body = {"stance": "yes", "items": [{"text": "培训", "count": 2, "files": [{"id": file.pk, "pages": "1"}]}]}
    answer = put(client, f"{ANSWERS}/3", body, if_match=tag)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"v1"')
    said = answer.json()
    assert (said["claimed"], said["complete"], said["items"][0]["files"][0]["id"]) == (0.4, True, file.pk)
    assert client.get(f"{ANSWERS}/3").json() == said
    assert Answer.objects.get().updated_by == filler()
    entry = Entry.objects.get(act="answer.save")
    assert (entry.actor, entry.actor_role, entry.address) == ("filler-220100", "filler", "127.0.0.1")


def test_a_write_names_the_version_that_it_is_about(made: Round) -> None:
    del made
    client = program(filler())
    url = f"{ANSWERS}/1"
    assert told(put(client, url, {"stance": "no"})) == (428, "api.precondition_missing")
    assert put(client, url, {"stance": "no", "version": 0}).status_code == 200
    assert told(put(client, url, {"stance": "yes", "version": 0})) == (409, "rounds.stale")
    assert told(put(client, url, {"stance": "yes"}, if_match='"v0"')) == (412, "api.precondition")
    for tag in ("v1", "1", '"v1", "v2"', "junk", '"v99999999999"'):
        assert told(put(client, url, {"stance": "yes"}, if_match=tag)) == (412, "api.precondition"), tag
    assert put(client, url, {"stance": "yes"}, if_match="*").headers["ETag"] == '"v2"'
    assert told(put(client, f"{ANSWERS}/2", {"stance": "yes"}, if_match="*")) == (412, "api.precondition")
    assert Answer.objects.get().version == 2


def test_faults_of_an_answer_come_field_by_field(made: Round) -> None:
    del made
    body = {"version": 0, "stance": "yes", "items": [{"text": "a"}, {"text": "b", "date": "昨天"}]}
    answer = put(program(filler()), f"{ANSWERS}/1", body)
    assert told(answer) == (422, "assessments.faulty")
    assert [e["field"] for e in answer.json()["errors"]] == ["items.1.date"]
    assert not Answer.objects.exists()


def test_a_file_of_another_unit_supports_nothing(made: Round, tmp_path: Path) -> None:
    other = evidence(row_of(made, 2), tmp_path)
    body = {"version": 0, "stance": "yes", "items": [{"text": "a", "files": [{"id": other.pk}]}]}
    assert told(put(program(filler()), f"{ANSWERS}/1", body)) == (422, "assessments.faulty")


@pytest.mark.parametrize(
    "body",
    [
        {"stance": "maybe"}, {"mark": "NaN"}, {"mark": 1e300}, {"value": "1" * 40}, {"note": "a\x00b"},
        {"note": "x" * 4001}, {"items": [{}] * 301}, {"items": [{"count": 0}]}, {"items": {"a": 1}},
        {"items": [{"files": [{"id": 10**30}]}]}, {"unknown": 1}, {"version": -1}, {"note": ["a"]}, {"note": "\ud800"},
    ],
)  # fmt: skip
def test_what_does_not_fit_the_description_is_refused(made: Round, body: dict[str, object]) -> None:
    del made
    answer = put(program(filler()), f"{ANSWERS}/1", {"version": 0, **body})
    assert told(answer) == (422, "api.invalid")
    assert answer.json()["errors"]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("text", ["{", "[]", "", "null", '{"a":' * 2000, "\xff"])
def test_what_is_no_object_is_refused(made: Round, text: str) -> None:
    del made
    answer = program(filler()).put(f"{ANSWERS}/1", text.encode("latin-1"), content_type="application/json")
    assert told(answer)[0] in {400, 422}


def test_a_text_that_is_too_long_is_refused_before_it_is_read(made: Round) -> None:
    del made
    client = program(filler())
    long = json.dumps({"note": "x" * 3_000_000})
    assert told(client.put(f"{ANSWERS}/1", long, content_type="application/json"))[0] == 413
    longer = json.dumps({"note": "x" * 6_000_000})
    assert told(client.put(f"{ANSWERS}/1", longer, content_type="application/json")) == (413, "evidence.size")


def test_state_and_deadline_hold_for_programs(made: Round) -> None:
    client = program(filler())
    Window.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    assert told(put(client, f"{ANSWERS}/1", {"version": 0, "stance": "no"})) == (409, "rounds.too_late")
    Window.objects.update(closes_at=timezone.now() + timedelta(days=1))
    made.units.update(state="submitted")
    assert told(put(client, f"{ANSWERS}/1", {"version": 0, "stance": "no"})) == (409, "rounds.not_allowed")
    assert told(client.post(f"{UNIT}/submission/hand-over")) == (409, "rounds.not_allowed")


def test_a_submission_is_handed_over_once_it_is_complete(made: Round) -> None:
    client = program(filler())
    answer = client.post(f"{UNIT}/submission/hand-over")
    assert told(answer) == (422, "assessments.incomplete")
    assert {e["field"] for e in answer.json()["errors"]} == {f"answers.{no}" for no in (1, 2, 3, 4)}
    for no in (1, 2, 3, 4):
        assert put(client, f"{ANSWERS}/{no}", {"version": 0, "stance": "no"}).status_code == 200
    done = client.post(f"{UNIT}/submission/hand-over")
    assert (done.status_code, done.json()["state"], done.json()["may_edit"]) == (200, "pending", False)
    assert row_of(made).state == "pending"
    assert Entry.objects.filter(act="unit.hand_over", actor="filler-220100").count() == 1


def test_a_file_is_checked_kept_once_and_found_at_its_address(made: Round, tmp_path: Path) -> None:
    del made
    client = program(filler())
    content = pdf(tmp_path / "a.pdf").read_bytes()
    kept = client.post(f"{UNIT}/evidence", {"file": SimpleUploadedFile("通知 <b>.pdf", content)})
    assert kept.status_code == 201, kept.content
    assert client.get(kept.headers["Location"]).json() == kept.json()
    again = client.post(f"{UNIT}/evidence", {"file": SimpleUploadedFile("别名.pdf", content)})
    assert again.json()["id"] == kept.json()["id"]
    assert EvidenceFile.objects.count() == 1
    assert Entry.objects.filter(act="evidence.add", actor="filler-220100").count() == 1


def test_a_file_that_is_not_what_it_says_is_refused_with_the_code_of_the_check(made: Round) -> None:
    del made
    answer = program(filler()).post(f"{UNIT}/evidence", {"file": SimpleUploadedFile("a.pdf", b"MZ not a pdf")})
    status, code = told(answer)
    assert (status, code.partition(".")[0]) == (422, "evidence")
    assert not EvidenceFile.objects.exists()


@pytest.mark.parametrize("given", [{}, {"file": "text"}, {"other": SimpleUploadedFile("a.pdf", b"x")}])
def test_an_upload_without_a_file_is_refused(made: Round, given: dict[str, object]) -> None:
    del made
    assert told(program(filler()).post(f"{UNIT}/evidence", given))[0] == 422


def test_an_upload_may_be_as_long_as_on_the_pages_and_only_with_a_token(
    made: Round, settings: pytest.FixtureRequest
) -> None:
    del made
    settings.MAX_EVIDENCE_MB = 6  # type: ignore[attr-defined]
    for size, user, expected in (
        (5, filler(), 422), (8, filler(), 413), (5, None, 413),
    ):  # fmt: skip
        file = SimpleUploadedFile("a.pdf", b"x" * size * 1024 * 1024)
        assert told(program(user).post(f"{UNIT}/evidence", {"file": file}))[0] == expected, (size, user)


def test_those_who_may_not_write_are_refused_and_recorded(made: Round) -> None:
    del made
    for user in (approver(), person("verifier"), person("administrator"), person("leader")):
        client = program(user)
        assert told(put(client, f"{ANSWERS}/1", {"version": 0, "stance": "no"})) == (403, "api.scope")
        assert told(client.post(f"{UNIT}/submission/hand-over")) == (403, "api.scope")
        assert told(client.post(f"{UNIT}/evidence", {})) == (403, "api.scope")
        assert Entry.objects.filter(act="access.denied", actor=user.username, outcome="refused").count() == 3
    stranger = program(filler(2))
    assert told(put(stranger, f"{ANSWERS}/1", {"version": 0, "stance": "no"})) == (404, "api.not_found")
    assert not Answer.objects.exists()
