"""Where evidence is kept, as the variables of the environment say."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from zhiheng_web.config.environment import PREFIX, text

Store = dict[str, object]


STYLES = ("auto", "path", "virtual")
"""How the bucket is named: in the path, in the host, or as the client sees fit."""


def evidence_store(wanted: str, data: Path) -> Store:
    """Return the store of evidence: a folder, or a bucket of an S3-compatible store (requirements/s3.txt)."""
    if wanted == "folder":
        return _folder(data / "evidence")
    if wanted == "s3":
        return _bucket()
    msg = f"{PREFIX}EVIDENCE_STORE={wanted!r} is neither folder nor s3."
    raise ImproperlyConfigured(msg)


def _folder(location: Path) -> Store:
    options = {"location": str(location), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}


def _bucket() -> Store:
    if find_spec("storages") is None:
        msg = f"{PREFIX}EVIDENCE_STORE=s3 needs the packages of requirements/s3.txt."
        raise ImproperlyConfigured(msg)
    if not text("S3_BUCKET"):
        msg = f"{PREFIX}EVIDENCE_STORE=s3 needs {PREFIX}S3_BUCKET."
        raise ImproperlyConfigured(msg)
    style = text("S3_ADDRESSING", "auto")
    if style not in STYLES:
        msg = f"{PREFIX}S3_ADDRESSING={style!r} is none of {', '.join(STYLES)}."
        raise ImproperlyConfigured(msg)
    # What is not set is left to the client, which also knows the roles of a machine in a cloud.
    options = {
        "bucket_name": text("S3_BUCKET"),
        "endpoint_url": text("S3_ENDPOINT") or None,
        "region_name": text("S3_REGION") or None,
        "access_key": text("S3_KEY") or None,
        "secret_key": text("S3_SECRET") or None,
        "addressing_style": style,
    }
    return {"BACKEND": "zhiheng_web.evidence.object_store.ObjectStorage", "OPTIONS": options}
