"""What programs read: within the rights of the person behind the token, in parts, with tags."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.web.api import BASE, program, told
from tests.web.builders import (
    approver,
    claims,
    draft_round,
    evidence,
    filler,
    person,
    row_of,
    running_round,
    tiny_version,
    tiny_yaml,
)
from tests.web.rights import close

from zhiheng_web.assessments.actions import save_answer
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence.models import EvidenceFile, Reading
from zhiheng_web.results.models import Publication, Snapshot
from zhiheng_web.rounds.machine import Stage
from zhiheng_web.rounds.models import Round

pytestmark = pytest.mark.django_db
UNIT = f"{BASE}/rounds/r1/units/220100"


@pytest.fixture
def made(tmp_path: Path) -> Round:
    """A round in which the first unit has answered everything."""
    made = running_round(units=2)
    row = row_of(made)
    for no, given in claims(evidence(row, tmp_path)).items():
        save_answer(filler(), row, no, given, version=0)
    return made


def test_a_framework_comes_with_its_tree_and_as_the_text_that_was_handed_in() -> None:
    version = tiny_version()
    client = program(person("leader"))
    listed = client.get(f"{BASE}/frameworks").json()
    assert [(f["id"], f["code"]) for f in listed["items"]] == [(version.pk, "tiny")]
    whole = client.get(f"{BASE}/frameworks/{version.pk}").json()
    assert [p["no"] for p in whole["points"]] == [1, 2, 3, 4]
    assert whole["total"] == sum(p["full"] for p in whole["points"])
    assert {p["indicator"] for p in whole["points"]} <= {i["code"] for i in whole["indicators"]}
    text = client.get(f"{BASE}/frameworks/{version.pk}/yaml")
    assert text.content.decode() == tiny_yaml()
    assert text.headers["Content-Disposition"].startswith("attachment")


def test_a_round_comes_with_its_stages_and_windows(made: Round) -> None:
    found = program(person("verifier")).get(f"{BASE}/rounds/r1").json()
    assert found["stage"] == "self_assessment"
    assert found["stages"] == [str(stage) for stage in Stage]
    assert [w["stage"] for w in found["windows"]] == ["self_assessment"]
    assert found["framework"] == made.framework_id


def test_people_of_a_unit_see_their_own_unit_and_no_round_in_preparation(made: Round) -> None:
    del made
    draft_round(1, code="r2")
    client = program(approver())
    assert [r["code"] for r in client.get(f"{BASE}/rounds").json()["items"]] == ["r1"]
    assert [u["code"] for u in client.get(f"{BASE}/rounds/r1/units").json()["items"]] == ["220100"]
    assert told(client.get(f"{BASE}/rounds/r2")) == (404, "api.not_found")
    for tail in ("submission", "submission/answers", "submission/answers/1", "evidence", "results"):
        assert told(client.get(f"{BASE}/rounds/r1/units/220200/{tail}")) == (404, "api.not_found"), tail
    assert program(person("verifier")).get(f"{BASE}/rounds").json()["total"] == 2


def test_answers_come_with_versions_files_and_marks_as_numbers(made: Round) -> None:
    del made
    found = program(filler()).get(f"{UNIT}/submission/answers").json()
    assert [(a["point"], a["version"], a["claimed"]) for a in found["items"]] == [
        (1, 1, 4.0), (2, 1, 1.0), (3, 1, 0.4), (4, 1, 2.0),
    ]  # fmt: skip
    assert found["items"][1]["mark"] == 1
    assert found["items"][2]["items"][0]["count"] == 2
    assert found["items"][0]["items"][0]["files"][0]["name"] == "通知.pdf"
    other = program(filler(2)).get(f"{BASE}/rounds/r1/units/220200/submission/answers").json()
    assert {a["version"] for a in other["items"]} == {0}


def test_the_submission_says_what_the_caller_may_do(made: Round) -> None:
    del made
    own = program(filler()).get(f"{UNIT}/submission").json()
    assert (own["state"], own["complete"], own["may_edit"], own["may_hand_over"]) == ("draft", 4, True, True)
    office = program(person("verifier")).get(f"{UNIT}/submission").json()
    assert (office["may_edit"], office["may_hand_over"]) == (False, False)


def test_evidence_is_sent_as_an_attachment_and_its_reading_recorded(made: Round) -> None:
    client = program(person("verifier"))
    (file,) = client.get(f"{UNIT}/evidence").json()["items"]
    assert client.get(f"{UNIT}/evidence/{file['id']}").json() == file
    sent = client.get(f"{UNIT}/evidence/{file['id']}/content")
    assert b"".join(sent.streaming_content).startswith(b"%PDF")
    close(sent)
    assert sent.headers["Content-Disposition"].startswith("attachment")
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert Reading.objects.get().user == person("verifier")
    assert Entry.objects.filter(act="evidence.read", actor="verifier").count() == 1
    again = client.get(f"{UNIT}/evidence/{file['id']}/content", headers={"if-none-match": sent.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = row_of(made, 2)
    assert told(client.get(f"{BASE}/rounds/r1/units/{other.code}/evidence/{file['id']}"))[0] == 404


def test_a_result_has_marks_where_nothing_is_open_and_bounds_elsewhere(made: Round) -> None:
    client = program(person("leader"))
    found = client.get(f"{BASE}/rounds/r1/results").json()
    assert [(t["unit"], t["mark"], t["claimed"]) for t in found["items"]] == [
        ("220100", None, 7.4), ("220200", None, 0.0),
    ]  # fmt: skip
    assert not found["settled"]
    unit = client.get(f"{UNIT}/results").json()
    by_code = {node["code"]: node for node in unit["nodes"]}
    assert (by_code[""]["claimed"], by_code["p3"]["claimed"], by_code["p3"]["mark"]) == (7.4, 0.4, None)
    assert by_code[""]["full"] == float(Decimal(made.framework.total))


def test_a_result_follows_what_is_written(made: Round) -> None:
    client = program(person("leader"))
    first = client.get(f"{BASE}/rounds/r1/results")
    given = claims(made.units.get(code="220100").files.get())[3]
    save_answer(filler(), row_of(made), 3, type(given)("no"), version=1)
    second = client.get(f"{BASE}/rounds/r1/results")
    assert (first.json()["items"][0]["claimed"], second.json()["items"][0]["claimed"]) == (7.4, 7.0)
    assert first.headers["ETag"] != second.headers["ETag"]


def test_people_of_a_unit_see_results_of_their_own_once_they_are_published(made: Round) -> None:
    client = program(filler())
    for url in (f"{BASE}/rounds/r1/results", f"{UNIT}/results"):
        assert told(client.get(url)) == (403, "api.not_published")
    Round.objects.filter(pk=made.pk).update(stage=Stage.PUBLICATION)
    # The stage alone publishes nothing.
    assert told(client.get(f"{UNIT}/results")) == (403, "api.not_published")
    by = person("administrator")
    kept = Snapshot.objects.create(round=made, file="", sha256="0" * 64, size=0, made_by=by)
    Publication.objects.create(round=made, snapshot=kept, published_by=by)
    kept.superseded_at = timezone.now()
    kept.save()
    assert [t["unit"] for t in client.get(f"{BASE}/rounds/r1/results").json()["items"]] == ["220100"]
    assert client.get(f"{UNIT}/results").status_code == 200


def test_a_round_in_preparation_has_no_result() -> None:
    draft_round(1)
    assert told(program(person("administrator")).get(f"{BASE}/rounds/r1/results")) == (409, "api.no_result")


@pytest.mark.parametrize("path", ["/rounds/r1/units", "/rounds/r1/units/220100/submission/answers/1", "/openapi.json"])
def test_what_has_not_changed_is_not_sent_again(made: Round, path: str) -> None:
    del made
    client = program(filler())
    first = client.get(f"{BASE}{path}")
    assert first.status_code == 200
    again = client.get(f"{BASE}{path}", headers={"if-none-match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert client.get(f"{BASE}{path}", headers={"if-none-match": '"other"'}).status_code == 200


def test_lists_come_in_parts_within_bounds() -> None:
    running_round(units=5)
    client = program(person("administrator"))
    part = client.get(f"{BASE}/rounds/r1/units?limit=2&offset=3").json()
    assert ([u["code"] for u in part["items"]], part["total"]) == (["220400", "220500"], 5)
    assert client.get(f"{BASE}/rounds/r1/units?limit=200&offset=9000").json()["items"] == []
    for query in ("limit=201", "limit=0", "offset=-1", "limit=x", f"offset={10**30}", "limit=١٠x"):
        assert told(client.get(f"{BASE}/rounds/r1/units?{query}")) == (422, "api.invalid"), query


@pytest.mark.parametrize(
    "path",
    [
        "/rounds/r1/units", "/rounds/r1/results", "/rounds", "/rounds/r1/units/220100/submission/answers",
        "/rounds/r1/units/220100/evidence",
    ],
)  # fmt: skip
def test_thirty_of_everything_cost_as_many_queries_as_one(path: str) -> None:
    def asked(count: int, code: str) -> int:
        row = row_of(running_round(units=count, code=code))
        files = EvidenceFile.objects.bulk_create(
            EvidenceFile(
                round_unit=row, name=f"{n}.pdf", sha256=f"{n:064x}", size=1, kind="pdf", mime="application/pdf"
            )
            for n in range(count)
        )
        for no, given in list(claims(files[0]).items())[: 4 if count > 1 else 1]:
            save_answer(filler(), row, no, given, version=0)
        client = program(person("administrator"))
        # The first request of a token writes when it was used.
        client.get(f"{BASE}/frameworks")
        with CaptureQueriesContext(connection) as found:
            answer = client.get(f"{BASE}{path}".replace("/r1/", f"/{code}/"))
        assert answer.status_code == 200
        return len(found)

    assert asked(1, "r1") == asked(30, "r30")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/rounds/", "/rounds/none", "/frameworks/999", "/rounds/r1/units/999999",
        "/rounds/r1/units/220100/submission/answers/99", "/rounds/r1/units/220100/evidence/999",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem(made: Round, path: str) -> None:
    del made
    assert told(program(person("verifier")).get(f"{BASE}{path}")) == (404, "api.not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/rounds/%00", "/rounds/r1%27--", "/rounds/<script>", f"/frameworks/{10**40}", "/frameworks/-1",
        "/rounds/r1/units/220100/submission/answers/0", "/rounds/%F0%9F%98%80/units",
    ],
)  # fmt: skip
def test_hostile_addresses_are_refused_without_a_fault(made: Round, path: str) -> None:
    del made
    assert told(program(person("verifier")).get(f"{BASE}{path}"))[0] in {404, 422}


def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are() -> None:
    answer = program(person("verifier")).delete(f"{BASE}/rounds")
    assert told(answer) == (405, "api.method")
    assert answer.headers["Allow"] == "GET"


def test_a_fault_of_ours_is_a_problem_without_its_inside(made: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    del made
    monkeypatch.setattr("zhiheng_web.api.endpoints.rounds.rounds_for", lambda _user: 1 / 0)
    answer = program(person("verifier")).get(f"{BASE}/rounds")
    assert told(answer) == (500, "api.fault")
    assert "division" not in answer.content.decode()
