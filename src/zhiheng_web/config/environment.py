"""Reads settings from environment variables that start with ZHIHENG_, and says which one is wrong."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

PREFIX = "ZHIHENG_"


def text(name: str, default: str = "") -> str:
    """Return a variable as text."""
    return os.environ.get(PREFIX + name, default)


def number(name: str, default: int) -> int:
    """Return a variable as an integer of 0 or more."""
    given = text(name)
    if not given:
        return default
    if not given.isdecimal():
        msg = f"{PREFIX}{name}={given!r} is not a whole number of 0 or more."
        raise ImproperlyConfigured(msg)
    return int(given)


def flag(name: str, *, default: bool) -> bool:
    """Return a variable as a switch: 1/0, true/false, yes/no, on/off."""
    given = text(name).lower()
    if not given:
        return default
    if given not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        msg = f"{PREFIX}{name}={given!r} is neither on nor off; write 1 or 0."
        raise ImproperlyConfigured(msg)
    return given in {"1", "true", "yes", "on"}


def listed(name: str, default: str = "") -> list[str]:
    """Return a variable as a list separated by commas."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret(folder: Path, name: str) -> str:
    """
    Return a secret of this installation, made at the first call and kept in a file that only its owner may read.

    Two processes that start at once agree: the file is created exclusively, and the loser reads the winner's.
    """
    path = folder / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
