"""Public keys in the forms in which people pass them on."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.zhiheng.snapshot.builders import KEY, PUBLIC

from zhiheng.errors import SnapshotError
from zhiheng.snapshot.keys import read_public_key


def pem(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


FORMS = [PUBLIC.hex(), PUBLIC.hex().upper(), f" {PUBLIC.hex()}\n", base64.b64encode(PUBLIC).decode(), pem(KEY)]


@pytest.mark.parametrize("form", FORMS)
def test_a_key_is_read_as_text_and_from_a_file(form: str, tmp_path: Path) -> None:
    file = tmp_path / "office.pub"
    file.write_text(form, "utf-8-sig")
    assert read_public_key(form) == read_public_key(str(file)) == PUBLIC


@pytest.mark.parametrize(
    "given",
    [
        "",
        "nothing.pub",
        PUBLIC.hex()[:-1],
        PUBLIC.hex()[:-1] + "g",
        "A" * 42 + "=" * 2,
        pem(KEY).replace("M", "N", 1),
        pem(X25519PrivateKey.from_private_bytes(bytes(32))),
        "-----BEGIN PUBLIC KEY-----\n",
    ],
)
def test_anything_else_is_refused(given: str) -> None:
    with pytest.raises(SnapshotError, match="public key"):
        read_public_key(given)


def test_a_file_of_bare_bytes_is_refused_because_it_may_be_the_private_key(tmp_path: Path) -> None:
    file = tmp_path / "audit_ed25519"
    file.write_bytes(KEY.private_bytes_raw())
    with pytest.raises(SnapshotError):
        read_public_key(str(file))
