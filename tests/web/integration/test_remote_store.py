"""Evidence in a store that is no folder of this machine: kept, read, drawn and swept in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from tests.web.builders import evidence, filler, pdf, row_of, running_round

from zhiheng_web.evidence import tasks
from zhiheng_web.evidence.actions import inspect, keep
from zhiheng_web.evidence.comparison import compare
from zhiheng_web.evidence.store import ContentChanged, place
from zhiheng_web.evidence.tasks import sweep_evidence

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_once]


@pytest.fixture(autouse=True)
def remote(settings: object) -> Iterator[None]:
    stores = dict(settings.STORAGES)  # type: ignore[attr-defined]
    stores["default"] = {"BACKEND": "tests.web.remote_store.RemoteStorage"}
    with override_settings(STORAGES=stores):
        yield


def test_a_file_is_kept_read_drawn_and_compared(tmp_path: Path) -> None:
    file = evidence(row_of(running_round(1)), tmp_path, "远.pdf")
    assert default_storage.size(place(file.sha256)) == file.size
    client = Client()
    client.force_login(filler())
    where = [file.round_unit.round.code, file.round_unit.code, file.pk]
    sent = client.get(reverse("file", args=where))
    assert b"".join(sent.streaming_content) == (tmp_path / "远.pdf").read_bytes()
    assert sent["Content-Length"] == str(file.size)
    assert client.get(reverse("file_page", args=[*where, 1])).content.startswith(b"\x89PNG")
    assert compare(file.pk) == 0


def test_content_that_changed_after_its_check_is_not_put(tmp_path: Path) -> None:
    path = pdf(tmp_path / "换.pdf", title="远处先")
    inspected = inspect(path, path.name)
    pdf(path, title="远处后")
    with pytest.raises(ContentChanged):
        keep(filler(), row_of(running_round(1)), path, path.name, inspected)
    assert not default_storage.exists(place(inspected.sha256))


def test_the_sweep_takes_what_nobody_lists_once_it_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = evidence(row_of(running_round(1)), tmp_path, "远.pdf")
    stray = place("c" * 64)
    default_storage.save(stray, ContentFile(b"x"))
    sweep_evidence.call()
    assert default_storage.exists(stray)
    later = timezone.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(tasks.timezone, "now", lambda: later)
    sweep_evidence.call()
    assert not default_storage.exists(stray)
    assert default_storage.exists(place(file.sha256))
