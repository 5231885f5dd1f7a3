"""
Seals an archive with a passphrase: scrypt makes the key, AES-256-GCM seals piece by piece.

Each piece names its number and whether it is the last, so that pieces cannot be exchanged, left out or cut off.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.utils.translation import gettext as _

from zhiheng_web.config.backup.errors import ArchiveError, PassphraseError

MAGIC = b"ZHIHENG-SEALED-1\n"
PIECE = 1024 * 1024
TAG = 16
SALT, PREFIX = 16, 7
COST = 2**17
"""Memory-hard work of scrypt: 128 MiB and about half a second for each guess."""
LEAST = 12
"""Characters of a passphrase."""


def is_sealed(file: BinaryIO) -> bool:
    """Return whether a file, read from its beginning, is sealed; it stands at its beginning again afterwards."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, last)


class Sealer:
    """A file for writing that seals what it is given; `close` writes the last piece and leaves the file open."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if len(passphrase) < LEAST:
            msg = _("口令至少%(least)d个字符。") % {"least": LEAST}
            raise PassphraseError(msg)
        salt, self._prefix = os.urandom(SALT), os.urandom(PREFIX)
        self._file, self._head, self._number = file, MAGIC + salt + self._prefix, 0
        self._cipher, self._waiting = _cipher(passphrase, salt), bytearray()
        file.write(self._head)

    def write(self, data: bytes) -> int:
        """Take bytes; what makes a whole piece is sealed at once."""
        self._waiting += data
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Do nothing: a piece is written when it is whole."""

    def close(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._prefix, self._number, last=last), piece, self._head))
        self._number += 1


class Opener:
    """A sealed file for reading, forwards only. Refused: a wrong passphrase, a piece that was changed or is missing."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if not passphrase:
            raise PassphraseError(_("备份已加密，请给出口令。"))
        self._file, self._head = file, file.read(len(MAGIC) + SALT + PREFIX)
        self._prefix = self._head[-PREFIX:]
        self._cipher = _cipher(passphrase, self._head[len(MAGIC) : -PREFIX])
        self._number, self._open, self._next = 0, b"", file.read(PIECE + TAG)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; fewer only at the end."""
        parts = []
        while size != 0 and (self._open or self._next):
            if not self._open:
                self._open_piece()
            part = self._open if size < 0 else self._open[:size]
            self._open = self._open[len(part) :]
            size = size if size < 0 else size - len(part)
            parts.append(part)
        return b"".join(parts)

    def _open_piece(self) -> None:
        piece, self._next = self._next, self._file.read(PIECE + TAG)
        try:
            nonce = _nonce(self._prefix, self._number, last=not self._next)
            self._open = self._cipher.decrypt(nonce, piece, self._head)
        except InvalidTag as error:
            if self._number == 0:
                raise PassphraseError(_("口令不对，或者备份的开头已损坏。")) from error
            raise ArchiveError(_("备份在第%(number)d块处损坏或者不完整。") % {"number": self._number + 1}) from error
        self._number += 1
