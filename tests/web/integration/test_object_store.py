"""Evidence in a real S3-compatible store: the paths of the site against it, and what happens when it is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import evidence, filler, pdf, row_of, running_round
from tests.web.object_store import BUCKET, ObjectStore, start_object_store

from zhiheng_web.audit.models import Entry
from zhiheng_web.config.files import evidence_store
from zhiheng_web.evidence import object_store, previews, tasks
from zhiheng_web.evidence.actions import inspect, keep, remove
from zhiheng_web.evidence.comparison import compare
from zhiheng_web.evidence.models import EvidenceFile, Likeness
from zhiheng_web.evidence.store import ContentChanged, StoreAway, place
from zhiheng_web.evidence.tasks import sweep_evidence
from zhiheng_web.rounds.models import RoundUnit

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


@pytest.fixture(autouse=True)
def no_pages_drawn() -> None:
    """Pages drawn by other tests would be shown although the store is away."""
    previews._cache().clear()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    store = start_object_store(tmp_path_factory.mktemp("objects"))
    yield store
    store.stop()


Use = Callable[[ObjectStore], None]


@pytest.fixture
def use(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Return a function that makes the site keep its evidence in a store, as its variables say."""
    overrides = []

    def choose(store: ObjectStore) -> None:
        for name, value in store.variables.items():
            monkeypatch.setenv(name, value)
        stores = settings.STORAGES | {"default": evidence_store("s3", Path(settings.DATA))}
        overrides.append(override_settings(STORAGES=stores))
        overrides[-1].enable()

    yield choose
    for each in overrides:
        each.disable()


@pytest.fixture
def store(served: ObjectStore, use: Use) -> Iterator[ObjectStore]:
    """A store with an empty bucket."""
    use(served)
    bucket = default_storage.bucket  # type: ignore[attr-defined]  # of an S3 storage
    bucket.create()
    yield served
    bucket.objects.all().delete()
    bucket.delete()


def names() -> list[str]:
    return sorted(each.key for each in default_storage.bucket.objects.all())  # type: ignore[attr-defined]


@pytest.fixture
def row() -> RoundUnit:
    return row_of(running_round(units=2))


@pytest.fixture
def desk(client: Client, row: RoundUnit) -> Client:  # noqa: ARG001 - its people exist with it
    client.force_login(filler())
    return client


def upload(desk: Client, row: RoundUnit, path: Path) -> Any:
    sent = SimpleUploadedFile(path.name, path.read_bytes())
    where = reverse("library_add", args=[row.round.code, row.code])
    return desk.post(where, {"file": sent}, headers={"Accept": "application/json"})


def address(name: str, file: EvidenceFile, *more: object) -> str:
    return reverse(name, args=[file.round_unit.round.code, file.round_unit.code, file.pk, *more])


def test_a_file_is_uploaded_listed_downloaded_drawn_and_removed(
    store: ObjectStore, desk: Client, row: RoundUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    path = pdf(tmp_path / "通知.pdf", title="通知")
    made = upload(desk, row, path)
    assert made.status_code == 201, made.content.decode()
    file = EvidenceFile.objects.get(pk=made.json()["pk"])
    assert names() == [place(file.sha256)]
    assert default_storage.size(place(file.sha256)) == path.stat().st_size
    sent = desk.get(address("file", file))
    assert b"".join(sent.streaming_content) == path.read_bytes()
    assert sent["Content-Length"] == str(path.stat().st_size)
    assert sent["Content-Type"] == "application/pdf"
    assert sent["Content-Disposition"].startswith("attachment")
    assert desk.get(address("file_page", file, 1)).content.startswith(b"\x89PNG")
    assert desk.post(reverse("library_remove", args=[row.round.code, row.code, file.pk])).status_code == 302
    later = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(tasks.timezone, "now", lambda: later)
    sweep_evidence.call()
    assert names() == []


def test_a_content_that_two_units_have_lies_there_once_and_is_found_alike(
    store: ObjectStore, row: RoundUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    path = pdf(tmp_path / "同.pdf", title="同")
    seen = inspect(path, path.name)
    files = [keep(filler(n), row_of(row.round, n), path, path.name, seen) for n in (1, 2)]
    assert keep(filler(1), row, path, path.name, seen) == files[0]
    assert names() == [place(seen.sha256)]
    for file in files:
        compare(file.pk)
    assert Likeness.objects.filter(file=files[1], other=files[0], kind="same").exists()
    # What one unit removes stays while the other lists it.
    remove(filler(1), files[0])
    later = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(tasks.timezone, "now", lambda: later)
    sweep_evidence.call()
    assert names() == [place(seen.sha256)]


def test_the_sweep_leaves_alone_what_is_not_ours(
    store: ObjectStore, row: RoundUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del store
    file = evidence(row, tmp_path)
    strays = [place("c" * 64), "backup/2021.dump", f"elsewhere/{'d' * 64}"]
    for name in strays:
        default_storage.save(name, ContentFile(b"x"))
    later = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(tasks.timezone, "now", lambda: later)
    sweep_evidence.call()
    assert names() == sorted([place(file.sha256), *strays[1:]])


def test_a_large_file_goes_out_and_comes_back_by_way_of_the_disk(
    store: ObjectStore, tmp_path: Path, settings: Any
) -> None:
    del store
    path = tmp_path / "大.bin"
    path.write_bytes(bytes(range(256)) * 4096 * 20)
    sent: list[int] = []

    class Watched:
        """A file that is read in pieces only."""

        def __init__(self) -> None:
            self.file = path.open("rb")

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= 2 * 1024 * 1024
            sent.append(size)
            return self.file.read(size)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    watched = Watched()
    default_storage.save("ab/cd/large", watched)  # type: ignore[arg-type]  # all that a storage needs of a file
    watched.file.close()
    assert len(sent) > 10
    with default_storage.open("ab/cd/large") as content:
        assert content.file._rolled  # type: ignore[union-attr]
        assert content.read(256) == bytes(range(256))
    assert list(Path(settings.UPLOADS).glob("*.S3File")) == []


def test_content_that_changed_after_its_check_is_not_put(store: ObjectStore, row: RoundUnit, tmp_path: Path) -> None:
    del store
    path = pdf(tmp_path / "换.pdf", title="先")
    seen = inspect(path, path.name)
    pdf(path, title="后")
    with pytest.raises(ContentChanged):
        keep(filler(), row, path, path.name, seen)
    assert names() == []


def test_a_content_that_is_gone_says_so(store: ObjectStore, desk: Client, row: RoundUnit, tmp_path: Path) -> None:
    del store
    file = evidence(row, tmp_path)
    default_storage.delete(place(file.sha256))
    for url in (address("file", file), address("file_page", file, 1)):
        refused = desk.get(url, headers={"HX-Request": "true"})
        assert (refused.status_code, refused.json()["code"]) == (422, "evidence.missing")


def test_nothing_is_kept_and_nothing_breaks_while_the_store_is_away(
    use: Use, desk: Client, row: RoundUnit, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mortal = start_object_store(tmp_path_factory.mktemp("mortal"))
    try:
        use(mortal)
        default_storage.bucket.create()  # type: ignore[attr-defined]
        file = evidence(row, tmp_path)
    finally:
        mortal.stop()
    path = pdf(tmp_path / "迟.pdf", title="迟")
    refused = upload(desk, row, path)
    assert (refused.status_code, refused.json()["code"]) == (422, "evidence.store")
    assert "127.0.0.1" not in refused.content.decode()
    assert list(EvidenceFile.objects.all()) == [file]
    assert not Entry.objects.filter(act="evidence.add").exclude(target=f"evidencefile:{file.pk}").exists()
    for url in (address("file", file), address("file_page", file, 1)):
        gone = desk.get(url, headers={"HX-Request": "true"})
        assert (gone.status_code, gone.json()["code"]) == (422, "evidence.missing")
    assert not Entry.objects.filter(act="evidence.read").exists()


def test_a_store_that_hangs_is_given_up(
    use: Use, served: ObjectStore, row: RoundUnit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "READ_S", 0.5)
    monkeypatch.setattr(object_store, "CONNECT_S", 0.5)
    use(served)
    path = pdf(tmp_path / "久.pdf", title="久")
    seen = inspect(path, path.name)
    served.pause()
    try:
        with pytest.raises(StoreAway):
            keep(filler(), row, path, path.name, seen)
    finally:
        served.resume()
    assert not EvidenceFile.objects.exists()


def test_a_bucket_that_is_not_there_refuses(use: Use, served: ObjectStore, row: RoundUnit, tmp_path: Path) -> None:
    use(served)
    with pytest.raises(StoreAway):
        evidence(row, tmp_path)


def test_settings_that_cannot_work_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="ZHIHENG_EVIDENCE_STORE='tape'"):
        evidence_store("tape", tmp_path)
    with pytest.raises(ImproperlyConfigured, match="needs ZHIHENG_S3_BUCKET"):
        evidence_store("s3", tmp_path)
    monkeypatch.setenv("ZHIHENG_S3_BUCKET", BUCKET)
    monkeypatch.setenv("ZHIHENG_S3_ADDRESSING", "vritual")
    with pytest.raises(ImproperlyConfigured, match="ZHIHENG_S3_ADDRESSING"):
        evidence_store("s3", tmp_path)
    monkeypatch.setenv("ZHIHENG_S3_ADDRESSING", "virtual")
    options = evidence_store("s3", tmp_path)["OPTIONS"]
    assert options == {
        "bucket_name": BUCKET, "endpoint_url": None, "region_name": None, "access_key": None, "secret_key": None,
        "addressing_style": "virtual",
    }  # fmt: skip
