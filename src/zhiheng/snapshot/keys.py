"""Reads a public key as offices hand it on: printed on a page, in a mail, in a file."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from zhiheng.errors import SnapshotError

MAX_BYTES = 10_000
SIZE = 32
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_BASE64 = re.compile(r"[0-9A-Za-z+/]{43}=")
_PEM = "-----BEGIN PUBLIC KEY-----"


def read_public_key(given: str) -> bytes:
    """
    Return the 32 bytes of an Ed25519 public key.

    Parameters
    ----------
    given
        64 hexadecimal digits, base64, PEM, or the path of a file that holds one of them.

    Raises
    ------
    SnapshotError
        If it is none of them.
    """
    found = _key(given)
    if found is None and "\n" not in given and Path(given).is_file():
        with Path(given).open("rb") as file:
            # A file of bare bytes is refused: it could as well be the private key.
            found = _key(file.read(MAX_BYTES).decode("utf-8-sig", "replace"))
    if found is None:
        msg = "This is not an Ed25519 public key; give 64 hexadecimal digits, base64, PEM, or a file with one of them."
        raise SnapshotError(msg, key=given)
    return found


def _key(text: str) -> bytes | None:
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64.fullmatch(text):
        return _decoded(text)
    if text.startswith(_PEM):
        try:
            key = load_pem_public_key(text.encode())
        except (ValueError, UnsupportedAlgorithm):
            return None
        return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None
    return None


def _decoded(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return raw if len(raw) == SIZE else None
