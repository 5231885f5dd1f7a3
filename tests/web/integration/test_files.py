"""How evidence is served: as an attachment that runs nothing, to those who may read it, and every reading recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from tests.web.builders import approver, evidence, filler, pdf, person, row_of, running_round

from zhiheng_web.accounts.models import User
from zhiheng_web.audit.models import Entry
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.store import ContentChanged, place, put

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


@pytest.fixture
def kept(tmp_path: Path) -> EvidenceFile:
    return evidence(row_of(running_round(2)), tmp_path)


def address(name: str, file: EvidenceFile, *more: object) -> str:
    return reverse(name, args=[file.round_unit.round.code, file.round_unit.code, file.pk, *more])


class Browser(Client):
    """A client that reads to the end, as a browser does; the file is closed then."""

    def request(self, **more: Any) -> Any:
        response = super().request(**more)
        if response.streaming:
            response.body = b"".join(response.streaming_content)
        return response


def signed_in(user: User) -> Browser:
    client = Browser()
    client.force_login(user)
    return client


def test_a_file_comes_as_an_attachment_that_no_browser_runs(kept: EvidenceFile) -> None:
    response = signed_in(filler()).get(address("file", kept))
    assert response.status_code == 200
    assert response.body.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(kept.size)
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%E9%80%9A%E7%9F%A5.pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Cache-Control"] == "private, no-store"


def test_a_hostile_name_stays_inside_its_header_and_its_page(kept: EvidenceFile) -> None:
    EvidenceFile.objects.filter(pk=kept.pk).update(name='a"; x=y<b onclick=1>.pdf')
    client = signed_in(person("verifier"))
    header = client.get(address("file", kept))["Content-Disposition"]
    assert header == 'attachment; filename="a\\"; x=y<b onclick=1>.pdf"'
    page = client.get(address("file_preview", kept)).content.decode()
    assert "<b onclick" not in page
    assert "&lt;b onclick=1&gt;" in page


@pytest.mark.parametrize("name", ["file", "file_preview", "file_page"])
def test_only_the_unit_the_office_and_leaders_read_a_file(kept: EvidenceFile, name: str) -> None:
    url = address(name, kept, *([1] if name == "file_page" else []))
    allowed = [filler(1), approver(1), person("verifier"), person("administrator"), person("leader")]
    assert [signed_in(user).get(url).status_code for user in allowed] == [200] * 5
    # An expert reads the files of what he was given to mark, see test_review_pages.
    strangers = [filler(2), approver(2), person("expert")]
    assert [signed_in(user).get(url).status_code for user in strangers] == [404] * 3
    others = [person(role) for role in ("system", "security", "auditor")]
    assert [signed_in(user).get(url).status_code for user in others] == [403] * 3
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("name", ["file", "file_preview"])
def test_a_file_is_not_found_under_another_unit(kept: EvidenceFile, name: str) -> None:
    other = row_of(kept.round_unit.round, 2)
    url = reverse(name, args=[other.round.code, other.code, kept.pk])
    assert signed_in(filler(2)).get(url).status_code == 404
    assert signed_in(person("verifier")).get(url).status_code == 404


def test_a_page_is_a_picture_that_the_browser_asks_about_again(kept: EvidenceFile) -> None:
    client, url = signed_in(person("verifier")), address("file_page", kept, 1)
    first = client.get(url, {"w": "900"})
    assert first.content.startswith(b"\x89PNG")
    assert first["Cache-Control"] == "private, no-cache"
    assert client.get(url, {"w": "950"})["ETag"] == first["ETag"]
    assert client.get(url, {"w": "9999"})["ETag"] == client.get(url, {"w": "2200"})["ETag"]
    again = client.get(url, {"w": "900"}, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    # Who may not read it is not told that it has not changed.
    assert signed_in(filler(2)).get(url, headers={"If-None-Match": first["ETag"]}).status_code == 404


def test_a_page_that_is_not_there_and_a_kind_without_pages_are_refused(kept: EvidenceFile, tmp_path: Path) -> None:
    client = signed_in(person("verifier"))
    assert (
        client.get(address("file_page", kept, 9), headers={"HX-Request": "true"}).json()["code"] == "evidence.no_page"
    )
    text = tmp_path / "台账.csv"
    text.write_text("案号,日期\n1,2021-01-01\n", "utf-8")
    table = keep(filler(), kept.round_unit, text, text.name, inspect(text, text.name))
    assert "请下载查看" in client.get(address("file_preview", table)).content.decode()
    refused = client.get(address("file_page", table, 1), headers={"HX-Request": "true"})
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence.no_preview")


def test_the_preview_of_a_hostile_content_is_refused_and_nothing_leaks(tmp_path: Path) -> None:
    kept = evidence(row_of(running_round(1)), tmp_path, "敌意.pdf")
    path = Path(default_storage.path(place(kept.sha256)))
    path.write_bytes(b"%PDF-1.7\n" + b"<< /Length 999999999 >> stream\n" * 50)
    refused = signed_in(person("verifier")).get(address("file_page", kept, 1), headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert refused.json()["code"].startswith("evidence.")
    assert str(path) not in refused.content.decode()


def test_a_content_that_is_missing_says_so(tmp_path: Path) -> None:
    kept = evidence(row_of(running_round(1)), tmp_path, "丢失.pdf")
    default_storage.delete(place(kept.sha256))
    client = signed_in(filler())
    for name in ("file", "file_page"):
        url = address(name, kept, *([1] if name == "file_page" else []))
        refused = client.get(url, headers={"HX-Request": "true"})
        assert (refused.status_code, refused.json()["code"]) == (422, "evidence.missing")
    assert not Entry.objects.filter(act="evidence.read").exists()


def test_a_reading_is_recorded_once_a_person_file_and_day(kept: EvidenceFile) -> None:
    verifier, leader = signed_in(person("verifier")), signed_in(person("leader"))
    for _ in range(2):
        verifier.get(address("file_page", kept, 1))
        verifier.get(address("file", kept))
        leader.get(address("file", kept))
    read = Entry.objects.filter(act="evidence.read")
    assert sorted(read.values_list("actor", flat=True)) == ["leader", "verifier"]
    assert {entry.target for entry in read} == {f"evidencefile:{kept.pk}"}


def test_content_is_put_whole_even_over_a_half_that_a_crash_left(kept: EvidenceFile, tmp_path: Path) -> None:
    path = Path(default_storage.path(place(kept.sha256)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    put(tmp_path / "通知.pdf", kept.sha256)
    assert path.read_bytes() == whole
    assert [p.name for p in path.parent.iterdir()] == [kept.sha256]
    assert path.stat().st_mode & 0o777 == 0o600


def test_content_that_changed_after_its_check_is_not_put(tmp_path: Path) -> None:
    row = row_of(running_round(1))
    path = pdf(tmp_path / "换.pdf", title="先")
    inspected = inspect(path, path.name)
    pdf(path, title="后")
    with pytest.raises(ContentChanged):
        keep(filler(), row, path, path.name, inspected)
    assert not EvidenceFile.objects.exists()
    assert not default_storage.exists(place(inspected.sha256))
    assert list(Path(default_storage.path("")).rglob("*.part")) == []


def test_pages_are_turned_and_enlarged_within_the_file(kept: EvidenceFile, tmp_path: Path) -> None:
    path = pdf(tmp_path / "多页.pdf", pages=3)
    file = keep(filler(), kept.round_unit, path, path.name, inspect(path, path.name))
    client = signed_in(filler())
    for page, number in (("2", "2 / 3"), ("99", "3 / 3"), ("-1", "1 / 3"), ("x", "1 / 3"), ("９", "1 / 3")):
        shown = client.get(address("file_preview", file), {"page": page, "zoom": "3"}).content.decode()
        assert number in shown
        assert "w=2200" in shown
    part = client.get(address("file_preview", file), {"slot": '"><b'}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "<b" not in part.replace("<button", "")
