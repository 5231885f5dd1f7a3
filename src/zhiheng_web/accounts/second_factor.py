"""How second factors are kept: the shared secrets encrypted, with a key that is not in the database."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Encrypts the secrets of authenticators and recovery codes."""

    def encrypt(self, text: str) -> str:
        """Return a secret as the database keeps it."""
        return _cipher(settings.SECOND_FACTOR_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret again."""
        return _cipher(settings.SECOND_FACTOR_KEY).decrypt(encrypted_text.encode()).decode()


@cache
def _cipher(key: str) -> Fernet:
    # Fernet asks for 32 bytes; the file holds more than that of randomness.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
