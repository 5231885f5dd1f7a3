"""Names of uploaded files made safe to store, list and offer for download on every system."""

from __future__ import annotations

import re
import unicodedata

_FALLBACK = "未命名"
_FORBIDDEN = re.compile(r'[<>:"|?*]')
# Names that Windows opens as devices, whatever extension follows.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\.|$)", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")


def extension_of(name: str) -> str:
    """
    Return the extension of a file name.

    Parameters
    ----------
    name
        A file name.

    Returns
    -------
    Lower case letters and digits without the dot, or "".
    """
    found = _EXTENSION.search(name)
    return found[0][1:].lower() if found else ""


def safe_name(name: str, max_bytes: int = 180) -> str:
    """
    Return a file name without what could mislead a person or a system.

    Folders are dropped, the text is put in NFC, characters that are invisible, control, reorder text or mean something
    to Windows go, names of devices get a leading underscore, and a long name is cut before its extension.

    Parameters
    ----------
    name
        The name as it was sent.
    max_bytes
        Longest result, in bytes of UTF-8; at least 32.

    Returns
    -------
    A name that is never empty; applying the function again changes nothing.
    """
    # Normalising may join what was cut apart and cutting may bare a dot, so the steps repeat until nothing changes.
    for _ in range(4):
        cleaned = _clean(name, max_bytes)
        if cleaned == name:
            break
        name = cleaned
    return name


def _clean(name: str, max_bytes: int) -> str:
    """Return the name after one round of all steps."""
    name = re.split(r"[/\\]", name)[-1]
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if unicodedata.category(mark) in {"Zs", "Zl", "Zp"} else mark for mark in name)
    # Cc control, Cf bidirectional and zero-width, Cs lone surrogates, Co private, Cn unassigned.
    name = "".join(mark for mark in name if not unicodedata.category(mark).startswith("C"))
    name = re.sub(r" +", " ", _FORBIDDEN.sub("_", name)).strip(" .")
    if _DEVICE.match(name):
        name = f"_{name}"
    return _cut(name or _FALLBACK, max_bytes)


def _cut(name: str, max_bytes: int) -> str:
    """Return the name cut to the length, whole characters only, with its extension kept."""
    if len(name.encode()) <= max_bytes:
        return name
    found = _EXTENSION.search(name)
    extension = found[0] if found else ""
    stem = name[: len(name) - len(extension)].encode()[: max_bytes - len(extension)].decode(errors="ignore")
    return (stem.strip(" .") or _FALLBACK) + extension
