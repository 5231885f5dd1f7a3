"""The child process: takes one request from its input, bounds itself, reads one file and answers in JSON."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from zhiheng_web.evidence.inspection.kinds import HEAD, KINDS, sniff
from zhiheng_web.evidence.inspection.limits import Limits
from zhiheng_web.evidence.inspection.refusal import EvidenceRefusedError, guarded

# Windows has no such limits; the parent's clock still bounds the time.
if sys.platform != "win32":
    import resource

_FAMILIES = {"zip": "office", "ole": "legacy", "text": "texts"}
_HASH_WIDTH = 720


def examine(path: Path, limits: Limits, extension: str) -> dict[str, Any]:
    """
    Find out what a file is and whether it may be kept.

    Parameters
    ----------
    path
        The file.
    limits
        Bounds.
    extension
        Extension of its name; only tells CSV from TXT.

    Returns
    -------
    `kind`, `pages`, `width` and `height`.

    Raises
    ------
    EvidenceRefusedError
        It may not be kept.
    """
    with guarded("examine"):
        with path.open("rb") as file:
            found = sniff(file.read(HEAD))
        family = _FAMILIES.get(found) or KINDS[found].family
        hint = extension if found == "text" else found
        return asdict(_reader(family).examine(path, hint, limits))


def words(path: Path, limits: Limits, kind: str) -> dict[str, Any]:
    """
    Read the text of a file.

    Parameters
    ----------
    path
        An accepted file.
    limits
        Bounds.
    kind
        Code of its kind.

    Returns
    -------
    `text`, empty for kinds whose text is not read.
    """
    with guarded("words"):
        readable = kind in {"pdf", "docx", "txt", "csv"}
        return {"text": _reader(KINDS[kind].family).text_of(path, limits) if readable else ""}


def picture_hash(path: Path, limits: Limits, kind: str) -> dict[str, Any]:
    """
    Compute the difference hashes of the first page or picture.

    Parameters
    ----------
    path
        An accepted file.
    limits
        Bounds.
    kind
        Code of its kind.

    Returns
    -------
    `bits`, coarse and fine; None for a flat picture.
    """
    with guarded("picture hash"):
        raster = _reader("raster")
        return {"bits": raster.difference_hash(raster.draw(path, kind, 1, _HASH_WIDTH, limits))}


def render(path: Path, limits: Limits, kind: str, page: int, width: int) -> dict[str, Any]:
    """
    Draw a page as PNG.

    Parameters
    ----------
    path
        An accepted file.
    limits
        Bounds.
    kind
        Code of its kind.
    page
        Number of the page, from 1.
    width
        Wanted width in pixels.

    Returns
    -------
    `png` in base 64.
    """
    with guarded("render"):
        raster = _reader("raster")
        drawn = raster.png(raster.draw(path, kind, page, width, limits), limits)
        return {"png": base64.b64encode(drawn).decode()}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "examine": examine,
    "words": words,
    "picture_hash": picture_hash,
    "render": render,
}


def _reader(name: str) -> ModuleType:
    """Load a reader only when its family comes up: start-up is most of the time a small file takes."""
    return import_module(f"{__package__}.{name}")


def _bound(limits: Limits) -> None:
    """Ask the system to stop this process when it takes more than it may; it may write no file."""
    if sys.platform == "win32":
        return
    for sort, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(sort)
        resource.setrlimit(sort, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    limits = Limits(**request["limits"])
    _bound(limits)
    try:
        answer = TASKS[request["task"]](Path(request["path"]), limits, **request["arguments"])
    except EvidenceRefusedError as error:
        answer = {"refused": {"code": error.code, "template": error.template, "details": error.details}}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
