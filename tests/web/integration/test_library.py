"""The files of a unit on their page: taken with words for every refusal, used many times, removed while unused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from tests.web.builders import evidence, filler, pdf, person, row_of, running_round

from zhiheng_web.assessments.actions import Given, GivenItem, save_answer
from zhiheng_web.evidence.models import EvidenceFile
from zhiheng_web.evidence.uploads import announced
from zhiheng_web.rounds.models import RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]
JSON = {"Accept": "application/json"}
LIMIT = "zhiheng_web.evidence.uploads.BodyLimitMiddleware"
FORGED = "django.middleware.csrf.CsrfViewMiddleware"
AT = settings.MIDDLEWARE.index(FORGED)
WITH_LIMIT = [
    *[m for m in settings.MIDDLEWARE[:AT] if m != LIMIT], LIMIT, *[m for m in settings.MIDDLEWARE[AT:] if m != LIMIT],
]  # fmt: skip


@pytest.fixture
def row() -> RoundUnit:
    return row_of(running_round(units=2))


def address(row: RoundUnit, rest: str = "") -> str:
    return f"/rounds/{row.round.code}/units/{row.code}/files/{rest}"


def upload(folder: Path, name: str = "通知.pdf", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf(folder / "u.pdf").read_bytes() if content is None else content)


def test_a_file_is_taken_and_named_for_the_script(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    client.force_login(filler())
    answer = client.post(address(row, "add/"), {"file": upload(tmp_path)}, headers=JSON)
    file = EvidenceFile.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "pk": file.pk, "name": "通知.pdf", "kind": "PDF 文件", "href": address(row, f"{file.pk}/preview/"),
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"", b"<svg onload=alert(1)>"])
def test_what_is_no_evidence_is_refused_in_words(
    client: Client, row: RoundUnit, tmp_path: Path, content: bytes
) -> None:
    client.force_login(filler())
    answer = client.post(address(row, "add/"), {"file": upload(tmp_path, content=content)}, headers=JSON)
    assert answer.status_code == 422
    assert "通知.pdf" in answer.json()["message"]
    assert not EvidenceFile.objects.exists()


def test_the_office_hands_in_nothing(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    client.force_login(person("administrator"))
    answer = client.post(address(row, "add/"), {"file": upload(tmp_path)}, headers=JSON)
    assert answer.status_code == 403
    assert not EvidenceFile.objects.exists()


def test_the_list_says_where_a_file_is_used_and_keeps_used_ones(client: Client, row: RoundUnit, tmp_path: Path) -> None:
    used, unused = evidence(row, tmp_path, "甲.pdf"), evidence(row, tmp_path, "乙.pdf")
    items = tuple(GivenItem(text, files=((used.pk, ""),)) for text in ("一", "二"))
    save_answer(filler(), row, 3, Given("yes", items=items), version=0)
    client.force_login(filler())
    body = client.get(address(row)).content.decode()
    assert "用于第3项" in body
    client.post(address(row, f"{unused.pk}/remove/"))
    client.post(address(row, f"{used.pk}/remove/"))
    assert list(EvidenceFile.objects.values_list("name", flat=True)) == ["甲.pdf"]


def test_the_list_takes_as_many_queries_for_many_files_as_for_one(
    client: Client, row: RoundUnit, tmp_path: Path
) -> None:
    client.force_login(filler())

    def counted() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(address(row)).status_code == 200
        return len(found)

    evidence(row, tmp_path, "0.pdf")
    counted()
    few = counted()
    for number in range(1, 12):
        evidence(row, tmp_path, f"{number}.pdf")
    assert counted() == few


class Unread:
    """A body that must not be read."""

    def read(self, *_: int) -> bytes:
        msg = "the body was read"
        raise AssertionError(msg)

    readline = read


@override_settings(MIDDLEWARE=WITH_LIMIT)
def test_a_claim_of_five_gigabytes_is_refused_before_a_byte_is_read(client: Client, row: RoundUnit) -> None:
    client.force_login(filler())
    answer = client.generic(
        "POST", address(row, "add/"), b"", "multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(5 * 1024**3), "wsgi.input": Unread()}, headers=JSON,
    )  # fmt: skip
    assert answer.status_code == 413
    assert "上限" in answer.json()["message"]


@override_settings(MIDDLEWARE=WITH_LIMIT)
@pytest.mark.parametrize(("signed_in", "path"), [(False, "files/add"), (True, "act")])
def test_pages_without_files_and_people_who_are_not_signed_in_send_little(
    client: Client, row: RoundUnit, *, signed_in: bool, path: str
) -> None:
    if signed_in:
        client.force_login(filler())
    answer = client.generic(
        "POST", f"/rounds/{row.round.code}/units/{row.code}/{path}/", b"", "multipart/form-data; boundary=x",
        **{"CONTENT_LENGTH": str(20 * 1024**2), "wsgi.input": Unread()}, headers=JSON,
    )  # fmt: skip
    assert answer.status_code == 413


@pytest.mark.parametrize(("given", "length"), [("", 0), ("12", 12), ("-5", 0), ("x", 0)])
def test_a_length_that_cannot_be_read_is_none(given: str, length: int) -> None:
    assert announced(RequestFactory().post("/", CONTENT_LENGTH=given)) == length
    assert announced(RequestFactory().post("/", CONTENT_LENGTH="9" * 5000)) > 10**18
