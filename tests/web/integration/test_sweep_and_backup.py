from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.conf import settings

from zhiheng_web.evidence.store import place
from zhiheng_web.evidence.tasks import sweep_evidence
from zhiheng_web.jobs.locks import CONTENT, held

pytestmark = pytest.mark.django_db


def test_nothing_is_swept_while_a_backup_copies_files() -> None:
    path = Path(settings.MEDIA_ROOT) / place("e" * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"nobody lists this")
    old = time.time() - 2 * 86_400
    os.utime(path, (old, old))
    with held(CONTENT, alone=True) as free:
        assert free
        sweep_evidence.func()
        assert path.exists()
    sweep_evidence.func()
    assert not path.exists()


def test_a_lock_is_had_once_alone_and_often_together() -> None:
    with held("x.lock", alone=False) as first, held("x.lock", alone=False) as second:
        assert (first, second) == (True, True)
        with held("x.lock", alone=True) as alone:
            assert not alone
    with held("x.lock", alone=True) as alone:
        assert alone
